"""R38: one enforcement function guards every entry. Whoever adds a machine address meets these tests first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from audit.recording import REQUEST_ID
from authserver.machine_addresses import MACHINE_ADDRESSES
from clients.models import Client
from policies import client_address, evaluate
from policies.decision import Decision
from policies.evaluate import Outcome
from policies.question import ENDPOINTS, Question
from tests.tokens.registry import Answer, forget_everything, get, make_catalogue, make_client, post, post_as
from tokens import steps
from tokens.authorize import checks as authorize_checks

# Public documents and health: they answer everybody alike, and no client asks.
FOR_EVERYBODY = {
    "/jwks",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/healthz/live",
    "/healthz/ready",
    "/register",  # by its own tokens; of a client that manages itself, its network rules hold there
    "/api/schema",
    "/api/docs/",
}
BACK = "https://web.example/back"
ELSEWHERE = "deny 127.0.0.0/8"  # these tests ask from there


class World:
    """A client that may do everything, its secret and a token."""

    def __init__(self) -> None:
        forget_everything()
        make_catalogue()
        self.client, self.secret = make_client(
            grant_types="client_credentials authorization_code urn:ietf:params:oauth:grant-type:device_code",
            redirect_uris=BACK,
            allowed_scope="openid ping authorization.introspect authserver.clients.view",
        )
        User.objects.filter(username="service").update(permissions=["clients.view"])
        self.for_api = self._token("authserver.clients.view")
        self.token = self._token("ping")

    def _token(self, scope: str) -> str:
        answer = self.form("/token", grant_type="client_credentials", scope=scope)
        return str(answer.body["access_token"])

    def form(self, path: str, **form: str) -> Answer:
        return post(path, form, client_id=self.client.client_id, secret=self.secret)

    @property
    def bearer(self) -> str:
        return f"Bearer {self.token}"


def _api(world: World) -> int:
    """One operation for all: each is made from the same table, and asked in the same way."""
    meta: dict[str, Any] = {client_address.ENVIRON_KEY: "127.0.0.1", REQUEST_ID: "r" * 8}
    browser = Browser(headers={"host": "127.0.0.1", "authorization": f"Bearer {world.for_api}"}, **meta)
    return browser.get("/api/v1/clients").status_code


def _authorize(_: World) -> int:
    asked = {"client_id": "service", "redirect_uri": BACK, "response_type": "code", "scope": "ping",
             "code_challenge": "x" * 43, "code_challenge_method": "S256"}  # fmt: skip
    meta: dict[str, Any] = {client_address.ENVIRON_KEY: "127.0.0.1", REQUEST_ID: "r" * 8}
    return Browser(headers={"host": "127.0.0.1"}, **meta).get(f"/authorize?{urlencode(asked)}").status_code


ENTRIES: dict[str, Callable[[World], int]] = {
    "/authorize": _authorize,
    "/token": lambda world: world.form("/token", grant_type="client_credentials").status,
    "/device_authorization": lambda world: world.form("/device_authorization").status,
    "/introspect": lambda world: world.form("/introspect", token="x").status,
    "/revoke": lambda world: world.form("/revoke", token="x").status,
    "/userinfo": lambda world: post_as(world.bearer, "/userinfo", {}).status,
    "/check": lambda world: get("/check", authorization=world.bearer).status,
    "/api": _api,
}


def addresses() -> set[str]:
    """Every machine address, and what of the pages clients call: `/authorize`, and all below `/api/`, as one."""
    routes = {f"/{route}" for route in _routes(get_resolver().url_patterns)}
    paged = {"/api" if route.startswith("/api/v1/") else route for route in routes}
    return set(MACHINE_ADDRESSES) | {
        path for path in paged if path in ("/authorize", "/api") or path.startswith("/api/")
    }


def _routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> list[str]:
    found: list[str] = []
    for one in patterns:
        route = prefix + str(one.pattern)
        found += _routes(one.url_patterns, route) if isinstance(one, URLResolver) else [route]
    return found


def test_r38_every_machine_address_is_an_entry_or_says_the_same_to_everybody() -> None:
    assert addresses() - FOR_EVERYBODY == set(ENTRIES), "guard the new address, or say why nobody's rules are its own"
    assert {path.removeprefix("/") for path in ENTRIES} == ENDPOINTS


@pytest.mark.django_db
@pytest.mark.parametrize("path", ENTRIES)
def test_r38_every_entry_asks_the_evaluator_and_obeys_it(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    world, asked = World(), []

    def spy(question: Question, *, seen: list[Outcome] | None = None) -> Decision:
        asked.append(question.endpoint)
        return evaluate.evaluate(question, seen=seen)

    monkeypatch.setattr(steps, "evaluate", spy)
    monkeypatch.setattr(authorize_checks, "evaluate", spy)
    assert ENTRIES[path](world) in (200, 302, 403)  # userinfo: the token is not about a person's claims
    assert set(asked) == {path.removeprefix("/")}
    Client.objects.filter(pk=world.client.pk).update(network_rules=ELSEWHERE, revision=world.client.revision + 1)
    assert ENTRIES[path](world) == 403
