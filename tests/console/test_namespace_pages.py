"""The pages of namespaces (R8): who may open and who may change them, and what bad input is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from clients import namespaces
from clients.facts import facts_of
from clients.models import Client, Namespace
from clients.namespaces import NamespaceFacts
from tests.clients.people import BY, client_named, person

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
ROLES = ("Administrator", "Client manager", "Auditor", "Developer", "")
VIEW, EDIT = "clients.view", "namespaces.edit"
# (page, answers to ROLES): 200 or the permission that is missing.
LADDER = (
    ("namespace_list", (200, 200, 200, VIEW, VIEW)),
    ("namespace_new", (200, 200, EDIT, EDIT, EDIT)),
    ("namespace_edit", (200, 200, EDIT, EDIT, EDIT)),
    ("namespace_delete", (200, 200, EDIT, EDIT, EDIT)),
)


def made(name: str = "finance", description: str = "") -> Namespace:
    namespaces.save(name=name, facts=NamespaceFacts(description=description), by=BY, now=timezone.now())
    return Namespace.objects.get(name=name)


def address(page: str, namespace: Namespace) -> str:
    return reverse(page, args=[namespace.pk] if page in ("namespace_edit", "namespace_delete") else [])


STEPS = [
    (page, role, answer, method)
    for page, answers in LADDER
    for role, answer in zip(ROLES, answers, strict=True)
    for method in ("get", "post")
    if method == "get" or (answer != 200 and page != "namespace_list")
]


@pytest.mark.parametrize(("page", "role", "answer", "method"), STEPS)
def test_r59_each_page_answers_each_role_as_the_table_says(
    page: str, role: str, answer: int | str, method: str, sign_in: SignIn
) -> None:
    namespace = made()
    browser = sign_in(person("viewer", role) if role else person("viewer"))
    response = getattr(browser, method)(address(page, namespace), {"name": "more"} if method == "post" else None)
    assert response.status_code == (answer if isinstance(answer, int) else 403)
    assert isinstance(answer, int) or answer in response.content.decode()
    assert [row.name for row in Namespace.objects.all()] == ["finance"]


@pytest.mark.parametrize("role", ROLES)
def test_r59_the_navigation_leads_only_where_the_viewer_may_go(role: str, sign_in: SignIn) -> None:
    viewer = person("viewer", role) if role else person("viewer")
    shown = 'href="/namespaces/"' in sign_in(viewer).get("/").content.decode()
    assert shown == (role in ("Administrator", "Client manager", "Auditor"))


@pytest.fixture
def browser(sign_in: SignIn, client_manager: User) -> Browser:
    return sign_in(client_manager)


def test_r8_a_namespace_is_made_changed_and_deleted_on_its_pages(browser: Browser, client_manager: User) -> None:
    made_by = {"name": " finance ", "description": "Money.", "administrators": f"{client_manager.username}\r\n\r\n"}
    assert browser.post("/namespaces/new/", made_by).status_code == 302
    namespace = Namespace.objects.get()
    assert namespaces.facts_of(namespace) == NamespaceFacts(
        description="Money.", administrators=(client_manager.username,)
    )
    browser.post(f"/namespaces/{namespace.pk}/", {"description": "Ledgers.", "administrators": ""})
    assert namespaces.facts_of(namespace.__class__.objects.get()) == NamespaceFacts(description="Ledgers.")
    assert browser.post(f"/namespaces/{namespace.pk}/delete/").status_code == 302
    assert not Namespace.objects.exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "A name is required."),
        ({"name": "x" * 101}, "at most 100"),
        ({"name": "a\x00b"}, "U+0000"),
        ({"name": "taken"}, "exists"),
        ({"name": "a", "description": "x" * 2001}, "at most 2000"),
        ({"name": "a", "administrators": "nobody\nmax"}, "no active person &#x27;nobody&#x27;"),
        ({"name": "a", "administrators": "<script>"}, "&lt;script&gt;"),
    ],
)
def test_bad_input_is_told_at_its_field_and_writes_nothing(fields: dict[str, str], said: str, browser: Browser) -> None:
    made("taken")
    response = browser.post("/namespaces/new/", fields)
    assert response.status_code == 200
    assert said in response.content.decode()
    assert "error-summary" in response.content.decode()
    assert Namespace.objects.count() == 1


def test_script_in_a_name_is_text_on_every_page(browser: Browser) -> None:
    namespace = made("<script>alert(1)</script>", description="<img src=x onerror=alert(1)>")
    for page, _ in LADDER:
        html = browser.get(address(page, namespace)).content.decode()
        assert "<script>alert" not in html
        assert "<img src=x" not in html


def test_a_namespace_that_clients_list_is_kept_and_says_which(browser: Browser) -> None:
    namespace = made()
    client_named("Ledger", namespaces=("finance",))
    response = browser.post(f"/namespaces/{namespace.pk}/delete/")
    assert response.status_code == 409
    assert "Ledger" in response.content.decode()
    assert Namespace.objects.exists()


@pytest.mark.parametrize("number", [0, 999_999, 2**63, 10**40])
def test_a_number_that_is_no_namespace_is_not_found(number: int, browser: Browser) -> None:
    assert browser.get(f"/namespaces/{number}/").status_code == 404


def test_r8_the_client_form_offers_namespaces_and_keeps_them_where_they_are_not_sent(browser: Browser) -> None:
    made("finance")
    made("treasury")
    client = client_named("Ledger", namespaces=("finance", "treasury"), primary_namespace="treasury")
    assert "Primary namespace" in browser.get(f"/clients/{client.pk}/edit/").content.decode()
    sent = {"name": "Ledger", "type": "confidential", "grants": "client_credentials", "revision": str(client.revision)}
    assert browser.post(f"/clients/{client.pk}/edit/", {**sent, "version": "2"}).status_code == 302
    client = Client.objects.get(pk=client.pk)
    assert (facts_of(client).namespaces, facts_of(client).primary_namespace) == (("finance", "treasury"), "treasury")
    chosen = {"namespaces": ["finance"], "primary_namespace": "finance", "revision": str(client.revision)}
    assert browser.post(f"/clients/{client.pk}/edit/", {**sent, **chosen}).status_code == 302
    assert facts_of(Client.objects.get(pk=client.pk)).namespaces == ("finance",)


def test_r8_a_primary_namespace_that_is_not_chosen_is_refused_at_its_field(browser: Browser) -> None:
    made("finance")
    made("treasury")
    client = client_named("Ledger")
    sent = {"name": "Ledger", "type": "confidential", "grants": "client_credentials",
            "namespaces": ["finance"], "primary_namespace": "treasury"}  # fmt: skip
    response = browser.post(f"/clients/{client.pk}/edit/", sent)
    assert "The primary namespace is one of" in response.content.decode()
    assert facts_of(Client.objects.get(pk=client.pk)).namespaces == ()
