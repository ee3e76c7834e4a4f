"""The audit page: who may read it, what it shows, how it is searched, and that nothing on it is markup."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import audit
from accounts.models import User
from accounts.permissions import Permission
from audit import kinds, presenting, searching, views
from audit.models import Event
from audit.sealing import seal
from tests.console.html import Page
from tests.ground.people import SignIn

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def event(
    kind: str = "client.changed", *, at: datetime | None = None, by: str = "ada", on: str = "C", **more: Any
) -> Event:
    return audit.record(
        kind,
        actor=audit.Actor(name=by, id=1, address=more.pop("address", "192.0.2.1")),
        subject=audit.Subject("client", more.pop("number", None), on),
        at=at or timezone.now(),
        **more,
    )


@pytest.fixture
def browser(sign_in: SignIn, auditor: User) -> Client:
    signed_in = sign_in(auditor)
    Event.objects.all().delete()  # the sign-in itself
    return signed_in


def titles(browser: Client, query: str = "") -> list[str]:
    """The subjects of the shown events, in order."""
    page = Page(browser.get(f"/audit/{query}").text)
    return [cell.text for cell in page.all("td") if (cell.get("class") or "").startswith("beside")]


# ── Who may ──


def test_an_auditor_reads_it(browser: Client) -> None:
    assert browser.get("/audit/").status_code == 200


def test_a_super_administrator_and_an_administrator_read_it(
    sign_in: SignIn, administrator: User, super_administrator: User
) -> None:
    for user in (administrator, super_administrator):
        assert sign_in(user).get("/audit/").status_code == 200


def test_everybody_else_is_refused_by_the_permissions_name(
    sign_in: SignIn, client_manager: User, developer: User, stranger: User
) -> None:
    """R59, R60."""
    event(on="The hidden subject")
    for user in (client_manager, developer, stranger):
        response = sign_in(user).get("/audit/")
        assert response.status_code == 403
        assert "audit.view" in response.text
        assert "The hidden subject" not in response.text


def test_it_is_not_linked_for_who_may_not_read_it(sign_in: SignIn, developer: User, auditor: User) -> None:
    assert 'href="/audit/"' not in sign_in(developer).get("/").text
    assert 'href="/audit/"' in sign_in(auditor).get("/").text


def test_a_visitor_signs_in_first(anonymous: Client) -> None:
    assert anonymous.get("/audit/")["Location"] == "/sign-in/?next=/audit/"


def test_it_changes_nothing_by_any_verb(browser: Client) -> None:
    event()
    for verb in (browser.post, browser.put, browser.patch, browser.delete):
        assert verb("/audit/").status_code == 405
    assert Event.objects.count() == 1


def test_the_name_of_its_permission_is_a_permission() -> None:
    assert views.PERMISSION in set(Permission)


# ── What it shows ──


def test_an_empty_trail_says_so(browser: Client) -> None:
    assert "No Data Available" in browser.get("/audit/").text


def test_newest_events_come_first_under_their_days(browser: Client) -> None:
    now = timezone.now()
    event(on="older", at=now - timedelta(days=40))
    event(on="newer", at=now)
    assert titles(browser) == ["newer", "older"]
    assert Page(browser.get("/audit/").text).all("th", scope="rowgroup")[0].text == "Today"


def test_a_change_shows_old_and_new_and_its_reason(browser: Client) -> None:
    event(
        changes={
            "allowedScope": ["a", "a b"],
            "owner": [None, "eve"],
            "active": [True, False],
            "grants": [[], ["x", "y"]],
        },
        reason="The queue moves.",
    )
    page = Page(browser.get("/audit/").text)
    assert sorted(element.text for element in page.all("del")) == ["a", "yes"]
    assert sorted(element.text for element in page.all("ins")) == ["a b", "eve", "no", "x y"]
    assert "Reason: “The queue moves.”" in browser.get("/audit/").text


def test_a_sealed_event_shows_its_place_and_an_unsealed_one_that_it_waits(browser: Client) -> None:
    event()
    seal(NOW)
    event()
    text = browser.get("/audit/").text
    assert "Sealed up to #1" in text
    assert "waits" in text


def test_a_subject_leads_to_its_page(browser: Client) -> None:
    event(number=12, on="Client 12")
    link = next(a for a in Page(browser.get("/audit/").text).all("a") if a.text == "Client 12")
    assert link["href"] == "/clients/12/"


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'\r\nX: y {{ 7|add:7 }}"


def test_nothing_that_somebody_wrote_becomes_markup(browser: Client) -> None:
    event(
        "strange.<b>kind",
        by=HOSTILE,
        on=HOSTILE,
        address="<i>",
        reason=HOSTILE,
        changes={HOSTILE: [HOSTILE, HOSTILE]},
        detail={HOSTILE: HOSTILE},
    )
    text = browser.get(f"/audit/?q={'%3Cscript%3Ealert(1)'}").text
    for tag in ("<script>alert", "<img src=x", "<b>kind", "<i>"):
        assert tag not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "{{ 7|add:7 }}" in text


def test_strange_shapes_of_an_old_event_do_not_break_the_page(browser: Client) -> None:
    row = event()
    for changes, detail in (
        ([], "x"),
        ({"a": "b", "c": [1], "d": None}, []),
        (None, 7),
        ({"a": [{}, {"b": 1}]}, {"x": {}}),
    ):
        Event.objects.filter(pk=row.pk).update(changes=changes or {}, detail=detail)
        assert browser.get("/audit/").status_code == 200


# ── Finding ──


def test_a_reference_finds_its_events_however_it_is_typed(browser: Client) -> None:
    event("token.refused", on="refused", reference="R-ABCD-1234")
    event(on="other")
    for words in ("R-ABCD-1234", "r-abcd-1234", " R-ABCD-1234 "):
        assert titles(browser, f"?q={words}") == ["refused"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("bill", ["Billing"]),
        ("BILLING", ["Billing"]),
        ("eve", ["Billing"]),
        ("198.51.100.7", ["Billing"]),
        ("198.51", []),
        ("%", []),
        ("_", []),
        ("a%00b", []),
        ("%F0%9F%98%80", []),
        ("x" * 5000, []),
    ],
)
def test_text_is_looked_for_in_names_and_addresses(browser: Client, words: str, found: list[str]) -> None:
    event(on="Billing", by="eve", address="198.51.100.7")
    event(on="Orders", by="ada")
    response = browser.get(f"/audit/?q={words if '%' in words and len(words) > 1 else words.replace('%', '%25')}")
    assert response.status_code == 200
    assert titles(browser, f"?q={words if '%' in words and len(words) > 1 else words.replace('%', '%25')}") == found


def test_facets_narrow_by_family_and_age(browser: Client) -> None:
    now = timezone.now()
    event("client.changed", on="a client")
    event("token.refused", on="a refusal")
    event("scope.created", on="a scope")
    event("client.changed", on="an old client", at=now - timedelta(days=8))
    assert titles(browser, "?kind=clients") == ["a client", "an old client"]
    assert titles(browser, "?kind=clients&days=7") == ["a client"]
    assert titles(browser, "?kind=clients&kind=refusals&days=1") == ["a refusal", "a client"]
    assert len(titles(browser, "?kind=nonsense&days=99&before=x")) == 4


def test_a_facet_and_each_row_lead_to_everything_by_one_actor(browser: Client) -> None:
    event(on="Billing", by="jobs & <sons>")
    event(on="Orders", by="jobs")
    leads = "/audit/?actor=jobs%20%26%20%3Csons%3E"
    assert leads in [link.get("href") for link in Page(browser.get("/audit/").text).all("a")]
    assert titles(browser, leads.removeprefix("/audit/")) == ["Billing"]
    assert titles(browser, "?actor=job") == []
    assert titles(browser, "?actor=jobs&kind=refusals") == []
    field = Page(browser.get("/audit/?actor=jobs").text).one("input", name="actor")
    assert field.get("value") == "jobs"


def test_short_words_begin_a_word(browser: Client) -> None:
    """They make no trigram, and would stand in nearly every name."""
    event(on="Osaka portal")
    event(on="Reporting")
    event(on="The portal")
    assert titles(browser, "?q=po") == ["The portal", "Osaka portal"]
    assert titles(browser, "?q=OS") == ["Osaka portal"]
    assert titles(browser, "?q=por") == ["The portal", "Reporting", "Osaka portal"]


def test_postgresql_has_the_index_that_search_needs() -> None:
    assert searching.INDEX.is_missing() is False


def test_a_search_without_results_says_so_and_offers_the_way_out(browser: Client) -> None:
    event()
    text = browser.get("/audit/?q=nobody").text
    assert "No event matches" in text
    assert "Clear filters" in text


def test_pages_follow_the_order_and_do_not_shift_while_events_arrive(browser: Client) -> None:
    for number in range(120):
        event(on=f"e{number}", at=NOW + timedelta(seconds=number // 3))  # three share each moment
    seen: list[str] = []
    address = "?q=e&kind=clients"
    while True:
        page = Page(browser.get(f"/audit/{address}").text)
        seen += [cell.text for cell in page.all("td") if (cell.get("class") or "").startswith("beside")]
        event(on=f"new {len(seen)}")
        following = page.all("a", rel="next")
        if not following:
            break
        address = following[0]["href"]
        assert "q=e" in address
        assert "kind=clients" in address
    assert [name for name in seen if name.startswith("e")] == [f"e{number}" for number in reversed(range(120))]


@pytest.mark.parametrize("cursor", ["1.1", "999999999999999999.1", "-1.1", "1", "a.b", "1.999999999999999999", "%00"])
def test_no_cursor_breaks_the_page(browser: Client, cursor: str) -> None:
    event()
    assert browser.get(f"/audit/?before={cursor}").status_code == 200


def test_a_page_costs_the_same_statements_whatever_is_on_it(browser: Client) -> None:
    browser.get("/audit/")
    with CaptureQueriesContext(connection) as empty:
        browser.get("/audit/")
    for number in range(60):
        event(number=number, changes={"a": [1, 2]})
    with CaptureQueriesContext(connection) as full:
        browser.get("/audit/")
    assert len(full) == len(empty) <= 8 + (3 if connection.vendor == "postgresql" else 0)  # planned by value


# ── Words ──


def recorded_kinds() -> set[str]:
    """Every kind that the source records, read from the calls themselves."""
    found = set()
    for app in ("accounts", "audit", "authserver", "clients", "policies", "tokens"):
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value)
    return {text for text in found if re.fullmatch(r"(client|user|group|sign_in|token|server|settings)\.[a-z_]+", text)}


def test_every_kind_that_is_recorded_has_words() -> None:
    unknown = recorded_kinds() - set(kinds.KINDS) - {permission.value for permission in Permission}
    assert unknown == set()


def test_every_kind_stands_in_one_family() -> None:
    listed = [kind for family in kinds.FAMILIES for kind in family.kinds]
    assert sorted(listed) == sorted(kinds.KINDS)


def test_a_kind_of_another_version_is_shown_by_its_name() -> None:
    assert kinds.kind_of("device.code_used").title == "device: code used"


def test_days_are_named_in_utc() -> None:
    moments = [NOW, NOW - timedelta(hours=13), NOW - timedelta(days=5)]
    days = presenting.days_of([Event(at=at, kind="sign_out", detail={}, changes={}) for at in moments], now=NOW)
    assert [day.title for day in days] == ["Today", "Yesterday", "Friday, 27 February 2026"]


def test_a_cursor_is_read_back_to_the_microsecond() -> None:
    at = NOW + timedelta(microseconds=123456)
    text = searching.cursor(Event(pk=7, at=at))
    assert searching.read({"before": [text]}).before == (at, 7)
