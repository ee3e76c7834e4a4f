"""Exporting on the pages (R48): the document, the dialog, many at once; who may, and that it is recorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from clients import registration
from clients.documents import exporting
from clients.documents.document import to_document
from clients.models import Client
from tests.clients.people import BY, client_named, registered
from tests.console.html import Page

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]


@pytest.fixture
def browser(sign_in: SignIn, administrator: User) -> Browser:
    return sign_in(administrator)


def body_of(response: Any) -> Any:
    return json.loads(response.getvalue())


def test_r48_export_gives_the_clients_document_and_records_it(browser: Browser) -> None:
    new = registered(client_id="billing", owner="ada", description="größer <b>")
    response = browser.get(f"/clients/{new.client.pk}/export/")
    assert response["Content-Type"] == "application/json; charset=utf-8"
    assert "no-store" in response["Cache-Control"]
    assert "Content-Disposition" not in response
    assert list(body_of(response).items()) == list(to_document(Client.objects.get(pk=new.client.pk)).items())
    assert str(new.secret) not in response.content.decode()
    event = Event.objects.get(kind="client.exported")
    assert (event.actor_name, event.subject_id) == ("ada", new.client.pk)


@pytest.mark.parametrize(
    ("client_id", "name"),
    [
        ("billing", "client-billing.json"),
        ("../../etc/passwd", "client-etc-passwd.json"),
        ('a"; filename="evil.exe', "client-a-filename-evil.exe.json"),
        ("...", "client-document.json"),
        ("https://client.example/id?x=1", "client-https-client.example-id-x-1.json"),
    ],
)
def test_r48_the_downloaded_file_has_a_sane_name(client_id: str, name: str, browser: Browser) -> None:
    client = registered(client_id=client_id, owner="ada").client
    response = browser.get(f"/clients/{client.pk}/export/?download")
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'


def test_r48_the_document_is_shown_on_a_page_and_by_htmx_in_a_dialog(browser: Browser) -> None:
    client = client_named("Billing sync", owner="ada", description="</pre><script>alert(1)</script>")
    for headers, tag in (({}, "html"), ({"HX-Request": "true"}, "dialog")):
        html = browser.get(f"/clients/{client.pk}/export/view/", headers=headers).content.decode()
        page = Page(html)
        assert page.elements[0].tag == tag
        assert page.one("a", href=f"/clients/{client.pk}/export/?download")
        assert '"clientSecretEncoded": "CONCEALED"' in page.by_id("document").text
        assert "<script>alert" not in html


@pytest.mark.parametrize("address", ["export/", "export/view/"])
def test_r59_export_is_refused_by_name_and_foreign_clients_are_not_there(
    address: str, sign_in: SignIn, developer: User, auditor: User, stranger: User
) -> None:
    foreign, own = client_named("Foreign", owner="tomas"), client_named("Own", owner="dev")
    assert sign_in(developer).get(f"/clients/{foreign.pk}/{address}").status_code == 404
    assert sign_in(developer).get(f"/clients/{own.pk}/{address}").status_code == 200
    assert sign_in(auditor).get(f"/clients/{foreign.pk}/{address}").status_code == 200
    assert sign_in(stranger).get(f"/clients/{foreign.pk}/{address}").status_code == 403
    auditor.groups.clear()
    auditor.permissions = ["clients.view"]
    auditor.save()
    refused = sign_in(auditor).get(f"/clients/{foreign.pk}/{address}")
    assert refused.status_code == 403
    assert "clients.export" in refused.content.decode()


def test_r48_protected_and_system_clients_can_be_exported_and_deleted_ones_are_not_there(browser: Browser) -> None:
    client = client_named("Settlement", owner="ada")
    registration.protect(client=client, by=BY, reason="Ask.", now=timezone.now())
    for found in (client, Client.objects.get(client_id="admin")):
        assert browser.get(f"/clients/{found.pk}/export/").status_code == 200
    gone = client_named("Gone", owner="ada")
    registration.delete(client=gone, by=BY, now=timezone.now())
    assert browser.get(f"/clients/{gone.pk}/export/").status_code == 404


def test_r48_only_get_exports(browser: Browser) -> None:
    client = client_named("Billing sync", owner="ada")
    for address in (f"/clients/{client.pk}/export/", f"/clients/{client.pk}/export/view/", "/clients/export/"):
        assert browser.post(address).status_code == 405
        assert browser.head(address).status_code == 405
    assert not Event.objects.filter(kind="client.exported").exists()


def test_r48_many_are_exported_as_the_list_is_narrowed_and_counted_once(browser: Browser) -> None:
    for name in ("Alpha one", "Alpha two", "Beta"):
        client_named(name, owner="ada")
    response = browser.get("/clients/export/?q=alpha")
    assert response["Content-Disposition"] == 'attachment; filename="clients.json"'
    assert [client["name"] for client in body_of(response)["clients"]] == ["Alpha one", "Alpha two"]
    assert Event.objects.get(kind="client.exported").detail == {"clients": 2}


def test_r48_an_owner_exports_the_own_ones_alone(sign_in: SignIn, developer: User, stranger: User) -> None:
    client_named("Own", owner="dev")
    client_named("Foreign", owner="tomas")
    document = body_of(sign_in(developer).get("/clients/export/"))
    assert [client["name"] for client in document["clients"]] == ["Own"]
    assert sign_in(stranger).get("/clients/export/").status_code == 403


def test_r48_batches_join_to_one_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "BATCH", 2)
    for number in range(5):
        client_named(f"Client {number}")
    pieces = list(exporting.export_many(Client.objects.filter(is_system=False), by=BY, now=timezone.now()))
    assert len(pieces) == 5
    assert len(json.loads("".join(pieces))["clients"]) == 5
    nobody = "".join(exporting.export_many(Client.objects.none(), by=BY, now=timezone.now()))
    assert json.loads(nobody) == {"clients": []}


def test_r48_more_than_one_export_holds_is_refused_and_not_recorded(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_EXPORTED", 1)
    assert browser.get("/clients/export/")["Location"] == "/clients/"
    assert "at most 1 clients" in browser.get("/clients/").content.decode()
    assert not Event.objects.filter(kind="client.exported").exists()
