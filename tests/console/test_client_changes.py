"""Editing, switching, resetting and deleting in the browser, and what the overview says afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from clients.models import Client
from clients.secrets import credentials
from tests.clients.people import client_named, person, registered
from tests.console.html import Page

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]


@pytest.fixture
def browser(sign_in: SignIn, administrator: User) -> Browser:
    return sign_in(administrator)


def page_of(browser: Browser, url: str) -> Page:
    return Page(browser.get(url).content.decode())


def form_of(page: Page) -> dict[str, Any]:
    """What a browser would send of the page's main form, unchanged."""
    sent: dict[str, Any] = {}
    for element in page.elements:
        name = element.get("name")
        if not name or element.get("disabled") is not None or "search" in element.inside:
            continue
        if element.tag == "textarea":
            sent[name] = element.text
        elif element.tag == "input" and element.get("type") in ("checkbox", "radio"):
            if element.get("checked") is not None:
                sent.setdefault(name, []).append(element["value"])
        elif element.tag == "input":
            sent[name] = element.get("value") or ""
    return {name: value[0] if isinstance(value, list) and name != "grants" else value for name, value in sent.items()}


def edit(browser: Browser, client: Client, **fields: Any) -> Any:
    url = f"/clients/{client.pk}/edit/"
    return browser.post(url, {**form_of(page_of(browser, url)), **fields})


def live(client: Client) -> list[credentials.LiveSecret]:
    return credentials.live_secrets(client.pk, now=timezone.now())


# ── Editing ──


def test_the_edit_form_sent_back_unchanged_changes_nothing(browser: Browser) -> None:
    client = registered(
        name="Everything", version="2", display_name='Any "thing" & <more>', description="two lines", owner="tomas",
        grants=("authorization_code", "client_credentials"), redirect_uris=("https://a.example/", "http://127.0.0.1/"),
        allowed_scope="a b*", access_token_lifetime=900, refresh_limit=7, refresh_grace=10,
        pkce_required=False, token_endpoint_auth_method="client_secret_post",
    ).client  # fmt: skip
    before = Client.objects.values().get(pk=client.pk)
    sent = form_of(page_of(browser, f"/clients/{client.pk}/edit/"))
    sent["redirect_uris"] = "https://a.example/\r\nhttp://127.0.0.1/"  # the reader of pages makes spaces single
    response = browser.post(f"/clients/{client.pk}/edit/", {**sent, "owner": "tomas"})
    assert response.status_code == 302
    assert Client.objects.values().get(pk=client.pk) == before


def test_an_edit_is_saved_audited_and_shown_on_the_overview(browser: Browser) -> None:
    client = client_named("Billing sync", owner="ada")
    response = edit(browser, client, description="Ask Priya.", access_token_lifetime="never")
    assert response["Location"] == f"/clients/{client.pk}/"
    page = page_of(browser, f"/clients/{client.pk}/")
    text = " ".join(element.text for element in page.all("main"))
    assert "Ask Priya." in text
    assert "Access token lives the global setting → never expires" in text
    assert Event.objects.get(kind="client.changed").changes["accessTokenLifetime"] == ["global", "never"]
    assert Event.objects.get(kind="client.changed").actor_name == "ada"


def test_a_bad_edit_comes_back_with_its_faults_and_the_revision_it_was_made_from(browser: Browser) -> None:
    client = client_named("Billing sync", owner="ada")
    response = edit(browser, client, name="a&b", redirect_uris="x")
    page = Page(response.content.decode())
    assert response.status_code == 200
    assert page.one("input", name="revision")["value"] == str(client.revision)
    assert {link["href"] for link in page.all("a") if (link.get("href") or "").startswith("#id_")} == {
        "#id_name", "#id_redirect_uris",
    }  # fmt: skip
    assert Client.objects.get(pk=client.pk).name == "Billing sync"


def test_r6_the_client_id_and_number_cannot_be_edited(browser: Browser) -> None:
    client = registered(client_id="billing", owner="ada").client
    edit(browser, client, client_id="other", id="7", pk="7", is_system="on", is_protected="on")
    client.refresh_from_db()
    assert (client.client_id, client.is_system, client.is_protected) == ("billing", False, False)


def test_r7_an_owner_cannot_hand_a_client_to_somebody_without_the_permission(sign_in: SignIn, developer: User) -> None:
    person("tomas")
    client = client_named("Own", owner="dev")
    edit(sign_in(developer), client, owner="tomas", description="mine still")
    client.refresh_from_db()
    assert (client.owner, client.description) == (developer, "mine still")


def test_r7_a_manager_hands_it_over(sign_in: SignIn, client_manager: User) -> None:
    tomas = person("tomas")
    client = client_named("Any", owner="dev")
    edit(sign_in(client_manager), client, owner="tomas")
    client.refresh_from_db()
    assert client.owner == tomas


