"""The whole configuration in the console: exported, planned, applied; for super-administrators alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from accounts import server_settings
from accounts.models import Group, User
from audit.models import Event
from clients.models import PendingImport
from tests.clients.people import person
from tests.configuration.test_apply import WHOLE

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
SMALL = {"settings": {"retention": 7}, "groups": [{"name": "Night shift", "permissions": ["audit.view"]}]}


@pytest.fixture
def browser(sign_in: SignIn) -> Browser:
    return sign_in(person("sue", is_superuser=True))


def sent(browser: Browser, document: Any) -> Any:
    text = document if isinstance(document, str) else json.dumps(document)
    return browser.post(reverse("configuration"), {"document": text})


def planned(browser: Browser, document: Any) -> tuple[str, str, str]:
    """The plan's address, its page, and its digest."""
    address = sent(browser, document)["Location"]
    page = browser.get(address).content.decode()
    return address, page, re.findall('name="digest" value="([0-9a-f]+)"', page)[0]


def test_r49_the_plan_is_shown_and_nothing_changes_before_it_is_applied(browser: Browser) -> None:
    address, page, digest = planned(browser, SMALL)
    assert "Plan: 1 to add, 1 to change." in page
    assert "Night shift" in page
    assert "retention" in page
    assert (server_settings.current().retention, Group.objects.filter(name="Night shift").exists()) == (30, False)
    answer = browser.post(address, {"digest": digest}, follow=True)
    assert "Applied: 1 added, 1 changed." in answer.content.decode()
    assert server_settings.current().retention == 7
    assert Event.objects.get(kind="group.created").actor_name == "sue"
    assert "lapsed, or was applied" in browser.post(address, {"digest": digest}, follow=True).content.decode()


def test_an_export_of_a_full_server_plans_nothing_on_it(browser: Browser) -> None:
    address, _, digest = planned(browser, WHOLE)
    browser.post(address, {"digest": digest})
    answer: Any = browser.get(reverse("configuration_export"))
    assert 'filename="configuration.json"' in answer["Content-Disposition"]
    exported = b"".join(answer.streaming_content).decode()
    assert Event.objects.filter(kind="configuration.exported", actor_name="sue").count() == 1
    page = browser.get(sent(browser, exported)["Location"]).content.decode()
    assert "Nothing would change" in page
    assert "Apply the plan" not in page


def test_what_was_shown_is_applied_or_nothing(browser: Browser) -> None:
    address, _, digest = planned(browser, SMALL)
    Group.objects.create(name="Night shift")
    answer = browser.post(address, {"digest": digest})
    assert answer.status_code == 409
    assert "has changed since this plan was shown" in answer.content.decode()
    assert (server_settings.current().retention, Group.objects.get(name="Night shift").permissions) == (30, [])


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ("{", "document"),
        ("[]", "document"),
        ({"settings": {"retention": 0, "nonsense": 1}}, "settings.nonsense"),
        ({"groups": [{"name": "A", "permissions": ["no.such"]}]}, "groups[0].permissions"),
        ({"settings": {"brandLogo": "data:image/png;base64,AAAA"}}, "settings.brandLogo"),
        ("", "document"),
    ],
)
def test_every_fault_is_named_and_nothing_is_kept(document: Any, path: str, browser: Browser) -> None:
    answer = sent(browser, document)
    assert answer.status_code == 400
    assert f"<code>{path}</code>" in answer.content.decode()
    assert not PendingImport.objects.exists()


def test_a_document_lies_sealed_and_is_its_author_s_alone(browser: Browser, sign_in: SignIn) -> None:
    users = {"users": [{"username": "nora", "password": "noras-own-long-password-1"}]}
    address, page, _ = planned(browser, users)
    assert "noras-own-long-password-1" not in page
    assert b"noras-own" not in bytes(PendingImport.objects.get().sealed)
    other = sign_in(person("ivan", is_superuser=True))
    assert other.get(address).status_code == 302


def test_an_administrator_who_is_no_super_administrator_is_refused_and_sees_no_link(sign_in: SignIn) -> None:
    browser = sign_in(person("ada", "Administrator"))
    for name in ("configuration", "configuration_export"):
        answer = browser.get(reverse(name))
        assert answer.status_code == 403
        assert "Only a super-administrator" in answer.content.decode()
    assert reverse("configuration") not in browser.get(reverse("settings")).content.decode()
