"""Importing on the pages (R49): faults all at once, differences first, all or nothing, exactly what was shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from clients import registration
from clients.documents import importing
from clients.documents.document import to_document
from clients.models import Client, PendingImport
from clients.secrets import credentials
from tests.clients.people import BY, client_named, person, registered
from tests.console.html import Page

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
ROW: dict[str, Any] = {"clientId": "billing", "name": "Billing sync", "owner": "ada", "grants": ["client_credentials"]}
URL = "/clients/import/"


@pytest.fixture
def browser(sign_in: SignIn, administrator: User) -> Browser:
    return sign_in(administrator)


def text_of(html: bytes) -> str:
    return " ".join(main.text for main in Page(html.decode()).all("main"))


def faults_of(browser: Browser, document: object, **sent: Any) -> list[str]:
    text = document if isinstance(document, str) else json.dumps(document)
    response = browser.post(URL, {"document": text, **sent})
    assert response.status_code == 200
    page = Page(response.content.decode())
    return [e.text for e in page.elements if e.tag == "li" and "section" in e.inside and "main" in e.inside]


def show(browser: Browser, *rows: dict[str, Any]) -> tuple[str, Page]:
    """The address of the differences, and the page."""
    response = browser.post(URL, {"document": json.dumps({"clients": rows})})
    assert response.status_code == 302, faults_of(browser, {"clients": rows})
    url = response["Location"]
    return url, Page(browser.get(url).content.decode())


def confirm(browser: Browser, url: str, page: Page) -> Any:
    return browser.post(url, {"digest": page.one("input", name="digest")["value"]})


def test_r49_the_differences_come_first_and_nothing_is_written_until_they_are_confirmed(browser: Browser) -> None:
    registered(client_id="billing", name="Billing sync", owner="ada", access_token_lifetime=900)
    clients = Client.objects.count()
    url, page = show(
        browser,
        {**ROW, "accessTokenLifetime": "global", "allowedScope": "orders.*"},
        {**ROW, "clientId": "new-one", "name": "New one"},
    )
    text = " ".join(main.text for main in page.all("main"))
    for words in ("1 added", "1 changed", "Access token lives", "900 seconds", "the global setting", "new-one"):
        assert words in text
    assert "no secret until you reset one" in text
    assert Client.objects.count() == clients
    assert confirm(browser, url, page)["Location"] == url
    outcome = text_of(browser.get(url).content)
    for words in ("1 added", "1 changed", "Without a secret", "New one", "Reset secret…"):
        assert words in outcome
    new = Client.objects.get(client_id="new-one")
    assert not new.secrets.exists()
    assert new.service_account is not None
    assert Client.objects.get(client_id="billing").access_token_lifetime is None
    event = Event.objects.get(kind="client.imported")
    assert (event.actor_name, event.detail) == ("ada", {"added": 1, "changed": 1})


def test_r49_what_is_confirmed_twice_is_done_once(browser: Browser) -> None:
    url, page = show(browser, ROW)
    confirm(browser, url, page)
    assert confirm(browser, url, page).status_code == 200
    assert Event.objects.filter(kind="client.registered").count() == 1


def test_r49_where_the_registry_changed_meanwhile_the_differences_are_shown_anew(browser: Browser) -> None:
    client = registered(client_id="billing", name="Billing sync", owner="ada").client
    url, page = show(browser, {**ROW, "allowedScope": "orders.*", "description": "From the file."})
    registration.edit(client=client, facts=_with_description(client, "Meanwhile."), by=BY, now=timezone.now())
    response = confirm(browser, url, page)
    assert response.status_code == 409
    assert "has changed since" in text_of(response.content)
    assert "Meanwhile." in text_of(response.content)
    assert Client.objects.get(client_id="billing").description == "Meanwhile."
    confirm(browser, url, Page(response.content.decode()))
    assert Client.objects.get(client_id="billing").description == "From the file."


def _with_description(client: Client, description: str) -> Any:
    from dataclasses import replace

    from clients.facts import facts_of

    return replace(facts_of(client), description=description)


def test_r49_a_name_taken_meanwhile_imports_nothing_at_all(browser: Browser) -> None:
    url, page = show(browser, {**ROW, "clientId": "first", "name": "First"}, ROW)
    client_named("Billing sync", owner="ada")
    assert confirm(browser, url, page).status_code == 409
    assert not Client.objects.filter(client_id="first").exists()


def test_r49_every_fault_of_every_client_is_named_with_its_path(browser: Browser) -> None:
    found = faults_of(
        browser,
        {"clients": [
            {**ROW, "colour": "red", "grants": "all"},
            {**ROW, "clientId": "b", "name": "a&b", "redirectUris": ["https://a.example/", "http://a.example/"]},
            [],
            {**ROW, "clientId": "c", "name": "C", "apiPermissions": ["x.y"], "rateLimitRules": [{"limit": 1}]},
        ]},
    )  # fmt: skip
    paths = [fault.split(" ")[0] for fault in found]
    assert paths == [
        "clients[0].grants", "clients[0].colour", "clients[1].name", "clients[1].redirectUris", "clients[2]",
        "clients[3].rateLimitRules[0].period",
    ]  # fmt: skip
    assert "clients[1].redirectUris line 2" in found[3]


def test_r5_addresses_that_run_script_or_match_many_are_refused_in_an_import(browser: Browser) -> None:
    lines = ["javascript:alert(1)", "https://ok.example/", "data:text/html,x", "https://*.example/cb"]
    found = faults_of(browser, {"clients": [{**ROW, "grants": ["authorization_code"], "redirectUris": lines}]})
    places = [" ".join(fault.split()[:3]) for fault in found]
    assert places == [f"clients[0].redirectUris line {number}" for number in (1, 3, 4)]


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ("", "Choose a file, or paste a document."),
        ("{", "It is not JSON"),
        ("5", "It is a client, a list of clients"),
        ("[]", "It holds no client"),
        ('{"clients": {}}', "It is a list of clients"),
        ('{"clients": [], "users": []}', "Only clients are imported here"),
        ('{"clientId": "a", "clientId": "b"}', "stands twice"),
        ('{"clientId": NaN}', "no number of JSON"),
        ('{"clientId": 1e999}', "no number of JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"id": ' + "[" * 60 + "]" * 60 + ', "clientId": "a"}', "nested too deeply"),
        ('{"clientId": "a", "name": "half\\ud83d"}', "half of a surrogate pair"),
        ('{"clientId": "a", "name": "nul\\u0000"}', "NUL"),
        ('{"clientId": "a", "refreshLimit": 99999999999999999999}', "too large"),
        ('[{"clientId": "a"}, {"clientId": "a"}]', "named twice"),
        ('{"clientId": "\\u0000"}', "NUL"),
        ('{"clientId": ""}', "It is required"),
        ('{"name": "x"}', "It is required"),
    ],
)
def test_r49_hostile_documents_are_refused_by_name(document: str, fault: str, browser: Browser) -> None:
    assert any(fault in found for found in faults_of(browser, document))
    assert not PendingImport.objects.exists()


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (json.dumps(ROW).encode("utf-16"), "It is not UTF-8"),
        (b"\xff\xfe\xfa", "It is not UTF-8"),
        (b"\x89PNG\r\n", "It is not UTF-8"),
    ],
)
def test_r49_a_file_in_another_encoding_is_refused(data: bytes, fault: str, browser: Browser) -> None:
    (found,) = faults_of(browser, "", file=SimpleUploadedFile("x.json", data))
    assert fault in found


def test_r49_a_file_with_a_byte_order_mark_is_read(browser: Browser) -> None:
    file = SimpleUploadedFile("x.json", b"\xef\xbb\xbf" + json.dumps(ROW).encode())
    assert browser.post(URL, {"file": file}).status_code == 302


def test_r49_ten_megabytes_and_five_thousand_clients_are_refused_by_their_bounds(browser: Browser) -> None:
    assert browser.post(URL, {"document": "x" * 10_000_000}).status_code == 413
    many = [{"clientId": f"c{number}"} for number in range(5000)]
    (found,) = faults_of(browser, many)
    assert "at most 1,000 clients; this has 5,000" in found
    (found,) = faults_of(browser, [{"clientId": f"c{n}", "clientSecret": "x"} for n in range(51)])
    assert "at most 50 secrets" in found


def test_r49_what_one_export_gives_is_taken_back_unchanged(browser: Browser) -> None:
    client = registered(client_id="billing", owner="ada").client
    exported = browser.get(f"/clients/{client.pk}/export/").content.decode()
    url = browser.post(URL, {"document": exported})["Location"]
    assert "Nothing would change" in text_of(browser.get(url).content)


# ── As the viewer ──


def test_r43_protection_binds_an_import(browser: Browser) -> None:
    client = registered(client_id="billing", name="Billing sync", owner="ada").client
    registration.protect(client=client, by=BY, reason="Ask Treasury.", now=timezone.now())
    assert "Ask Treasury." in faults_of(browser, {**ROW, "description": "x"})[0]
    assert "belongs to the server" in faults_of(browser, {"clientId": "push", "description": "x"})[0]


def test_r59_a_developer_imports_own_clients_and_learns_nothing_of_others(sign_in: SignIn, developer: User) -> None:
    registered(client_id="foreign", name="Foreign", owner="tomas")
    gone = registered(client_id="gone", name="Gone", owner="tomas").client
    registration.delete(client=gone, by=BY, now=timezone.now())
    browser = sign_in(developer)
    taken = {faults_of(browser, {"clientId": name, "description": "x"})[0] for name in ("foreign", "gone", "push")}
    assert len(taken) == 1
    assert "exists, or existed and was deleted" in taken.pop()
    (found,) = faults_of(browser, {**ROW, "owner": "tomas"})
    assert found == "clients[0].owner You need the permission clients.create to name another owner than yourself."
    own = {name: value for name, value in ROW.items() if name != "owner"}
    url, page = show(browser, own)
    confirm(browser, url, page)
    client = Client.objects.get(client_id="billing")
    assert client.owner == developer
    assert "permission clients.edit to hand a client over" in faults_of(browser, {**ROW, "owner": "tomas"})[0]


def test_r36_nobody_gives_by_import_what_they_lack(sign_in: SignIn, developer: User) -> None:
    browser, row = sign_in(developer), {**ROW, "owner": "dev"}
    (found,) = faults_of(browser, {**row, "apiPermissions": ["clients.edit"]})
    assert found.startswith("clients[0].apiPermissions You do not hold clients.edit, so you cannot give it. ")
    (found,) = faults_of(browser, {**row, "allowedScope": "openid authorization.introspect"})
    lacking = "You do not hold authorization.introspect, so you cannot give it."
    assert found.startswith(f"clients[0].allowedScope {lacking} ")
    url, page = show(browser, {**row, "apiPermissions": ["clients.own"]})
    confirm(browser, url, page)
    account = Client.objects.select_related("service_account").get(client_id="billing").service_account
    assert account is not None
    assert account.permissions == ["clients.own"]


@pytest.mark.parametrize(
    ("change", "permission"),
    [
        ({"description": "x"}, "clients.edit"),
        ({"active": False}, "clients.edit"),
        ({"clientSecret": "a-Very-good-secret-1"}, "clients.reset-secret"),
        ({"softDeleted": True}, "clients.delete"),
        ({"clientId": "new", "name": "New"}, "clients.create"),
    ],
)
def test_r59_each_change_needs_its_permission(change: dict[str, Any], permission: str, sign_in: SignIn) -> None:
    registered(client_id="billing", name="Billing sync", owner="tomas")
    needed = {"clients.view", "clients.create", "clients.edit", "clients.reset-secret", "clients.delete"}
    lacking = person("lacking", permissions=sorted(needed - {permission}))
    row = {"clientId": "billing", **change, **({"grants": ["client_credentials"]} if "name" in change else {})}
    found = faults_of(sign_in(lacking), row)
    assert any(permission in fault for fault in found), found


def test_r49_secrets_follow_the_rule_for_custom_ones_and_wait_sealed(browser: Browser) -> None:
    assert "clientSecret" in faults_of(browser, {**ROW, "clientSecret": "weak"})[0]
    url, page = show(browser, {**ROW, "clientSecret": "a-Very-good-secret-1", "clientSecretEncoded": "$argon2id$x"})
    assert "a-Very-good-secret-1" not in browser.get(url).content.decode()
    assert b"a-Very-good-secret-1" not in bytes(PendingImport.objects.get().sealed)
    confirm(browser, url, page)
    client = Client.objects.get(client_id="billing")
    live = credentials.live_secrets(client.pk, now=timezone.now())
    assert credentials.find("a-Very-good-secret-1", live) is not None
    assert bytes(PendingImport.objects.get().sealed) == b""
    assert "a-Very-good-secret-1" not in str(Event.objects.values())


def test_r49_an_import_is_the_importers_alone_and_lapses(browser: Browser, sign_in: SignIn, developer: User) -> None:
    url, page = show(browser, ROW)
    digest = page.one("input", name="digest")["value"]
    assert sign_in(developer).post(url, {"digest": digest})["Location"] == URL
    PendingImport.objects.update(created=timezone.now() - timedelta(hours=2))
    assert browser.get(url)["Location"] == URL
    assert browser.post(url, {"digest": digest})["Location"] == URL
    assert not Client.objects.filter(client_id="billing").exists()
    assert importing.purge(timezone.now()) == 1


def test_r47_an_import_deletes_and_restores_as_it_says(browser: Browser) -> None:
    client = registered(client_id="billing", name="Billing sync", owner="ada").client
    document = to_document(client)
    url, page = show(browser, {**document, "softDeleted": True})
    assert "1 deleted" in " ".join(main.text for main in page.all("main"))
    confirm(browser, url, page)
    assert Client.objects.get(pk=client.pk).deleted_at is not None
    url, page = show(browser, document)
    assert "1 restored" in " ".join(main.text for main in page.all("main"))
    confirm(browser, url, page)
    assert Client.objects.get(pk=client.pk).deleted_at is None


def test_r49_rows_meet_what_the_rows_before_them_do(browser: Browser) -> None:
    registered(client_id="a", name="Alpha", owner="ada")
    url, page = show(browser, {"clientId": "a", "name": "Beta"}, {**ROW, "clientId": "b", "name": "Alpha"})
    confirm(browser, url, page)
    assert set(Client.objects.filter(client_id__in="ab").values_list("name", flat=True)) == {"Alpha", "Beta"}
    found = faults_of(browser, [{**ROW, "clientId": "x", "name": "Same"}, {**ROW, "clientId": "y", "name": "SAME"}])
    assert [fault.split(" ")[0] for fault in found] == ["clients[1].name"]


def test_script_in_every_text_is_shown_inert(browser: Browser) -> None:
    script = "<script>alert(1)</script>"
    bad = browser.post(URL, {"document": json.dumps({"clientId": script, script: script, "name": script})})
    assert "<script>alert" not in bad.content.decode()
    url, page = show(browser, {**ROW, "clientId": script, "displayName": script, "description": script})
    assert "<script>alert" not in browser.get(url).content.decode()
    confirm(browser, url, page)
    assert "<script>alert" not in browser.get(url).content.decode()
