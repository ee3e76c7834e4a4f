"""The applications that a person lets into their account: shown at My account, each with a way to withdraw it (R64)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from accounts.my_account import Section
from clients.models import Client
from policies.models import Scope
from tokens import families
from tokens.models import Consent, TokenFamily

MOST = 500  # applications on the page


@dataclass(frozen=True, kw_only=True)
class Application:
    """One client with what it may do. `scopes`: names with their words; `live`: how often it is signed in now."""

    client: Client
    owner: str
    scopes: tuple[tuple[str, str], ...]
    given_at: datetime
    used_at: datetime
    live: int


def section(user: User, now: datetime) -> Section:
    return Section(template="oauth/applications.html", values={"applications": applications_of(user, now=now)})


def applications_of(user: User, *, now: datetime) -> list[Application]:
    """By name. Three statements, however many there are."""
    consents = list(
        Consent.objects.filter(user=user, application__deleted_at=None)
        .select_related("application__owner")
        .order_by("application__name", "application_id")[:MOST]
    )
    live = families.live(user_pk=user.pk, client_pks=[consent.application_id for consent in consents], now=now)
    names = {name for consent in consents for name in consent.scope.split()}
    words = dict(Scope.objects.filter(name__in=names).values_list("name", "description"))
    return [
        Application(
            client=consent.application,
            owner=consent.application.owner.display_name if consent.application.owner else "",
            scopes=tuple((name, words.get(name, "").strip().rstrip(".") or name) for name in consent.scope.split()),
            given_at=consent.given_at,
            used_at=consent.used_at,
            live=live.get(consent.application_id, 0),
        )
        for consent in consents
        if consent.client_epoch == consent.application.token_epoch
    ]


def let_in(user: User, number: int) -> Client | None:
    """The client of this number, if `user` lets it in."""
    holders = Consent.objects.filter(user=user), TokenFamily.objects.filter(user=user, revoked_at=None)
    if not any(rows.filter(application_id=number).exists() for rows in holders):
        return None
    found: Client | None = Client.objects.filter(pk=number, deleted_at=None).select_related("owner").first()
    return found
