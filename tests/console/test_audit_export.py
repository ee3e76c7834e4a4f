"""Giving the audit trail away: what a file holds, that no cell is a formula, and that it comes in pieces."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from audit import exporting
from audit.models import Event
from tests.console.html import Page
from tests.console.test_audit_page import browser, event
from tests.ground.people import HOST, SignIn

__all__ = ["browser"]
pytestmark = pytest.mark.django_db


def read_csv(browser: Client, query: str = "") -> list[dict[str, str]]:
    answer = browser.get(f"/audit/export.csv{query}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


def read_lines(browser: Client, query: str = "") -> list[dict[str, Any]]:
    answer = browser.get(f"/audit/export.jsonl{query}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/jsonl; charset=utf-8"
    return [json.loads(line) for line in answer.getvalue().decode().splitlines()]


def test_each_event_is_a_row_with_everything_that_the_page_knows(browser: Client) -> None:
    event(changes={"name": ["old", "new"]}, detail={"why": "ümlaut"}, number=7, reason="because")
    (row,), (line,) = read_csv(browser), read_lines(browser, "?q=192.0.2.1&kind=clients")
    assert tuple(row) == tuple(line) == exporting.COLUMNS
    assert line["changes"] == {"name": ["old", "new"]} == json.loads(row["changes"])
    assert (line["kind"], line["title"], line["actor"]) == ("client.changed", "Client changed", "ada")
    assert line["subjectId"] == 7
    assert line["detail"] == {"why": "ümlaut"}
    assert (row["subject"], row["address"], row["reason"]) == ("C", "192.0.2.1", "because")


def test_newest_first_and_only_what_the_search_asks_for(browser: Client) -> None:
    for number in range(3):
        event(on=f"C{number}")
    event("scope.created", on="S")
    assert [row["subject"] for row in read_csv(browser, "?kind=clients")] == ["C2", "C1", "C0"]
    assert [row["subject"] for row in read_lines(browser, "?kind=catalogue")] == ["S"]


def test_the_page_leads_to_the_files_of_its_own_search(browser: Client) -> None:
    page = Page(browser.get("/audit/?kind=clients&q=ada").text)
    addresses = [link["href"] for link in page.all("a") if "export." in (link.get("href") or "")]
    assert [address.split("?")[0] for address in addresses] == ["/audit/export.csv", "/audit/export.jsonl"]
    assert all("q=ada" in address and "kind=clients" in address for address in addresses)


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_hostile_names_are_never_a_formula(browser: Client, begin: str) -> None:
    name = f"{begin}cmd|' /C calc'!A0\"\r\n,x"
    event(on=name, reason=name)
    (row,) = read_csv(browser)
    assert row["subject"] == row["reason"] == f"'{name}"
    assert read_lines(browser, "?kind=clients")[0]["subject"] == name


def test_each_export_is_an_event_and_not_in_itself(browser: Client, auditor: User) -> None:
    event()
    assert [row["kind"] for row in read_csv(browser, "?q=ada")] == ["client.changed"]
    (exported,) = Event.objects.filter(kind="audit.exported")
    assert (exported.actor_name, exported.detail) == (auditor.username, {"form": "csv", "search": "?q=ada"})


def test_it_comes_in_pieces_and_an_event_that_arrives_meanwhile_is_not_in_it(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "BATCH", 3)
    same = event().at
    for number in range(6):
        event(on=f"C{number}", at=same)
    with CaptureQueriesContext(connection) as captured:
        pieces = iter(browser.get("/audit/export.jsonl").streaming_content)  # type: ignore[attr-defined]
        first = next(pieces)
        event(on="late")
        rest = list(pieces)
    reading = [query["sql"] for query in captured if "LIMIT 3" in query["sql"]]
    assert len(reading) == 4, "seven events are three batches and an empty one"
    assert [len(piece.splitlines()) for piece in (first, *rest)] == [3, 3, 1]
    subjects = [json.loads(line)["subject"] for piece in (first, *rest) for line in piece.splitlines()]
    assert subjects == ["C5", "C4", "C3", "C2", "C1", "C0", "C"]


def test_whoever_may_not_read_the_trail_exports_nothing(sign_in: SignIn, developer: User) -> None:
    stranger = sign_in(developer)
    for form in ("csv", "jsonl"):
        refused = stranger.get(f"/audit/export.{form}")
        assert refused.status_code == 403
        assert "audit.view" in refused.text
    assert Client(HTTP_HOST=HOST).get("/audit/export.csv").status_code == 302
    assert not Event.objects.filter(kind="audit.exported").exists()


def test_another_form_is_not_found_and_nothing_but_get_is_taken(browser: Client) -> None:
    assert browser.get("/audit/export.xlsx").status_code == 404
    assert browser.post("/audit/export.csv").status_code == 405
    assert browser.head("/audit/export.csv").status_code == 405
