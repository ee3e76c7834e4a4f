"""What a hostile reading of tokens and policies found, each as it must be."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

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
