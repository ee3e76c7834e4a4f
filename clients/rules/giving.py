"""R36 for clients: nobody gives a client what they do not hold themselves. What it has already may stay.

The form, a mended finding, a reverted change and a viewer's import ask here; the operator's documents act as
super-administrator and give everything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from accounts.authorization import holding_of
from accounts.holdings import lacking_scopes
from accounts.models import User
from clients.facts import ClientFacts
from clients.rules.validation import Fault


def faults(facts: ClientFacts, *, before: ClientFacts | None, by: User) -> Iterator[Fault]:
    """What of `facts` goes beyond `before` (None: a new client) and is not `by`'s to give."""
    had = set(before.allowed_scope.split()) if before else set()
    for element in lacking_scopes(holding_of(by), set(facts.allowed_scope.split()) - had):
        yield not_held("allowed_scope", f"You do not hold {element[:100]}, so you cannot give it.")
    listed = set(before.namespaces) if before else set()
    for name in _not_administered(set(facts.namespaces) - listed, by=by):
        message = f"You do not administer the namespace {name[:100]}, so you cannot give it."
        yield not_held("namespaces", message)


def not_held(field: str, message: str) -> Fault:
    """Both what is lacking, and who could give it."""
    helper = (
        "One of its administrators" if field == "namespaces" else "Somebody who holds it, or a super-administrator,"
    )
    return Fault(field=field, code="not-held", message=f"{message} {helper} can.")


def _not_administered(names: Collection[str], *, by: User) -> list[str]:
    if not names or by.is_superuser:
        return []
    own = by.administered_namespaces.filter(name__in=names)
    return sorted(set(names) - set(own.values_list("name", flat=True)))
