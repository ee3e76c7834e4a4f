"""Traces (issue 6): a refusal's reference id shows each check in order, what it saw and the rule that fired."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from clients.models import Client
from tests.clients.people import client_named, person
from tests.console.html import Page
from tests.ground.people import SignIn
from tests.tokens.registry import forget_everything, make_catalogue, make_client, post
from tokens.models import Trace
from tokens.traces import keeping

pytestmark = pytest.mark.django_db
GRANT = {"grant_type": "client_credentials"}


@pytest.fixture(autouse=True)
def catalogue() -> None:
    forget_everything()
    make_catalogue()


def traced(answer: Any) -> Trace:
    """The trace of a refused answer, under the reference in its body."""
    return Trace.objects.get(reference=answer.body["reference"])


def told(trace: Trace) -> list[tuple[str, str]]:
    """The stages, each with `ok`, `danger` (it refused) or `quiet` (not reached)."""
    return [(step["title"], step["tone"]) for step in trace.steps]


def refusing(trace: Trace) -> dict[str, Any]:
    (found,) = [step for step in trace.steps if step["tone"] == "danger"]
    return dict(found)


def shown(browser: Browser, reference: str) -> Any:
    return browser.get(reverse("policy_trace"), {"reference": reference})


# ── What is kept ──


def test_a_refusal_by_policy_keeps_each_check_in_order_and_the_rule_that_fired() -> None:
    client, secret = make_client("orders", network_rules="allow 198.51.100.0/24")
    answer = post("/token", GRANT, client_id="orders", secret=secret)
    trace = traced(answer)
    assert told(trace) == [
        ("Address budget", "ok"),
        ("Request", "ok"),
        ("Credentials", "ok"),
        ("Transport", "ok"),
        ("Client authentication", "ok"),
        ("Client state", "ok"),
        ("Network rules", "danger"),
        ("Legacy grants", "quiet"),
        ("Grant type", "quiet"),
        ("Allowed scope", "quiet"),
        ("What was presented", "quiet"),
    ]
    assert refusing(trace)["code"] == "network-refused"
    assert "127.0.0.1" in refusing(trace)["words"]
    assert (trace.client_number, trace.endpoint, trace.status) == (client.pk, "token", 403)


@pytest.mark.parametrize(
    ("asked", "options", "stage"),
    [
        ({**GRANT, "scope": "unknown"}, {}, "Allowed scope"),
        ({"grant_type": "password", "username": "a", "password": "b"}, {}, "Legacy grants"),
        ({"grant_type": "authorization_code", "code": "x"}, {}, "Grant type"),
        (GRANT, {"secret": "not the secret at all, but long enough"}, "Credentials"),
        ({"grant_type": "nothing"}, {}, "Request"),
        ({}, {}, "Request"),
    ],
)
def test_each_refusal_names_the_stage_that_refused(asked: dict[str, str], options: dict[str, str], stage: str) -> None:
    _, secret = make_client("orders", grant_types="client_credentials")
    trace = traced(post("/token", asked, client_id="orders", secret=options.get("secret", secret)))
    assert refusing(trace)["title"] == stage
    place = [title for title, _ in told(trace)].index(stage)
    assert {tone for _, tone in told(trace)[:place]} <= {"ok"}
    assert {tone for _, tone in told(trace)[place + 1 :]} <= {"quiet"}


def test_what_passes_every_check_of_policy_is_refused_by_what_was_presented() -> None:
    _, secret = make_client("orders", grant_types="authorization_code", redirect_uris="https://orders.example/back")
    asked = {"grant_type": "authorization_code", "code": "none", "redirect_uri": "https://orders.example/back"}
    trace = traced(post("/token", asked, client_id="orders", secret=secret))
    assert refusing(trace)["title"] == "What was presented"
    assert trace.error == "invalid_grant"


@pytest.mark.parametrize("endpoint", ["introspect", "revoke", "device_authorization"])
def test_every_machine_endpoint_keeps_traces(endpoint: str) -> None:
    _, secret = make_client("orders", grant_types="client_credentials", allowed_scope="ping")
    trace = traced(post(f"/{endpoint}", {}, client_id="orders", secret=secret))
    assert trace.endpoint == endpoint
    assert refusing(trace)["title"]


@pytest.mark.parametrize("path", ["/check?scope=ping", "/userinfo"])
def test_a_token_that_does_not_hold_is_refused_at_the_credentials(anonymous: Browser, path: str) -> None:
    answer = anonymous.get(path, headers={"authorization": "Bearer nothing"})
    trace = Trace.objects.get(reference=answer["X-Reference"])
    assert refusing(trace)["title"] == "Credentials"


def test_at_authorize_each_check_stands_in_its_order(anonymous: Browser) -> None:
    make_client("web", grant_types="authorization_code", redirect_uris="https://web.example/back")
    asked = {"client_id": "web", "redirect_uri": "https://evil.example/", "response_type": "code"}
    answer = anonymous.get("/authorize", asked)
    trace = Trace.objects.get(reference=answer["X-Reference"])
    assert told(trace)[:4] == [("Address budget", "ok"), ("State", "ok"), ("Client", "ok"), ("Redirect URI", "danger")]
    assert {tone for _, tone in told(trace)[4:]} == {"quiet"}
    sent = anonymous.get("/authorize", {**asked, "redirect_uri": "https://web.example/back", "response_mode": "query"})
    trace = Trace.objects.get(reference=sent["X-Reference"])
    assert (refusing(trace)["title"], trace.status, trace.error) == ("PKCE", 302, "invalid_request")
    assert ("Client state", "ok") in told(trace)


# ── Bounded, and without secrets ──


def test_repeats_are_one_trace_that_says_how_often() -> None:
    _, secret = make_client("orders", is_active=False)
    references = {post("/token", GRANT, client_id="orders", secret=secret).body["reference"] for _ in range(20)}
    assert len(references) == 1
    assert Trace.objects.count() == 1


def test_a_flood_of_different_refusals_leaves_a_bounded_number_of_traces(anonymous: Browser) -> None:
    for number in range(700):
        anonymous.post("/revoke", {"token": "x", "client_id": f"client-{number}", "client_secret": "s" * 40})
    assert 0 < Trace.objects.count() <= 610  # `audit.refusals` opens 600 windows a minute, and one for the rest


def test_what_is_old_goes_and_what_is_beyond_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    for number in range(10):
        old = now - keeping.KEPT_FOR - timedelta(seconds=1) if number < 3 else now
        told = keeping.Refused(endpoint="token", at=old, status=400, error="e", sentence="s", asked={})
        keeping.keep(f"R-0000-000{number}", told, [])
    monkeypatch.setattr(keeping, "MOST_KEPT", 5)
    assert keeping.purge(now) == 5
    assert sorted(Trace.objects.values_list("reference", flat=True)) == [f"R-0000-000{n}" for n in range(5, 10)]


def test_what_somebody_sends_as_a_scope_is_cut_and_no_credential_of_ours_is_kept() -> None:
    _, secret = make_client("orders")
    asked = {**GRANT, "scope": f"{secret} " + "x" * 3000}
    trace = traced(post("/token", asked, client_id="orders", secret=secret))
    assert secret not in str(Trace.objects.values())
    assert len(trace.asked["scope"]) <= keeping.LONGEST_VALUE


def test_what_is_allowed_costs_nothing_and_a_first_refusal_one_statement_more() -> None:
    _, secret = make_client("orders")
    for _ in range(2):
        post("/token", GRANT, client_id="orders", secret=secret)
    with CaptureQueriesContext(
        connection,
    ) as allowed:
        post("/token", GRANT, client_id="orders", secret=secret)
    assert not [query for query in allowed.captured_queries if "tokens_trace" in query["sql"]]
    with CaptureQueriesContext(connection) as refused:
        post("/token", {**GRANT, "scope": "unknown"}, client_id="orders", secret=secret)
    assert len([query for query in refused.captured_queries if "tokens_trace" in query["sql"]]) == 1


def test_a_fault_in_keeping_one_never_changes_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    _, secret = make_client("orders")
    monkeypatch.setattr("tokens.endpoints.steps_of", lambda *_: 1 / 0)
    answer = post("/token", {**GRANT, "scope": "unknown"}, client_id="orders", secret=secret)
    assert (answer.status, answer.body["error"]) == (400, "invalid_scope")
    assert Event.objects.filter(reference=answer.body["reference"]).exists()


# ── The page ──


@pytest.fixture
def reference() -> str:
    client = client_named("Orders", owner="olga")
    Client.objects.filter(pk=client.pk).update(is_active=False)
    asked = {"client": client.client_id, "endpoint": "token", "grant": "client_credentials", "address": "192.0.2.7"}
    refused = keeping.Refused(
        endpoint="token",
        at=timezone.now(),
        client_id=client.client_id,
        client_pk=client.pk,
        address="192.0.2.7",
        status=401,
        error="invalid_client",
        sentence="This client is <b>deactivated</b>.",
        asked=asked,
    )
    keeping.keep("R-7QK2-9FXM", refused, [])
    return "R-7QK2-9FXM"


@pytest.mark.parametrize("typed", ["R-7QK2-9FXM", " r-7qk2-9fxm ", "r7qk29fxm"])
def test_the_page_finds_it_however_it_was_pasted(sign_in: SignIn, reference: str, typed: str) -> None:
    answer = shown(sign_in(person("ann", "Auditor")), typed)
    assert answer.status_code == 200
    assert "This client is &lt;b&gt;deactivated" in answer.text
    page = Page(answer.text)
    (again,) = [link["href"] for link in page.all("a") if link.text == "Try it in the simulator"]
    assert again.startswith(reverse("policy_simulator") + "?client=")
    assert "grant=client_credentials" in again


@pytest.mark.parametrize(
    ("who", "roles", "status"),
    [
        ("ann", ("Auditor",), 200),
        ("max", ("Client manager",), 200),
        ("olga", ("Developer",), 200),
        ("dora", ("Developer",), 404),
        ("nina", (), 403),
    ],
)
def test_r59_whoever_sees_the_client_sees_its_refusals(
    sign_in: SignIn, reference: str, who: str, roles: tuple[str, ...], status: int
) -> None:
    answer = shown(sign_in(person(who, *roles)), reference)
    assert answer.status_code == status
    assert ("deactivated" in answer.text) is (status == 200)


@pytest.mark.parametrize("typed", ["R-0000-0000", "", "nonsense", "\x00", "<script>", "R" * 100_000])
def test_what_is_not_there_is_said_and_nothing_breaks(sign_in: SignIn, typed: str) -> None:
    answer = shown(sign_in(person("ann", "Auditor")), typed)
    assert answer.status_code == 404
    assert "<script>" not in answer.text.partition("<main")[2]


def test_a_refusal_before_any_check_is_shown_from_its_event(sign_in: SignIn, anonymous: Browser) -> None:
    """A sign-in, for one. Only who reads the audit trail sees it."""
    answer = anonymous.post(reverse("account_login"), {"login": "nobody", "password": "wrong and long"})
    reference = answer["X-Reference"]
    assert "Sign-in refused" in shown(sign_in(person("ann", "Auditor")), reference).text
    assert shown(sign_in(person("dora", "Developer")), reference).status_code == 404


@pytest.mark.parametrize("page", ["audit", "dashboard"])
def test_the_audit_page_and_the_dashboard_lead_to_the_trace(sign_in: SignIn, page: str) -> None:
    """Also for who reads the trail and sees no client: no link leads to a refusal."""
    _, secret = make_client("orders")
    answer = post("/token", {**GRANT, "scope": "unknown"}, client_id="orders", secret=secret)
    browser = sign_in(person("ann", permissions=["audit.view"]))
    address = f"{reverse('policy_trace')}?reference={answer.body['reference']}"
    assert address in browser.get(reverse(page)).text
    shown_there = browser.get(address)
    assert shown_there.status_code == 200
    assert reverse("policy_simulator") + '"' not in shown_there.text


# ── The simulator's time ──


def test_the_simulator_says_what_would_happen_after_the_secret_has_ended(sign_in: SignIn) -> None:
    client = client_named("Orders", owner="olga")
    client.secrets.update(expires_at=timezone.now() + timedelta(days=10))
    browser = sign_in(person("olga", "Developer"))
    asked = {"client": client.client_id, "endpoint": "token", "grant": "client_credentials", "address": "192.0.2.7"}
    now = browser.get(reverse("policy_simulator"), {**asked, "https": "on"}).text
    assert "Allowed, after" in now
    later = (timezone.now() + timedelta(days=11)).strftime("%Y-%m-%dT%H:%M")
    then = browser.get(reverse("policy_simulator"), {**asked, "https": "on", "at": later}).text
    assert "no-live-secret" in then
    assert reverse("client_reset_secret", args=[client.pk]) in then
    wrong = browser.get(reverse("policy_simulator"), {**asked, "at": "tomorrow"})
    assert (wrong.status_code, "This is no time" in wrong.text) == (422, True)


def test_a_refusal_says_what_its_repeats_were(sign_in: SignIn, reference: str) -> None:
    Event.objects.create(
        at=timezone.now(), kind="refusals.repeated", reference=reference, detail={"of": "token.refused", "repeats": 41}
    )
    assert "41 more like it" in shown(sign_in(person("ann", "Auditor")), reference).text
