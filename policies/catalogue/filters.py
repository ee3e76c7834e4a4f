"""Which scopes the list shows: search and facets, all by URL, all in the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet

from accounts.fields import Text
from accounts.listing import FacetedFilterSet
from clients.rules.text import forbidden_characters
from policies.models import Api, Scope

LONGEST_SEARCH = 255
MOST_WORDS = 6
NO_API = "none"
MARKS = {"default": Q(is_default=True), "sensitive": Q(is_sensitive=True), "shipped": Q(shipped=True)}


class _SearchFilter(django_filters.CharFilter):
    field_class = Text


class ScopeFilter(FacetedFilterSet):
    """`q` looks into name and description; facets narrow down."""

    q = _SearchFilter(method="search")
    api = django_filters.MultipleChoiceFilter(method="of_api", choices=[], label="API")
    mark = django_filters.MultipleChoiceFilter(
        method="marked", choices=[(name, name.capitalize()) for name in MARKS], label="Mark"
    )

    class Meta:
        model = Scope
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["api"].extra["choices"] = [*_apis(), (NO_API, "No API")]

    def search(self, scopes: QuerySet[Scope], _: str, words: str) -> QuerySet[Scope]:
        """Each word somewhere."""
        words = words.strip()[:LONGEST_SEARCH]
        if forbidden_characters(words):
            return scopes.none()  # nothing holds such a character
        for word in words.split()[:MOST_WORDS]:
            scopes = scopes.filter(Q(name__icontains=word) | Q(description__icontains=word))
        return scopes

    def of_api(self, scopes: QuerySet[Scope], _: str, values: list[str]) -> QuerySet[Scope]:
        """Any of them."""
        wanted = Q(api_id__in=[value for value in values if value.isdigit()])
        return scopes.filter(wanted | Q(api=None) if NO_API in values else wanted)

    def marked(self, scopes: QuerySet[Scope], _: str, values: list[str]) -> QuerySet[Scope]:
        """All of them."""
        for value in values:
            scopes = scopes.filter(MARKS[value])
        return scopes


def _apis() -> Iterator[tuple[str, str]]:
    for pk, name in Api.objects.order_by("name").values_list("pk", "name"):
        yield str(pk), name
