"""The page of the sign-in provider: who may see and change it, what it refuses; nobody gives what they lack."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from accounts import server_settings
from accounts.faults import Refused
from accounts.holdings import EVERYTHING, NOTHING
from accounts.models import Group, ServerSettings, User
from accounts.upstream.facts import opened
from audit import SYSTEM
from audit.models import Event
from tests.clients.people import person
from tests.console.forms import sent

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
VIEW, EDIT = "settings.view", "settings.edit"
SECRET = "a-secret-at-headquarters"
HQ: dict[str, Any] = {
    "name": "Headquarters",
    "issuer": "https://hq.example",
    "clientId": "branch",
    "clientSecret": SECRET,
    "groups": {"staff": "Auditor"},
}


@pytest.fixture
def browser(sign_in: SignIn) -> Browser:
    return sign_in(person("ada", "Administrator"))


def put(giver: Any = EVERYTHING, **changes: Any) -> dict[str, list[Any]]:
    return server_settings.change(by=SYSTEM, values={"upstream": {**HQ, **changes}}, giver=giver)


def filled(browser: Browser, **changes: Any) -> dict[str, Any]:
    form = sent(browser.get(reverse("upstream")).content.decode(), having="seen")
    usual = {"name": "HQ", "issuer": "http://127.0.0.1:9", "client_id": "branch"}
    return {name: value for name, value in {**form, **usual, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("verb", "role", "answer"),
    [
        ("get", "Administrator", 200),
        ("get", "Auditor", 200),
        ("get", "Client manager", VIEW),
        ("get", "Developer", VIEW),
        ("get", "", VIEW),
        ("post", "Administrator", 302),
        ("post", "Auditor", EDIT),
        ("post", "Client manager", VIEW),
        ("post", "Developer", VIEW),
        ("post", "", VIEW),
    ],
)
def test_r59_the_page_answers_each_role_as_the_table_says(
    verb: str, role: str, answer: int | str, sign_in: SignIn
) -> None:
    put()
    viewer = sign_in(person("viewer", role) if role else person("viewer"))
    address = reverse("upstream")
    response = viewer.post(address, {"remove": "1"}) if verb == "post" else viewer.get(address)
    assert response.status_code == (403 if isinstance(answer, str) else answer)
    if isinstance(answer, str):
        assert answer in response.content.decode()
    assert bool(ServerSettings.objects.get().upstream) is (answer != 302)


def test_the_secret_is_sealed_shown_nowhere_and_kept_for_the_same_client_alone(browser: Browser) -> None:
    put()
    stored = ServerSettings.objects.get()
    assert SECRET not in stored.upstream_secret
    assert SECRET not in json.dumps(stored.upstream)
    assert SECRET not in browser.get(reverse("upstream")).content.decode()
    assert SECRET not in json.dumps([event.changes for event in Event.objects.all()])
    assert put(clientSecret="CONCEALED") == {}
    assert put(clientSecret="CONCEALED", name="HQ")
    still, elsewhere = opened(ServerSettings.objects.get()), {"clientSecret": "CONCEALED"}
    assert still is not None
    assert still.client_secret == SECRET
    put(**elsewhere, issuer="https://evil.example")
    gone = opened(ServerSettings.objects.get())
    assert gone is not None
    assert gone.client_secret == ""


def test_another_secret_is_a_change_that_the_trail_tells_without_it() -> None:
    put()
    assert put() == {}  # applied twice, it changes once
    changes = put(clientSecret="another-secret-at-hq")
    assert changes["upstream"][1]["clientSecret"] == "CHANGED"
    assert put(clientSecret="CONCEALED") == {}


def test_r36_nobody_maps_a_group_that_gives_what_they_lack(sign_in: SignIn) -> None:
    Group.objects.create(name="Settings only", permissions=[VIEW, EDIT])
    put()
    mallory = person("mallory", "Settings only")
    browser = sign_in(mallory)
    api = {"upstream": {**HQ, "issuer": "https://evil.example", "groups": {"x": "Administrator"}}}
    kept = ServerSettings.objects.get().upstream
    refused = browser.patch("/api/v1/settings", api, content_type="application/json", headers={"If-Match": "*"})
    assert refused.status_code == 400, refused.content
    assert refused.json()["errors"][0]["path"] == "upstream.groups"
    # Not by keeping the mapping and naming a provider of one's own, either.
    own = {"upstream": {**HQ, "issuer": "https://evil.example"}}
    assert (
        browser.patch("/api/v1/settings", own, content_type="application/json", headers={"If-Match": "*"}).status_code
        == 400
    )
    assert ServerSettings.objects.get().upstream == kept
    without = {"upstream": {**HQ, "groups": {"x": "Settings only"}}}
    answer = browser.patch("/api/v1/settings", without, content_type="application/json", headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.content
    assert answer.json()["upstream"]["clientSecret"] == "CONCEALED"


def test_whoever_calls_without_saying_what_they_hold_maps_nothing() -> None:
    with pytest.raises(Refused):
        put(giver=NOTHING)


@pytest.mark.parametrize(
    "issuer",
    [
        "http://hq.example",
        "ftp://hq.example",
        "javascript:alert(1)",
        "http://169.254.169.254",
        "//hq.example",
        "https://",
        "https://[::1",
        "https://[hq]/",
    ],
)
def test_an_issuer_is_https(issuer: str) -> None:
    with pytest.raises(Refused, match="https address"):
        put(issuer=issuer)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("name", "", "required"),
        ("issuer", "hq.example", "An issuer is an address"),
        ("issuer", "https://hq.example/?a=b", "An issuer is an address"),
        ("issuer", "http://127.0.0.1:9", "does not answer"),
        ("client_id", "", "required"),
        ("client_id", "br\u00e4nch", "printable ASCII"),
        ("scope", "profile email", "openid is the first"),
        ("groups", "staff", "Write value = group."),
        ("groups", "staff = A\nstaff = B", "stands above already"),
    ],
)
def test_what_a_field_does_not_take_is_said_at_it(name: str, value: str, sentence: str, browser: Browser) -> None:
    answer = browser.post(reverse("upstream"), filled(browser, **{name: value}))
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not ServerSettings.objects.get().upstream


def test_a_deleted_group_gives_nothing_and_a_mapping_to_none_is_refused() -> None:
    with pytest.raises(Refused, match="There is no group"):
        put(groups={"staff": "No such group"})
