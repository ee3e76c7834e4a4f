"""What each facet of the list asks of a client (R51), as conditions that its indexes answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import chain, combinations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import User
from clients.listing import address, searching
from clients.listing.address import Address
from clients.models import Client, ClientSecret
from clients.rules import grant_types
from clients.secrets.credentials import EXPIRING_SOON

STALE_AFTER = timedelta(days=90)
MOST_OWNERS = 100  # that a part of a name may stand for


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Who looks at the list, and when."""

    viewer: User
    now: datetime


def narrow(clients: QuerySet[Client], to: Address, asking: Asking) -> QuerySet[Client]:
    """Those of `clients` that the address shows, in no order yet."""
    if to.search:
        found = searching.condition(to.search)
        if found is None:
            return clients.none()
        clients = clients.filter(found)
    if "use" in to.chosen:
        clients = clients.alias(idle_since=Coalesce("last_used_at", "created"))
    for name, values in to.chosen.items():
        clients = clients.filter(_CONDITIONS[name](values, asking))
    return clients


def _types(values: Sequence[str], _: Asking) -> Q:
    return Q(client_type__in=values)


def _grants(values: Sequence[str], _: Asking) -> Q:
    """Any of them: the stored combinations that hold one, so that an index answers."""
    return Q(grant_types__in=[held for held in _combinations() if set(values) & set(held.split())])


@cache
def _combinations() -> tuple[str, ...]:
    """Every set of grants that a client can hold, as it is stored."""
    known = [grant.value for grant in grant_types.GRANT_TYPES]
    sets = chain.from_iterable(combinations(known, size) for size in range(1, len(known) + 1))
    return tuple(" ".join(grant_types.in_order(values)) for values in sets)


def _statuses(values: Sequence[str], _: Asking) -> Q:
    """Any of them; protected clients are active or not besides."""
    conditions = {"active": Q(is_active=True), "inactive": Q(is_active=False), "protected": Q(is_protected=True)}
    return _any(conditions[value] for value in values)


def _secrets(values: Sequence[str], asking: Asking) -> Q:
    """R16: the longest-lived secret decides."""
    now, soon = asking.now, asking.now + EXPIRING_SOON
    beyond = Exists(_unrevoked().filter(Q(expires_at=None) | Q(expires_at__gt=soon)))
    conditions: dict[str, Q] = {
        "ok": Q(beyond),
        "expiring": Q(Exists(_unrevoked().filter(expires_at__gt=now, expires_at__lte=soon))) & ~Q(beyond),
        "expired": Q(Exists(_unrevoked().filter(expires_at__lte=now)))
        & ~Q(Exists(_unrevoked().filter(Q(expires_at=None) | Q(expires_at__gt=now)))),
        "none": ~Q(Exists(_unrevoked())),
    }
    return _any(conditions[value] for value in values)


def _unrevoked() -> QuerySet[ClientSecret]:
    return ClientSecret.objects.filter(client=OuterRef("pk"), revoked_at=None)


def _risks(values: Sequence[str], _: Asking) -> Q:
    """By the worst finding; a client that is not judged yet has no risk, known or unknown."""
    levels = Q(linter_level__in=[value for value in values if value != "none"])
    return levels | Q(linter_level="", linter_score__isnull=False) if "none" in values else levels


def _protected(_: Sequence[str], __: Asking) -> Q:
    return Q(is_protected=True)


def _never(_: Sequence[str], __: Asking) -> Q:
    """R28."""
    return Q(access_tokens_never_expire=True)


def _stale(_: Sequence[str], asking: Asking) -> Q:
    """Unused that long, or never used since it was registered that long ago. The server's own are not meant to be."""
    return Q(idle_since__lt=asking.now - STALE_AFTER, is_system=False)


def _owners(values: Sequence[str], asking: Asking) -> Q:
    """The viewer's own, and those of the people named."""
    numbers = {asking.viewer.pk} if address.ME in values else set()
    for value in values:
        if value != address.ME:
            numbers |= set(_people(value))
    return Q(owner__in=numbers)


def _people(name: str) -> list[int]:
    """The person of this user name; where there is none, those with these letters in a name."""
    people = User.objects.filter(kind=User.Kind.PERSON)
    exact = list(people.filter(username=name).values_list("pk", flat=True))
    parts = Q(username__icontains=name) | Q(given_name__icontains=name) | Q(family_name__icontains=name)
    return exact or list(people.filter(parts).order_by("username").values_list("pk", flat=True)[:MOST_OWNERS])


def _namespaces(values: Sequence[str], _: Asking) -> Q:
    """R8: lists any of them."""
    listed = Client.namespaces.through.objects.filter(client=OuterRef("pk"), namespace__name__in=values)
    return Q(Exists(listed))


def _any(conditions: object) -> Q:
    found = Q()
    for condition in conditions:  # type: ignore[attr-defined]
        found |= condition
    return found


_CONDITIONS: Mapping[str, Callable[[Sequence[str], Asking], Q]] = {
    "type": _types,
    "grant": _grants,
    "status": _statuses,
    "secret": _secrets,
    "risk": _risks,
    "protected": _protected,
    "lifetime": _never,
    "use": _stale,
    "owner": _owners,
    "namespace": _namespaces,
}
