"""Acting on many clients (R51): choice, preview, the run in slices, and what must not be done twice or at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from clients import registration
from clients.bulk import choosing, runs
from clients.list_models import BulkItem, BulkRun
from clients.models import Client
from tests.clients.people import BY, client_named, person
from tests.console.html import Page

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]


@pytest.fixture
def browser(sign_in: SignIn, administrator: User) -> Browser:
    return sign_in(administrator)


def prepared(browser: Browser, action: str, *clients: Client, **sent: Any) -> BulkRun:
    """The run that the list's form leads to."""
    response = browser.post("/clients/bulk/", {"action": action, "pk": [client.pk for client in clients], **sent})
    assert response.status_code == 302, response.content
    assert response["Location"].startswith("/clients/bulk/"), response["Location"]
    return BulkRun.objects.latest("pk")


def gone_through(browser: Browser, run: BulkRun, **sent: str) -> dict[str, str]:
    """Confirm and continue to the end; what became of each client, by name."""
    assert browser.post(f"/clients/bulk/{run.pk}/", sent).status_code == 302
    for _ in range(20):
        browser.post(f"/clients/bulk/{run.pk}/step/")
        if BulkRun.objects.get(pk=run.pk).finished_at:
            return dict(BulkItem.objects.filter(run=run).values_list("name", "outcome"))
    raise AssertionError("The run did not end.")


def fresh(client: Client) -> Client:
    found: Client = Client.objects.get(pk=client.pk)
    return found


def test_r51_the_preview_says_what_will_be_touched_and_touches_nothing(browser: Browser) -> None:
    one, two = client_named("One"), client_named("Two")
    guarded = client_named("Guarded")
    registration.protect(client=guarded, by=BY, reason="Ask Treasury.", now=timezone.now())
    registration.set_active(client=two, active=False, by=BY, now=timezone.now())
    server = Client.objects.get(client_id="admin")
    before = Event.objects.count()
    run = prepared(browser, "deactivate", one, two, guarded, server)
    page = Page(browser.get(f"/clients/bulk/{run.pk}/").content.decode())
    assert page.one("h1").text == "Deactivate 1 client?"
    said = page.one("main").text
    assert "2 will be left alone" in said
    assert "1 needs nothing done" in said
    assert "Ask Treasury." in said
    assert "belongs to the server itself" in said
    assert "0 live tokens will stop working" in said
    assert Event.objects.count() == before
    assert fresh(one).is_active


ENDS: dict[str, Callable[[Client, Client], bool]] = {
    "activate": lambda before, after: after.is_active,
    "deactivate": lambda before, after: not after.is_active,
    "revoke": lambda before, after: after.token_epoch == before.token_epoch + 1 and after.is_active,
    "owner": lambda before, after: (str(before.owner), str(after.owner)) == ("mara", "priya"),
    "delete": lambda before, after: after.deleted_at is not None,
}


@pytest.mark.parametrize("action", ENDS)
def test_r51_each_action_goes_through_the_registry_with_its_event(action: str, browser: Browser) -> None:
    person("priya")
    clients = [client_named(f"Client {number}") for number in range(3)]
    if action == "activate":
        for client in clients:
            registration.set_active(client=client, active=False, by=BY, now=timezone.now())
    before = [fresh(client) for client in clients]
    events = Event.objects.count()
    outcomes = gone_through(browser, prepared(browser, action, *clients), owner="priya")
    assert set(outcomes.values()) == {"done"}
    for old in before:
        assert ENDS[action](old, fresh(old))
        assert fresh(old).revision == old.revision + 1
    assert Event.objects.count() == events + 3
    assert Event.objects.latest("pk").actor_name == "ada"


def test_r51_what_changed_after_the_preview_is_reported_and_not_overwritten(browser: Browser) -> None:
    changed, gone, guarded, same = (client_named(name) for name in ("Changed", "Gone", "Guarded", "Same"))
    plain = client_named("Plain")
    run = prepared(browser, "deactivate", changed, gone, guarded, same, plain)
    now = timezone.now()
    registration.revoke_tokens(client=fresh(changed), by=BY, now=now)
    registration.delete(client=fresh(gone), by=BY, now=now)
    registration.protect(client=fresh(guarded), by=BY, reason="Ask.", now=now)
    registration.set_active(client=fresh(same), active=False, by=BY, now=now)
    assert gone_through(browser, run) == {
        "Changed": "changed", "Gone": "changed", "Guarded": "refused", "Same": "same", "Plain": "done",
    }  # fmt: skip
    assert fresh(changed).is_active
    page = browser.get(f"/clients/bulk/{run.pk}/?show=unlike").content.decode()
    assert [link.text for link in Page(page).all("a", class_="lead")] == ["Guarded", "Gone", "Changed"]
    assert "after the preview, so it was left alone" in page


