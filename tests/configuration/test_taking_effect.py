"""What was applied binds the very next request: tokens, introspection, sessions, pages. No restart, no waiting."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from audit.models import Event
from clients.models import ClientSecret
from tests.configuration.conftest import Apply
from tests.ground.people import SignIn
from tests.tokens.registry import Answer, post

SECRET, ANOTHER = "its-own-secret-0123456789", "another-secret-0123456789"
REGISTRY: dict[str, Any] = {
    "users": [{"username": "owner"}],
    "scopes": [{"name": "ping"}, {"name": "orders.read", "api": "Orders"}],
    "apis": [{"name": "Orders", "audience": "https://orders.example", "introspectors": ["reader"]}],
    "clients": [
        {
            "clientId": name,
            "name": name,
            "owner": "owner",
            "grants": ["client_credentials"],
            "allowedScope": scope,
            "clientSecret": SECRET,
        }
        for name, scope in (("service", "ping orders.*"), ("reader", "authorization.introspect"))
    ],
}


def ask(scope: str = "ping", *, secret: str = SECRET) -> Answer:
    form = {"grant_type": "client_credentials", "scope": scope}
    return post("/token", form, client_id="service", secret=secret)


def active(token: str) -> bool:
    answer = post("/introspect", {"token": token}, client_id="reader", secret=SECRET)
    assert answer.status == 200, answer
    return bool(answer.body["active"])


@pytest.fixture
def token(apply: Apply) -> str:
    """Asked for and looked at, so that this worker remembers everything that it may."""
    apply(REGISTRY)
    token = str(ask("orders.read").body["access_token"])
    assert active(token)
    assert ask("orders.read").status == 200
    return token


@pytest.mark.usefixtures("token")
def test_r27_r62_the_global_lifetime_counts_for_the_next_token(apply: Apply) -> None:
    assert ask().body["expires_in"] == 3600
    apply({"settings": {"accessTokenLifetime": 60}})
    assert ask().body["expires_in"] == 60
    apply({"clients": [{"clientId": "service", "accessTokenLifetime": "never"}]})
    assert "expires_in" not in ask().body


@pytest.mark.usefixtures("token")
def test_r62_https_is_required_at_the_next_request_and_null_is_the_default_again(apply: Apply) -> None:
    apply({"settings": {"requireHttps": True}})
    assert ask().status == 400
    assert "https" in ask().body["error_description"]
    apply({"settings": {"requireHttps": None}})
    assert ask().status == 200


@pytest.mark.usefixtures("token")
def test_r15_a_changed_secret_replaces_all_earlier_ones_at_once(apply: Apply) -> None:
    apply({"clients": [{"clientId": "service", "clientSecret": ANOTHER}]})
    assert ask().status == 401
    assert ask(secret=ANOTHER).status == 200
    assert ClientSecret.objects.filter(client__client_id="service", revoked_at=None).count() == 1


def test_r46_a_deactivated_client_and_its_tokens_are_refused_until_it_is_active_again(apply: Apply, token: str) -> None:
    apply({"clients": [{"clientId": "service", "active": False}]})
    assert ask().status == 401
    assert not active(token)
    apply({"clients": [{"clientId": "service", "active": True}]})
    assert ask().status == 200
    assert active(token)


def test_r56_the_introspectors_of_an_api_see_its_tokens_and_nobody_else(apply: Apply, token: str) -> None:
    apply({"apis": [{"name": "Orders", "introspectors": []}]})
    assert not active(token)
    apply({"apis": [{"name": "Orders", "introspectors": ["reader"]}]})
    assert active(token)


@pytest.mark.usefixtures("token")
def test_r33_a_narrowed_scope_and_a_new_one_count_for_the_next_token(apply: Apply) -> None:
    apply({"clients": [{"clientId": "service", "allowedScope": "orders.*"}], "scopes": [{"name": "orders.write"}]})
    assert (ask("ping").status, ask("ping").body["error"]) == (400, "invalid_scope")
    assert ask("orders.write").status == 200


@pytest.mark.usefixtures("token")
def test_r34_a_new_default_scope_is_granted_where_none_is_asked_for(apply: Apply) -> None:
    apply({"scopes": [{"name": "ping", "default": True}]})
    assert ask("").body["scope"] == "ping"


@pytest.mark.parametrize(
    ("change", "stays"),
    [
        ({"password": "another fine sentence"}, False),
        ({"isActive": False}, False),
        ({"password": "a fine long sentence"}, True),
        ({"groups": ["Auditor"], "email": "eve@example.com"}, True),
    ],
)
def test_a_changed_password_and_a_deactivation_end_the_sessions_and_nothing_else_does(
    apply: Apply, sign_in: SignIn, change: dict[str, Any], stays: bool
) -> None:
    apply({"users": [{"username": "eve", "password": "a fine long sentence", "groups": ["Auditor"]}]})
    browser = sign_in(User.objects.get(username="eve"))
    assert browser.get("/clients/").status_code == 200
    apply({"users": [{"username": "eve", **change}]})
    assert (browser.get("/clients/").status_code == 200) is stays


def test_r59_a_permission_given_and_taken_counts_at_the_next_page(apply: Apply, sign_in: SignIn) -> None:
    def give(*permissions: str) -> None:
        apply({"groups": [{"name": "Ops", "permissions": list(permissions)}]})

    give()
    apply({"users": [{"username": "eve", "groups": ["Ops"]}]})
    browser = sign_in(User.objects.get(username="eve"))
    assert browser.get("/clients/").status_code == 403
    give("clients.view")
    assert browser.get("/clients/").status_code == 200
    give("audit.view")
    assert browser.get("/clients/").status_code == 403


@pytest.mark.usefixtures("token")
def test_a_plan_and_a_refused_document_bind_nobody(apply: Apply, refusal: Any) -> None:
    events = Event.objects.count()  # refusals of tokens come beside them
    changes = {
        "settings": {"accessTokenLifetime": 60},
        "clients": [{"clientId": "service", "active": False, "clientSecret": ANOTHER}],
        "scopes": [{"name": "ping", "default": True}],
    }
    apply(changes, "--plan")
    refusal({**changes, "groups": [{"name": ""}]})
    assert ask().body["expires_in"] == 3600
    assert ask(secret=ANOTHER).status == 401
    assert Event.objects.exclude(kind="token.refused").count() == events
