"""The dashboard: to each viewer what they may see, in a bounded number of statements, from real data."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import audit
from accounts import server_settings
from accounts.models import User
from audit.refusal_windows import REPEATED
from audit.sealing import seal
from clients.models import Client, ClientSecret
from tests.console.html import Page
from tests.ground.people import SignIn
from tokens import daily_counts
from tokens.models import DailyCount, DailyTotal

pytestmark = pytest.mark.django_db
BY = audit.Actor(name="apply")


@pytest.fixture(autouse=True)
def _no_shipped_clients(db: None) -> None:
    ClientSecret.objects.all().delete()
    Client.objects.all().delete()


def client(name: str, owner: User, **columns: Any) -> Client:
    created: Client = Client.objects.create(
        client_id=name, name=name, name_key=name, owner=owner, client_type="confidential", **columns
    )
    return created


def secret(of: Client, *, days: int | None, revoked: bool = False, used: bool = False) -> None:
    now = timezone.now()
    ClientSecret.objects.create(
        client=of,
        key_id=f"k{ClientSecret.objects.count()}",
        hash="x",
        expires_at=None if days is None else now + timedelta(days=days),
        revoked_at=now if revoked else None,
        last_used_at=now if used else None,
    )


def stats(browser: Browser) -> dict[str, str]:
    page = Page(browser.get("/").text)
    named = [e for e in page.elements if "dl" in e.inside and e.tag in ("dt", "dd")]
    return {name.text: value.text for name, value in zip(named[::2], named[1::2], strict=True)}


def findings(browser: Browser) -> list[str]:
    page = Page(browser.get("/").text)
    return [e.text for e in page.all("b") if "ul" in e.inside and "main" in e.inside]


def test_a_visitor_signs_in_first(anonymous: Browser) -> None:
    assert anonymous.get("/")["Location"] == "/sign-in/?next=/"


def test_an_empty_server_invites_to_register_the_first_client(sign_in: SignIn, administrator: User) -> None:
    page = Page(sign_in(administrator).get("/").text)
    assert "No Data Available" in [heading.text for heading in page.all("h2")]
    assert page.one("a", href="/clients/new/").text == "Register your first client"


def test_who_cannot_register_is_not_invited(sign_in: SignIn, auditor: User) -> None:
    assert "/clients/new/" not in sign_in(auditor).get("/").text


def test_without_a_role_there_is_nothing_to_see(sign_in: SignIn, stranger: User, administrator: User) -> None:
    """R59."""
    client("Unseen client", administrator)
    text = sign_in(stranger).get("/").text
    assert "Your account has no role yet" in text
    assert "Unseen client" not in text
    assert '<dl class="stats"' not in text


def test_a_developer_counts_the_own_clients_and_reads_no_events(
    sign_in: SignIn, developer: User, administrator: User
) -> None:
    client("own", developer, is_active=False)
    client("foreign", administrator, access_tokens_never_expire=True)
    audit.record("client.changed", actor=BY, subject=audit.Subject("client", 1, "A subject that is hidden"))
    browser = sign_in(developer)
    counted = stats(browser)
    assert (counted["Clients"], counted["Active"], counted["Inactive"]) == ("1", "0", "1")
    assert counted["Tokens never expire"] == "0"
    text = browser.get("/").text
    assert "A subject that is hidden" not in text
    assert "Refused in 24 hours" not in text
    assert 'href="/audit/' not in text


def test_a_client_manager_sees_every_client_and_no_trail(
    sign_in: SignIn, client_manager: User, developer: User
) -> None:
    client("one", developer)
    browser = sign_in(client_manager)
    assert stats(browser)["Clients"] == "1"
    assert "Latest events" not in browser.get("/").text


def test_an_auditor_sees_refusals_of_the_last_day_with_their_repeats(sign_in: SignIn, auditor: User) -> None:
    now = timezone.now()
    for kind, at, detail in (
        ("token.refused", now, {}),
        ("token.refused", now - timedelta(hours=25), {}),
        ("sign_in.failed", now, {}),
        (REPEATED, now, {"of": "token.refused", "repeats": 1232}),
        ("client.changed", now, {}),
    ):
        audit.record(kind, actor=BY, at=at, detail=detail)
    counted = stats(sign_in(auditor))
    assert counted["Refused in 24 hours"] == "1,234"
    assert counted["Token request refused"] == "1,233"
    assert counted["Sign-in refused"] == "1"


def test_the_chain_and_the_latest_events_are_shown(sign_in: SignIn, auditor: User) -> None:
    for number in range(12):
        audit.record("scope.created", actor=BY, subject=audit.Subject("scope", number, f"scope {number}"))
    browser = sign_in(auditor)
    seal()
    page = Page(browser.get("/").text)
    shown = [cell.text for cell in page.all("td") if (cell.get("class") or "").startswith("beside")]
    assert shown == ["ann", *(f"scope {number}" for number in range(11, 4, -1))]
    assert stats(browser)["Audit chain"] == "Sealed up to #13"


SECRETS: list[tuple[str, list[tuple[int | None, bool]], str]] = [
    ("no secret", [], ""),
    ("one without an end", [(None, False)], ""),
    ("far away", [(31, False)], ""),
    ("soon", [(9, False)], "The secret of 1 client expires soon"),
    ("past", [(-2, False)], "The secret of 1 client has expired"),
    ("past and soon", [(-2, False), (9, False)], "The secret of 1 client expires soon"),
    ("soon, but another lives on", [(9, False), (None, False)], ""),
    ("soon, but another lives longer", [(9, False), (90, False)], ""),
    ("soon, and the other is revoked", [(9, False), (None, True)], "The secret of 1 client expires soon"),
    ("past, but revoked", [(-2, True)], ""),
]


@pytest.mark.parametrize(("name", "secrets", "expected"), SECRETS, ids=[row[0] for row in SECRETS])
def test_secrets_that_end_need_attention(
    sign_in: SignIn, administrator: User, name: str, secrets: list[tuple[int | None, bool]], expected: str
) -> None:
    """R16."""
    one = client("Billing", administrator)
    for days, revoked in secrets:
        secret(one, days=days, revoked=revoked)
    found = findings(sign_in(administrator))
    assert (
        found == [expected] if expected else "secret" not in " ".join(found[:1]) or found == ["Nothing needs you now"]
    )


UNMOVED: list[tuple[str, list[tuple[int | None, bool]], bool]] = [
    ("the new one waits", [(1, True), (None, False)], True),
    ("it has its own end", [(1, True), (90, False)], True),
    ("moved over", [(1, True), (None, True)], False),
    ("the old one was never used either", [(1, False), (None, False)], False),
    ("time enough", [(9, True), (None, False)], False),
    ("too late already", [(-1, True), (None, False)], True),
]


@pytest.mark.parametrize(("name", "secrets", "expected"), UNMOVED, ids=[row[0] for row in UNMOVED])
def test_r15_a_rotation_that_waits_for_its_client_needs_attention(
    sign_in: SignIn, administrator: User, name: str, secrets: list[tuple[int | None, bool]], expected: bool
) -> None:
    one = client("Billing", administrator)
    for days, used in secrets:
        secret(one, days=days, used=used)
    browser = sign_in(administrator)
    assert ("1 client has not moved to its new secret" in findings(browser)) is expected
    assert (f'href="/clients/{one.pk}/secrets/"' in browser.get("/").text) is expected


def test_many_ending_secrets_are_one_finding(sign_in: SignIn, administrator: User) -> None:
    for number in range(5):
        secret(client(f"client {number}", administrator), days=3)
    text = sign_in(administrator).get("/").text
    assert "The secrets of 5 clients expire soon" in text
    assert "client 0, client 1, client 2 and 2 more." in text


def test_what_needs_attention_is_named(sign_in: SignIn, administrator: User) -> None:
    """R28 and R20 among it."""
    long_ago = timezone.now() - timedelta(days=91)
    client("endless", administrator, access_tokens_never_expire=True, last_used_at=timezone.now())
    unused = client("unused", administrator)
    Client.objects.filter(pk=unused.pk).update(created=long_ago)
    client("old", administrator, last_used_at=long_ago)
    client("new", administrator)
    client("off", administrator, is_active=False, access_tokens_never_expire=True, last_used_at=long_ago)
    server_settings.change(by=BY, values={"legacyGrants": True})
    audit.record("sign_in.throttled", actor=BY)
    audit.record("counters.failed", actor=BY)
    assert findings(sign_in(administrator)) == [
        "Requests could not be counted in the last 24 hours",
        "Sign-in was throttled 1 time in 24 hours",
        "1 client may issue tokens that never expire",
        "Legacy grants are on",
        "2 clients unused for 90 days",
    ]


def test_where_nothing_needs_attention_it_says_so(sign_in: SignIn, administrator: User) -> None:
    client("quiet", administrator)
    assert findings(sign_in(administrator)) == ["Nothing needs you now"]


def test_nothing_that_somebody_wrote_becomes_markup(sign_in: SignIn, administrator: User) -> None:
    hostile = "<script>alert(1)</script>"
    secret(client(hostile, administrator), days=3)
    audit.record(hostile, actor=audit.Actor(name=hostile), subject=audit.Subject("client", 1, hostile))
    text = sign_in(administrator).get("/").text
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;alert(1)") >= 3


def test_it_costs_a_bounded_number_of_statements_and_counts_no_tokens(sign_in: SignIn, administrator: User) -> None:
    for number in range(30):
        secret(client(f"client {number}", administrator), days=(-1) ** number * 3)
        audit.record("client.changed", actor=BY, subject=audit.Subject("client", number, "c"))
    browser = sign_in(administrator)
    browser.get("/")
    with CaptureQueriesContext(connection) as statements:
        browser.get("/")
    assert len(statements) <= 17 + (3 if connection.vendor == "postgresql" else 0)  # planned by value
    read = {table for query in statements for table in re.findall(r'FROM "(tokens_\w+)"', query["sql"])}
    assert read == {"tokens_dailytotal", "tokens_dailycount"}


def test_tokens_of_thirty_days_and_the_busiest_clients_stand_there_from_rolled_up_counts(
    sign_in: SignIn, administrator: User, developer: User
) -> None:
    daily_counts.flush()  # what earlier tests have gathered in this process
    DailyTotal.objects.all().delete()
    DailyCount.objects.all().delete()
    now = timezone.now()
    first, second = client("first", administrator), client("second", administrator)
    for one, times in ((first, 2), (second, 5)):
        for _ in range(times):
            daily_counts.note_issued(one.pk, now=now)
        daily_counts.note_refused(one.pk, now=now - timedelta(days=3))
    daily_counts.flush()
    daily_counts.note_issued(first.pk, now=now)
    daily_counts.flush()
    text = Page(sign_in(administrator).get("/").text).one("main").text
    assert "8 in all · 2 refused" in text
    busiest = text[text.index("Most tokens today") :]
    assert re.search(r"second\s*5\s*first\s*3\b", busiest), busiest
    assert "Tokens issued" not in sign_in(developer).get("/").text


def test_it_answers_reading_alone(sign_in: SignIn, administrator: User) -> None:
    assert sign_in(administrator).post("/").status_code == 405
