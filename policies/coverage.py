"""What the patterns of allowed scopes cover in the catalogue: the registry's linter asks it."""

from __future__ import annotations

from functools import lru_cache

from clients.linter.catalogue import Cover, Covered
from policies.models import Scope
from policies.scopes import pattern_matches

MOST_REMEMBERED = 4096  # patterns: most clients share theirs


def read_catalogue() -> Cover:
    """One statement; what is returned answers from it."""
    sensitive_by_name = dict(Scope.objects.order_by("name").values_list("name", "is_sensitive"))

    @lru_cache(MOST_REMEMBERED)
    def cover(pattern: str) -> Covered:
        names = tuple(name for name in sensitive_by_name if pattern_matches(pattern, name))
        sensitive = tuple(name for name in names if sensitive_by_name[name])
        return Covered(pattern=pattern, names=names, sensitive=sensitive)

    return cover