def test_r11_becoming_confidential_leads_to_the_one_look_at_its_new_secret(browser: Browser) -> None:
    client = client_named("Phone", type="public", grants=("personal_access_token",), owner="ada")
    response = edit(browser, client, type="confidential")
    assert response["Location"] == f"/clients/{client.pk}/credentials/"
    secret = page_of(browser, response["Location"]).by_id("client-secret").text
    assert credentials.find(secret, live(client)) is not None


def test_r19_becoming_public_is_refused_while_a_grant_needs_a_secret(browser: Browser) -> None:
    client = client_named("Service", owner="ada")
    response = edit(browser, client, type="public")
    assert response.status_code == 200
    assert "Needs a confidential client" in response.content.decode()
    assert live(client)


# ── Switching, resetting, deleting ──


def test_r46_deactivating_asks_first_and_the_overview_says_so(browser: Browser) -> None:
    client = client_named("Billing sync", owner="ada")
    asked = page_of(browser, f"/clients/{client.pk}/active/")
    assert "live tokens" in " ".join(element.text for element in asked.all("form"))
    assert Client.objects.get(pk=client.pk).is_active
    for active in ("false", "true"):
        revision = Client.objects.get(pk=client.pk).revision
        response = browser.post(f"/clients/{client.pk}/active/", {"active": active, "revision": revision})
        assert response["Location"] == f"/clients/{client.pk}/"
        assert Client.objects.get(pk=client.pk).is_active is (active == "true")
    assert Event.objects.filter(kind__in=("client.activated", "client.deactivated")).count() == 2


def test_r15_resetting_shows_the_new_secret_once_and_ends_the_old_one(browser: Browser) -> None:
    new = registered(owner="ada")
    response = browser.post(f"/clients/{new.client.pk}/reset-secret/", {"revision": new.client.revision})
    secret = page_of(browser, response["Location"]).by_id("client-secret").text
    assert credentials.find(secret, live(new.client)) is not None
    assert credentials.find(str(new.secret), live(new.client)) is None
    assert secret not in browser.get(response["Location"]).content.decode()


def test_r15_a_public_client_has_no_secret_to_reset(browser: Browser) -> None:
    client = client_named("Phone", type="public", grants=("personal_access_token",), owner="ada")
    for answer in (
        browser.get(f"/clients/{client.pk}/reset-secret/"),
        browser.post(f"/clients/{client.pk}/reset-secret/"),
    ):
        assert answer["Location"] == f"/clients/{client.pk}/"
    assert live(client) == []


def test_r47_deleting_names_what_breaks_before_it_asks(browser: Browser) -> None:
    client = registered(client_id="billing", owner="ada").client
    text = " ".join(form.text for form in page_of(browser, f"/clients/{client.pk}/delete/").all("form"))
    for words in ("0 live tokens", "Never used", "Its service account billing ends with it"):
        assert words in text
    assert browser.post(f"/clients/{client.pk}/delete/", {"revision": client.revision})["Location"] == "/clients/"
    assert Client.objects.get(pk=client.pk).deleted_at is not None
    assert "is deleted" in browser.get("/clients/").content.decode()


@pytest.mark.parametrize(("page", "fields"), [("active", {"active": "false"}), ("reset-secret", {}), ("delete", {})])
def test_a_question_about_an_older_state_is_asked_again(page: str, fields: dict[str, str], browser: Browser) -> None:
    client = client_named("Billing sync", owner="ada")
    edit(browser, client, description="changed meanwhile")
    response = browser.post(f"/clients/{client.pk}/{page}/", {**fields, "revision": client.revision})
    assert response.status_code == 409
    assert "Somebody else changed this client meanwhile." in response.content.decode()
    now = Client.objects.get(pk=client.pk)
    assert (now.is_active, now.deleted_at, len(live(client))) == (True, None, 1)
    assert Page(response.content.decode()).one("input", name="revision")["value"] == str(now.revision)


@pytest.mark.parametrize("revision", ["", "x", "-1", "\x00", "9" * 60, "1e3"])
def test_a_revision_that_is_none_never_breaks_the_page(revision: str, browser: Browser) -> None:
    client = client_named("Billing sync", owner="ada")
    response = browser.post(f"/clients/{client.pk}/active/", {"active": "false", "revision": revision})
    assert response.status_code in (302, 409)


# ── The overview ──


def test_r10_the_overview_shows_state_times_and_who(browser: Browser, administrator: User) -> None:
    client = registered(client_id="billing", owner="ada", description="What it is for.").client
    text = " ".join(main.text for main in page_of(browser, f"/clients/{client.pk}/").all("main"))
    for words in ("Active", f"#{client.pk}", "What it is for.", "now by mara", "Never used", "Registered"):
        assert words in text


