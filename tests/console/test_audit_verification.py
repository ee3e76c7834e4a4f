"""The page that walks the audit chain: in parts, to the end or to the place where it breaks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from audit import verification, views
from audit.models import ChainHead, Event
from audit.sealing import seal
from tests.console.html import Page
from tests.console.test_audit_page import browser, event
from tests.ground.people import SignIn

__all__ = ["browser"]
pytestmark = pytest.mark.django_db
PAGE = "/audit/verification/"


@pytest.fixture
def seven(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven sealed events; a page verifies three."""
    ChainHead.objects.all().delete()
    for number in range(7):
        event(on=f"C{number}")
    seal(timezone.now())
    monkeypatch.setattr(views, "MOST_A_PAGE", 3)


def walk(browser: Client) -> Iterator[str]:
    """What each page of the walk says."""
    address = f"{PAGE}?after="
    for _ in range(9):
        answer = browser.get(address)
        yield Page(answer.text).one("main").text
        if "Refresh" not in answer:
            return
        assert answer["Cache-Control"].count("no-store") == 1
        address = answer["Refresh"].removeprefix("0;url=")
        links = [link["href"] for link in Page(answer.text).all("a")]
        assert address in links, "whoever has no Refresh goes on too"


def test_before_it_is_asked_it_says_what_it_would_do(browser: Client, seven: None) -> None:
    answer = browser.get(PAGE)
    assert "Refresh" not in answer
    assert "7 events in the chain" in Page(answer.text).one("main").text
    assert "It holds" not in answer.text


def test_it_walks_in_parts_to_the_end(browser: Client, seven: None) -> None:
    first, second, last = walk(browser)
    assert "3 of 7 events hold" in first
    assert "6 of 7 events hold" in second
    assert "It holds" in last
    assert Event.objects.get(sequence=7).hash in last


@pytest.mark.parametrize("changed", [1, 3, 4, 7])
def test_a_changed_event_is_found_in_whatever_part_it_stands(browser: Client, seven: None, changed: int) -> None:
    Event.objects.filter(sequence=changed).update(reason="x")
    *before, last = walk(browser)
    assert f"Event {changed} was changed after it was sealed." in last
    assert f"{changed - 1} event" in last
    assert len(before) == (changed - 1) // 3


def test_removed_and_added_events_are_found(browser: Client, seven: None) -> None:
    Event.objects.filter(sequence=4).delete()
    assert "Event 4 is missing" in list(walk(browser))[-1]


def test_the_newest_removed_are_missed(browser: Client, seven: None) -> None:
    Event.objects.filter(sequence__gt=5).delete()
    assert "Event 6 is missing" in list(walk(browser))[-1]


def test_one_put_behind_the_end_is_found(browser: Client, seven: None) -> None:
    last = Event.objects.get(sequence=7)
    added = event(on="added")
    Event.objects.filter(pk=added.pk).update(sequence=8, previous_hash=last.hash, hash="0" * 64)
    assert "Event 8 was inserted" in list(walk(browser))[-1]


@pytest.mark.parametrize("forged", ["6", "6:x", "-1", "9" * 400, "%00", "é"])
def test_a_forged_place_begins_anew(browser: Client, seven: None, forged: str) -> None:
    Event.objects.filter(sequence=1).update(reason="x")
    assert "Event 1 was changed" in browser.get(f"{PAGE}?after={forged}").text


def test_an_empty_chain_holds(browser: Client) -> None:
    ChainHead.objects.all().delete()
    assert "It holds" in browser.get(f"{PAGE}?after=").text


def test_parts_and_the_whole_agree(browser: Client, seven: None) -> None:
    whole = verification.verify()
    part = verification.verify_part(after=6, most=3)
    assert (whole.held, whole.last_hash, whole.broken) == (part.held, part.last_hash, part.broken) != (0, "", None)


def test_whoever_may_not_read_the_trail_verifies_nothing(sign_in: SignIn, developer: User) -> None:
    refused = sign_in(developer).get(f"{PAGE}?after=")
    assert refused.status_code == 403
    assert "audit.view" in refused.text
