"""Codes and refresh tokens by their rooms, without a socket: counted statements, epochs, purging, what is stored."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from clients.models import Client, ClientSecret
from policies.models import Scope
from tests.protocol.authorizing import PROOF
from tests.tokens.registry import Answer, forget_everything, make_catalogue, make_client, post
from tokens import authorization_codes, purging, refresh_rotation
from tokens.authorization_codes import Binding
from tokens.formats import stored_hash
from tokens.models import AccessToken, AuthorizationCode, RefreshToken, TokenFamily

BACK = "https://app.example/back"


@pytest.fixture
def app(db: None) -> tuple[Client, str]:
    forget_everything()
    make_catalogue()
    return make_client("app", grant_types="authorization_code", refresh_limit=None, redirect_uris=BACK)


def new_code(client: Client, *, scope: str = "ping", lifetime: int = 60, expires: datetime | None = None) -> str:
    """A code as the authorization endpoint issues it."""
    user, _ = User.objects.get_or_create(username="mara")
    now = timezone.now()
    family = TokenFamily.objects.create(
        application=client,
        user=user,
        scope=scope,
        client_epoch=client.token_epoch,
        user_epoch=user.token_epoch,
        auth_time=now,
        created=now,
        expires=expires or now + timedelta(days=30),
    )
    binding = Binding(redirect_uri=BACK, named=True, code_challenge=PROOF.challenge)
    return authorization_codes.issue(family, binding, lifetime=lifetime, now=now)


def redeem(app: tuple[Client, str], code: str) -> Answer:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": PROOF.verifier}
    return post("/token", form, client_id=app[0].client_id, secret=app[1])


def refresh(app: tuple[Client, str], token: str) -> Answer:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return post("/token", form, client_id=app[0].client_id, secret=app[1])


def test_a_warm_redemption_and_a_warm_refresh_are_at_most_seven_statements(app: tuple[Client, str]) -> None:
    """Savepoints, which stand for BEGIN and COMMIT here, are counted too."""
    first = redeem(app, new_code(app[0])).body
    code = new_code(app[0])
    with CaptureQueriesContext(connection) as redeeming:
        assert redeem(app, code).status == 200
    with CaptureQueriesContext(connection) as refreshing:
        assert refresh(app, first["refresh_token"]).status == 200
    for queries in (redeeming, refreshing):
        assert len(queries) <= 7, [query["sql"] for query in queries]


def _stop(client: Client) -> None:
    Client.objects.filter(pk=client.pk).update(is_active=False, revision=2)


def _raise_epoch(client: Client) -> None:
    Client.objects.filter(pk=client.pk).update(token_epoch=1, revision=2)


def _take_the_grant(client: Client) -> None:
    Client.objects.filter(pk=client.pk).update(grant_types="client_credentials", revision=2)


def _refresh_no_more(client: Client) -> None:
    Client.objects.filter(pk=client.pk).update(refresh_limit=0, revision=2)


def _revoke_secret(client: Client) -> None:
    ClientSecret.objects.filter(client=client).update(revoked_at=timezone.now())


def _stop_user(_: Client) -> None:
    User.objects.filter(username="mara").update(is_active=False)


def _delete_user(_: Client) -> None:
    User.objects.filter(username="mara").update(deleted_at=timezone.now())


def _new_password(_: Client) -> None:
    User.objects.filter(username="mara").update(token_epoch=1)


def _withdraw_scope(_: Client) -> None:
    Client.objects.filter(client_id="app").update(allowed_scope="orders.*", revision=2)


def _end_family(_: Client) -> None:
    TokenFamily.objects.update(revoked_at=timezone.now())


@pytest.mark.parametrize(
    ("change", "code_error", "refresh_error"),
    [
        (_stop, "invalid_client", "invalid_client"),
        (_raise_epoch, "invalid_grant", "invalid_grant"),
        (_take_the_grant, "unauthorized_client", "unauthorized_client"),
        (_refresh_no_more, None, "unauthorized_client"),
        (_revoke_secret, "invalid_client", "invalid_client"),
        (_stop_user, "invalid_grant", "invalid_grant"),
        (_delete_user, "invalid_grant", "invalid_grant"),
        (_new_password, "invalid_grant", "invalid_grant"),
        (_withdraw_scope, "invalid_grant", "invalid_grant"),
        (_end_family, "invalid_grant", "invalid_grant"),
    ],
)
def test_a_change_ends_codes_and_refresh_tokens_also_in_a_worker_that_remembers(
    app: tuple[Client, str], change: Any, code_error: str | None, refresh_error: str
) -> None:
    tokens = redeem(app, new_code(app[0])).body
    code = new_code(app[0])
    change(app[0])
    assert redeem(app, code).body.get("error") == code_error
    assert refresh(app, tokens["refresh_token"]).body["error"] == refresh_error


def test_a_code_and_a_refresh_token_past_their_time_are_refused(app: tuple[Client, str]) -> None:
    late = new_code(app[0])
    AuthorizationCode.objects.update(expires=timezone.now())
    assert redeem(app, late).body["error"] == "invalid_grant"
    tokens = redeem(app, new_code(app[0])).body
    RefreshToken.objects.update(expires=timezone.now())
    assert refresh(app, tokens["refresh_token"]).body["error"] == "invalid_grant"


def test_r29_the_absolute_lifetime_counts_from_the_start_and_never_slides(app: tuple[Client, str]) -> None:
    end = timezone.now() + timedelta(days=3)
    tokens = redeem(app, new_code(app[0], expires=end)).body
    for _ in range(3):
        tokens = refresh(app, tokens["refresh_token"]).body
    assert set(RefreshToken.objects.values_list("expires", flat=True)) == {end}


def test_r31_a_replay_is_one_event_that_names_client_and_user(app: tuple[Client, str]) -> None:
    code = new_code(app[0])
    tokens = redeem(app, code).body
    for _ in range(3):
        redeem(app, code)
    other = redeem(app, new_code(app[0])).body
    refresh(app, other["refresh_token"])
    for _ in range(3):
        refresh(app, other["refresh_token"])
    for kind in ("token.code_replayed", "token.refresh_reused"):
        (event,) = Event.objects.filter(kind=kind)
        assert (event.subject_name, event.detail["user"]) == ("app", "mara")
        assert tokens["refresh_token"] not in str(event.detail)


def test_only_hashes_of_codes_and_refresh_tokens_are_stored(app: tuple[Client, str]) -> None:
    code = new_code(app[0])
    tokens = redeem(app, code).body
    assert bytes(AuthorizationCode.objects.get().code_hash) == stored_hash(code)
    assert bytes(RefreshToken.objects.get().token_hash) == stored_hash(tokens["refresh_token"])
    for model in (AuthorizationCode, RefreshToken, AccessToken, TokenFamily):
        for row in model._default_manager.values():
            assert not any(value in str(row) for value in (code, *tokens.values()) if len(str(value)) > 20)


@pytest.mark.parametrize(
    ("generation", "limit", "may"),
    [(0, None, True), (9**9, None, True), (0, 0, False), (0, 1, True), (1, 1, False), (2, 3, True), (3, 3, False)],
)
def test_r29_a_generation_can_be_refreshed_while_it_lies_below_the_limit(
    generation: int, limit: int | None, may: bool
) -> None:
    assert refresh_rotation.may_have_generation(generation, limit=limit) is may


def test_purging_keeps_what_detects_reuse_until_the_family_is_long_over(app: tuple[Client, str]) -> None:
    code = new_code(app[0])
    tokens = redeem(app, code).body
    refresh(app, tokens["refresh_token"])
    now = timezone.now()
    assert purging.purge_families(now + timedelta(days=59)) == 0
    later = now + timedelta(days=61)
    assert purging.purge_families(later) == 0  # its access tokens are there still
    purging.purge_expired(later)
    assert purging.purge_families(later) == 1
    for model in (AuthorizationCode, RefreshToken, TokenFamily):
        assert not model._default_manager.exists()


def test_a_scope_that_left_the_catalogue_is_granted_no_more(app: tuple[Client, str]) -> None:
    from accounts import server_settings

    tokens = redeem(app, new_code(app[0], scope="ping orders.read")).body
    Scope.objects.filter(name="ping").delete()
    server_settings.bump_policy_version()
    assert refresh(app, tokens["refresh_token"]).body["error"] == "invalid_grant"
