"""The simulator says what production then does: asked beside it, over the same registry, request by request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import ServerSettings, User
from clients.models import Client
from policies import client_address
from policies.decision import Deny
from policies.question import Question
from policies.snapshots import load_client_policy, refresh_server_policy
from tests.tokens.registry import forget_everything, make_catalogue, make_client, post
from tokens.simulator.answers import answer
from tokens.simulator.simulation import simulate
from tokens.simulator.telling import steps
from tokens.simulator.ways import ways

pytestmark = pytest.mark.django_db
HERE = "127.0.0.1"
SCOPES = ("", "ping", "orders.read", "ping orders.read", "billing", "orders.*", "authorization.introspect", "a  b")
CLIENTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "narrow": {"allowed_scope": "ping"},
    "nothing": {"allowed_scope": ""},
    "inactive": {"is_active": False},
    "without-grant": {"grant_types": "personal_access_token"},
    "elsewhere": {"network_rules": "allow 198.51.100.0/24"},
    "here": {"network_rules": "allow 127.0.0.0/8"},
    "denied": {"network_rules": "allow 127.0.0.0/8\ndeny 127.0.0.1/32"},
    "watched": {"network_rules": "watch deny 127.0.0.1/32"},
    "body-only": {"token_endpoint_auth_method": "client_secret_post"},
    "with-password": {"grant_types": "password"},
}


@dataclass(frozen=True)
class World:
    clients: dict[str, tuple[Client, str]]


@pytest.fixture
def world() -> Iterator[World]:
    forget_everything()
    make_catalogue()
    yield World({name: make_client(name, **fields) for name, fields in CLIENTS.items()})
    forget_everything()


def question(client: Client, **changes: Any) -> Question:
    server = refresh_server_policy()
    fresh = Client.objects.select_related("service_account").get(pk=client.pk)
    said = {
        "endpoint": "token", "grant_type": "client_credentials", "authentication": "client_secret_basic",
        "address": client_address.read(HERE), "now": timezone.now(), **changes,
    }  # fmt: skip
    return Question(server=server, client=load_client_policy(fresh, policy_version=server.version), **said)


def test_the_simulator_and_the_token_endpoint_agree_on_every_client_grant_and_scope(world: World) -> None:
    for (name, (client, secret)), grant, scope in product(
        world.clients.items(), ("client_credentials", "password"), SCOPES
    ):
        form = {"grant_type": grant, **({"scope": scope} if scope else {})}
        if grant == "password":
            form |= {"username": "nobody", "password": "x"}
        said = simulate(question(client, grant_type=grant, scope=scope or None)).decision
        done = post("/token", form, client_id=name, secret=secret)
        case = (name, grant, scope, done)
        if isinstance(said, Deny):
            assert (done.status, done.body["error"]) == (said.status, said.error), case
            assert done.body["error_description"] == said.sentence, case
        else:
            assert (done.status, grant) == (200, "client_credentials"), case
            assert done.body["scope"] == " ".join(said.reach.scopes), case


def test_the_simulator_and_introspection_agree(world: World) -> None:
    for name, (client, secret) in world.clients.items():
        said = simulate(question(client, endpoint="introspect", grant_type=None)).decision
        done = post("/introspect", {"token": "x"}, client_id=name, secret=secret)
        denied = (said.status, said.error) if isinstance(said, Deny) else (200, "")
        assert (done.status, done.body.get("error", "")) == denied, (name, done)


def test_r41_a_budget_is_looked_at_and_not_counted(world: World) -> None:
    client, secret = make_client("metered", rate_rules="any 2 per 60s")
    form = {"grant_type": "client_credentials", "scope": "ping"}
    for _ in range(3):
        assert simulate(question(client, scope="ping")).allowed
    for _ in range(2):
        assert post("/token", form, client_id="metered", secret=secret).status == 200
    simulation = simulate(question(client, scope="ping"))
    assert isinstance(simulation.decision, Deny)
    assert (simulation.decision.code, simulation.denied_at) == ("budget-spent", len(simulation.outcomes))
    assert "rate rule" in steps(simulation)[-1].words
    assert "HTTP/1.1 429 Too Many Requests" in answer(simulation)
    assert post("/token", form, client_id="metered", secret=secret).status == 429


@pytest.mark.parametrize(
    ("name", "changes", "code", "offered"),
    [
        ("narrow", {"scope": "ping orders.read"}, "scope-refused",
         [("Request only ping", "Passes all"), ("Add orders.read to the client", "")]),
        ("plain", {"scope": "billing"}, "scope-refused", [("Request its defaults, by naming no scope", "Passes all")]),
        ("plain", {"authentication": "none"}, "authentication-refused",
         [("Authenticate by client_secret_basic", "Passes all"), ("Authenticate by client_secret_post", "Passes all")]),
        ("elsewhere", {}, "network-refused", [("Change the rules for 127.0.0.1", "")]),
        ("inactive", {}, "client-inactive", [("Activate the client", "")]),
        ("without-grant", {}, "grant-not-selected", [("Select client_credentials for the client", "")]),
        ("with-password", {"grant_type": "password"}, "legacy-grants-off",
         [("Turn legacy grants on for the server", "")]),
        ("narrow", {"endpoint": "introspect", "grant_type": None}, "may-not-introspect",
         [("Add authorization.introspect to the client", "")]),
    ],
)  # fmt: skip
def test_every_denial_has_ways_to_allow_it_and_other_requests_were_tried(
    world: World, name: str, changes: dict[str, Any], code: str, offered: list[tuple[str, str]]
) -> None:
    simulation = simulate(question(world.clients[name][0], **changes))
    assert isinstance(simulation.decision, Deny)
    assert simulation.decision.code == code
    found = ways(simulation)
    assert [way.title for way in found] == [title for title, _ in offered]
    assert all(way.why.startswith(why) for way, (_, why) in zip(found, offered, strict=True))


def test_r62_https_is_a_check_and_asking_over_it_a_way(world: World) -> None:
    ServerSettings.objects.update(require_https=True)
    simulation = simulate(question(world.clients["plain"][0], https=False))
    assert simulation.denied_at == 1
    assert [way.title for way in ways(simulation)] == ["Ask over https"]


def test_what_lies_behind_the_denial_was_not_reached(world: World) -> None:
    told = steps(simulate(question(world.clients["elsewhere"][0])))
    denied = next(place for place, step in enumerate(told) if step.tone == "danger")
    assert told[denied].words == (
        "127.0.0.1: This client may not be used from this network. (network rules: no allow rule matches)"
    )
    assert {step.words for step in told[denied + 1 :]} == {"not reached"}
    assert all(step.tone == "ok" for step in told[:denied])


# ── The page ──


def asked(browser: Browser, **fields: str) -> Any:
    said = {"client": "plain", "endpoint": "token", "grant": "client_credentials", "scope": "ping", "resource": "",
            "token_scope": "", "address": HERE, "authentication": "client_secret_basic", "method": "GET",
            "https": "on"}  # fmt: skip
    return browser.get("/policies/", {**said, **fields})


def test_the_page_shows_the_answer_each_check_and_what_the_client_would_receive(
    world: World, sign_in: Any, auditor: User
) -> None:
    browser = sign_in(auditor)
    page = asked(browser).content.decode()
    assert "Allowed, after" in page
    assert "HTTP/1.1 200 OK" in page
    page = asked(browser, client=f"#{world.clients['narrow'][0].pk}", scope="ping orders.read").content.decode()
    assert "Denied at check" in page
    assert "invalid_scope" in page
    assert "scope=ping&amp;" in page  # a way to allow it, as an address


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"client": "nobody"}, "You see no client of this id."),
        ({"client": "#9999999999999999999999"}, "You see no client of this id."),
        ({"client": "\x00"}, "You see no client of this id."),
        ({"client": ""}, "Name a client."),
        ({"address": "10.0.0.5/8"}, "This is no IP address"),
        ({"address": "everywhere"}, "This is no IP address"),
        ({"endpoint": "authorize"}, "At /authorize this is authorization_code or implicit."),
        ({"grant": "implicit"}, "At /token this is any other than implicit."),
        ({"endpoint": "nowhere"}, "Select a valid choice"),
    ],
)
def test_wrong_input_is_told_at_its_field(
    world: World, sign_in: Any, auditor: User, fields: dict[str, str], fault: str
) -> None:
    answer = asked(sign_in(auditor), **fields)
    assert answer.status_code == 422
    assert fault in answer.content.decode()


def test_r59_nobody_learns_of_clients_that_they_do_not_see(world: World, sign_in: Any, developer: User) -> None:
    browser = sign_in(developer)
    assert "You see no client of this id." in asked(browser).content.decode()
    Client.objects.filter(client_id="plain").update(owner=developer)
    assert "Allowed, after" in asked(browser).content.decode()


@pytest.mark.parametrize("endpoint", ["authorize", "device_authorization", "introspect", "revoke", "check", "userinfo"])
def test_every_endpoint_can_be_asked_about(world: World, sign_in: Any, auditor: User, endpoint: str) -> None:
    grant = "authorization_code" if endpoint == "authorize" else "client_credentials"
    answer = asked(sign_in(auditor), endpoint=endpoint, grant=grant, token_scope="ping openid orders.read")
    assert answer.status_code == 200
    assert "check" in answer.content.decode()


def test_script_in_what_is_asked_is_shown_inert(world: World, sign_in: Any, auditor: User) -> None:
    page = asked(sign_in(auditor), scope="<script>alert(1)</script>").content.decode()
    assert "<script>alert" not in page
