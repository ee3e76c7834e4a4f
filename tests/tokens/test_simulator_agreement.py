"""The simulator and production, held against each other over thousands of made-up requests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.models import Client
from policies.decision import Deny
from policies.question import Question
from tests.tokens.registry import forget_everything, make_catalogue, make_client, post
from tests.tokens.test_simulator import question
from tokens.simulator.simulation import simulate

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ELEMENTS = ("ping", "orders.read", "orders.*", "*", "authorization.introspect", "p*g", "elsewhere.*")
NAMES = ("ping", "orders.read", "authorization.introspect", "orders.*", "unknown", "*")
RULES = ("allow 127.0.0.0/8", "allow 198.51.100.0/24", "deny 127.0.0.1/32", "watch deny 127.0.0.0/8", "allow ::1/128")
OWN = count(1)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request: where, for which grant, scope and resource."""

    endpoint: str
    grant: str
    scope: str
    resource: str

    @property
    def form(self) -> dict[str, str]:
        if self.endpoint == "introspect":
            return {"token": "nothing"}
        given = {"grant_type": self.grant, "scope": self.scope, "resource": self.resource}
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A client, and what it asks for one after another."""

    fields: dict[str, Any]
    asked: list[Asked] = field(default_factory=list)

    @property
    def is_let_in(self) -> bool:
        """Whether a worker comes to remember its secret."""
        by_basic = self.fields["token_endpoint_auth_method"] != "client_secret_post"
        return by_basic and bool(self.fields["is_active"])


CLIENTS = st.fixed_dictionaries(
    {
        "allowed_scope": st.lists(st.sampled_from(ELEMENTS), max_size=3, unique=True).map(" ".join),
        "grant_types": st.sampled_from(
            ("client_credentials", "client_credentials", "password", "personal_access_token")
        ),
        "is_active": st.sampled_from((True, True, True, False)),
        "network_rules": st.lists(st.sampled_from(RULES), max_size=2, unique=True).map("\n".join),
        "token_endpoint_auth_method": st.sampled_from(("", "", "client_secret_basic", "client_secret_post")),
    }
)
REQUESTS = st.builds(
    Asked,
    endpoint=st.sampled_from(("token", "token", "introspect")),
    grant=st.just("client_credentials"),
    scope=st.lists(st.sampled_from(NAMES), max_size=3, unique=True).map(" ".join),
    resource=st.sampled_from(("", "", "", "https://orders.example", "https://nowhere.example")),
)
CASES = st.builds(Case, fields=CLIENTS, asked=st.lists(REQUESTS, min_size=50, max_size=50))


@pytest.fixture
def catalogue() -> None:
    forget_everything()
    make_catalogue()


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.data_too_large, HealthCheck.too_slow],
)
@given(case=CASES)
def test_the_simulator_and_production_agree_on_thousands_of_requests(catalogue: None, case: Case) -> None:
    client, secret = make_client(f"made-up-{next(OWN)}", **case.fields)
    first = question(client)
    for asked in case.asked if case.is_let_in else case.asked[:3]:  # each of the others costs a run of Argon2
        assert production(client, secret, asked) == simulated(first, asked), (case.fields, asked)


def production(client: Client, secret: str, asked: Asked) -> tuple[int, str, str, str]:
    """Status, error, description and granted scope."""
    done = post(f"/{asked.endpoint}", asked.form, client_id=client.client_id, secret=secret)
    body = done.body
    granted = body.get("scope", "") if asked.endpoint == "token" else ""
    return done.status, body.get("error", ""), body.get("error_description", ""), granted


def simulated(first: Question, asked: Asked) -> tuple[int, str, str, str]:
    """The same, as the simulator says it."""
    token = asked.endpoint == "token"
    said = replace(
        first,
        endpoint=asked.endpoint,
        grant_type=asked.grant if token else None,
        scope=(asked.scope or None) if token else None,
        resource=(asked.resource or None) if token else None,
    )
    decision = simulate(said).decision
    if isinstance(decision, Deny):
        return decision.status, decision.error, decision.sentence, ""
    return 200, "", "", " ".join(decision.reach.scopes) if token else ""
