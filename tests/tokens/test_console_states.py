"""R63: the one rule of states, as a table, and that it agrees with `/introspect` whatever happened to a token."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from clients.models import Client
from tests.tokens.registry import forget_everything, make_client, post
from tests.tokens.test_user_grants import app, new_code, redeem, refresh
from tokens.console.kinds import BY_VALUE
from tokens.console.states import Standing, State, state_of
from tokens.formats import stored_hash
from tokens.models import AccessToken, RefreshToken, TokenFamily

__all__ = ["app"]
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
PAST, FUTURE, LONG_AGO = NOW - timedelta(hours=1), NOW + timedelta(hours=1), NOW - timedelta(days=9)


@pytest.mark.parametrize(
    ("standing", "state"),
    [
        (Standing(expires=FUTURE), State.LIVE),
        (Standing(expires=None), State.LIVE),
        (Standing(expires=NOW), State.EXPIRED),
        (Standing(expires=PAST, ended=True), State.EXPIRED),
        (Standing(expires=PAST, revoked_at=LONG_AGO), State.REVOKED),
        (Standing(expires=LONG_AGO, revoked_at=PAST), State.EXPIRED),
        (Standing(expires=None, revoked_at=PAST), State.REVOKED),
        (Standing(expires=FUTURE, ended=True, paused=True), State.REVOKED),
        (Standing(expires=FUTURE, paused=True), State.SUSPENDED),
        (Standing(expires=PAST, paused=True), State.EXPIRED),
        (Standing(expires=FUTURE, consumed_at=PAST, revoked_at=NOW), State.USED),
    ],
)
def test_r63_what_came_first_decides_over_a_state(standing: Standing, state: State) -> None:
    assert state_of(standing, now=NOW) is state


Happening = Callable[[Client, User, TokenFamily], object]


def _set(model: type[Any], **fields: object) -> Happening:
    def happen(client: Client, user: User, family: TokenFamily) -> None:
        pk = {Client: client.pk, User: user.pk, TokenFamily: family.pk}[model]
        model.objects.filter(pk=pk).update(**fields)

    return happen


def _expire(client: Client, user: User, family: TokenFamily) -> None:
    for model in (AccessToken, RefreshToken):
        model._default_manager.update(expires=timezone.now() - timedelta(seconds=1))


def _two(one: Happening, other: Happening) -> Happening:
    def happen(client: Client, user: User, family: TokenFamily) -> None:
        one(client, user, family)
        other(client, user, family)

    return happen


HAPPENINGS: dict[str, tuple[Happening, State]] = {
    "nothing": (lambda *_: None, State.LIVE),
    "expired": (_expire, State.EXPIRED),
    "client inactive": (_set(Client, is_active=False), State.SUSPENDED),
    "client deleted": (_set(Client, deleted_at=NOW), State.REVOKED),
    "all of the client revoked": (_set(Client, token_epoch=7), State.REVOKED),
    "user inactive": (_set(User, is_active=False), State.SUSPENDED),
    "user deleted": (_set(User, deleted_at=NOW), State.REVOKED),
    "all of the user revoked": (_set(User, token_epoch=7), State.REVOKED),
    "family revoked": (_set(TokenFamily, revoked_at=NOW), State.REVOKED),
    "inactive and revoked": (
        _two(_set(Client, is_active=False), _set(TokenFamily, revoked_at=NOW)),
        State.REVOKED,
    ),
}


@pytest.mark.parametrize("name", HAPPENINGS)
def test_r63_a_token_is_live_here_exactly_when_introspection_calls_it_active(
    name: str, app: tuple[Client, str]
) -> None:
    happen, expected = HAPPENINGS[name]
    _watcher, secret = make_client("watcher")
    tokens = redeem(app, new_code(app[0])).body
    happen(app[0], User.objects.get(username="mara"), TokenFamily.objects.get())
    forget_everything()
    now = timezone.now()
    for kind, value in (("access", tokens["access_token"]), ("refresh", tokens["refresh_token"])):
        row = BY_VALUE[kind].rows().get(token_hash=stored_hash(value))
        assert BY_VALUE[kind].token(row, now=now).state is expected, kind
    said = post("/introspect", {"token": tokens["access_token"]}, client_id="watcher", secret=secret)
    assert said.body["active"] is (expected is State.LIVE)


def test_r63_a_rotated_refresh_token_and_a_redeemed_code_are_used_and_introspect_as_inactive(
    app: tuple[Client, str],
) -> None:
    first = redeem(app, new_code(app[0])).body
    refresh(app, first["refresh_token"])
    now = timezone.now()
    rows = [(kind, row) for kind in ("refresh", "code") for row in BY_VALUE[kind].rows().order_by("pk")]
    assert [BY_VALUE[kind].token(row, now=now).state for kind, row in rows] == [State.USED, State.LIVE, State.USED]
    said = post("/introspect", {"token": first["refresh_token"]}, client_id="app", secret=app[1])
    assert said.body == {"active": False}


@pytest.mark.parametrize(
    ("happen", "state", "active"),
    [
        (lambda row: None, State.LIVE, True),
        (lambda row: User.objects.filter(pk=row.user_id).update(is_active=False), State.SUSPENDED, False),
        (lambda row: Client.objects.update(token_epoch=9), State.REVOKED, False),
        (lambda row: AccessToken.objects.update(revoked_at=NOW), State.REVOKED, False),
    ],
)
@pytest.mark.django_db
def test_r63_a_clients_own_token_agrees_too(
    happen: Callable[[AccessToken], object], state: State, active: bool
) -> None:
    forget_everything()
    _watcher, secret = make_client("watcher")
    _, own = make_client("own", allowed_scope="")
    token = post("/token", {"grant_type": "client_credentials"}, client_id="own", secret=own).body["access_token"]
    row = BY_VALUE["access"].rows().get(token_hash=stored_hash(token))
    happen(row)
    forget_everything()
    again = BY_VALUE["access"].rows().get(pk=row.pk)
    assert BY_VALUE["access"].token(again, now=timezone.now()).state is state
    said = post("/introspect", {"token": token}, client_id="watcher", secret=secret)
    assert said.body["active"] is active
