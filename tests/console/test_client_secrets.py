"""The tab "Credentials" and its questions (R13–R16): what it shows, what it offers, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from clients.listing.paging import in_order
from clients.models import Client, ClientSecret
from clients.secrets import credentials, rotation
from clients.secrets.rotation import Wanted
from clients.tables import secret_cell
from tests.clients.people import BY, client_named, person, registered
from tests.console.html import Page

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
CUSTOM = "a-secret-of-our-own-7391"
DAY = timedelta(days=1)


@pytest.fixture
def browser(sign_in: SignIn, administrator: User) -> Browser:
    return sign_in(administrator)


def page_of(browser: Browser, client: Client, path: str = "secrets/") -> Page:
    response = browser.get(f"/clients/{client.pk}/{path}")
    assert response.status_code == 200
    return Page(response.content.decode())


def rotate(browser: Browser, client: Client, **form: str) -> Any:
    revision = Client.objects.get(pk=client.pk).revision
    return browser.post(f"/clients/{client.pk}/reset-secret/", {"revision": str(revision), **form})


def shown_secret(browser: Browser, response: Any) -> str:
    assert response.status_code == 302, response.content.decode()
    return Page(browser.get(response["Location"]).content.decode()).by_id("client-secret").text


def works(secret: str | None, client: Client, *, at: datetime | None = None) -> bool:
    live = credentials.live_secrets(client.pk, now=at or timezone.now())
    return credentials.find(str(secret), live) is not None


def newest(client: Client) -> ClientSecret:
    return rotation.standing(client)[0]


# ── What the tab shows ──


def test_r15_each_secret_is_listed_with_label_maker_use_end_and_state(browser: Browser) -> None:
    client, now = registered().client, timezone.now()
    newest_before = newest(client)
    ClientSecret.objects.filter(pk=newest_before.pk).update(
        last_used_at=now, first_used_at=now, last_used_from="192.0.2.18"
    )
    issued = rotation.rotate(client=client, by=BY, now=now, overlap=3.1 * DAY, wanted=Wanted(label="Second host"))
    page = page_of(browser, client)
    new, old = (row.text for row in page.all("tr")[1:])
    for words in (issued.key_id, "Second host", "by mara", "Never", "no expiry", "Never used", "Waits for the client"):
        assert words in new
    for words in (newest_before.key_id, "No label", "now", "192.0.2.18", "in 3 days", "In use"):
        assert words in old
    assert "2 live." in page.one("section", aria_labelledby="secrets").text
    labels = [svg["aria-label"] for svg in page.all("svg", role="img")]
    assert len(labels) == 2
    assert "never used, no expiry" in labels[0]


def test_r15_the_tab_costs_the_same_whatever_is_on_it(browser: Browser) -> None:
    client = registered().client
    browser.get(f"/clients/{client.pk}/secrets/")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            page_of(browser, client)
        counts.append(len(queries))
        for _ in range(4):
            rotation.rotate(client=client, by=BY, now=timezone.now(), overlap=DAY)
    assert counts[0] == counts[1]


def test_r12_r15_a_client_without_a_secret_says_so_and_offers_one(browser: Browser, sign_in: SignIn) -> None:
    client = client_named("Billing sync", owner="ada")
    credentials.revoke_all(client=client, now=timezone.now())
    page = page_of(browser, client)
    assert "No Data Available" in page.one("section", aria_labelledby="secrets").text
    assert page.one("a", href=f"/clients/{client.pk}/reset-secret/", class_="button primary").text == "Make a secret…"
    assert "Earlier secrets stop" not in page_of(browser, client, "reset-secret/").one("main").text
    auditor = page_of(sign_in(person("ann", "Auditor")), client)
    assert not auditor.all("a", class_="button primary")


def test_r15_a_public_client_has_a_tab_that_says_why_there_is_no_secret(browser: Browser) -> None:
    client = client_named("Phone", type="public", grants=("personal_access_token",), owner="ada")
    page = page_of(browser, client)
    assert "A public client has no secret" in page.one("main").text
    assert not page.all("table")
    for answer in (rotate(browser, client, overlap="24h"), browser.get(f"/clients/{client.pk}/reset-secret/")):
        assert answer["Location"] == f"/clients/{client.pk}/"
    assert not client.secrets.exists()


def test_r59_who_may_not_reset_sees_the_secrets_and_no_way_to_touch_them(sign_in: SignIn) -> None:
    client = client_named("Billing sync", owner="tomas")
    page = page_of(sign_in(person("ann", "Auditor")), client)
    assert newest(client).key_id in page.one("table").text
    hrefs = [link.get("href") or "" for link in page.all("a")]
    assert not [href for href in hrefs if "reset-secret" in href or f"secrets/{newest(client).key_id}" in href]
    assert not page.all("dialog")


@pytest.mark.parametrize("system", [False, True])
def test_r43_r61_a_client_that_refuses_changes_keeps_its_buttons_turned_off_with_the_reason(
    system: bool, sign_in: SignIn, super_administrator: User
) -> None:
    client = Client.objects.get(client_id="test") if system else client_named("Settlement")
    if not system:
        Client.objects.filter(pk=client.pk).update(is_protected=True, protected_reason="Ask Treasury.")
    page = page_of(sign_in(super_administrator), client)
    off = {button.text or button["aria-label"] for button in page.all("button", aria_disabled="true")}
    assert {"Rotate…", f"Actions for {newest(client).key_id}"} <= off
    assert not page.all("dialog", id="rotate")


def test_r15_script_in_a_label_is_inert_wherever_it_is_shown(browser: Browser) -> None:
    client = registered().client
    assert rotate(browser, client, overlap="24h", label="<script>alert(1)</script>").status_code == 302
    key_id = newest(client).key_id
    paths = (
        "secrets/",
        "reset-secret/",
        "credentials/",
        "activity/",
        f"secrets/{key_id}/",
        f"secrets/{key_id}/retire/",
    )
    for path in (*paths, ""):
        html = browser.get(f"/clients/{client.pk}/{path}").content.decode()
        assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in browser.get(f"/clients/{client.pk}/secrets/").content.decode()


# ── Rotating ──


@pytest.mark.parametrize(
    ("form", "overlap"),
    [
        ({}, timedelta(0)),
        ({"overlap": ""}, timedelta(0)),
        ({"overlap": "none"}, timedelta(0)),
        ({"overlap": "1h"}, timedelta(hours=1)),
        ({"overlap": "24h"}, timedelta(hours=24)),
        ({"overlap": "7d"}, timedelta(days=7)),
        ({"overlap": "30d"}, timedelta(days=30)),
        ({"overlap": "hours", "overlap_hours": " 48 "}, timedelta(hours=48)),
        ({"overlap": "none", "overlap_hours": "nonsense"}, timedelta(0)),
        ({"overlap": "hours", "overlap_hours": "8760"}, timedelta(days=365)),
    ],
)
def test_r15_the_form_picks_the_overlap_and_at_once_is_the_default(
    form: dict[str, str], overlap: timedelta, browser: Browser
) -> None:
    new = registered()
    before = timezone.now()
    secret = shown_secret(browser, rotate(browser, new.client, label="Host", **form))
    after = timezone.now()
    assert works(secret, new.client)
    assert not works(new.secret, new.client, at=after + overlap)
    if overlap:
        assert works(new.secret, new.client, at=before + overlap - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"overlap": "forever"}, "overlap"),
        ({"overlap": "-1h"}, "overlap"),
        *(({"overlap": "hours", "overlap_hours": hours}, "overlap_hours")
          for hours in ("", "0", "-1", "1.5", "1e3", "٤٨", "8761", "9" * 400)),
        ({"label": "x" * 101}, "label"),
        ({"label": "x" * 256}, "label"),
        ({"label": "bell\x07"}, "label"),
        ({"label": "nul\x00"}, "label"),
        ({"expires": "2020-01-01"}, "expires"),
        ({"expires": "9999-12-31"}, "expires"),
        *(({"expires": text}, "expires") for text in ("tomorrow", "2027-02-30", "0000-01-01", "1.2.2027", "\x00")),
        ({"client_secret": "short"}, "client_secret"),
        ({"client_secret": "asc_looks-like-one-of-ours"}, "client_secret"),
    ],
)  # fmt: skip
def test_r15_a_fault_comes_back_at_its_field_and_no_secret_is_made(
    form: dict[str, str], field: str, browser: Browser
) -> None:
    new = registered()
    response = rotate(browser, new.client, **form)
    html = response.content.decode()
    assert response.status_code == 200
    assert f'href="#id_{field}' in html
    assert "No secret was made" in html
    assert "short" not in [element.get("value") for element in Page(html).all("input")]
    assert works(new.secret, new.client)
    assert new.client.secrets.count() == 1


def test_r15_every_fault_is_named_at_once(browser: Browser) -> None:
    client = registered(custom_secret=CUSTOM).client
    form = {"overlap": "24h", "label": "x" * 300, "expires": "2020-01-01", "client_secret": CUSTOM + "-2"}
    html = rotate(browser, client, **form).content.decode()
    for field in ("label", "expires", "client_secret"):
        assert f'href="#id_{field}"' in html
    assert newest(client).key_id in Page(html).by_id("id_client_secret_error").text


def test_r13_r15_a_secret_of_ones_own_is_taken_and_shown_like_any_other(browser: Browser) -> None:
    client = registered().client
    assert shown_secret(browser, rotate(browser, client, overlap="24h", client_secret=CUSTOM)) == CUSTOM
    assert works(CUSTOM, client)
    assert "chosen, not generated" in page_of(browser, client).one("table").text


def test_r14_r15_the_page_that_shows_it_says_until_when_the_old_one_works(browser: Browser) -> None:
    client = registered().client
    old = newest(client)
    tomorrow = (timezone.now() + 40 * DAY).date()
    response = rotate(browser, client, overlap="24h", expires=f"{tomorrow:%Y-%m-%d}")
    html = browser.get(response["Location"]).content.decode()
    text = Page(html).one("main").text
    old.refresh_from_db()
    assert old.expires_at is not None
    for words in ("has a new secret", "The earlier one works beside it", "Move the client over",
                  f"{old.key_id} stops", f"{old.expires_at:%Y-%m-%d %H:%M:%S} UTC", "never used",
                  f"{newest(client).key_id} is how", "It expires in"):  # fmt: skip
        assert words in text
    assert "asc_" not in browser.get(response["Location"]).content.decode()


def test_r15_an_end_is_the_beginning_of_that_day_in_utc(browser: Browser) -> None:
    client = registered().client
    day = (timezone.now() + 90 * DAY).date()
    assert rotate(browser, client, expires=f"{day:%Y-%m-%d}").status_code == 302
    assert newest(client).expires_at == datetime(day.year, day.month, day.day, tzinfo=UTC)


def test_r15_of_two_who_rotate_at_once_the_later_one_is_asked_again_with_what_was_typed(browser: Browser) -> None:
    client = registered().client
    seen = client.revision
    assert rotate(browser, client, overlap="24h").status_code == 302
    response = browser.post(
        f"/clients/{client.pk}/reset-secret/", {"revision": str(seen), "overlap": "7d", "label": "Mine"}
    )
    page = Page(response.content.decode())
    assert response.status_code == 409
    assert "Somebody else changed this client meanwhile." in page.one("main").text
    assert page.one("input", name="label")["value"] == "Mine"
    assert page.one("input", name="overlap", value="7d").get("checked") is not None
    assert page.one("input", name="revision")["value"] == str(Client.objects.get(pk=client.pk).revision)
    assert len(rotation.standing(client)) == 2


def test_r15_a_form_that_comes_back_with_faults_keeps_the_revision_it_was_made_from(browser: Browser) -> None:
    client = registered().client
    seen = client.revision
    Client.objects.filter(pk=client.pk).update(revision=seen + 5)
    html = browser.post(f"/clients/{client.pk}/reset-secret/", {"revision": str(seen), "label": "x" * 300})
    assert Page(html.content.decode()).one("input", name="revision")["value"] == str(seen)


# ── Retiring and changing ──


def test_r15_retiring_names_who_would_notice_and_ends_that_secret_alone(browser: Browser) -> None:
    new = registered()
    old = newest(new.client)
    ClientSecret.objects.filter(pk=old.pk).update(
        first_used_at=timezone.now(), last_used_at=timezone.now() - 2 * DAY, last_used_from="192.0.2.18"
    )
    path = f"secrets/{old.key_id}/retire/"
    asked = page_of(browser, new.client, path).one("form", class_="panel confirm").text
    for words in ("Last used 2 days ago from 192.0.2.18", "only one", "gets no new token", "refused from the next"):
        assert words in asked
    second = rotation.rotate(client=new.client, by=BY, now=timezone.now(), overlap=9 * DAY)
    assert "only one" not in page_of(browser, new.client, path).one("form", class_="panel confirm").text
    response = browser.post(f"/clients/{new.client.pk}/{path}", {"revision": str(new.client.revision)})
    assert response["Location"] == f"/clients/{new.client.pk}/secrets/"
    assert f"Secret {old.key_id} is retired." in browser.get(response["Location"]).content.decode()
    assert (works(new.secret, new.client), works(second.secret, new.client)) == (False, True)
    assert browser.get(f"/clients/{new.client.pk}/{path}").status_code == 404


def test_r15_one_that_is_safe_to_retire_says_so(browser: Browser) -> None:
    client, now = registered().client, timezone.now()
    old = newest(client)
    issued = rotation.rotate(client=client, by=BY, now=now, overlap=9 * DAY)
    ClientSecret.objects.filter(pk=old.pk).update(first_used_at=now - 9 * DAY, last_used_at=now - 3 * DAY)
    ClientSecret.objects.filter(key_id=issued.key_id).update(first_used_at=now - 2 * DAY, last_used_at=now)
    asked = page_of(browser, client, f"secrets/{old.key_id}/retire/").one("form", class_="panel confirm").text
    assert "Nothing known would break" in asked
    assert f"Unused since {issued.key_id} took over." in asked
    assert "Safe to retire" in page_of(browser, client).one("table").text


def test_r15_label_and_end_are_changed_and_an_end_left_alone_keeps_its_moment(browser: Browser) -> None:
    client = registered().client
    old = newest(client)
    rotation.rotate(client=client, by=BY, now=timezone.now(), overlap=timedelta(hours=30))
    old.refresh_from_db()
    url = f"/clients/{client.pk}/secrets/{old.key_id}/"
    shown = Page(browser.get(url).content.decode()).one("input", name="expires")["value"]
    sent = {"revision": str(client.revision), "label": "Old host", "expires": shown}
    assert browser.post(url, sent)["Location"] == f"/clients/{client.pk}/secrets/"
    kept = ClientSecret.objects.get(pk=old.pk)
    assert (kept.label, kept.expires_at) == ("Old host", old.expires_at)
    client.refresh_from_db()
    browser.post(url, {"revision": str(client.revision), "label": "Old host", "expires": ""})
    assert ClientSecret.objects.get(pk=old.pk).expires_at is None
    assert "x" * 101 in browser.post(url, {"label": "x" * 101}).content.decode()
    assert browser.post(url, {"label": "Late", "revision": "1"}).status_code == 409


@pytest.mark.parametrize("page", ["", "retire/"])
def test_r15_a_key_id_of_another_client_of_a_deleted_one_or_of_nobody_is_not_found(page: str, browser: Browser) -> None:
    client, other, gone = client_named("One"), client_named("Other"), client_named("Gone")
    theirs, of_gone = newest(other).key_id, newest(gone).key_id
    Client.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())
    for number, key_id in ((client.pk, theirs), (gone.pk, of_gone), (client.pk, "x" * 500), (client.pk, "nobody")):
        for ask in (browser.get, browser.post):
            assert ask(f"/clients/{number}/secrets/{key_id}/{page}").status_code == 404
    assert newest(other).key_id == theirs


# ── The list ──


@pytest.mark.parametrize(
    ("ends", "state"),
    [
        ([], "none"),
        ([None], "ok"),
        ([-1], "expired"),
        ([-1, -9], "expired"),
        ([5], "expiring"),
        ([-1, 5], "expiring"),
        ([5, 20], "expiring"),
        ([5, 31], "ok"),
        ([-9, 0.01, None], "ok"),
    ],
)
def test_r16_of_several_secrets_the_longest_lived_one_gives_the_lists_state(
    ends: list[float | None], state: str
) -> None:
    client, now = client_named("Billing sync"), timezone.now()
    client.secrets.all().delete()
    for number, days in enumerate(ends):
        ClientSecret.objects.create(
            client=client, key_id=f"k{number}", hash="x", created=now - 90 * DAY + number * DAY,
            expires_at=None if days is None else now + days * DAY,
        )  # fmt: skip
    ClientSecret.objects.create(client=client, key_id="gone", hash="x", revoked_at=now)
    (shown,) = in_order([client.pk])
    cell = secret_cell(shown, now=now)
    assert cell.state == state
    assert cell.set_on == (now - 90 * DAY + (len(ends) - 1) * DAY if ends else None)
    expected = None if None in ends or not ends else now + max(days for days in ends if days is not None) * DAY
    assert cell.ends == expected
