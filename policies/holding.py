"""What holding a scope means (contracts, Holding; R36): the rooms of people ask it."""

from __future__ import annotations

from collections.abc import Collection

from policies.models import Scope
from policies.scopes import REGISTERED_CLIENT, pattern_matches


def lacked(elements: frozenset[str], wanted: Collection[str]) -> set[str]:
    """Which of `wanted`, names or patterns, a holder of `elements` does not hold. One statement at most.

    Without elements: every scope of the catalogue that is not sensitive, by name; a pattern could match sensitive ones
    later. With elements: what one of them matches, where a star of `wanted` is matched by a star alone.
    """
    asked = set(wanted) - {REGISTERED_CLIENT}
    if not elements:
        return asked - set(Scope.objects.filter(name__in=asked, is_sensitive=False).values_list("name", flat=True))
    return {one for one in asked if not any(pattern_matches(element, one) for element in elements)}
