"""The page of the server's settings (R62): who may see and change it, and that nothing is lost silently."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from accounts import server_settings
from accounts.models import ServerSettings, User
from accounts.settings_form import KEY_OF
from audit.models import Event
from tests.clients.people import person
from tests.console.forms import sent

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
VIEW, EDIT = "settings.view", "settings.edit"
LADDER = (
    ("get", {"Administrator": 200, "Auditor": 200, "Client manager": VIEW, "Developer": VIEW, "": VIEW}),
    ("post", {"Administrator": 302, "Auditor": EDIT, "Client manager": VIEW, "Developer": VIEW, "": VIEW}),
)


@pytest.fixture
def browser(sign_in: SignIn) -> Browser:
    return sign_in(person("ada", "Administrator"))


def filled(browser: Browser, **changes: Any) -> dict[str, Any]:
    """The form as a browser would send it, with some values changed; None: a switch turned off."""
    form = {**sent(browser.get(reverse("settings")).content.decode(), having="seen"), **changes}
    return {name: value for name, value in form.items() if value is not None}


@pytest.mark.parametrize(
    ("verb", "role", "answer"), [(verb, role, answer) for verb, row in LADDER for role, answer in row.items()]
)
def test_r59_and_r60_the_page_answers_each_role_as_the_table_says(
    verb: str, role: str, answer: int | str, sign_in: SignIn, browser: Browser
) -> None:
    form = filled(browser, access_token_lifetime="60")
    viewer = sign_in(person("viewer", role) if role else person("viewer"))
    response = viewer.post(reverse("settings"), form) if verb == "post" else viewer.get(reverse("settings"))
    assert response.status_code == (403 if isinstance(answer, str) else answer)
    if isinstance(answer, str):
        assert answer in response.content.decode()
    assert (server_settings.current().access_token_lifetime == 60) is (answer == 302)


def test_whoever_may_not_change_sees_no_button(sign_in: SignIn) -> None:
    page = sign_in(person("ann", "Auditor")).get(reverse("settings")).content.decode()
    assert "Save changes" not in page
    assert "disabled" in page


def test_r62_every_setting_is_changed_audited_and_reaches_every_worker(browser: Browser) -> None:
    before = server_settings.current().policy_version
    changes = {
        "access_token_lifetime": "2147483647",
        "authorization_code_lifetime": "600",
        "refresh_token_lifetime": "1",
        "retention": "7",
        "require_https": "off",
        "require_pkce": None,
        "legacy_grants": "on",
        "self_registration": "on",
        "dynamic_registration": "on",
        "require_second_factor": "on",
        "protection_binds_api": "on",
        "address_budget": "90",
        "allow_without_counters": "on",
    }
    assert browser.post(reverse("settings"), filled(browser, **changes)).status_code == 302
    values = server_settings.values_of(server_settings.current())
    assert {key: value for key, value in values.items() if key in KEY_OF.values()} == {
        "accessTokenLifetime": 2147483647,
        "authorizationCodeLifetime": 600,
        "refreshTokenLifetime": 1,
        "requireHttps": False,
        "requirePkce": False,
        "legacyGrants": True,
        "selfRegistration": True,
        "dynamicRegistration": True,
        "requireSecondFactor": True,
        "protectionBindsApi": True,
        "retention": 7,
        "addressBudget": 90,
        "allowWithoutCounters": True,
    }
    assert server_settings.current().policy_version > before
    event = Event.objects.get(kind="settings.changed")
    assert (event.actor_name, event.changes["legacyGrants"]) == ("ada", [False, True])
    page = browser.get(reverse("settings")).content.decode()
    assert page.count("Changed by ada") == 13
    assert browser.post(reverse("settings"), filled(browser, require_https="default")).status_code == 302
    assert server_settings.current().require_https is None


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("access_token_lifetime", "2147483648", "At most 2147483647."),
        ("access_token_lifetime", "0", "At least 1."),
        ("access_token_lifetime", "", "A number is required."),
        ("access_token_lifetime", "an hour", "This is a whole number."),
        ("access_token_lifetime", "1.5", "This is a whole number."),
        ("authorization_code_lifetime", "601", "At most 600."),
        ("authorization_code_lifetime", "-1", "At least 1."),
        ("refresh_token_lifetime", "9" * 40, "At most 2147483647."),
        ("retention", "0", "At least 1."),
        ("retention", "1\x00", "This is a whole number."),
        ("address_budget", "0", "At least 1."),
    ],
)
def test_r62_a_wrong_value_is_named_at_its_field_and_nothing_is_saved(
    browser: Browser, field: str, value: str, fault: str
) -> None:
    form = filled(browser, legacy_grants="on", **{field: value})
    page = browser.post(reverse("settings"), form).content.decode()
    assert fault in page
    assert not server_settings.current().legacy_grants


def test_r62_of_two_who_change_the_same_setting_the_second_is_told_and_chooses(browser: Browser) -> None:
    theirs = filled(browser, access_token_lifetime="900", retention="5")
    mine = filled(browser, access_token_lifetime="1200", refresh_token_lifetime="777")
    browser.post(reverse("settings"), theirs)
    answer = browser.post(reverse("settings"), mine)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "It is 900 now." in page
    stored = server_settings.current()
    assert (stored.access_token_lifetime, stored.refresh_token_lifetime) == (900, 2_592_000)
    assert browser.post(reverse("settings"), sent(page, having="seen")).status_code == 302
    stored = server_settings.current()
    assert (stored.access_token_lifetime, stored.refresh_token_lifetime, stored.retention) == (1200, 777, 5)


def test_r62_another_setting_that_changed_meanwhile_stays_as_it_is(browser: Browser) -> None:
    mine = filled(browser, access_token_lifetime="1200")
    ServerSettings.objects.update(retention=5)
    assert browser.post(reverse("settings"), mine).status_code == 302
    stored = server_settings.current()
    assert (stored.access_token_lifetime, stored.retention) == (1200, 5)


def test_r62_a_form_that_came_back_with_a_fault_takes_no_change_of_others_back(browser: Browser) -> None:
    mine = filled(browser, retention="0")
    browser.post(reverse("settings"), filled(browser, access_token_lifetime="900"))
    page = browser.post(reverse("settings"), mine).content.decode()
    assert browser.post(reverse("settings"), {**sent(page, having="seen"), "retention": "9"}).status_code == 302
    stored = server_settings.current()
    assert (stored.access_token_lifetime, stored.retention) == (900, 9)


@pytest.mark.parametrize("seen", ["", "[]", "no json", "[" * 5000, '{"retention": {"a": 1}}'])
def test_a_forged_mark_of_what_was_seen_breaks_nothing(browser: Browser, seen: str) -> None:
    assert browser.post(reverse("settings"), filled(browser, retention="9", seen=seen)).status_code in (302, 409)
