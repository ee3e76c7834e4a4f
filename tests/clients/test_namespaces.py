"""R8: namespaces, and what a client says about them, by rule, by document and at introspection."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from audit.models import Event
from clients import namespaces, registration
from clients.documents.applying import apply_client
from clients.documents.document import to_document
from clients.documents.planning import DocumentRefused, plan_client
from clients.facts import ClientFacts, facts_of
from clients.models import Client, Namespace
from clients.namespaces import NamespaceFacts, NamespaceRefused
from clients.rules.validation import Circumstances, primary_namespace
from clients.writing import Refused
from tests.clients.people import BY, SERVICE, client_named, person

pytestmark = pytest.mark.django_db


def made(*names: str) -> None:
    for name in names:
        namespaces.save(name=name, facts=NamespaceFacts(), by=BY, now=timezone.now())


def edited(client: Client, **changes: Any) -> Client:
    facts = replace(facts_of(client), **changes)
    registration.edit(client=client, facts=facts, by=BY, now=timezone.now())
    client.refresh_from_db()
    return client


@pytest.mark.parametrize(
    ("listed", "primary", "code"),
    [
        ((), "", None),
        (("finance",), "finance", None),
        (("finance",), "", None),
        (("finance", "treasury"), "treasury", None),
        (("finance", "treasury"), "", "required"),
        (("finance",), "treasury", "primary-namespace"),
        ((), "finance", "primary-namespace"),
    ],
)
def test_r8_one_of_the_namespaces_is_the_primary_one(listed: tuple[str, ...], primary: str, code: str | None) -> None:
    facts = replace(SERVICE, namespaces=listed, primary_namespace=primary)
    assert [fault.code for fault in primary_namespace(facts, Circumstances())] == ([code] if code else [])


def test_r8_the_only_namespace_is_the_primary_one_by_itself() -> None:
    assert replace(SERVICE, namespaces=("finance",)).normal().primary_namespace == "finance"


def test_r8_a_client_is_registered_with_namespaces_and_keeps_them() -> None:
    made("treasury", "finance")
    client = client_named("Ledger", namespaces=("treasury", "finance", "finance"), primary_namespace="treasury")
    facts = facts_of(Client.objects.get(pk=client.pk))
    assert (facts.namespaces, facts.primary_namespace) == (("finance", "treasury"), "treasury")


def test_r8_an_edit_changes_namespaces_in_its_one_event_and_clears_them() -> None:
    made("finance", "treasury")
    client = edited(client_named("Ledger"), namespaces=("finance", "treasury"), primary_namespace="finance")
    event = Event.objects.get(kind="client.changed")
    assert event.changes == {
        "namespaces": [[], ["finance", "treasury"]],
        "primaryNamespace": ["", "finance"],
    }
    client = edited(client, namespaces=(), primary_namespace="")
    assert (client.namespaces.count(), client.primary_namespace) == (0, None)


def test_r8_an_unknown_namespace_is_named_and_nothing_is_written() -> None:
    made("finance")
    person("mara")
    facts = replace(SERVICE, namespaces=("finance", "fi\x00nance", "elsewhere"), primary_namespace="finance")
    with pytest.raises(Refused) as refusal:
        registration.register(facts=facts, by=BY, now=timezone.now())
    assert [fault.field for fault in refusal.value.faults] == ["namespaces", "namespaces"]
    assert "'elsewhere'" in str(refusal.value)
    assert not Client.objects.filter(name=SERVICE.name).exists()


def test_r8_a_document_carries_namespaces_both_ways() -> None:
    made("finance", "treasury")
    person("mara")
    row = {"clientId": "ledger", "name": "Ledger", "owner": "mara", "grants": ["client_credentials"],
           "namespaces": ["treasury", "finance"], "primaryNamespace": "finance"}  # fmt: skip
    apply_client(plan_client(row, now=timezone.now()), by=BY, now=timezone.now())
    document = to_document(Client.objects.get(client_id="ledger"))
    assert (document["namespaces"], document["primaryNamespace"]) == (["finance", "treasury"], "finance")
    assert plan_client(document, now=timezone.now()).action == "none"


def test_r8_a_primary_namespace_goes_with_the_namespace_that_a_document_takes_out() -> None:
    made("finance", "treasury")
    client = client_named("Ledger", namespaces=("finance",))
    plan = plan_client({"clientId": client.client_id, "namespaces": ["treasury"]}, now=timezone.now())
    assert plan.changes["primaryNamespace"] == ["finance", "treasury"]
    with pytest.raises(DocumentRefused, match="primaryNamespace"):
        plan_client({"clientId": client.client_id, "primaryNamespace": "treasury"}, now=timezone.now())


@pytest.mark.parametrize("name", ["", " ", " finance", "x" * 101, "fi\nnance", "fi\x00nance", "a\u202eb"])
def test_what_is_no_name_makes_no_namespace(name: str) -> None:
    with pytest.raises(NamespaceRefused, match="name"):
        made(name)
    assert not Namespace.objects.exists()


@pytest.mark.parametrize("name", ["Finance & Treasury", "財務", "مالية", "🏦", "x" * 100])
def test_names_in_every_script_are_welcome(name: str) -> None:
    made(name)
    assert Namespace.objects.get().name == name


def test_r8_administrators_are_active_people_and_may_stay_when_they_leave() -> None:
    mara = person("mara")
    facts = NamespaceFacts(description="Money.", administrators=("mara",))
    namespaces.save(name="finance", facts=facts, by=BY, now=timezone.now())
    mara.is_active = False
    mara.save()
    changed = replace(facts, description="Money, and ledgers.")
    assert namespaces.save(name="finance", facts=changed, by=BY, now=timezone.now()).keys() == {"description"}
    with pytest.raises(NamespaceRefused, match="no active person 'eve'"):
        namespaces.save(name="finance", facts=replace(facts, administrators=("mara", "eve")), by=BY, now=timezone.now())


def test_a_namespace_in_use_is_not_deleted_and_names_its_clients() -> None:
    made("finance", "free")
    client_named("Ledger", namespaces=("finance",))
    with pytest.raises(NamespaceRefused, match="Ledger"):
        namespaces.delete(namespace=Namespace.objects.get(name="finance"), by=BY, now=timezone.now())
    namespaces.delete(namespace=Namespace.objects.get(name="free"), by=BY, now=timezone.now())
    assert list(Namespace.objects.values_list("name", flat=True)) == ["finance"]
    assert Event.objects.filter(kind="namespace.deleted").count() == 1


def test_saying_the_same_again_is_no_change() -> None:
    made("finance")
    assert namespaces.save(name="finance", facts=NamespaceFacts(), by=BY, now=timezone.now()) == {}
    assert Event.objects.filter(kind__startswith="namespace.").count() == 1


def test_the_facts_of_a_client_without_namespaces_are_blank() -> None:
    facts = facts_of(client_named("Ledger"))
    assert (facts.namespaces, facts.primary_namespace) == (ClientFacts(name="").namespaces, "")
