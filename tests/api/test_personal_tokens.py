"""Personal access tokens through the API (R52): one's own alone, in person alone, a value once."""

from __future__ import annotations

import time
from typing import Any

import pytest

from accounts.models import User
from audit.models import Event
from clients.models import Client
from tests.api.asking import Asker, as_user, with_token
from tests.clients.people import client_named, person
from tests.tokens.registry import make_catalogue
from tokens.formats import looks_issued
from tokens.models import PersonalToken

pytestmark = pytest.mark.django_db
ALL = "personal-tokens"


@pytest.fixture
def tool() -> Client:
    make_catalogue()
    grants = ("personal_access_token",)
    return client_named("Nightly tool", owner="olga", grants=grants, allowed_scope="ping orders.*")


@pytest.fixture
def mara() -> User:
    return person("mara")


@pytest.fixture
def asker(mara: User) -> Asker:
    return as_user(mara)


def wanted(tool: Client, **changes: Any) -> dict[str, Any]:
    return {"client": tool.pk, "name": "Backups", "scopes": ["orders.read"], **changes}


def test_r52_a_token_is_made_listed_and_ended_and_its_value_is_told_once(asker: Asker, tool: Client) -> None:
    made = asker("POST", ALL, wanted(tool, days=7))
    assert made.status == 201
    value = made.json.pop("token")
    assert looks_issued(value)
    path = made.headers["Location"]
    assert asker("GET", path).json == made.json
    assert asker("GET", ALL).json == {"items": [made.json], "next": None}
    assert (made.json["scopes"], made.json["state"], made.json["lastUsed"]) == (["orders.read"], "ending", None)
    assert asker("DELETE", path).status == 204
    assert asker("GET", path).json["state"] == "revoked"
    kinds = ["token.personal_made", "token.personal_revoked"]
    assert [event.actor_name for event in Event.objects.filter(kind__in=kinds).order_by("pk")] == ["mara", "mara"]


def test_a_repeated_request_makes_no_second_one_and_tells_no_value(asker: Asker, tool: Client) -> None:
    first = asker("POST", ALL, wanted(tool), idempotency_key="k1")
    again = asker("POST", ALL, wanted(tool), idempotency_key="k1")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json == {name: value for name, value in first.json.items() if name != "token"}
    assert PersonalToken.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"client": 999_999}, "client"),
        ({"name": " "}, "name"),
        ({"scopes": ["orders.write", "nothing.like.it"]}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
        ({"days": None}, "days"),
        ({"owner": "olga"}, "owner"),
    ],
)
def test_r52_what_is_not_sound_is_named_and_makes_nothing(
    asker: Asker, tool: Client, changes: dict[str, Any], path: str
) -> None:
    refused = asker("POST", ALL, wanted(tool, **changes))
    assert refused.status == 400
    assert refused.json["errors"][0]["path"] == path
    assert not PersonalToken.objects.exists()


def test_anybody_elses_is_not_there(asker: Asker, tool: Client, super_administrator: User) -> None:
    path = asker("POST", ALL, wanted(tool)).headers["Location"]
    other = as_user(super_administrator)
    assert other("GET", ALL).json["items"] == []
    assert other("GET", path).status == 404
    assert other("DELETE", path).status == 404
    assert asker("GET", path).json["state"] == "live"


def test_no_token_makes_shows_or_ends_another(asker: Asker, tool: Client, mara: User) -> None:
    path = asker("POST", ALL, wanted(tool)).headers["Location"]
    holder = with_token(tool, user=mara, scope="orders.read")
    asked = [("GET", ALL), ("GET", path), ("DELETE", path)]
    for refused in (holder("POST", ALL, wanted(tool)), *(holder(method, at) for method, at in asked)):
        assert (refused.status, refused.json["code"]) == (403, "session_needed")
    assert PersonalToken.objects.count() == 1


def test_making_one_asks_for_a_fresh_sign_in(asker: Asker, tool: Client) -> None:
    session = asker.browser.session
    session["signed_in_at"] = time.time() - 601
    session.save()
    refused = asker("POST", ALL, wanted(tool))
    assert (refused.status, refused.json["code"]) == (403, "sign_in_again")
    assert asker("GET", ALL).status == 200


def test_pages_go_on_where_the_last_one_ended(asker: Asker, tool: Client) -> None:
    for number in range(3):
        assert asker("POST", ALL, wanted(tool, name=f"Token {number}")).status == 201
    first = asker("GET", f"{ALL}?limit=2").json
    assert [row["name"] for row in first["items"]] == ["Token 2", "Token 1"]
    assert [row["name"] for row in asker("GET", f"{ALL}?limit=2&cursor={first['next']}").json["items"]] == ["Token 0"]
