"""Which people and service accounts the list shows: search and facets, all by URL, all in the database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet

from accounts import owning
from accounts.fields import Text
from accounts.listing import FacetedFilterSet
from accounts.models import Group, User
from accounts.usernames import has_unseen

LONGEST_SEARCH = 255
MOST_WORDS = 6
MOST_ROLES = 100
SUPER, NO_ROLE = "super", "none"


class _SearchFilter(django_filters.CharFilter):
    field_class = Text


class PeopleFilter(FacetedFilterSet):
    """`q` looks into user name, names and e-mail, or for a `sub`; facets narrow down."""

    q = _SearchFilter(method="search")
    kind = django_filters.MultipleChoiceFilter(
        choices=[("person", "Person"), ("service", "Service account")], label="Kind"
    )
    status = django_filters.MultipleChoiceFilter(
        method="in_status", choices=[("active", "Active"), ("inactive", "Inactive")], label="Status"
    )
    role = django_filters.MultipleChoiceFilter(method="in_role", choices=[], label="Role")
    owns = django_filters.MultipleChoiceFilter(method="owning", choices=[("some", "Some"), ("none", "None")])

    class Meta:
        model = User
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["role"].extra["choices"] = [(SUPER, "Super-administrator"), *_roles(), (NO_ROLE, "No role")]
        self.owned = owning.owned_for(self.request.user)
        if self.owned is None:
            del self.filters["owns"]
        else:
            self.filters["owns"].label = self.owned.label

    def search(self, people: QuerySet[User], _: str, words: str) -> QuerySet[User]:
        """Each word somewhere."""
        words = words.strip()[:LONGEST_SEARCH]
        if has_unseen(words):
            return people.none()  # nothing holds such a character
        if sub := _sub(words):
            return people.filter(sub=sub)
        for word in words.split()[:MOST_WORDS]:
            people = people.filter(
                Q(username__icontains=word)
                | Q(email__icontains=word)
                | Q(given_name__icontains=word)
                | Q(family_name__icontains=word)
            )
        return people

    def in_status(self, people: QuerySet[User], _: str, values: list[str]) -> QuerySet[User]:
        return people.filter(is_active__in=[value == "active" for value in values])

    def in_role(self, people: QuerySet[User], _: str, values: list[str]) -> QuerySet[User]:
        """Any of them."""
        memberships = User.groups.through.objects
        wanted = Q(pk__in=memberships.filter(group_id__in=[v for v in values if v.isdigit()]).values("user_id"))
        if SUPER in values:
            wanted |= Q(is_superuser=True)
        if NO_ROLE in values:
            wanted |= Q(is_superuser=False) & ~Q(pk__in=memberships.values("user_id"))
        return people.filter(wanted)

    def owning(self, people: QuerySet[User], _: str, values: list[str]) -> QuerySet[User]:
        if self.owned is None or len(values) != 1:
            return people
        some = self.owned.some()
        return people.filter(some if values == ["some"] else ~some)


def _roles() -> Iterator[tuple[str, str]]:
    for pk, name in Group.objects.order_by("name").values_list("pk", "name")[:MOST_ROLES]:
        yield str(pk), name


def _sub(words: str) -> uuid.UUID | None:
    if len(words) != 36:
        return None
    try:
        return uuid.UUID(words)
    except ValueError:
        return None