def test_r51_all_that_match_are_those_of_the_filter_and_not_of_the_page(browser: Browser) -> None:
    for number in range(60):
        client_named(f"Billing {number}")
    client_named("Other")
    listed = Page(browser.get("/clients/?q=billing").content.decode())
    assert "All 60 that match" in listed.one("form", id="bulk").text
    run = prepared(browser, "deactivate", scope="matching", query=listed.all("input", name="query")[-1]["value"])
    assert run.items.count() == 60
    on_page = listed.one("input", name="on_page")["value"]
    run = prepared(browser, "deactivate", scope="page", query="q=billing", on_page=on_page)
    assert run.items.count() == 50
    assert "All on the page of the list" in browser.get(f"/clients/bulk/{run.pk}/").content.decode()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"pk": ["0", "-1", "x", "\x00", "9" * 40, str(2**63), ""]},
        {"scope": "page", "on_page": ""},
        {"scope": "nonsense"},
        {"scope": "matching", "query": "q=no-such-client"},
        {"scope": "matching", "query": "q=%00"},
    ],
)
def test_r51_a_choice_of_nothing_leads_back_with_a_word(sent: dict[str, Any], browser: Browser) -> None:
    response = browser.post("/clients/bulk/", {"action": "delete", **sent}, follow=True)
    assert response.redirect_chain[-1][0].startswith("/clients/?")
    assert "No client is selected" in response.content.decode()
    assert not BulkRun.objects.exists()


