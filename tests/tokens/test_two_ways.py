"""The short way and the long way of the hot paths: the same answers, counted statements, one Argon2 run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import audit
from accounts import server_settings
from accounts.models import ServerSettings, User
from clients.models import Client, ClientSecret
from clients.secrets import credentials, rotation
from policies.models import Scope
from tests.tokens.registry import Answer, forget_everything, make_catalogue, make_client, post
from tokens.models import AccessToken

ASK = {"grant_type": "client_credentials"}


@pytest.fixture
def service(db: None) -> tuple[Client, str]:
    forget_everything()
    make_catalogue()
    return make_client()


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every Argon2 run is noted, and still runs."""
    noted: list[str] = []
    real = credentials.matches

    def noting(stored: str, secret: str) -> bool:
        noted.append(stored)
        return real(stored, secret)

    monkeypatch.setattr(credentials, "matches", noting)
    return noted


def ask(service: tuple[Client, str], **form: str) -> Answer:
    return post("/token", {**ASK, **form}, client_id=service[0].client_id, secret=service[1])


def introspect(service: tuple[Client, str], token: str) -> Answer:
    return post("/introspect", {"token": token}, client_id=service[0].client_id, secret=service[1])


def test_the_warm_token_request_is_one_statement(service: tuple[Client, str]) -> None:
    ask(service)
    with CaptureQueriesContext(connection) as queries:
        assert ask(service).status == 200
    assert len(queries) == 1, [query["sql"] for query in queries]


def test_the_warm_introspection_is_one_statement(service: tuple[Client, str]) -> None:
    token = ask(service).body["access_token"]
    introspect(service, token)
    with CaptureQueriesContext(connection) as queries:
        assert introspect(service, token).body["active"] is True
    assert len(queries) == 1, [query["sql"] for query in queries]


def test_the_first_token_request_of_a_worker_is_bounded(service: tuple[Client, str]) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert ask(service).status == 200
    # Settings and catalogue are read twice: for the address's budget, and again behind the body.
    assert len(queries) <= 8, [query["sql"] for query in queries]


def test_r15_several_live_secrets_cost_no_further_statement_and_no_further_run(
    service: tuple[Client, str], runs: list[str]
) -> None:
    client = service[0]
    for _ in range(rotation.MOST_LIVE - 1):
        rotation.rotate(client=client, by=audit.SYSTEM, now=timezone.now(), overlap=timedelta(days=1))
    with CaptureQueriesContext(connection) as queries:
        assert ask(service).status == 200
    assert (len(queries) <= 8, len(runs)) == (True, 1)
    with CaptureQueriesContext(connection) as queries:
        assert ask(service).status == 200
    assert (len(queries), len(runs)) == (1, 1)


def test_argon2_runs_once_a_worker_and_secret_also_after_edits(service: tuple[Client, str], runs: list[str]) -> None:
    for _ in range(3):
        assert ask(service).status == 200
    Client.objects.filter(pk=service[0].pk).update(access_token_lifetime=60, revision=2)
    assert ask(service).body["expires_in"] == 60
    assert ask(service, scope="nothing.like.it").status == 400
    assert len(runs) == 1
    forget_everything()
    ask(service)
    assert len(runs) == 2


def _deactivate(client: Client) -> None:
    Client.objects.filter(pk=client.pk).update(is_active=False, revision=2)


def _revoke_secret(client: Client) -> None:
    ClientSecret.objects.filter(client=client).update(revoked_at=timezone.now())


def _expire_secret(client: Client) -> None:
    ClientSecret.objects.filter(client=client).update(expires_at=timezone.now() - timedelta(seconds=1))


def _delete(client: Client) -> None:
    Client.objects.filter(pk=client.pk).update(deleted_at=timezone.now(), revision=2)


def _stop_service_account(client: Client) -> None:
    User.objects.filter(pk=client.service_account_id).update(is_active=False)


def _take_the_grant(client: Client) -> None:
    Client.objects.filter(pk=client.pk).update(grant_types="authorization_code", revision=2)


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        (_deactivate, 401, "invalid_client"),
        (_revoke_secret, 401, "invalid_client"),
        (_expire_secret, 401, "invalid_client"),
        (_delete, 401, "invalid_client"),
        (_stop_service_account, 401, "invalid_client"),
        (_take_the_grant, 400, "unauthorized_client"),
    ],
)
def test_a_change_binds_a_worker_that_remembers_at_its_next_request(
    service: tuple[Client, str], change: Any, status: int, error: str
) -> None:
    assert ask(service).status == 200
    change(service[0])
    answer = ask(service)
    assert (answer.status, answer.body["error"]) == (status, error)
    assert AccessToken.objects.count() == 1


def test_a_new_scope_and_a_new_global_lifetime_count_at_the_next_request(service: tuple[Client, str]) -> None:
    assert ask(service, scope="orders.new").status == 400
    Scope.objects.create(name="orders.new")
    server_settings.bump_policy_version()
    assert ask(service, scope="orders.new").status == 200
    server_settings.change(by=audit.SYSTEM, values={"accessTokenLifetime": 77})
    assert ask(service).body["expires_in"] == 77


def test_tokens_of_a_raised_epoch_are_dead_and_new_ones_live(service: tuple[Client, str]) -> None:
    old = ask(service).body["access_token"]
    Client.objects.filter(pk=service[0].pk).update(token_epoch=1, revision=2)
    assert introspect(service, old).body == {"active": False}
    assert introspect(service, ask(service).body["access_token"]).body["active"] is True


def test_r46_tokens_of_an_inactive_client_are_inactive_until_it_is_active_again(service: tuple[Client, str]) -> None:
    reader = make_client("reader")
    token = ask(service).body["access_token"]
    Client.objects.filter(pk=service[0].pk).update(is_active=False, revision=2)
    assert introspect(reader, token).body == {"active": False}
    Client.objects.filter(pk=service[0].pk).update(is_active=True, revision=3)
    assert introspect(reader, token).body["active"] is True


@pytest.mark.parametrize("lifetime", [None, 1, 900])
@pytest.mark.parametrize("never", [False, True])
@pytest.mark.parametrize(
    "scope", [None, "ping", "orders.read ping", "ping ping", "orders.*", "nothing", "RegisteredClient", "a  b"]
)
def test_the_two_ways_answer_alike(db: None, lifetime: int | None, never: bool, scope: str | None) -> None:
    make_catalogue()
    service = make_client(access_token_lifetime=lifetime, access_tokens_never_expire=never)
    form = {} if scope is None else {"scope": scope}
    forget_everything()
    long = ask(service, **form)
    short = ask(service, **form)
    for answer in (long, short):
        answer.body.pop("access_token", None)
        answer.body.pop("reference", None)
    assert long == short
    rows = list(AccessToken.objects.order_by("id").values("scope", "resource", "user_id", "client_epoch"))
    assert rows[: len(rows) // 2] == rows[len(rows) // 2 :]


def test_https_is_required_on_both_ways(service: tuple[Client, str]) -> None:
    assert ask(service).status == 200
    ServerSettings.objects.update(require_https=True)
    server_settings.bump_policy_version()
    answer = ask(service)
    assert (answer.status, answer.body["error"]) == (400, "invalid_request")
    assert "https" in answer.body["error_description"]
    forget_everything()
    assert ask(service).status == 400
