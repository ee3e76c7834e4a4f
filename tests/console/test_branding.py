"""Branding (R64): what an administrator sets stands on public pages and the console; nothing hostile is taken."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from accounts import server_settings
from accounts.branding import brand, logo
from accounts.models import ServerSettings, User
from audit.models import Event
from tests.accounts.test_logo import HOSTILE, PNG, SVG
from tests.clients.people import person
from tests.console.forms import sent

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
VIEW, EDIT = "settings.view", "settings.edit"
LADDER = (
    ("get", {"Administrator": 200, "Auditor": 200, "Client manager": VIEW, "Developer": VIEW, "": VIEW}),
    ("post", {"Administrator": 302, "Auditor": EDIT, "Client manager": VIEW, "Developer": VIEW, "": VIEW}),
)
GIVEN = {
    "brand_name": "Harbour & Sons",
    "brand_colour": "#B3261E",
    "privacy_url": "https://harbour.example/privacy",
    "support_url": "https://harbour.example/help",
}


@pytest.fixture
def browser(sign_in: SignIn) -> Browser:
    return sign_in(person("ada", "Administrator"))


@pytest.fixture(autouse=True)
def _forget() -> Any:
    """Error pages show what the process knew last."""
    yield
    brand._known = brand.Brand()


def filled(browser: Browser, **changes: Any) -> dict[str, Any]:
    form = sent(browser.get(reverse("branding")).content.decode(), having="seen")
    return {name: value for name, value in {**form, **changes}.items() if name != "logo" or value}


def upload(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("logo.png", content)


@pytest.mark.parametrize(
    ("verb", "role", "answer"), [(verb, role, answer) for verb, row in LADDER for role, answer in row.items()]
)
def test_r59_the_page_answers_each_role_as_the_table_says(
    verb: str, role: str, answer: int | str, sign_in: SignIn, browser: Browser
) -> None:
    form = filled(browser, brand_name="Harbour")
    viewer = sign_in(person("viewer", role) if role else person("viewer"))
    response = viewer.post(reverse("branding"), form) if verb == "post" else viewer.get(reverse("branding"))
    assert response.status_code == (403 if isinstance(answer, str) else answer)
    if isinstance(answer, str):
        assert answer in response.content.decode()
    assert (server_settings.current().brand_name == "Harbour") is (answer == 302)


def test_r64_a_brand_stands_on_public_pages_and_the_console(browser: Browser, anonymous: Browser) -> None:
    form = filled(browser, **GIVEN, logo=upload(SVG))
    assert browser.post(reverse("branding"), form).status_code == 302
    digest = logo.of_bytes(SVG).digest
    for page in (anonymous.get(reverse("account_login")), browser.get(reverse("dashboard"))):
        text = page.content.decode()
        assert "Harbour &amp; Sons</title>" in text
        assert reverse("brand_style", args=["b3261e"]) in text
        assert f'src="{reverse("brand_logo", args=[digest])}"' in text
    sign_in_page = anonymous.get(reverse("account_login")).content.decode()
    assert 'href="https://harbour.example/privacy"' in sign_in_page
    assert 'href="https://harbour.example/help"' in sign_in_page
    assert "Harbour &amp; Sons" in anonymous.get("/no-such-page/").content.decode()


def test_its_files_are_public_kept_for_good_and_inert(browser: Browser, anonymous: Browser) -> None:
    browser.post(reverse("branding"), filled(browser, logo=upload(SVG)))
    shown = anonymous.get(reverse("brand_logo", args=[logo.of_bytes(SVG).digest]))
    assert (shown.status_code, shown["Content-Type"], shown.content) == (200, "image/svg+xml", SVG)
    assert "immutable" in shown["Cache-Control"]
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in shown["Content-Security-Policy"]
    assert "sandbox" in shown["Content-Security-Policy"]
    style = anonymous.get(reverse("brand_style", args=["b3261e"]))
    assert (style.status_code, style["Content-Type"]) == (200, "text/css; charset=utf-8")
    assert "oklch(from #b3261e" in style.content.decode()


@pytest.mark.parametrize("address", ["/brand/red.css", "/brand/B3261E.css", "/brand/logo/0123456789abcdef"])
def test_there_is_no_file_of_another_brand(address: str, anonymous: Browser) -> None:
    assert anonymous.get(address).status_code == 404


def test_every_change_is_audited_a_logo_by_its_digest(browser: Browser) -> None:
    browser.post(reverse("branding"), filled(browser, **GIVEN, logo=upload(PNG)))
    event = Event.objects.get(kind="settings.changed")
    assert event.actor_name == "ada"
    assert event.changes["brandName"] == ["", "Harbour & Sons"]
    assert event.changes["brandColour"] == ["", "#b3261e"]
    assert event.changes["brandLogo"] == ["", logo.of_bytes(PNG).digest]
    assert len(json.dumps(event.changes)) < 500


def test_a_logo_is_replaced_and_removed(browser: Browser) -> None:
    browser.post(reverse("branding"), filled(browser, logo=upload(PNG)))
    browser.post(reverse("branding"), filled(browser, logo=upload(SVG)))
    assert ServerSettings.objects.get().logo_digest == logo.of_bytes(SVG).digest
    browser.post(reverse("branding"), filled(browser))
    assert ServerSettings.objects.get().logo_digest == logo.of_bytes(SVG).digest
    browser.post(reverse("branding"), filled(browser, no_logo="on"))
    stored = ServerSettings.objects.get()
    assert (stored.logo, stored.logo_digest) == ("", "")


@pytest.mark.parametrize("content", [HOSTILE["script"], HOSTILE["a handler"], HOSTILE["entities"]])
def test_a_hostile_logo_is_refused_with_what_is_wrong_and_nothing_is_kept(content: str, browser: Browser) -> None:
    answer = browser.post(reverse("branding"), filled(browser, brand_name="Kept?", logo=upload(content.encode())))
    assert answer.status_code == 400
    assert "is not taken" in answer.content.decode() or "taken with shapes" in answer.content.decode()
    stored = ServerSettings.objects.get()
    assert (stored.brand_name, stored.logo) == ("", "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("brand_name", "x" * 61),
        ("brand_name", "a\x07b"),
        ("brand_colour", "red"),
        ("brand_colour", "#12345g"),
        ("brand_colour", "#fff"),
        ("privacy_url", "javascript:alert(1)"),
        ("support_url", "ftp://harbour.example/"),
        ("support_url", 'https://harbour.example/"><script>'),
    ],
)
def test_what_a_field_does_not_take_is_said_at_it(name: str, value: str, browser: Browser) -> None:
    answer = browser.post(reverse("branding"), filled(browser, **{name: value}))
    assert answer.status_code == 400
    assert f'id="id_{name}_error"' in answer.content.decode()
    assert not Event.objects.filter(kind="settings.changed").exists()


def test_nobody_s_change_is_lost_silently(browser: Browser) -> None:
    theirs, mine = filled(browser, brand_name="Theirs"), filled(browser, brand_name="Mine")
    assert browser.post(reverse("branding"), theirs).status_code == 302
    answer = browser.post(reverse("branding"), mine)
    assert answer.status_code == 409
    assert "It is Theirs now." in answer.content.decode()
    again = sent(answer.content.decode(), having="seen")
    assert browser.post(reverse("branding"), {**again, "logo": ""}).status_code == 302
    assert server_settings.current().brand_name == "Mine"


def test_through_the_api_a_logo_goes_in_and_comes_out_and_script_does_not(browser: Browser) -> None:
    address, json_type, whatever = "/api/v1/settings", "application/json", {"If-Match": "*"}
    hostile = f"data:image/svg+xml;base64,{base64.b64encode(HOSTILE['script'].encode()).decode()}"
    refused = browser.patch(address, {"brandLogo": hostile}, content_type=json_type, headers=whatever)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["path"] == "brandLogo"
    uri = logo.of_bytes(PNG).uri
    answer = browser.patch(
        address, {"brandLogo": uri, "brandColour": "#0b57d0"}, content_type=json_type, headers=whatever
    )
    assert answer.status_code == 200, answer.content
    assert browser.get(address).json()["brandLogo"] == uri
    assert ServerSettings.objects.get().logo_digest == logo.of_bytes(PNG).digest
