"""Linting stored clients: what is read, in how many statements, and what people set aside with a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ServerSettings, User
from audit.models import Event
from clients import registration
from clients.facts import facts_of
from clients.linter import dismissals, reading
from clients.linter.dismissals import NotDismissed, dismiss, restore
from clients.linter.findings import Finding
from clients.linter.judging import Report
from clients.models import Client, ClientSecret, FindingDismissal
from policies.models import Scope, SeenNetwork
from tests.clients.people import BY, client_named

pytestmark = pytest.mark.django_db
PUBLIC: dict[str, Any] = {"type": "public", "grants": ("personal_access_token",)}


def report(client: Client) -> Report:
    return reading.report_on(Client.objects.get(pk=client.pk), now=timezone.now())


def rules(client: Client) -> set[str]:
    return {finding.rule for finding in report(client).findings}


def finding(client: Client, rule: str) -> Finding:
    return next(finding for finding in report(client).findings if finding.rule == rule)


def days_ago(days: int) -> Any:
    return timezone.now() - timedelta(days=days)


# ── Reading ──


def test_a_client_as_the_form_makes_it_lacks_a_description_at_most() -> None:
    """R4."""
    assert rules(client_named("Billing")) == {"no-description"}
    assert rules(client_named("Orders", description="Orders. Ask Mara.")) == set()


def test_r37_from_where_a_service_was_used_lately_is_looked_at() -> None:
    client = client_named("Billing")
    Client.objects.filter(pk=client.pk).update(created=days_ago(20))
    for network, uses, age in (("192.0.2.18/32", 9, 1), ("192.0.2.19/32", 0, 1), ("192.0.2.20/32", 9, 31)):
        SeenNetwork.objects.create(client=client, network=network, uses=uses, last_seen=days_ago(age))
    assert finding(client, "unbound-service").words == ("192.0.2.18/32",)


def test_r16_what_the_store_says_of_secrets_is_looked_at() -> None:
    client = client_named("Billing")
    secrets = ClientSecret.objects.filter(client=client)
    secrets.update(expires_at=timezone.now() + timedelta(days=9, hours=1))
    assert finding(client, "secret-expiring").title == "Its last secret expires in 9 days"
    secrets.update(expires_at=timezone.now())
    assert "secret-expired" in rules(client)
    secrets.update(revoked_at=timezone.now())
    assert "secret-missing" in rules(client)


def test_r15_a_secret_that_a_rotation_left_behind_is_named() -> None:
    client = client_named("Billing")
    ClientSecret.objects.create(client=client, key_id="left", hash="x", created=days_ago(200))
    assert finding(client, "forgotten-secret").words == ("left",)


def test_use_and_owner_are_looked_at() -> None:
    """R7: an owner who was deactivated past the console is noticed."""
    client = client_named("Billing")
    Client.objects.filter(pk=client.pk).update(last_used_at=days_ago(120))
    User.objects.filter(username="mara").update(is_active=False)
    assert {"unused-client", "owner-gone"} <= rules(client)
    User.objects.filter(username="mara").update(is_active=True, deleted_at=timezone.now())
    assert "owner-gone" in rules(client)


def test_r27_the_global_lifetime_counts_where_a_client_uses_it() -> None:
    client = client_named("Billing")
    ServerSettings.objects.update(access_token_lifetime=604_800)
    assert finding(client, "long-lived-tokens").title == "Its access tokens live 7 days"


def test_r33_a_pattern_is_compared_with_the_catalogue_as_it_stands() -> None:
    client = client_named("Returns", allowed_scope="returns.* orders.read")
    Scope.objects.create(name="returns.list")
    Scope.objects.create(name="orders.refund", is_sensitive=True)
    assert "sensitive-wildcard" not in rules(client)
    Scope.objects.create(name="returns.refund", is_sensitive=True)
    found = finding(client, "sensitive-wildcard")
    assert (found.words, found.explanation) == (("returns.*",), "Included without being named: returns.refund.")
    assert found.fix is not None
    assert found.fix.after.allowed_scope == "returns.list returns.refund orders.read"


def test_a_fix_is_carried_out_by_an_edit() -> None:
    client = client_named("Billing", access_token_lifetime="never")
    fix = finding(client, "never-expiring-tokens").fix
    assert fix is not None
    edited = registration.edit(client=client, facts=fix.after, by=BY, now=timezone.now(), revision=client.revision)
    assert edited.changes == fix.changes == {"accessTokenLifetime": ["never", "global"]}
    assert "never-expiring-tokens" not in rules(client)


def test_facts_that_are_being_edited_are_looked_at_with_what_is_stored() -> None:
    client = client_named("Billing")
    ClientSecret.objects.filter(client=client).update(created=days_ago(400))
    facts = replace(facts_of(client), allowed_scope="*")
    found = reading.report_on(client, now=timezone.now(), facts=facts)
    assert {"any-scope", "old-secret"} <= {finding.rule for finding in found.findings}


def test_facts_of_a_client_to_be_are_not_asked_for_secrets_or_use() -> None:
    facts = replace(facts_of(client_named("Billing")), description="")
    found = reading.report_on_new(facts, now=timezone.now())
    assert [finding.rule for finding in found.findings] == ["no-description"]


# ── All of them ──


def everyone(**options: Any) -> dict[str, Report]:
    return {client.name: report for client, report in reading.every_report(now=timezone.now(), **options)}


def test_every_client_is_linted_but_deleted_ones_and_the_servers_own() -> None:
    """R47, R61."""
    client_named("One")
    gone = client_named("Gone")
    registration.delete(client=gone, by=BY, now=timezone.now())
    other = client_named("Other")
    registration.set_active(client=other, active=False, by=BY, now=timezone.now())
    assert Client.objects.filter(is_system=True).exists()
    assert list(everyone()) == ["One", "Other"]
    assert list(everyone(client_id=other.client_id)) == ["Other"]
    assert everyone(client_id="admin") == everyone(client_id=gone.client_id) == {}


@pytest.mark.parametrize("count", [0, 4, 5, 6, 11])
def test_every_client_comes_once_whatever_the_batch(count: int) -> None:
    made = [client_named(f"Client {number}", **PUBLIC).name for number in range(count)]
    assert list(everyone(batch=5)) == made


def statements(**options: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        everyone(**options)
    return len(captured)


def test_a_pass_costs_two_statements_and_six_a_batch() -> None:
    for number in range(3):
        client_named(f"Client {number}", **PUBLIC, allowed_scope="a.* b.*")
    assert statements() == 8
    for number in range(3, 12):
        client_named(f"Client {number}", **PUBLIC, owner=f"owner-{number}", allowed_scope=f"c{number}.*")
    assert statements() == 8
    assert statements(batch=5) == 2 + 3 * 6


def test_a_page_of_the_list_costs_seven_statements() -> None:
    for number in range(6):
        client_named(f"Client {number}", **PUBLIC)
    page = list(Client.objects.filter(deleted_at=None).select_related("owner"))
    with CaptureQueriesContext(connection) as captured:
        reports = reading.reports_on(page, now=timezone.now())
    assert len(captured) == 7
    assert set(reports) == {client.pk for client in page if not client.is_system}
    assert reading.reports_on([], now=timezone.now()) == {}


# ── Setting aside ──


def put_aside(client: Client, *, rule: str = "no-description", reason: str = "It is known.") -> FindingDismissal:
    return dismiss(client=client, rule=rule, reason=reason, by=BY, now=timezone.now())


def test_a_finding_is_dismissed_with_a_reason_and_recorded() -> None:
    client = client_named("Billing")
    put_aside(client, reason="  Everybody knows it.\r\nAsk Mara. ")
    found = report(client)
    assert found.findings == ()
    (gone,) = found.dismissed
    assert (gone.finding.rule, gone.dismissal.by) == ("no-description", "mara")
    assert gone.dismissal.reason == "Everybody knows it.\nAsk Mara."
    event = Event.objects.get(kind="client.finding_dismissed")
    assert (event.subject_kind, event.subject_id) == ("client", client.pk)
    assert (event.actor_name, event.address, event.reason) == ("mara", "192.0.2.1", "Everybody knows it.\nAsk Mara.")
    assert (event.detail, event.changes) == ({"rule": "no-description"}, {})


def test_it_changes_nothing_of_the_client_so_protection_does_not_bind_it() -> None:
    """R43."""
    client = client_named("Billing")
    Client.objects.filter(pk=client.pk).update(is_protected=True, protected_reason="Ask.")
    client.refresh_from_db()
    put_aside(client)
    assert Client.objects.get(pk=client.pk).revision == client.revision


def test_dismissed_again_only_the_reason_changes() -> None:
    client = client_named("Billing")
    put_aside(client)
    put_aside(client, reason="It is still known.")
    assert FindingDismissal.objects.get().reason == "It is still known."
    event = Event.objects.order_by("-id")[0]
    assert event.changes == {"reason": ["It is known.", "It is still known."]}


def test_a_dismissed_finding_of_one_client_stands_in_another() -> None:
    one, other = client_named("One"), client_named("Other")
    put_aside(one)
    assert (rules(one), rules(other)) == (set(), {"no-description"})


def test_restored_it_stands_again() -> None:
    client = client_named("Billing")
    put_aside(client)
    restore(client=client, rule="no-description", by=BY, now=timezone.now())
    assert rules(client) == {"no-description"}
    assert Event.objects.get(kind="client.finding_restored").detail == {"rule": "no-description"}
    with pytest.raises(NotDismissed, match="is not dismissed"):
        restore(client=client, rule="no-description", by=BY, now=timezone.now())
    assert Event.objects.filter(kind="client.finding_restored").count() == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"reason": ""}, "a reason is required"),
        ({"reason": " \n\t"}, "a reason is required"),
        ({"reason": "x" * (dismissals.LONGEST_REASON + 1)}, "Use at most 500 characters; this has 501"),
        ({"reason": "nul\x00"}, r"Remove U\+0000"),
        ({"reason": "half \ud83d"}, r"Remove U\+D83D"),
        ({"rule": "any-scope"}, "no such finding"),
        ({"rule": "nonsense"}, "There is no rule 'nonsense'"),
        ({"rule": "\x00"}, "There is no rule"),
    ],
)
def test_without_a_reason_or_a_finding_nothing_is_dismissed(options: dict[str, str], says: str) -> None:
    client = client_named("Billing")
    events = Event.objects.count()
    with pytest.raises(NotDismissed, match=says):
        put_aside(client, **options)
    assert not FindingDismissal.objects.exists()
    assert Event.objects.count() == events


def test_nothing_is_dismissed_of_the_servers_own_and_of_deleted_clients() -> None:
    gone = client_named("Gone")
    registration.delete(client=gone, by=BY, now=timezone.now())
    for client in (gone, Client.objects.get(client_id="admin")):
        with pytest.raises(NotDismissed, match="no such finding"):
            put_aside(client)
