"""The tokens page (R63): a pasted token, one family, and revoking one or many."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import audit
from audit.models import Event
from clients.models import Client
from tests.clients.people import client_named, person
from tests.console import issued
from tests.console.html import Page
from tests.console.issued import Scene, code_of, ids, refresh_tokens_of
from tests.ground.people import SignIn
from tokens import families
from tokens.console import runs, walking
from tokens.console.wanted import Wanted
from tokens.models import AccessToken, DeviceCode, RefreshToken, RevocationRun, TokenFamily

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return issued.scene()


@pytest.fixture
def browser(sign_in: SignIn) -> Browser:
    return sign_in(person("ada", "Administrator"))


# ── A pasted token ──


@pytest.mark.parametrize("wrapped", ["{}", "  {}\n", "Bearer {}", "Authorization: bearer {}"])
def test_r63_a_pasted_token_leads_to_its_row_and_stands_on_no_page(
    wrapped: str, scene: Scene, browser: Browser
) -> None:
    row, value = issued.valued(scene.client)
    response = browser.post("/tokens/find/", {"token": wrapped.format(value)}, follow=True)
    assert response.redirect_chain == [(f"/tokens/at_{row.pk}/", 302)]
    assert value not in response.text
    assert bytes(row.token_hash).hex() not in response.text
    assert value not in str(list(Event.objects.values()))


@pytest.mark.parametrize(
    "pasted", ["asa_" + "a" * 52, "x" * 1_000_000, "\0", "", "eyJ.eyJ.x", "<script>", "at_99", "💩" * 99]
)
def test_r63_an_unknown_value_is_said_to_be_unknown_and_not_repeated(
    pasted: str, scene: Scene, browser: Browser
) -> None:
    response = browser.post("/tokens/find/", {"token": pasted})
    assert response.status_code == 404
    assert "knows no such token" in response.text
    assert len(response.text) < 60_000
    assert Page(response.text).by_id("token").get("value") is None


@pytest.mark.parametrize("prefix", ["at", "rt", "ac", "fam"])
def test_r63_an_id_finds_its_page_too(prefix: str, browser: Browser) -> None:
    client, noor = client_named("Courier app"), person("noor")
    whole = issued.refreshed(client, noor, times=0)
    number = {
        "at": AccessToken.objects.get().pk,
        "rt": refresh_tokens_of(whole)[0],
        "ac": code_of(whole),
        "fam": whole.pk,
    }[prefix]
    response = browser.post("/tokens/find/", {"token": f"{prefix}_{number}"}, follow=True)
    assert response.status_code == 200
    assert response.redirect_chain[0][0] == f"/tokens/{prefix}_{number}/"


# ── A family ──


def test_r63_a_family_is_drawn_as_a_tree_with_what_was_used_twice(browser: Browser) -> None:
    client, noor = client_named("Courier app", refresh_limit=11), person("noor")
    whole = issued.refreshed(client, noor, times=2)
    second = refresh_tokens_of(whole)[1]
    families.revoke_for_replay(
        whole, "token.refresh_reused", token=f"rt_{second}", client=client,
        by=audit.Actor(name="app", address="198.51.100.77"), now=timezone.now(),
    )  # fmt: skip
    page = browser.get(f"/tokens/fam_{whole.pk}/").text
    nodes = [node.text for node in Page(page).all("div", class_="node")]
    labels = ["Code", "Access", "Refresh 1", "Access", "Refresh 2", "Access", "Refresh 3"]
    assert all(node.startswith(label) for node, label in zip(nodes, labels, strict=True)), nodes
    assert "used twice" in page
    assert "198.51.100.77" in page
    assert "2 of 11 used" in page
    depth = [node.inside.count("ul") for node in Page(page).all("div", class_="node")]
    assert max(depth) - min(depth) == 3
    assert ids(browser.get("/tokens/?state=reused").text)
    assert "Used twice" in browser.get(f"/tokens/rt_{second}/").text


def test_r63_a_long_family_is_drawn_from_its_end(browser: Browser) -> None:
    client, noor = client_named("Courier app"), person("noor")
    whole = issued.refreshed(client, noor, times=30)
    with CaptureQueriesContext(connection) as queries:
        page = browser.get(f"/tokens/fam_{whole.pk}/").text
    assert "25 earlier refreshes not drawn" in page
    assert len(Page(page).all("div", class_="node")) < 20
    assert len(queries) <= 14


# ── Revoking ──


def test_r57_and_r63_revoking_a_refresh_token_ends_its_family_and_says_who_did_it(browser: Browser) -> None:
    client, noor = client_named("Courier app"), person("noor")
    whole, other = (issued.refreshed(client, noor, times=0) for _ in range(2))
    number = refresh_tokens_of(whole)[0]
    assert "noor" in browser.get(f"/tokens/rt_{number}/revoke/").text
    page = browser.post(f"/tokens/rt_{number}/revoke/", follow=True).text
    assert f"rt_{number} is revoked." in page
    assert TokenFamily.objects.exclude(revoked_at=None).get() == whole
    assert other.revoked_at is None
    event = Event.objects.get(kind="token.revoked")
    assert (event.actor_name, event.subject_name) == ("ada", client.client_id)
    assert event.detail == {"token": f"rt_{number}", "family": whole.pk, "user": "noor"}
    assert "had ended already" in browser.post(f"/tokens/rt_{number}/revoke/", follow=True).text
    assert Event.objects.filter(kind="token.revoked").count() == 1


def test_r63_a_clients_own_token_and_a_waiting_device_code_end_alone(browser: Browser) -> None:
    client = client_named("Courier app")
    token, other, code = issued.access(client), issued.access(client), issued.device(client)
    for public_id in (f"at_{token.pk}", f"dc_{code.pk}"):
        browser.post(f"/tokens/{public_id}/revoke/")
        assert "Revoked" in browser.get(f"/tokens/{public_id}/").text
    other.refresh_from_db()
    assert other.revoked_at is None
    assert DeviceCode.objects.get().status == DeviceCode.DENIED


def begun(browser: Browser, query: str) -> str:
    return browser.post("/tokens/revoke/", {"query": query})["Location"]


def test_r63_many_are_revoked_by_their_filter_and_nothing_else(browser: Browser) -> None:
    client, noor, emil = client_named("Courier app"), person("noor"), person("emil")
    for user in (noor, noor, emil):
        issued.refreshed(client, user, times=1)
    issued.access(client)
    address = begun(browser, f"client={client.pk}&user={noor.pk}")
    page = Page(browser.get(address).text)
    assert page.one("h1").text == "Revoke 2 by this filter?"
    assert not TokenFamily.objects.exclude(revoked_at=None).exists()
    later = issued.refreshed(client, noor, times=0)
    assert browser.post(address)["Location"] == address
    assert "Continue" in browser.get(address).text
    assert "2 authorizations and 0 other tokens ended" in browser.post(f"{address}step/", follow=True).text
    ended = TokenFamily.objects.exclude(revoked_at=None)
    assert {family.user_id for family in ended} == {noor.pk}
    assert len(ended) == 2
    later.refresh_from_db()
    assert later.revoked_at is None
    first, last = Event.objects.filter(kind__startswith="token.many").order_by("pk")
    assert first.detail["count"] == 2
    assert last.detail["families"] == 2
    assert last.detail["filter"] == f"client={client.pk}&user={noor.pk}"
    assert (first.actor_name, last.subject_name) == ("ada", client.client_id)
    browser.post(f"{address}step/")
    assert Event.objects.filter(kind="token.many_revoked").count() == 1


def test_r63_what_refreshes_after_the_preview_does_not_escape(browser: Browser) -> None:
    client, noor = client_named("Courier app"), person("noor")
    whole = issued.refreshed(client, noor, times=0)
    address = begun(browser, "kind=refresh")
    browser.post(address)
    RefreshToken.objects.update(consumed_at=timezone.now())
    browser.post(f"{address}step/")
    whole.refresh_from_db()
    assert whole.revoked_at is not None


def test_r63_many_ask_for_a_word(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "TYPED_ABOVE", 1)
    client = client_named("Courier app")
    issued.access(client)
    issued.access(client)
    address = begun(browser, "")
    for typed in ("", "yes"):
        refused = browser.post(address, {"confirm": typed})
        assert refused.status_code == 422
        assert "Type revoke to confirm." in refused.text
    assert browser.post(f"{address}step/")["Location"] == address
    assert RevocationRun.objects.get().confirmed_at is None
    assert browser.post(address, {"confirm": "revoke"}).status_code == 302


def test_r63_a_filter_for_what_has_ended_revokes_nothing(scene: Scene, browser: Browser) -> None:
    address = begun(browser, "state=expired")
    assert "Nothing to revoke" in browser.get(address).text
    browser.post(address)
    browser.post(f"{address}step/")
    scene.token.refresh_from_db()
    assert scene.token.revoked_at is None


def test_r63_a_run_goes_on_in_bounded_batches_and_its_counts_are_honest(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_named("Courier app")
    for _ in range(7):
        issued.access(client)
    monkeypatch.setattr(walking, "CANDIDATES", 3)
    monkeypatch.setattr(runs, "LONGEST_STEP", -1)
    monkeypatch.setattr(runs, "MOST_COUNTED", 2)
    address = begun(browser, "")
    assert "at least" in browser.get(address).text
    browser.post(address, {"confirm": "revoke"})
    presses = 0
    while RevocationRun.objects.get().finished_at is None and presses < 20:
        browser.post(f"{address}step/")
        presses += 1
    assert presses > 2
    assert not AccessToken.objects.filter(revoked_at=None).exists()
    assert RevocationRun.objects.get().alone == 7


def test_r63_two_steps_at_once_do_each_batch_once(scene: Scene) -> None:
    ada = person("ada", "Administrator")
    now = timezone.now()
    run = runs.prepare(Wanted(), user=ada, now=now)
    runs.confirm(run, typed="", by=audit.Actor(name="ada"), now=now)
    stale: Any = RevocationRun.objects.get(pk=run.pk)
    runs.step(run, by=audit.Actor(name="ada"), now=now)
    runs.step(stale, by=audit.Actor(name="ada"), now=now)
    assert RevocationRun.objects.get().alone == 1
    assert Event.objects.filter(kind="token.many_revoked").count() == 1


def test_r43_protection_of_a_client_does_not_keep_a_leaked_token_alive(scene: Scene, browser: Browser) -> None:
    Client.objects.filter(pk=scene.client.pk).update(is_protected=True)
    browser.post(f"/tokens/at_{scene.token.pk}/revoke/")
    scene.token.refresh_from_db()
    assert scene.token.revoked_at is not None
