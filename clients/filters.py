"""Which clients the list shows: search and facets, all by URL, all in the database (R51)."""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.db.models import Q, QuerySet

from accounts.fields import Text
from accounts.listing import Facet, marked
from clients import grant_types, names
from clients.models import Client
from clients.text import forbidden_characters

LONGEST_SEARCH = 255


class _SearchFilter(django_filters.CharFilter):
    field_class = Text


def _grants() -> list[tuple[str, str]]:
    return [(grant.value, grant.label) for grant in grant_types.GRANT_TYPES]


class ClientFilter(django_filters.FilterSet):
    """`q` looks into name, display name, client id, redirect URIs and number; facets narrow down."""

    q = _SearchFilter(method="search")
    type = django_filters.MultipleChoiceFilter(field_name="client_type", choices=Client.CLIENT_TYPES, label="Type")
    grant = django_filters.MultipleChoiceFilter(method="with_grants", choices=_grants(), label="Grant")
    status = django_filters.MultipleChoiceFilter(
        method="in_status", choices=[("active", "Active"), ("inactive", "Inactive"), ("protected", "Protected")],
        label="Status",
    )  # fmt: skip
    lifetime = django_filters.ChoiceFilter(method="living", choices=[("never", "Never expires")])
    owner = django_filters.ChoiceFilter(method="owned_by", choices=[("me", "Mine")])

    class Meta:
        model = Client
        fields: ClassVar[list[str]] = []

    def search(self, clients: QuerySet[Client], _: str, words: str) -> QuerySet[Client]:
        words = words.strip()[:LONGEST_SEARCH]
        if forbidden_characters(words):
            return clients.none()  # nothing holds such a character
        found = (
            Q(name_key__contains=names.folded(words))
            | Q(name__icontains=words)
            | Q(display_name__icontains=words)
            | Q(client_id__icontains=words)
            | Q(redirect_uris__icontains=words)
        )
        number = words.removeprefix("#")
        if number.isascii() and number.isdigit() and len(number) < 19:
            found |= Q(pk=int(number))
        return clients.filter(found)

    def with_grants(self, clients: QuerySet[Client], _: str, values: list[str]) -> QuerySet[Client]:
        """Any of them. No grant's name is part of another's."""
        wanted = Q()
        for value in values:
            wanted |= Q(grant_types__contains=value)
        return clients.filter(wanted)

    def in_status(self, clients: QuerySet[Client], _: str, values: list[str]) -> QuerySet[Client]:
        conditions = {
            "active": Q(is_active=True),
            "inactive": Q(is_active=False),
            "protected": Q(is_protected=True),
        }
        wanted = Q()
        for value in values:
            wanted |= conditions[value]
        return clients.filter(wanted)

    def living(self, clients: QuerySet[Client], _: str, value: str) -> QuerySet[Client]:
        """R28: whose access tokens never expire."""
        return clients.filter(access_tokens_never_expire=True) if value == "never" else clients

    def owned_by(self, clients: QuerySet[Client], _: str, value: str) -> QuerySet[Client]:
        return clients.filter(owner=self.request.user) if value == "me" else clients

    @property
    def facets(self) -> list[Facet]:
        """What the page draws, in order."""
        return [
            Facet(name=name, label=filter_.label, choices=marked(filter_.extra["choices"], self.data.getlist(name)))
            for name, filter_ in self.filters.items()
            if isinstance(filter_, django_filters.MultipleChoiceFilter)
        ]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What a search keeps beside its own fields: the view and the order."""
        return [(name, self.data[name]) for name in ("owner", "lifetime", "sort") if self.data.get(name)]

    @property
    def narrowed(self) -> bool:
        """Whether any filter is on."""
        return any(value for name in self.filters for value in self.data.getlist(name))
