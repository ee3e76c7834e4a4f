"""Registering in the browser: presets, every field's faults at their field, and the one look at the secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client as Browser
from django.utils import timezone

import audit
from accounts import server_settings
from accounts.models import User
from audit.models import Event
from clients.models import Client
from clients.secrets import credentials
from tests.clients.people import person, registered
from tests.console.html import Page

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
SERVICE: dict[str, Any] = {
    "name": "Billing sync",
    "type": "confidential",
    "grants": ["client_credentials"],
    "allowed_scope": "orders.read",
}
WEB: dict[str, Any] = {**SERVICE, "grants": ["authorization_code"], "redirect_uris": "https://app.example.com/cb"}


@pytest.fixture
def browser(sign_in: SignIn, administrator: User) -> Browser:
    return sign_in(administrator)


def register(browser: Browser, **fields: Any) -> Client:
    """Register with SERVICE and `fields`; the newest client."""
    response = browser.post("/clients/new/", {**SERVICE, **fields})
    assert response.status_code == 302, Page(response.content.decode()).all("li")
    client: Client = Client.objects.latest("pk")
    assert response["Location"] == f"/clients/{client.pk}/credentials/"
    return client


def refused(browser: Browser, **fields: Any) -> Page:
    """The page that comes back; nothing was registered."""
    before = Client.objects.count()
    response = browser.post("/clients/new/", {**SERVICE, **fields})
    assert response.status_code == 200
    assert Client.objects.count() == before
    return Page(response.content.decode())


def summary(page: Page) -> list[str]:
    (box,) = [element for element in page.elements if element.get("class") == "error-summary"]
    assert box["role"] == "alert"
    return [link.text for link in page.all("a") if (link.get("href") or "").startswith("#id_")]


# ── What the form offers ──


def test_r18_authorization_code_is_preselected_and_labelled_the_most_secure(browser: Browser) -> None:
    page = Page(browser.get("/clients/new/").content.decode())
    checked = [box["value"] for box in page.all("input", name="grants") if box.get("checked") is not None]
    assert checked == ["authorization_code"]
    (label,) = [label for label in page.all("label") if label.text.startswith("Authorization code")]
    assert "The most secure." in label.text


def test_r4_type_is_explained_in_a_line_each_and_description_is_optional(browser: Browser) -> None:
    page = Page(browser.get("/clients/new/").content.decode())
    labels = {label.text for label in page.all("label")}
    assert "Confidential Can keep a secret: it runs on a server you control." in labels or any(
        "Can keep a secret" in label for label in labels
    )
    assert "Description optional" in labels
    assert register(browser).description == ""


def test_r7_the_owner_defaults_to_the_signed_in_user(browser: Browser, administrator: User) -> None:
    page = Page(browser.get("/clients/new/").content.decode())
    (chosen,) = [option for option in page.all("option") if option.get("selected") is not None]
    assert chosen["value"] == administrator.username
    assert register(browser).owner == administrator


def test_r7_a_developer_owns_what_they_register_whatever_they_send(sign_in: SignIn, developer: User) -> None:
    person("tomas")
    browser = sign_in(developer)
    assert not Page(browser.get("/clients/new/").content.decode()).all("select", name="owner")
    assert register(browser, owner="tomas", allowed_scope="openid").owner == developer


def test_r7_beyond_a_list_of_people_the_owner_is_typed(browser: Browser) -> None:
    User.objects.bulk_create(User(username=f"person-{number:03}") for number in range(201))
    page = Page(browser.get("/clients/new/").content.decode())
    assert page.one("input", name="owner")["value"] == "ada"
    assert register(browser, owner="person-007").owner == person("person-007")


def test_r20_legacy_grants_stay_in_sight_with_the_reason_until_they_are_allowed(browser: Browser) -> None:
    def boxes() -> dict[str, bool]:
        page = Page(browser.get("/clients/new/").content.decode())
        return {box["value"]: box.get("disabled") is not None for box in page.all("input", name="grants")}

    assert [value for value, disabled in boxes().items() if disabled] == ["password", "implicit"]
    assert "Legacy, off for this server." in browser.get("/clients/new/").content.decode()
    server_settings.change(by=audit.SYSTEM, values={"legacyGrants": True})
    assert not any(boxes().values())
    assert register(browser, grants=["password"]).grants == ("password",)


def test_r27_the_global_lifetime_is_shown_live_in_angle_brackets(browser: Browser) -> None:
    server_settings.change(by=audit.SYSTEM, values={"accessTokenLifetime": 1234})
    assert "Global &lt;1234&gt;" in browser.get("/clients/new/").content.decode()


@pytest.mark.parametrize(
    ("preset", "client_type", "grants"),
    [
        ("web", "confidential", ["authorization_code"]),
        ("spa", "public", ["authorization_code"]),
        ("native", "public", ["authorization_code"]),
        ("service", "confidential", ["client_credentials"]),
        ("device", "public", ["urn:ietf:params:oauth:grant-type:device_code"]),
    ],
)
def test_a_preset_fills_the_form_in_and_keeps_what_was_typed(
    preset: str, client_type: str, grants: list[str], browser: Browser
) -> None:
    before = Client.objects.count()
    typed = {**SERVICE, "name": "Typed & kept", "client_secret": "never-echoed-secret-1"}
    for how in ({"fill": "1"}, {}):
        headers = {} if how else {"HTTP_HX_REQUEST": "true", "HTTP_HX_TRIGGER": "presets"}
        response = browser.post("/clients/new/", {**typed, **how, "preset": preset}, **headers)  # type: ignore[arg-type]
        page = Page(response.content.decode())
        on = {(box["name"], box["value"]) for box in page.all("input") if box.get("checked") is not None}
        assert {("preset", preset), ("type", client_type), *(("grants", grant) for grant in grants)} <= on
        assert page.by_id("id_name")["value"] == "Typed & kept"
        assert not [element for element in page.elements if element.get("class") == "error-summary"]
        assert "never-echoed-secret-1" not in response.content.decode()
    assert Client.objects.count() == before


def test_r19_a_public_client_is_shown_what_it_cannot_have_and_why(browser: Browser) -> None:
    page = Page(browser.get("/clients/new/?preset=spa").content.decode())
    off = {box["value"] for box in page.all("input", name="grants") if box.get("disabled") is not None}
    assert {"client_credentials", "password"} <= off
    assert "Needs a confidential client" in browser.get("/clients/new/?preset=spa").content.decode()


def test_the_effect_of_the_choices_is_told_and_follows_them(browser: Browser) -> None:
    headers = {"HTTP_HX_REQUEST": "true"}
    response = browser.post("/clients/new/", {**SERVICE, "allowed_scope": "*"}, **headers)  # type: ignore[arg-type]
    told = Page(response.content.decode()).by_id("abilities").text
    assert "Act as itself" in told
    assert "Ask for any scope" in told


# ── What is refused, and where it says so ──


@pytest.mark.parametrize(
    ("fields", "link"),
    [
        ({"name": ""}, "Name: A name is required."),
        ({"name": "  "}, "Name: A name is required."),
        ({"name": "a" * 256}, "Name: Use at most 255 characters; this has 256."),
        ({"name": "Returns & refunds (EU)"}, "Name: Remove & ( ). A name cannot hold them."),
        ({"name": "nul\x00nul"}, "Name: Remove U+0000. A name cannot hold it."),
        ({"name": "a\r\nb"}, "Name: Remove U+000D U+000A. A name cannot hold them."),
        ({"name": "a\u202eb"}, "Name: Remove U+202E. A name cannot hold it."),
        ({"version": "1/2"}, "Version: Remove /. A version cannot hold it."),
        ({"version": "\x00"}, "Version: Remove U+0000. A version cannot hold it."),
        ({"display_name": "a\x00"}, "Display name: Remove U+0000: control characters are not allowed."),
        ({"display_name": "a" * 256}, "Display name: Use at most 255 characters; this has 256."),
        ({"description": "a\x00"}, "Description: Remove U+0000: control characters are not allowed."),
        ({"owner": ""}, "Owner: An owner is required: who answers for this client."),
        ({"owner": "nobody"}, "Owner: There is no active person 'nobody'."),
        ({"owner": "nul\x00"}, "Owner: There is no active person 'nul\\x00'."),
        ({"client_id": "ü"}, "Client id: Use printable ASCII characters, with no space at either end."),
        ({"client_id": "a\x00b"}, "Client id: Use printable ASCII characters, with no space at either end."),
        ({"client_id": "ada"}, "Client id: A user of this name exists. Clients and people share one name space: "
         "choose another id."),
        ({"client_secret": "weak"}, "Client secret: Use at least 16 characters, 8 of them different, or let one be "
         "generated."),
        ({"client_secret": "nul\x00-nul-1234567890"}, "Client secret: Use printable ASCII characters without spaces."),
        ({"type": ""}, "Type: Choose confidential or public."),
        ({"type": "secret\x00"}, "Type: Choose confidential or public."),
        ({"grants": []}, "Grants: Choose at least one grant."),
        ({"grants": ["nul\x00"]}, "Grants: 'nul\\x00' is not a grant type that this server has."),
        ({"grants": ["implicit"], "redirect_uris": "https://a.example/"}, "Grants: Implicit: Legacy, off for this "
         "server. Use authorization code with PKCE."),
        ({"grants": ["authorization_code"]}, "Redirect URIs: At least one redirect URI is required for the "
         "authorization code and implicit grants."),
        ({"redirect_uris": "https://a.example/\x00"}, "Redirect URIs: line 1: Remove or percent-encode U+0000; write a "
         "host name with such letters in its xn-- form."),
        ({"allowed_scope": 'a"b'}, "Allowed scope: 'a\"b' is not a scope or a pattern: printable ASCII without \", \\ "
         "and commas."),
        ({"allowed_scope": "a\x00"}, "Allowed scope: Remove U+0000: control characters are not allowed."),
        ({"access_token_lifetime": "seconds", "access_token_lifetime_seconds": "2147483648"},
         "Access-token lifetime: Must be 1 to 2147483647 seconds."),
        ({"access_token_lifetime": "seconds", "access_token_lifetime_seconds": "0"},
         "Access-token lifetime: Must be 1 to 2147483647 seconds."),
        ({"access_token_lifetime": "seconds", "access_token_lifetime_seconds": "١٢"},
         "Access-token lifetime: Must be 1 to 2147483647 seconds."),
        ({"access_token_lifetime": "seconds", "access_token_lifetime_seconds": "\x00"},
         "Access-token lifetime: Must be 1 to 2147483647 seconds."),
        ({"access_token_lifetime": "soon"}, "Access token lives: Must be 1 to 2147483647 seconds."),
        ({"refresh": "limit", "refresh_limit": "-1"}, "Number of refreshes: Must be 0 to 2147483647 refreshes."),
        ({"refresh": "limit", "refresh_limit": "9" * 50}, "Number of refreshes: Must be 0 to 2147483647 refreshes."),
        ({"refresh_grace": "601"}, "Grace for a refresh that got lost: Must be 0 to 600 seconds."),
        ({"refresh_grace": "a while"}, "Grace for a refresh that got lost: Must be 0 to 600 seconds."),
    ],
)  # fmt: skip
def test_r1_to_r29_a_bad_value_is_refused_at_its_field_with_a_link_to_it(
    fields: dict[str, Any], link: str, browser: Browser
) -> None:
    page = refused(browser, **fields)
    assert summary(page) == [link]
    (target,) = [element["href"].removeprefix("#") for element in page.all("a") if element.text == link]
    assert page.by_id(target)


def test_r5_every_bad_line_is_reported_at_once_by_its_number(browser: Browser) -> None:
    lines = [
        "https://returns.example.com/cb",
        "http://returns.example.com/cb",
        "https://*.example.com/cb",
        "http://127.0.0.1/callback",
        "https://returns.example.com/cb#done",
    ]
    page = refused(browser, grants=["authorization_code"], redirect_uris="\r\n".join(lines))
    assert summary(page) == ["Redirect URIs: lines 2, 3 and 5"]
    faults = [item.text for item in page.all("li", class_="line")]
    assert [fault[:6] for fault in faults] == ["Line 2", "Line 3", "Line 5"]
    assert "Remove the fragment #done." in faults[2]
    numbers = [item for item in page.all("li") if item.get("data-bad") is not None]
    assert [number.text for number in numbers] == ["2", "3", "5"]


def test_r5_two_hundred_lines_are_kept_in_order(browser: Browser) -> None:
    lines = [f"https://app.example.com/cb/{number}" for number in range(200)]
    client = register(browser, grants=["authorization_code"], redirect_uris="\r\n".join(lines))
    assert client.redirect_uris.split() == lines


def test_a_form_that_came_back_keeps_what_was_typed_but_never_the_secret(browser: Browser) -> None:
    response = browser.post("/clients/new/", {**SERVICE, "name": "<b>&", "client_secret": "a-Chosen-secret-123"})
    html = response.content.decode()
    assert 'value="&lt;b&gt;&amp;"' in html
    assert "<b>&" not in html
    assert "a-Chosen-secret-123" not in html


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "فوترة", "🚀🧾", "%(name)s {0} %s", "' OR 1=1 --"])
def test_hostile_text_where_it_is_allowed_is_shown_inert_everywhere(text: str, browser: Browser) -> None:
    client = register(browser, display_name=text, description=f"{text}\r\n{text}")
    for url in (
        f"/clients/{client.pk}/credentials/",
        f"/clients/{client.pk}/",
        f"/clients/{client.pk}/edit/",
        "/clients/",
    ):
        response = browser.get(url)
        assert response.status_code == 200
        assert "<script>alert" not in response.content.decode()
    assert client.description == f"{text}\n{text}"


def test_r5_addresses_that_run_script_or_match_many_are_refused_line_by_line(browser: Browser) -> None:
    lines = ("javascript:alert(1)", "https://ok.example/", "data:text/html,x", "https://*.example/cb", "*")
    page = refused(browser, **{**WEB, "redirect_uris": "\n".join(lines)})
    told = [fault.text for fault in page.all("b") if fault.text.startswith("Line ")]
    assert told == ["Line 1", "Line 3", "Line 4", "Line 5"]


def test_names_of_255_characters_of_any_script_are_registered_and_listed(browser: Browser) -> None:
    for name in ("n" * 255, "ظ" * 255, "🚀" * 255):
        register(browser, name=name)
        assert name in browser.get("/clients/").content.decode()


def test_r3_a_taken_name_is_refused_without_case(browser: Browser) -> None:
    registered(name="Billing sync")
    page = refused(browser, name="BILLING SYNC")
    assert summary(page) == [
        "Name: A client of this name with no version exists. Choose another name, or another version."
    ]


def test_r31_a_grace_is_registered_and_an_empty_one_is_none(browser: Browser) -> None:
    client = register(browser, refresh="limit", refresh_limit="5", refresh_grace="10")
    assert client.refresh_grace == 10
    assert "grace of 10 seconds" in browser.get(f"/clients/{client.pk}/").content.decode()
    assert register(browser, name="Other", refresh_grace="").refresh_grace == 0


def test_numbers_alone_are_understood_as_documents_write_them(browser: Browser) -> None:
    client = register(browser, access_token_lifetime="900", refresh_limit="5")
    assert (client.access_token_lifetime, client.refresh_limit) == (900, 5)
    assert register(browser, name="Other", access_token_lifetime="never").access_tokens_never_expire
    assert register(browser, name="Third", refresh="unlimited").refresh_limit is None


# ── The one look ──


def test_r14_id_and_secret_are_shown_once_uncached_each_in_one_element(browser: Browser) -> None:
    client = register(browser)
    response = browser.get(f"/clients/{client.pk}/credentials/")
    page = Page(response.content.decode())
    secret = page.by_id("client-secret").text
    assert "no-store" in response["Cache-Control"]
    assert page.by_id("client-id").text == client.client_id
    assert credentials.find(secret, credentials.live_secrets(client.pk, now=timezone.now())) is not None
    assert secret in page.by_id("curl").text
    assert f"OAUTH_CLIENT_SECRET={secret}" in page.by_id("env").text
    again = browser.get(f"/clients/{client.pk}/credentials/")
    assert again.status_code == 200
    assert secret not in again.content.decode()
    assert "The secret is not shown again" in again.content.decode()
    assert client.client_id in again.content.decode()
    assert "no-store" in again["Cache-Control"]


def test_r14_between_post_and_look_the_database_holds_the_secret_nowhere_readable(browser: Browser) -> None:
    client = register(browser, client_secret="a-Chosen-secret-123")
    stored = [str(session.get_decoded()) for session in Session.objects.all()]
    stored += [str(list(model.objects.values())) for model in (Session, Event, Client)]
    assert not any("a-Chosen-secret-123" in text for text in stored)
    browser.get(f"/clients/{client.pk}/credentials/")
    assert "secrets_to_show_once" not in str([session.get_decoded() for session in Session.objects.all()])


def test_r14_nobody_else_gets_the_look(browser: Browser, sign_in: SignIn, client_manager: User) -> None:
    client = register(browser)
    other = sign_in(client_manager).get(f"/clients/{client.pk}/credentials/")
    assert not [element for element in Page(other.content.decode()).elements if element.get("id") == "client-secret"]
    assert Page(browser.get(f"/clients/{client.pk}/credentials/").content.decode()).by_id("client-secret").text


def test_r14_a_head_request_takes_no_look(browser: Browser) -> None:
    client = register(browser)
    browser.head(f"/clients/{client.pk}/credentials/")
    assert Page(browser.get(f"/clients/{client.pk}/credentials/").content.decode()).by_id("client-secret").text


def test_r12_a_public_client_is_told_that_it_has_no_secret(browser: Browser) -> None:
    client = register(browser, **{**WEB, "type": "public"})
    html = browser.get(f"/clients/{client.pk}/credentials/").content.decode()
    assert "A public client has no secret" in html
    assert 'id="client-secret"' not in html


def test_r16_and_r10_no_page_shows_a_secret_or_a_hash_afterwards(browser: Browser) -> None:
    client = register(browser, client_secret="a-Chosen-secret-123")
    browser.get(f"/clients/{client.pk}/credentials/")
    for url in ("/clients/", f"/clients/{client.pk}/", f"/clients/{client.pk}/edit/", "/audit/"):
        html = browser.get(url).content.decode()
        assert "a-Chosen-secret-123" not in html
        assert "argon2" not in html


def test_registering_records_who_from_where(browser: Browser, administrator: User) -> None:
    client = register(browser)
    event = Event.objects.get(kind="client.registered", subject_id=client.pk)
    assert (event.actor_name, event.actor_id) == ("ada", administrator.pk)
    assert event.address
    assert event.request_id
