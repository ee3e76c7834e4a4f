"""What a hostile reading of tokens and policies found, each as it must be."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from audit.models import Event, RefusalWindow
from clients.models import Client, ClientSecret
from clients.secrets import credentials, secret_format
from policies import client_address, delays, scopes
from tests.tokens.registry import Answer, forget_everything, make_catalogue, make_client, post
from tokens import form_request
from tokens.errors import OAuthError

ASK = {"grant_type": "client_credentials"}


@pytest.fixture(autouse=True)
def registry(db: None) -> None:
    forget_everything()
    make_catalogue()


def statements_of_a_refusal(client_id: str, secret: str) -> list[str]:
    """What a second refusal of this kind asks the database; the first one is recorded besides."""
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert post("/token", ASK, client_id=client_id, secret=secret).status == 401
    return [query["sql"].partition(" WHERE ")[0] for query in queries]


def test_an_unknown_client_costs_the_statements_of_a_wrong_secret() -> None:
    make_client("known")
    make_client("public", client_type="public", service_account=None)
    wrong = "a-wrong-secret-of-nobody"
    known = statements_of_a_refusal("known", wrong)
    assert statements_of_a_refusal("unknown", wrong) == known
    assert statements_of_a_refusal("public", wrong) == known


def test_a_forged_secret_is_refused_before_its_client_is_looked_for() -> None:
    make_client("known")
    forged = secret_format.PREFIX + "x" * (secret_format.LENGTH - len(secret_format.PREFIX))
    known = statements_of_a_refusal("known", forged)
    assert statements_of_a_refusal("unknown", forged) == known
    assert not any("clients_client" in statement for statement in known)


@pytest.mark.django_db(transaction=True)
def test_the_database_connection_is_given_back_before_a_body_before_argon2_and_before_a_delay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a pool, closing an obsolete connection is what gives it back."""
    client, secret = make_client()
    Client.objects.filter(pk=client.pk).update(rate_rules="any delay 1-1ms")
    happened: list[str] = []

    def noting(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            happened.append(name)
            return real(*arguments, **named)

        return call

    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", noting("given back", lambda: None))
    monkeypatch.setattr(form_request, "read_body", noting("body", form_request.read_body))
    monkeypatch.setattr(credentials, "matches", noting("Argon2", credentials.matches))
    monkeypatch.setattr(delays, "wait", noting("delay", delays.wait))
    assert as_service(secret, "/token", **ASK).status == 200
    given_back = "given back"
    assert happened == [given_back, "body", given_back, "Argon2", given_back, "delay", given_back]


def test_r17_an_introspecting_client_whose_service_account_stops_is_refused_on_the_short_way_too() -> None:
    client, secret = make_client()
    token = as_service(secret, "/token", **ASK).body["access_token"]
    for _ in range(2):
        assert as_service(secret, "/introspect", token=token).status == 200
    User.objects.filter(pk=client.service_account_id).update(is_active=False)
    assert as_service(secret, "/introspect", token=token).status == 401


def test_r61_a_system_client_with_a_secret_of_its_own_gets_tokens_without_a_service_account() -> None:
    secret = make_client("pushing", owner=None, is_system=True, service_account=None)[1]
    answers = [post("/token", ASK, client_id="pushing", secret=secret) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    reader = make_client("reader")
    said = post("/introspect", {"token": answers[1].body["access_token"]}, client_id="reader", secret=reader[1])
    assert (said.body["active"], said.body["sub"], said.body["client_id"]) == (True, "pushing", "pushing")


def as_service(secret: str, path: str, **form: str) -> Answer:
    return post(path, form, client_id="service", secret=secret)


class SlowBody(io.BytesIO):
    """A body during whose arrival something happens."""

    def __init__(self, body: bytes, meanwhile: Callable[[], object]) -> None:
        super().__init__(body)
        self.meanwhile = meanwhile

    def read(self, size: int | None = -1) -> bytes:
        self.meanwhile()
        return super().read(size)


@pytest.mark.parametrize("remembered", [True, False])
def test_r15_a_secret_that_expires_while_the_body_arrives_is_dead(remembered: bool) -> None:
    client, secret = make_client()
    if remembered:
        assert as_service(secret, "/token", **ASK).status == 200

    def expire() -> None:
        ClientSecret.objects.filter(client=client).update(expires_at=timezone.now())

    body = SlowBody(b"grant_type=client_credentials", meanwhile=expire)
    assert post("/token", ASK, client_id="service", secret=secret, stream=body).status == 401


def test_r57_a_revocation_whose_event_cannot_be_written_has_not_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = make_client()[1]
    token = as_service(secret, "/token", **ASK).body["access_token"]

    def fail(*_: object, **__: object) -> None:
        raise OperationalError("gone")

    with monkeypatch.context() as away:
        away.setattr("audit.record", fail)
        assert as_service(secret, "/revoke", token=token).status == 503
    assert as_service(secret, "/introspect", token=token).body["active"] is True
    assert as_service(secret, "/revoke", token=token).status == 200
    assert Event.objects.filter(kind="token.revoked").count() == 1


def test_r16_a_credential_sent_in_place_of_an_id_or_a_scope_does_not_reach_the_trail() -> None:
    secret = make_client()[1]
    token = as_service(secret, "/token", **ASK).body["access_token"]
    assert post("/token", ASK, client_id=secret, secret="service").status == 401
    assert as_service(secret, "/token", **ASK, scope=token).status == 400
    refusals = [*Event.objects.values(), *RefusalWindow.objects.values()]
    assert refusals
    assert not any(credential in str(row) for row in refusals for credential in (secret, token))


@pytest.mark.parametrize("name", ["client%5Fsecret", "client_secre%74", "%70assword"])
def test_r25_a_secret_in_the_query_is_refused_however_its_name_is_written(name: str) -> None:
    with pytest.raises(OAuthError, match="never in the URL"):
        form_request.check_query(f"a=b&{name}=x")


@pytest.mark.parametrize(
    "refuse",
    [
        lambda: form_request.parse(b"&" * form_request.LARGEST_BODY),
        lambda: scopes.decide(" a" * 500_000, allowed=scopes.AllowedScope("*"), catalogue={}),
    ],
)
def test_more_parts_than_anybody_needs_are_refused_before_they_fill_memory(refuse: Callable[[], object]) -> None:
    tracemalloc.start()
    try:
        with pytest.raises((OAuthError, scopes.ScopeRefused), match="More than"):
            refuse()
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


def test_addresses_of_any_length_are_not_remembered() -> None:
    before = client_address._parse.cache_info().currsize
    assert client_address.parse("1" * 10_000) is None
    assert client_address._parse.cache_info().currsize == before