def test_r51_more_than_a_run_holds_is_refused_whole(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        client_named(f"Billing {number}")
    monkeypatch.setattr(choosing, "MOST", 3)
    response = browser.post(
        "/clients/bulk/", {"action": "delete", "scope": "matching", "query": "q=billing"}, follow=True
    )
    assert "More than 3 clients match" in response.content.decode()
    forged = " ".join(str(number) for number in range(1, 6))
    response = browser.post("/clients/bulk/", {"action": "delete", "scope": "page", "on_page": forged}, follow=True)
    assert "at most 3 clients" in response.content.decode()
    assert not BulkRun.objects.exists()


def test_r51_ten_thousand_and_one_boxes_are_refused_by_the_form_itself(browser: Browser) -> None:
    response = browser.post("/clients/bulk/", {"action": "delete", "pk": [str(number) for number in range(10_001)]})
    assert response.status_code == 400


def test_r59_another_persons_clients_are_not_there_and_not_told(sign_in: SignIn, developer: User) -> None:
    own, theirs = client_named("Own", owner="dev"), client_named("Theirs", owner="tomas")
    browser = sign_in(developer)
    run = prepared(browser, "delete", own, theirs)
    page = browser.get(f"/clients/bulk/{run.pk}/").content.decode()
    assert "Theirs" not in page
    assert "1 of your choice is not there" in Page(page).one("main").text
    assert gone_through(browser, run) == {"Own": "done"}
    assert fresh(theirs).deleted_at is None


def test_r60_a_row_that_the_viewer_may_not_touch_is_refused_by_the_permissions_name(
    sign_in: SignIn, make_user: Callable[..., User]
) -> None:
    viewer = make_user("vic", role="Developer", permissions=["clients.view"])
    own, theirs = client_named("Own", owner="vic"), client_named("Theirs", owner="tomas")
    browser = sign_in(viewer)
    run = prepared(browser, "deactivate", own, theirs)
    assert "You lack the permission clients.edit." in browser.get(f"/clients/bulk/{run.pk}/").content.decode()
    assert gone_through(browser, run) == {"Own": "done", "Theirs": "refused"}


def test_r60_a_permission_that_is_taken_away_meanwhile_stops_the_run(
    sign_in: SignIn, make_user: Callable[..., User]
) -> None:
    viewer = make_user("vic", permissions=["clients.view", "clients.edit"])
    browser = sign_in(viewer)
    run = prepared(browser, "deactivate", client_named("One"))
    browser.post(f"/clients/bulk/{run.pk}/")
    User.objects.filter(pk=viewer.pk).update(permissions=["clients.view"])
    response = browser.post(f"/clients/bulk/{run.pk}/step/")
    assert response.status_code == 403
    assert "clients.edit" in response.content.decode()
    assert Client.objects.get(name="One").is_active


def test_r51_nobody_else_sees_or_continues_a_run(browser: Browser, sign_in: SignIn, super_administrator: User) -> None:
    run = prepared(browser, "deactivate", client_named("One"))
    browser.post(f"/clients/bulk/{run.pk}/")
    other = sign_in(super_administrator)
    assert other.get(f"/clients/bulk/{run.pk}/").status_code == 404
    assert other.post(f"/clients/bulk/{run.pk}/").status_code == 404
    assert other.post(f"/clients/bulk/{run.pk}/step/").status_code == 404
    assert other.get(f"/clients/bulk/{2**63}/").status_code == 404
    assert Client.objects.get(name="One").is_active


def test_r51_a_step_before_the_confirmation_does_nothing(browser: Browser) -> None:
    run = prepared(browser, "deactivate", client_named("One"))
    browser.post(f"/clients/bulk/{run.pk}/step/")
    assert Client.objects.get(name="One").is_active


def test_r51_confirming_twice_and_going_on_after_the_end_changes_nothing_more(browser: Browser) -> None:
    client = client_named("One")
    run = prepared(browser, "revoke", client)
    gone_through(browser, run)
    confirmed = BulkRun.objects.get(pk=run.pk).confirmed_at
    gone_through(browser, run)
    assert fresh(client).token_epoch == client.token_epoch + 1
    assert BulkRun.objects.get(pk=run.pk).confirmed_at == confirmed


def test_r51_two_runs_on_the_same_client_do_it_once_and_tell_the_second(browser: Browser) -> None:
    client = client_named("One")
    first, second = prepared(browser, "revoke", client), prepared(browser, "revoke", client)
    assert gone_through(browser, first) == {"One": "done"}
    assert gone_through(browser, second) == {"One": "changed"}
    assert fresh(client).token_epoch == client.token_epoch + 1


def test_r51_an_item_that_another_step_has_claimed_is_left_to_it(browser: Browser, administrator: User) -> None:
    client = client_named("One")
    run = prepared(browser, "revoke", client)
    browser.post(f"/clients/bulk/{run.pk}/")
    run.refresh_from_db()
    item = run.items.get()
    BulkItem.objects.filter(pk=item.pk).update(outcome="done")
    runs._turn(item, run, user=administrator, by=BY, now=timezone.now())
    assert fresh(client).token_epoch == client.token_epoch


def test_r51_a_fault_in_the_middle_leaves_the_client_and_its_item_as_they_were(
    browser: Browser, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_named("One")
    run = prepared(browser, "revoke", client)
    browser.post(f"/clients/bulk/{run.pk}/")
    run.refresh_from_db()

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("audit.record", killed)
    with pytest.raises(KeyboardInterrupt):
        runs.step(run, user=administrator, by=BY, now=timezone.now())
    assert fresh(client).token_epoch == client.token_epoch
    assert run.items.get().outcome == "waiting"


def test_r51_a_step_ends_in_time_and_the_next_goes_on(browser: Browser, administrator: User) -> None:
    run = prepared(browser, "deactivate", *(client_named(f"Client {number}") for number in range(3)))
    browser.post(f"/clients/bulk/{run.pk}/")
    run.refresh_from_db()
    runs.step(run, user=administrator, by=BY, now=timezone.now(), longest=0)
    page = Page(browser.get(f"/clients/bulk/{run.pk}/").content.decode())
    assert "1 of 3 clients are through" in page.one("main").text
    assert page.one("button", class_="button primary").text == "Continue"
    gone_through(browser, run)
    assert not Client.objects.filter(name__startswith="Client", is_active=True).exists()


@pytest.mark.parametrize(
    ("owner", "word"),
    [("", "Name the new owner."), ("nobody", "no active person"), ("\x00", "no active person"), ("gone", "no active")],
)
def test_r7_the_new_owner_is_an_active_person(owner: str, word: str, browser: Browser) -> None:
    person("gone", is_active=False)
    run = prepared(browser, "owner", client_named("One"))
    response = browser.post(f"/clients/bulk/{run.pk}/", {"owner": owner})
    assert response.status_code == 422
    assert word in response.content.decode()
    assert BulkRun.objects.get(pk=run.pk).confirmed_at is None


def test_r48_a_bulk_export_is_one_document_of_what_may_be_exported(browser: Browser) -> None:
    one, two = client_named("One"), client_named("Two")
    run = prepared(browser, "export", one, two, Client.objects.get(client_id="admin"))
    assert browser.get(f"/clients/bulk/{run.pk}/export/").status_code == 404  # not before it was confirmed
    gone_through(browser, run)
    response = browser.get(f"/clients/bulk/{run.pk}/export/")
    document = json.loads(b"".join(response.streaming_content))  # type: ignore[attr-defined]
    assert [client["name"] for client in document["clients"]] == ["admin", "One", "Two"]


def test_r51_the_preview_of_many_costs_as_few_statements_as_that_of_one(browser: Browser) -> None:
    def statements(*clients: Client) -> int:
        with CaptureQueriesContext(connection) as queries:
            run = prepared(browser, "delete", *clients)
            browser.get(f"/clients/bulk/{run.pk}/")
        return len(queries)

    one = client_named("One")
    few = statements(one)
    assert statements(one, *(client_named(f"More {number}") for number in range(12))) == few


def test_r51_script_in_a_name_or_reason_is_inert_on_preview_and_result(browser: Browser) -> None:
    client = client_named("One", display_name="<script>alert(1)</script>")
    Client.objects.filter(pk=client.pk).update(name="<script>alert(1)</script>")
    registration.protect(client=fresh(client), by=BY, reason="<img src=x onerror=alert(1)>", now=timezone.now())
    run = prepared(browser, "delete", client)
    html = browser.get(f"/clients/bulk/{run.pk}/").content.decode()
    assert "<script>alert" not in html
    assert "<img src=x" not in html


def test_r51_old_runs_and_forgotten_previews_are_purged_and_the_others_stay(browser: Browser) -> None:
    client = client_named("One")
    old, forgotten, recent, kept = (prepared(browser, "revoke", client) for _ in range(4))
    now = timezone.now()
    BulkRun.objects.filter(pk=old.pk).update(created=now - timedelta(days=15), confirmed_at=now)
    BulkRun.objects.filter(pk=forgotten.pk).update(created=now - timedelta(days=2))
    BulkRun.objects.filter(pk=kept.pk).update(created=now - timedelta(days=2), confirmed_at=now)
    runs.purge(now)
    assert set(BulkRun.objects.values_list("pk", flat=True)) == {recent.pk, kept.pk}


def test_r51_htmx_gets_the_progress_alone_and_asks_again_until_the_end(browser: Browser, administrator: User) -> None:
    run = prepared(browser, "revoke", client_named("One"))
    browser.post(f"/clients/bulk/{run.pk}/")
    html = browser.get(f"/clients/bulk/{run.pk}/").content.decode()
    assert "hx-trigger" in html
    answer = browser.post(f"/clients/bulk/{run.pk}/step/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in answer
    assert "hx-trigger" not in answer
    assert "1 of 1 client relieved of their tokens" in Page(answer).by_id("run").text


def test_r51_the_tokens_of_one_client_can_be_ended_on_its_own_page(browser: Browser) -> None:
    client = client_named("One")
    assert "Revoke all tokens of One?" in browser.get(f"/clients/{client.pk}/revoke-tokens/").content.decode()
    browser.post(f"/clients/{client.pk}/revoke-tokens/", {"revision": client.revision})
    assert fresh(client).token_epoch == client.token_epoch + 1
    assert Event.objects.latest("pk").kind == "client.tokens_revoked"
    late = browser.post(f"/clients/{client.pk}/revoke-tokens/", {"revision": client.revision})
    assert late.status_code == 409
    assert fresh(client).token_epoch == client.token_epoch + 1
