"""Making one's own account (R62): only where it is allowed, holding nothing, throttled, and on with what was begun."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from accounts import server_settings, signing_up
from accounts.authorization import holding_of
from accounts.models import User
from audit.models import Event
from tests.clients.people import BY, person, registered
from tests.console.html import Page

pytestmark = pytest.mark.django_db
PASSWORD = "a fine long sentence"
GOOD = {"username": "newcomer", "email": "new@example.com", "password": PASSWORD}
BEGUN = "/authorize?client_id=none&state=a%26b"


@pytest.fixture
def allowed() -> None:
    server_settings.change(by=BY, values={"selfRegistration": True})


def post(browser: Browser, **changes: Any) -> Any:
    return browser.post(reverse("sign_up"), GOOD | changes)


def test_r62_without_the_setting_there_is_no_such_page(anonymous: Browser) -> None:
    assert anonymous.get(reverse("sign_up")).status_code == 404
    assert post(anonymous).status_code == 404
    assert not User.objects.filter(username="newcomer").exists()
    assert reverse("sign_up") not in anonymous.get(reverse("account_login")).text


@pytest.mark.usefixtures("allowed")
def test_r62_a_new_account_holds_nothing_and_is_recorded(anonymous: Browser) -> None:
    response = post(anonymous)
    assert (response.status_code, response["Location"]) == (302, reverse("account_login"))
    user = User.objects.get(username="newcomer")
    assert (user.email, user.kind, user.is_superuser, user.permissions) == ("new@example.com", "person", False, [])
    assert list(user.groups.all()) == []
    assert holding_of(user).permissions == frozenset()
    event = Event.objects.get(kind="user.created")
    assert (event.actor_name, event.subject_name, event.address) == ("newcomer", "newcomer", "127.0.0.1")
    assert PASSWORD not in str(Event.objects.values())


@pytest.mark.usefixtures("allowed")
def test_it_signs_in_and_opens_only_its_own_page(anonymous: Browser) -> None:
    post(anonymous)
    anonymous.post(reverse("account_login"), {"login": "newcomer", "password": PASSWORD})
    assert anonymous.get(reverse("account")).status_code == 200
    for name in ("client_list", "token_list", "people_list", "audit", "settings"):
        assert anonymous.get(reverse(name)).status_code == 403, name
    assert anonymous.get(reverse("sign_up"))["Location"] == "/"


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize("extra", ["groups", "is_superuser", "permissions", "allowed_scope", "is_active", "kind"])
def test_nothing_else_can_be_posted(anonymous: Browser, extra: str) -> None:
    post(anonymous, **{extra: "Administrator"})
    user = User.objects.get(username="newcomer")
    assert (user.is_superuser, user.permissions, user.allowed_scope, user.kind) == (False, [], "", "person")
    assert not user.groups.exists()


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"username": ""}, "This field is required."),
        ({"username": "ada"}, "Somebody has this user name already"),
        ({"username": "a client"}, "people and clients share one name space"),
        ({"username": " ada "}, "no space at either end"),
        ({"username": "a\u202eb"}, "no control characters and no invisible ones"),
        ({"username": "x" * 256}, "255"),
        ({"password": "short"}, "too short"),
        ({"password": "newcomer1234"}, "too similar"),
        ({"email": "nonsense"}, "valid email"),
    ],
)
def test_a_fault_is_said_at_its_field_and_nothing_is_made(
    anonymous: Browser, changes: dict[str, str], sentence: str
) -> None:
    person("ada")
    registered(
        client_id="a client",
        name="Of that name",
        type="public",
        grants=("authorization_code",),
        redirect_uris=("https://a.example/back",),
    )
    before = User.objects.count()
    response = post(anonymous, **changes)
    assert response.status_code == 400
    assert sentence in response.text
    assert PASSWORD not in response.text
    assert User.objects.count() == before


@pytest.mark.usefixtures("allowed")
def test_what_was_begun_goes_on_after_signing_in(anonymous: Browser) -> None:
    page = Page(anonymous.get(reverse("account_login"), {"next": BEGUN}).text)
    (link,) = [one["href"] for one in page.elements if (one.get("href") or "").startswith(reverse("sign_up"))]
    form = anonymous.get(link).text
    assert 'name="next" value="/authorize?client_id=none&amp;state=a%26b"' in form
    made = anonymous.post(reverse("sign_up"), GOOD | {"next": BEGUN})
    answer = anonymous.post(made["Location"], {"login": "newcomer", "password": PASSWORD, "next": BEGUN})
    assert answer["Location"] == BEGUN


@pytest.mark.usefixtures("allowed")
def test_nobody_is_led_to_another_site(anonymous: Browser) -> None:
    made = post(anonymous, next="https://evil.example/")
    answer = anonymous.post(made["Location"], {"login": "newcomer", "password": PASSWORD})
    assert answer["Location"] == "/"


@pytest.mark.usefixtures("allowed")
def test_one_address_makes_a_bounded_number_of_tries(anonymous: Browser) -> None:
    """Who tries names, to learn which are taken, is stopped too."""
    answers = [post(anonymous, username="ada", password="short").status_code for _ in range(12)]
    assert answers == [400] * 10 + [429] * 2
    assert "Retry-After" in post(anonymous).headers
    assert not User.objects.filter(username="newcomer").exists()


@pytest.mark.usefixtures("allowed")
def test_turned_off_meanwhile_nothing_is_made(anonymous: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = iter([True, False])
    monkeypatch.setattr(signing_up, "allowed", lambda: next(asked))
    assert post(anonymous).status_code == 404
    assert not User.objects.filter(username="newcomer").exists()
