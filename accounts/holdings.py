"""What users and groups hold, permissions and allowed scopes: how both are checked, written and compared."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from accounts.faults import Fault
from accounts.permissions import Permission

LONGEST_SCOPE = 10_000
# Filled by `policies`, which knows what a scope is (R33): the faults of one allowed scope, as sentences.
ALLOWED_SCOPE_RULES: list[Callable[[str], Iterable[str]]] = []


def permission_faults(permissions: Collection[str]) -> Iterator[Fault]:
    """Every name that is no permission of this version (R59)."""
    known = {str(permission) for permission in Permission}
    for name in sorted(set(permissions) - known):
        yield Fault(key="permissions", message=f"There is no permission {name[:100]!r}.")


def allowed_scope_faults(text: str) -> Iterator[Fault]:
    """R33's syntax; an element need not match anything."""
    if len(text) > LONGEST_SCOPE:
        yield Fault(key="allowedScope", message=f"Use at most {LONGEST_SCOPE} characters; this has {len(text)}.")
        return
    for rule in ALLOWED_SCOPE_RULES:
        yield from (Fault(key="allowedScope", message=message) for message in rule(text))


def normal_permissions(permissions: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(permissions)))


def normal_scope(text: str) -> str:
    """Each element once, separated by single spaces."""
    return " ".join(dict.fromkeys(text.split()))
