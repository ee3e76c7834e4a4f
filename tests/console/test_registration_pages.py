"""The pages of initial access tokens: who may open them, what a form must say, and that a value is shown once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import User
from audit.models import Event
from tests.clients.people import person
from tests.console.html import Page
from tests.ground.people import SignIn
from tokens.models import InitialAccessToken

pytestmark = pytest.mark.django_db
PAGES = ("", "new/", "1/", "1/revoke/")
GOOD: dict[str, Any] = {
    "name": "Photos", "clients": "2", "days": "7", "grants": ["authorization_code"], "allowed_scope": "openid",
    "redirect_hosts": "app.example.com\r\n*.example.com", "owner": "ada",
}  # fmt: skip


@pytest.fixture
def browser(sign_in: SignIn, administrator: User) -> Browser:
    return sign_in(administrator)


def made(browser: Browser, **changes: Any) -> Any:
    return browser.post("/clients/registration/new/", {**GOOD, **changes})


@pytest.mark.parametrize("role", ["Auditor", "Developer", ""])
@pytest.mark.parametrize("page", PAGES)
def test_r59_only_who_may_register_any_client_lets_others_register(sign_in: SignIn, role: str, page: str) -> None:
    refused = sign_in(person("viewer", role) if role else person("viewer")).get(f"/clients/registration/{page}")
    assert refused.status_code == 403
    assert "clients.create" in refused.text


def test_a_token_is_made_shown_once_listed_and_revoked(browser: Browser) -> None:
    answer = made(browser)
    row = InitialAccessToken.objects.get()
    assert answer["Location"] == f"/clients/registration/{row.pk}/"
    first, again = (browser.get(answer["Location"]).text for _ in range(2))
    assert "asi_" in first
    assert "asi_" not in again
    assert Page(browser.get("/clients/registration/").text).all("b")[0].text == "Photos"
    assert browser.get(f"/clients/registration/{row.pk}/revoke/").status_code == 200
    assert browser.post(f"/clients/registration/{row.pk}/revoke/").status_code == 302
    row.refresh_from_db()
    assert row.revoked_at is not None
    events = Event.objects.filter(kind__startswith="registration_token.").order_by("pk")
    assert [event.kind for event in events] == ["registration_token.made", "registration_token.revoked"]
    assert events[0].detail["redirectHosts"] == ["app.example.com", "*.example.com"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "x" * 101), ("clients", "0"), ("clients", "10001"), ("clients", "x"), ("days", "0"),
     ("days", "366"), ("days", "9" * 30), ("grants", []), ("grants", ["password"]), ("allowed_scope", "a  *b*c\x00"),
     ("redirect_hosts", "https://app.example.com"), ("redirect_hosts", "*"), ("owner", "nobody"), ("owner", "a\x00")],
)  # fmt: skip
def test_each_fault_stands_at_its_field_and_nothing_is_made(browser: Browser, field: str, value: Any) -> None:
    answer = made(browser, **{field: value})
    assert answer.status_code == 400
    assert f'id="id_{field}' in answer.text
    assert 'role="alert"' in answer.text
    assert not InitialAccessToken.objects.exists()


def test_r36_nobody_lets_be_registered_what_they_do_not_hold(sign_in: SignIn) -> None:
    manager = sign_in(person("max", "Client manager"))
    answer = made(manager, owner="max", allowed_scope="authserver.settings.edit")
    assert answer.status_code == 400
    assert "You do not hold authserver.settings.edit" in answer.text
