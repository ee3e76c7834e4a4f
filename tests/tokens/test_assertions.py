"""R25, RFC 7523: what an assertion costs, that it is used once, and that its keys end with the client's say-so."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients.models import Client
from policies.snapshots import remembered_server_policy
from tests.protocol.assertions import KEYS, claims, form_of, public, signed
from tests.tokens.registry import Answer, forget_everything, make_catalogue, make_client, post_as
from tokens import assertions, purging
from tokens.models import AccessToken, UsedAssertion


@pytest.fixture
def client(db: None) -> Client:
    forget_everything()
    make_catalogue()
    made, _ = make_client(
        token_endpoint_auth_method="private_key_jwt",
        client_jwks="\n".join(json.dumps(public(key, alg=algorithm)) for algorithm, key in KEYS.items()),
    )
    return made


def said(**others: Any) -> dict[str, Any]:
    return claims("service", settings.AUTHSERVER.issuer, **others)


def ask(assertion: str | None = None, path: str = "/token", **form: str) -> Answer:
    usual = {"grant_type": "client_credentials"} if path == "/token" else {}
    return post_as("", path, form_of(assertion or signed(said()), **{**usual, **form}))


def test_r25_the_warm_request_costs_one_statement_more_than_by_a_secret(client: Client) -> None:
    token = ask().body["access_token"]
    ask(path="/introspect", token=token)
    for path, form in (("/token", {}), ("/introspect", {"token": token})):
        with CaptureQueriesContext(connection) as queries:
            assert ask(path=path, **form).status == 200
        assert len(queries) == 2, [query["sql"] for query in queries]


def test_r25_the_first_request_of_a_worker_is_bounded(client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert ask().status == 200
    # The settings are read once more than later: for the budget of the address, before anything of the request is.
    assert len(queries) <= 8, [query["sql"] for query in queries]


@pytest.mark.parametrize("warm", [False, True])
def test_r25_an_unknown_client_costs_what_a_wrong_assertion_costs(
    client: Client, warm: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same statements, and one look at a signature: neither body nor time tells them apart."""
    runs: list[str] = []
    real = assertions._signed

    def noting(assertion: assertions.Assertion, key: Any) -> bool:
        runs.append(key.algorithm)
        return real(assertion, key)

    monkeypatch.setattr(assertions, "_signed", noting)
    remembered_server_policy()  # a worker that has served anybody knows it
    costs = []
    for wrong in (
        signed(said(), by="PS256", key=KEYS["RS256"]),
        signed({**said(), "iss": "nobody", "sub": "nobody"}, by="PS256"),
        signed(said(), by="PS256", kid="unknown"),
    ):
        if warm:
            assert ask().status == 200
        runs.clear()
        with CaptureQueriesContext(connection) as queries:
            assert ask(wrong).status == 401
        # A refusal like one before it is only counted, so the trail is left aside.
        read = [query["sql"] for query in queries if query["sql"].startswith("SELECT") and "audit" not in query["sql"]]
        costs.append((len(read), len(runs)))
    assert len(set(costs)) == 1, costs
    assert costs[0][1] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"client_jwks": json.dumps(public(KEYS["RS256"]))},
        {"client_jwks": ""},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"client_type": "public"},
        {"is_active": False},
        {"deleted_at": timezone.now()},
    ],
)
def test_r25_a_key_that_is_taken_away_proves_nothing_at_the_next_request(
    client: Client, change: dict[str, Any]
) -> None:
    assert ask().status == 200
    Client.objects.filter(pk=client.pk).update(revision=client.revision + 1, **change)
    issued = AccessToken.objects.count()
    assert ask().status == 401
    assert AccessToken.objects.count() == issued


def test_r25_a_worker_that_knows_the_client_refuses_what_another_one_took(client: Client) -> None:
    for remembered in (True, False):
        assert ask().status == 200
        assertion = signed(said())
        assert ask(assertion).status == 200
        if not remembered:
            forget_everything()
        assert ask(assertion).status == 401
    assert ask(signed(said(jti="the same"))).status == 200
    make_client("other", token_endpoint_auth_method="private_key_jwt", client_jwks=client.client_jwks)
    assert ask(signed({**said(jti="the same"), "iss": "other", "sub": "other"})).status == 200


def test_used_assertions_are_kept_until_their_age_refuses_them(client: Client) -> None:
    assert ask(signed(said(exp=int(timezone.now().timestamp()) + 60))).status == 200
    (row,) = UsedAssertion.objects.all()
    assert row.ends > timezone.now() + timedelta(seconds=60)
    assert purging.purge_used_assertions(row.ends) == 0
    assert purging.purge_used_assertions(row.ends + timedelta(minutes=6)) == 1
    assert not UsedAssertion.objects.exists()


def test_r25_a_refused_assertion_leaves_no_row(client: Client) -> None:
    assert ask(signed(said(), key=KEYS["RS256"], by="PS256", kid=None)).status == 401
    assert ask(signed(said(aud="https://other.example"))).status == 401
    assert not UsedAssertion.objects.exists()
