"""The linter's findings on a client's overview."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from clients.linter.dismissals import dismiss
from clients.models import Client
from tests.clients.people import BY, client_named
from tests.console.html import Page
from tests.ground.people import SignIn

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"
PUBLIC: dict[str, Any] = {"type": "public", "grants": ("personal_access_token",)}


@pytest.fixture
def overview(auditor: User, sign_in: SignIn) -> Any:
    """`overview(client)`: the page as one who may not change anything sees it."""
    browser = sign_in(auditor)

    def page(client: Client) -> Page:
        answer = browser.get(reverse("client_overview", args=[client.pk]))
        assert answer.status_code == 200
        return Page(answer.content.decode())

    return page


def panel(page: Page) -> str:
    """The text of the panel, empty where there is none."""
    return next((e.text for e in page.elements if e.tag == "section" and e.get("aria-labelledby") == "lint"), "")


def test_findings_stand_worst_first_with_their_section_and_the_score(overview: Any) -> None:
    page = overview(client_named("Wide", **PUBLIC, allowed_scope="*"))
    text = panel(page)
    for words in ("8 of 10", "danger: Any scope is allowed", "RFC 9700 §2.3", "SHOULD be restricted", "8 rules kept"):
        assert words in text
    assert text.index("Any scope is allowed") < text.index("It has no description")


def test_a_sound_client_is_told_what_is_well(overview: Any) -> None:
    text = panel(overview(client_named("Scripts", **PUBLIC, description="Ask Mara.")))
    assert "12 of 12" in text
    assert "Its access tokens expire RFC 6750 §5.3" in text


def test_a_dismissed_finding_stays_with_its_reason_which_is_text(overview: Any) -> None:
    client = client_named("Silent", **PUBLIC)
    dismiss(client=client, rule="no-description", reason=f"Known. {SCRIPT}", by=BY, now=timezone.now())
    page = overview(client)
    assert "dismissed: It has no description" in panel(page)
    assert f"Known. {SCRIPT}" in panel(page)
    assert [e for e in page.elements if e.tag == "script" and "src" not in e.attributes] == []


def test_it_offers_nothing_that_does_not_work_yet(overview: Any) -> None:
    page = overview(client_named("Ever", **PUBLIC, access_token_lifetime="never"))
    assert "Its access tokens never expire" in panel(page)
    assert [e for e in page.elements if e.tag in ("button", "form", "a") and "details" in e.inside] == []
    assert "Use the global setting" not in panel(page)


def test_r61_the_servers_own_clients_are_not_linted(overview: Any) -> None:
    assert panel(overview(Client.objects.get(client_id="admin"))) == ""


def test_findings_cost_the_same_however_many_there_are(auditor: User, sign_in: SignIn) -> None:
    browser = sign_in(auditor)
    counts = []
    for name, facts in (("Sound", {"description": "Ask."}), ("Wide", {"allowed_scope": "* a.* b.*"})):
        url = reverse("client_overview", args=[client_named(name, **PUBLIC, **facts).pk])
        browser.get(url)
        with CaptureQueriesContext(connection) as captured:
            browser.get(url)
        counts.append(len(captured))
    assert counts[0] == counts[1]
