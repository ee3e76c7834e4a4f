"""What users and groups hold, permissions and allowed scopes: how both are checked, written and compared.

And R36's rule, for every way there is to give: nobody gives what they lack, and nobody changes who holds more. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from accounts.faults import Fault, OutOfReach
from accounts.permissions import Permission

LONGEST_SCOPE = 10_000
ANYTHING = "*"
# Filled by `policies`, which knows what a scope is (R33): the faults of one allowed scope, as sentences.
ALLOWED_SCOPE_RULES: list[Callable[[str], Iterable[str]]] = []
# Filled by `policies`: which others a holder of these elements (none: of every scope that is not sensitive) lacks.
SCOPE_HOLDING_RULES: list[Callable[[frozenset[str], Collection[str]], Collection[str]]] = []


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What a subject holds, its groups included. No `scopes`: every scope that is not sensitive (contracts, Holding).

    `everything`: a super-administrator.
    """

    permissions: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    everything: bool = False

    @property
    def ordinary_scopes(self) -> bool:
        """Whether it holds at least what everybody holds for whom no allowed scope is set."""
        return self.everything or not self.scopes or ANYTHING in self.scopes

    def joined(self, other: Holding) -> Holding:
        """The union of both, as a member has it."""
        return Holding(
            permissions=self.permissions | other.permissions,
            scopes=self.scopes | other.scopes,
            everything=self.everything or other.everything,
        )


EVERYTHING = Holding(everything=True)  # documents and the server's own commands act as super-administrator
NOTHING = Holding()


def holding(*, permissions: Iterable[str], allowed_scope: str, everything: bool = False) -> Holding:
    """From what is stored of a user or of a group."""
    return Holding(permissions=frozenset(permissions), scopes=frozenset(allowed_scope.split()), everything=everything)


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


def lacking_permissions(giver: Holding, permissions: Iterable[str]) -> list[str]:
    """Which of `permissions` the giver does not hold."""
    return [] if giver.everything else sorted(set(permissions) - giver.permissions)


def lacking_scopes(giver: Holding, elements: Iterable[str]) -> list[str]:
    """Which elements of an allowed scope go beyond what the giver holds."""
    if giver.everything or ANYTHING in giver.scopes:
        return []
    wanted = frozenset(elements)
    return sorted({lacked for lacks in SCOPE_HOLDING_RULES for lacked in lacks(giver.scopes, wanted)}) if wanted else []


def covers(giver: Holding, held: Holding) -> bool:
    """Whether the giver holds all of `held`."""
    return giver.everything or not (
        held.everything
        or lacking_permissions(giver, held.permissions)
        or lacking_scopes(giver, held.scopes)
        or (not held.scopes and not giver.ordinary_scopes)
    )


def demand_reach(giver: Holding, held: Holding, *, what: str) -> None:
    """R36: who holds more than the giver is not the giver's to change. Raises OutOfReach."""
    if not covers(giver, held):
        raise OutOfReach(f"{what} holds more than you do: only somebody who holds all of it may change that.")


def giving_faults(giver: Holding, own: Holding) -> Iterator[Fault]:
    """R36: what of `own`, given to a user or a group itself, the giver lacks."""
    if own.everything and not giver.everything:
        yield Fault(key="isSuperuser", message="Only a super-administrator makes super-administrators.")
    for name in lacking_permissions(giver, own.permissions):
        yield Fault(key="permissions", message=f"You do not hold {name[:100]}, so you cannot give it.")
    for element in lacking_scopes(giver, own.scopes):
        yield Fault(key="allowedScope", message=f"You do not hold {element[:100]}, so you cannot give it.")


def joining_faults(giver: Holding, groups: Iterable[tuple[str, Holding]]) -> Iterator[Fault]:
    """R36, through membership: each group, by name, that gives what the giver lacks."""
    for name, held in groups:
        lacked = [*lacking_permissions(giver, held.permissions), *lacking_scopes(giver, held.scopes)]
        if lacked:
            yield Fault(key="groups", message=f"The group {name} gives {lacked[0]}, which you do not hold yourself.")


def default_fault(giver: Holding, held: Holding) -> Iterator[Fault]:
    """R36, by leaving out: without any allowed scope a user holds every scope that is not sensitive."""
    if not held.scopes and not giver.ordinary_scopes:
        yield Fault(
            key="allowedScope",
            message="Name scopes that you hold: without any, every scope that is not sensitive would be held.",
        )
