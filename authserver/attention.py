"""What on this server needs somebody: each finding names what it is about and where to go on.

Only what the viewer may see is looked at. Every question is bounded, however many clients there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.models import ServerSettings, User
from clients import access
from clients.models import Client, ClientSecret
from clients.secrets.credentials import EXPIRING_SOON
from clients.wording import counted

UNUSED_AFTER = timedelta(days=90)
UNMOVED_WITHIN = timedelta(days=7)
MOST_NAMED = 3
MANY_THROTTLED = 10  # a day: no longer one forgetful person


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line. `tone` and `icon` as in the console's language."""

    tone: str
    icon: str
    title: str
    text: str
    url: str = ""
    action: str = ""


@dataclass(frozen=True, kw_only=True)
class ClientFigures:
    """Counts over the clients that somebody sees; `registered` leaves out those of the server itself."""

    total: int
    active: int
    registered: int
    never_expiring: int
    unused: int

    def listed(self) -> list[tuple[str, int]]:
        """For the row of figures."""
        return [
            ("Clients", self.total),
            ("Active", self.active),
            ("Inactive", self.total - self.active),
            ("Tokens never expire", self.never_expiring),
        ]


def client_figures(viewer: User, *, now: datetime) -> ClientFigures:
    """One statement."""
    long_ago = now - UNUSED_AFTER
    own = Q(is_system=False)
    unused = Q(last_used_at__lt=long_ago) | Q(last_used_at=None, created__lt=long_ago)
    return ClientFigures(
        **access.visible_to(viewer).aggregate(
            total=Count("pk"),
            active=Count("pk", filter=Q(is_active=True)),
            registered=Count("pk", filter=own),
            never_expiring=Count("pk", filter=own & Q(is_active=True, access_tokens_never_expire=True)),
            unused=Count("pk", filter=own & Q(is_active=True) & unused),
        )
    )


def findings_about_clients(
    viewer: User, figures: ClientFigures, stored: ServerSettings, *, now: datetime
) -> Iterator[Finding]:
    """What is urgent first."""
    yield from _secrets(viewer, now=now)
    if figures.never_expiring:
        yield Finding(
            tone="warn",
            icon="infinity",
            title=f"{counted(figures.never_expiring, 'client')} may issue tokens that never expire",
            text="Such a token works until it is revoked. Give it seconds to live, where the client can renew it.",
            url=reverse("client_list") + "?lifetime=never",
            action="Show",
        )
    if stored.legacy_grants:
        yield Finding(
            tone="warn",
            icon="warning",
            title="Legacy grants are on",
            text="Clients can be given the implicit and password grants, which RFC 9700 tells servers to leave off.",
        )
    if figures.unused:
        yield Finding(
            tone="quiet",
            icon="unused",
            title=f"{counted(figures.unused, 'client')} unused for {UNUSED_AFTER.days} days",
            text="Deactivating one is reversible.",
            url=reverse("client_list") + "?status=active&use=stale",
            action="Show",
        )


def _secrets(viewer: User, *, now: datetime) -> Iterator[Finding]:
    """Clients whose longest-lived secret has ended, or ends soon (R16); and those whose rotation waits for them."""
    ending = _ending_clients(viewer, now=now)
    still_live = Exists(_unrevoked(expires_at__gt=now))
    yield from _named(
        ending.filter(~still_live),
        tone="danger",
        icon="danger",
        one="The secret of 1 client has expired",
        several="The secrets of {} clients have expired",
    )
    yield from _named(
        ending.filter(still_live),
        tone="warn",
        icon="clock",
        one="The secret of 1 client expires soon",
        several="The secrets of {} clients expire soon",
    )
    yield from _named(
        _unmoved_clients(viewer, now=now),
        tone="warn",
        icon="rotate",
        one="1 client has not moved to its new secret",
        several="{} clients have not moved to their new secrets",
    )


def _named(clients: QuerySet[Client], *, tone: str, icon: str, one: str, several: str) -> Iterator[Finding]:
    """How many `clients` there are, a few of which are named; two statements at most."""
    found = list(clients.order_by("pk").values_list("pk", "name")[: MOST_NAMED + 1])
    if not found:
        return
    number = clients.count() if len(found) > MOST_NAMED else len(found)
    more = f" and {number - MOST_NAMED:,} more" if number > MOST_NAMED else ""
    yield Finding(
        tone=tone,
        icon=icon,
        title=one if number == 1 else several.format(f"{number:,}"),
        text=", ".join(name for _, name in found[:MOST_NAMED]) + more + ".",
        url=reverse("client_secrets", args=[found[0][0]]) if number == 1 else reverse("client_list"),
        action="Open" if number == 1 else "Show clients",
    )


def _unmoved_clients(viewer: User, *, now: datetime) -> QuerySet[Client]:
    """Which use a secret that ends within days or has ended, and have never used the one that stays (R15)."""
    end = now + UNMOVED_WITHIN
    stays = Q(expires_at=None) | Q(expires_at__gt=end)
    return (
        _watched(viewer)
        .filter(Exists(_unrevoked(expires_at__lte=end, last_used_at__isnull=False)))
        .filter(Exists(_unrevoked().filter(stays)))
        .exclude(Exists(_unrevoked(last_used_at__isnull=False).filter(stays)))
    )


def _ending_clients(viewer: User, *, now: datetime) -> QuerySet[Client]:
    later = Q(expires_at=None) | Q(expires_at__gt=now + EXPIRING_SOON)
    return (
        _watched(viewer)
        .filter(Exists(_unrevoked(expires_at__lte=now + EXPIRING_SOON)))
        .exclude(Exists(_unrevoked().filter(later)))
    )


def _watched(viewer: User) -> QuerySet[Client]:
    return access.visible_to(viewer).filter(is_active=True, is_system=False)


def _unrevoked(**conditions: object) -> QuerySet[ClientSecret]:
    return ClientSecret.objects.filter(client=OuterRef("pk"), revoked_at=None, **conditions)


def findings_about_refusals(refused: Counter[str]) -> Iterator[Finding]:
    """For who may read the trail."""
    if refused["counters.failed"]:
        yield Finding(
            tone="danger",
            icon="danger",
            title="Requests could not be counted in the last 24 hours",
            text="Redis did not answer or was emptied. Meanwhile budgets held nobody, or refused everybody, as set.",
            url=reverse("audit") + "?kind=refusals&days=1",
            action="Show",
        )
    if throttled := refused["sign_in.throttled"]:
        many = throttled >= MANY_THROTTLED
        yield Finding(
            tone="danger" if many else "warn",
            icon="danger" if many else "warning",
            title=f"Sign-in was throttled {counted(throttled, 'time')} in 24 hours",
            text="Somebody may be trying passwords. The events say for which names, and from where.",
            url=reverse("audit") + "?kind=refusals&days=1",
            action="Show",
        )
