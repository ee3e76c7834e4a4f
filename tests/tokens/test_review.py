"""What a hostile reading of tokens and policies found, each as it must be."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from clients import secret_format
from tests.tokens.registry import forget_everything, make_catalogue, make_client, post

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


def test_r17_an_introspecting_client_whose_service_account_stops_is_refused_on_the_short_way_too() -> None:
    client, secret = make_client()
    ask = lambda path, form: post(path, form, client_id="service", secret=secret)  # noqa: E731
    token = ask("/token", ASK).body["access_token"]
    for _ in range(2):
        assert ask("/introspect", {"token": token}).status == 200
    User.objects.filter(pk=client.service_account_id).update(is_active=False)
    assert ask("/introspect", {"token": token}).status == 401


def test_r61_a_system_client_with_a_secret_of_its_own_gets_tokens_without_a_service_account() -> None:
    client, secret = make_client("pushing", owner=None, is_system=True, service_account=None)
    answers = [post("/token", ASK, client_id="pushing", secret=secret) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    reader = make_client("reader")
    said = post("/introspect", {"token": answers[1].body["access_token"]}, client_id="reader", secret=reader[1])
    assert (said.body["active"], said.body["sub"], said.body["client_id"]) == (True, "pushing", "pushing")
