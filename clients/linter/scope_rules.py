"""Allowed scopes that let more through than anybody decided. Pure."""

from __future__ import annotations

from dataclasses import replace

from clients.linter.findings import Concern, Fix
from clients.linter.linted import Linted
from clients.rules.validation import LONGEST_SCOPE
from clients.wording import counted

MOST_NAMED = 3


def any_scope(client: Linted) -> Concern | None:
    """RFC 9700 §2.3, least privilege: a lone `*` takes in what is added later, sensitive or not (R33)."""
    alone = tuple(element for element in client.facts.allowed_scope.split() if is_lone_star(element))
    if not alone:
        return None
    return Concern(
        title="Any scope is allowed",
        words=alone,
        explanation="It may ask for every scope, sensitive ones and those still to come. List what it needs.",
    )


def sensitive_wildcard(client: Linted) -> Concern | None:
    """RFC 9700 §2.3: a pattern that covers a sensitive scope gives it without anybody having named it."""
    wide = [covered for covered in client.covered if covered.sensitive and _is_wildcard(covered.pattern)]
    if not wide:
        return None
    sensitive = tuple(dict.fromkeys(name for covered in wide for name in covered.sensitive))
    more = f" and {len(sensitive) - MOST_NAMED} more" if len(sensitive) > MOST_NAMED else ""
    return Concern(
        title="A wildcard covers sensitive scopes" if len(sensitive) > 1 else "A wildcard covers a sensitive scope",
        words=tuple(covered.pattern for covered in wide),
        explanation=f"Included without being named: {', '.join(sensitive[:MOST_NAMED])}{more}.",
        fix=_listed(client, {covered.pattern: covered.names for covered in wide}),
    )


def unknown_scope(client: Linted) -> Concern | None:
    """A name that the catalogue lacks allows nothing today, and whatever gets that name tomorrow.

    A pattern that matches nothing yet is left alone: it was written for what is still to come.
    """
    idle = tuple(c.pattern for c in client.covered if not c.names and "*" not in c.pattern)
    if not idle:
        return None
    left = " ".join(element for element in client.facts.allowed_scope.split() if element not in idle)
    return Concern(
        title="It allows a scope that does not exist" if len(idle) == 1 else "It allows scopes that do not exist",
        words=idle[:MOST_NAMED],
        explanation="A slip of the pen, or a scope that is gone: whatever is called so one day is allowed at once.",
        fix=Fix(
            label="Remove it" if len(idle) == 1 else f"Remove the {counted(len(idle), 'element')}",
            effect="Nothing stops working: what the catalogue does not have is refused already.",
            before=client.facts,
            after=replace(client.facts, allowed_scope=left),
        ),
    )


def _is_wildcard(pattern: str) -> bool:
    """Whether it names more than one scope, but not all of them."""
    return "*" in pattern and not is_lone_star(pattern)


def is_lone_star(element: str) -> bool:
    """`*`, however often it is written."""
    return not element.strip("*")


def _listed(client: Linted, names: dict[str, tuple[str, ...]]) -> Fix | None:
    """Each wide pattern replaced by the names that it covers now: nothing that can be asked for today is lost."""
    elements = client.facts.allowed_scope.split()
    listed = dict.fromkeys(name for element in elements for name in names.get(element, (element,)))
    after = replace(client.facts, allowed_scope=" ".join(listed))
    if len(after.allowed_scope) > LONGEST_SCOPE:
        return None
    instead = {name for covered in names.values() for name in covered}
    return Fix(
        label=f"List the {counted(len(instead), 'scope')} instead" if len(instead) > 1 else "Name the scope instead",
        effect="It may ask for the same scopes as now; scopes added later are not allowed by themselves any more.",
        before=client.facts,
        after=after,
    )
