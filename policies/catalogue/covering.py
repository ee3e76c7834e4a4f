"""What each element of an allowed scope covers in the catalogue of today (R33)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policies.catalogue.reach import Matcher
from policies.catalogue.wording import in_words
from policies.models import Scope
from policies.scopes import REGISTERED_CLIENT

SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class Covered:
    """An element, in words, with the scopes that it lets through, sensitive ones first."""

    element: str
    words: str
    scopes: tuple[Scope, ...]

    @property
    def pattern(self) -> bool:
        return "*" in self.element

    @property
    def shown(self) -> tuple[Scope, ...]:
        return self.scopes[:SHOWN]

    @property
    def more(self) -> tuple[Scope, ...]:
        return self.scopes[SHOWN:]

    @property
    def sensitive(self) -> int:
        return sum(scope.is_sensitive for scope in self.scopes)


def covered_by(allowed_scope: str) -> list[Covered]:
    """One statement, none without elements."""
    elements = allowed_scope.split()
    catalogue = {scope.name: scope for scope in Scope.objects.select_related("api")} if elements else {}
    matcher = Matcher(frozenset(catalogue))
    found = []
    for element in elements:
        scopes = [catalogue[name] for name in matcher.covered(element)]
        scopes.sort(key=lambda scope: (not scope.is_sensitive, scope.name))
        found.append(Covered(element=element, words=in_words(element), scopes=tuple(scopes)))
    return found


def not_covered(covered: Iterable[Covered]) -> list[str]:
    """Names that can still be added: the catalogue's without what is covered."""
    have = {scope.name for one in covered for scope in one.scopes} | {REGISTERED_CLIENT}
    return [name for name in Scope.objects.order_by("name").values_list("name", flat=True) if name not in have]
