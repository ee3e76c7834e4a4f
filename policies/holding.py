"""What holding a scope means (contracts, Holding; R36): the rooms of people ask it."""

from __future__ import annotations

from policies.models import Scope
from policies.scopes import REGISTERED_CLIENT, pattern_matches


def holds(elements: frozenset[str], wanted: str) -> bool:
    """Whether a holder of `elements` holds `wanted`, a name or a pattern.

    Without elements: every scope of the catalogue that is not sensitive, by name; a pattern could match sensitive ones
    later. With elements: what one of them matches, where a star of `wanted` is matched by a star alone.
    """
    if wanted == REGISTERED_CLIENT:
        return True
    if not elements:
        return Scope.objects.filter(name=wanted, is_sensitive=False).exists()
    return any(pattern_matches(element, wanted) for element in elements)