def test_the_overview_gives_the_curl_without_the_secret(browser: Browser) -> None:
    new = registered(client_id="billing", owner="ada")
    page = page_of(browser, f"/clients/{new.client.pk}/")
    assert '"billing:$CLIENT_SECRET"' in page.by_id("snippet").text
    assert str(new.secret) not in browser.get(f"/clients/{new.client.pk}/").content.decode()


def test_r12_a_client_whose_secrets_are_gone_says_that_it_cannot_authenticate(browser: Browser) -> None:
    client = client_named("Billing sync", owner="ada")
    credentials.revoke_all(client=client, now=timezone.now())
    assert "No secret" in browser.get(f"/clients/{client.pk}/").content.decode()


def test_hostile_text_in_the_trail_is_shown_inert(browser: Browser) -> None:
    client = client_named("Billing sync", owner="ada")
    edit(browser, client, display_name="<script>alert(1)</script>")
    html = browser.get(f"/clients/{client.pk}/").content.decode()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


# ── The folded section ──


def test_r62_pkce_exemption_and_authentication_are_chosen_in_the_form(browser: Browser) -> None:
    client = client_named("Web", grants=("authorization_code",), redirect_uris=("https://a.example/",), owner="ada")
    response = edit(browser, client, pkce_required="false", token_endpoint_auth_method="client_secret_basic",
                    token_format="jwt", post_logout_redirect_uris="https://a.example/bye")  # fmt: skip
    assert response.status_code == 302
    stored = Client.objects.get(pk=client.pk)
    assert (stored.pkce_required, stored.token_endpoint_auth_method) == (False, "client_secret_basic")
    assert (stored.token_format, stored.post_logout_redirect_uris) == ("jwt", "https://a.example/bye")
    page = page_of(browser, f"/clients/{client.pk}/edit/")
    assert page.one("input", name="pkce_required", value="false").get("checked") is not None
    assert [fold.get("open") is not None for fold in page.all("details", class_="panel fold")][-1]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("pkce_required", "false", "always needs PKCE"),
        ("token_endpoint_auth_method", "client_secret_post", "does not fit"),
    ],
)
def test_r62_a_public_client_is_refused_both_at_their_fields(
    field: str, value: str, message: str, browser: Browser
) -> None:
    client = client_named("App", type="public", grants=("authorization_code",), redirect_uris=("https://a.example/",))
    page = Page(edit(browser, client, **{field: value}).content.decode())
    assert page.one("a", href=f"#id_{field}_0").text.split(":")[0] in ("PKCE", "Authentication")
    assert any(message in item.text for item in page.all("li"))
    why = [small.text for small in page.all("small", class_="why")]
    assert any("PKCE" in text for text in why)
    assert any("no secret" in text for text in why)


def test_r11_changing_the_type_leaves_what_only_fitted_the_other_one_behind(browser: Browser) -> None:
    client = client_named(
        "Web", grants=("authorization_code",), redirect_uris=("https://a.example/",), owner="ada",
        pkce_required=False, token_endpoint_auth_method="client_secret_post",
    )  # fmt: skip
    url = f"/clients/{client.pk}/edit/"
    offered = browser.post(url, {**form_of(page_of(browser, url)), "type": "public", "owner": "ada"}, headers={
        "HX-Request": "true"})  # fmt: skip
    page = Page(offered.content.decode())
    assert page.one("input", name="pkce_required", value="true").get("checked") is not None
    assert page.one("input", name="pkce_required", value="false").get("disabled") is not None
    assert browser.post(url, {**form_of(page), "owner": "ada"}).status_code == 302
    stored = Client.objects.get(pk=client.pk)
    assert (stored.client_type, stored.pkce_required, stored.token_endpoint_auth_method) == ("public", True, "")


def test_why_a_change_was_made_is_kept_with_it(browser: Browser) -> None:
    client = client_named("Billing sync", owner="ada")
    assert edit(browser, client, description="x", reason="Asked for by\r\nTreasury.").status_code == 302
    assert Event.objects.get(kind="client.changed").reason == "Asked for by Treasury."
    assert "Asked for by Treasury." in browser.get(f"/clients/{client.pk}/activity/").content.decode()


@pytest.mark.parametrize("reason", ["x" * 1001, "bell \x07"])
def test_a_reason_that_cannot_be_kept_is_refused_at_its_field(reason: str, browser: Browser) -> None:
    client = client_named("Billing sync", owner="ada")
    page = Page(edit(browser, client, description="x", reason=reason).content.decode())
    assert page.one("a", href="#id_reason")
    assert Client.objects.get(pk=client.pk).description == ""
