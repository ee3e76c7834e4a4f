"""Personal access tokens (R52, R53): who makes which, where they work, what ends them, and that they are shown once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

import audit
from accounts import leaving
from accounts.holdings import EVERYTHING
from accounts.models import User
from audit.models import Event
from clients import registration
from clients.models import Client
from policies.models import Scope
from tests.clients.people import BY, client_named, person
from tests.tokens.registry import forget_everything, make_catalogue, make_client, post
from tokens.formats import looks_issued, stored_hash
from tokens.models import AccessToken, PersonalToken
from tokens.personal import keeping, last_used

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
GRANTS = ("personal_access_token",)
READER: dict[str, str] = {}


@pytest.fixture(autouse=True)
def catalogue() -> None:
    forget_everything()
    last_used._used.clear()
    make_catalogue()
    READER["secret"] = make_client("reader", allowed_scope="authorization.introspect")[1]
    Scope.objects.get_or_create(name="orders.refund", defaults={"is_sensitive": True})


@pytest.fixture
def tool() -> Client:
    return client_named("Nightly tool", owner="olga", grants=GRANTS, allowed_scope="ping orders.* openid")


@pytest.fixture
def mara() -> User:
    return person("mara")


@pytest.fixture
def browser(sign_in: SignIn, mara: User) -> Browser:
    return sign_in(mara)


def made(user: User, client: Client, *scopes: str, lasts: str = "30") -> keeping.Made:
    return keeping.make(
        user=user, client=client, name="Backup", scopes=scopes or ("ping",), lasts=lasts, by=BY, now=timezone.now()
    )


def sent(browser: Browser, client: Client, **changes: Any) -> Any:
    form = {"name": "Backup", "scopes": ["ping"], "lasts": "30", **changes}
    return browser.post(f"{reverse('personal_token_new')}?client={client.pk}", form)


def looked_up(value: str) -> dict[str, Any]:
    return post("/introspect", {"token": value}, client_id="reader", secret=READER["secret"]).body


# ── Making one ──


def test_r52_a_person_makes_one_and_sees_it_once(browser: Browser, tool: Client, mara: User) -> None:
    answer = sent(browser, tool)
    row = PersonalToken.objects.get()
    assert answer["Location"] == reverse("personal_token", args=[row.pk])
    assert browser.head(answer["Location"]).status_code == 200
    page = browser.get(answer["Location"])
    (value,) = set(re.findall(r"asp_\w{46,}", page.text))
    assert looks_issued(value)
    assert "no-store" in page["Cache-Control"]
    again = browser.get(answer["Location"]).text
    assert value not in again
    assert "shown already" in again
    assert AccessToken.objects.get(pk=row.access_number).token_hash == stored_hash(value)
    assert value not in str(list(Event.objects.values()))
    event = Event.objects.get(kind="token.personal_made")
    assert (event.actor_name, event.detail["name"], event.changes["scope"]) == ("mara", "Backup", [None, "ping"])


def test_r52_only_clients_that_allow_it_are_offered(browser: Browser, tool: Client) -> None:
    other = client_named("Other", owner="olga")
    off = client_named("Off", owner="olga", grants=GRANTS)
    registration.set_active(client=off, active=False, by=BY, now=timezone.now())
    assert tool.title in browser.get(reverse("personal_token_new")).text
    for client in (other, off):
        assert browser.get(f"{reverse('personal_token_new')}?client={client.pk}").status_code == 404
        assert sent(browser, client).status_code == 404
    assert not PersonalToken.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scopes": []}, "at least one scope"),
        ({"scopes": ["ping", "authorization.introspect"]}, "is not yours to give here"),
        ({"scopes": ["orders.refund"]}, "is not yours to give here"),  # allowed to the client, sensitive: not held
        ({"scopes": ["orders.*"]}, "is not yours to give here"),
        ({"scopes": ["unknown"]}, "is not yours to give here"),
        ({"name": ""}, "Give it a name"),
        ({"name": "x" * 101}, "100"),
        ({"name": "a\x00b"}, "Remove"),
        ({"name": "a\u202eb"}, "Remove"),
        ({"lasts": "0"}, "1 to 365"),
        ({"lasts": "366"}, "1 to 365"),
        ({"lasts": "-1"}, "1 to 365"),
        ({"lasts": "9" * 400}, "1 to 365"),
        ({"lasts": "never"}, "Tokens of this client end"),
    ],
)
def test_r52_what_is_beyond_client_and_person_is_refused_by_name(
    browser: Browser, tool: Client, changes: dict[str, Any], words: str
) -> None:
    answer = sent(browser, tool, **changes)
    assert answer.status_code == 400
    assert words in answer.text
    assert not PersonalToken.objects.exists()
    assert not AccessToken.objects.exists()


def test_r52_a_holder_of_a_sensitive_scope_may_give_it(sign_in: SignIn, tool: Client) -> None:
    ines = person("ines", allowed_scope="orders.*")
    assert sent(sign_in(ines), tool, scopes=["orders.refund"]).status_code == 302
    assert sent(sign_in(ines), tool, scopes=["ping"]).status_code == 400  # and no more than she holds


def test_r28_without_an_end_only_where_the_clients_tokens_have_none(mara: User) -> None:
    forever = client_named("Forever", owner="olga", grants=GRANTS, allowed_scope="ping", access_token_lifetime="never")
    assert made(mara, forever, lasts="never").row.expires is None


def test_a_person_has_a_bounded_number_for_a_client(mara: User, tool: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_LIVE", 3)
    rows = [made(mara, tool).row for _ in range(3)]
    with pytest.raises(keeping.NotMade, match="revoke one first"):
        made(mara, tool)
    keeping.revoke(rows[0], by=BY, now=timezone.now())
    assert made(mara, tool)


# ── Where it works ──


def test_r52_it_works_wherever_an_access_token_does(anonymous: Browser, mara: User, tool: Client) -> None:
    value = made(mara, tool, "ping", "openid").value
    said = looked_up(value)
    assert (said["active"], said["username"], said["client_id"]) == (True, "mara", tool.client_id)
    assert (said["sub"], said["scope"], said["token_type"]) == (str(mara.sub), "openid ping", "Bearer")
    assert said["exp"] - said["iat"] == 30 * 86_400
    bearer = {"authorization": f"Bearer {value}"}
    assert anonymous.get("/userinfo", headers=bearer).json()["sub"] == str(mara.sub)
    passed = anonymous.get("/check?scope=ping", headers=bearer)
    assert (passed.status_code, passed["X-Auth-Subject"]) == (200, str(mara.sub))
    assert anonymous.get("/check?scope=orders.read", headers=bearer).status_code == 403


def test_it_is_no_grant_at_the_token_endpoint(mara: User, tool: Client) -> None:
    asked = {"grant_type": "personal_access_token", "token": made(mara, tool).value}
    assert post("/token", asked, client_id="reader", secret=READER["secret"]).body["error"] == "unsupported_grant_type"


def test_looking_one_up_costs_no_statement_more(mara: User, tool: Client) -> None:
    value = made(mara, tool).value
    for _ in range(2):
        looked_up(value)
    with CaptureQueriesContext(connection) as captured:
        looked_up(value)
    assert len(captured) == 1


def test_r52_its_last_use_is_kept_and_never_moves_back(anonymous: Browser, mara: User, tool: Client) -> None:
    one = made(mara, tool)
    anonymous.get("/check?scope=ping", headers={"authorization": f"Bearer {one.value}"})
    assert last_used.flush() == 1
    one.row.refresh_from_db()
    used = one.row.last_used_at
    assert used is not None
    last_used.note(one.value, one.row.access_number, now=used - timedelta(days=1))
    last_used.flush()
    one.row.refresh_from_db()
    assert one.row.last_used_at == used


# ── What ends it ──


def revoke_by_person(browser: Browser, row: PersonalToken) -> None:
    assert browser.post(reverse("personal_token_revoke", args=[row.pk]))["Location"] == reverse("account")


def test_r52_its_person_revokes_it_at_any_time(browser: Browser, mara: User, tool: Client) -> None:
    one = made(mara, tool)
    assert "never used" in browser.get(reverse("personal_token_revoke", args=[one.row.pk])).text
    revoke_by_person(browser, one.row)
    assert looked_up(one.value) == {"active": False}
    revoke_by_person(browser, one.row)
    assert Event.objects.filter(kind="token.personal_revoked").count() == 1


@pytest.mark.parametrize(
    "end",
    [
        lambda user, client: registration.delete(client=client, by=BY, now=timezone.now()),
        lambda user, client: registration.set_active(client=client, active=False, by=BY, now=timezone.now()),
        lambda user, client: leaving.set_active(
            user=user, active=False, by=audit.SYSTEM, giver=EVERYTHING, now=timezone.now()
        ),
        lambda user, client: leaving.delete(user=user, by=audit.SYSTEM, giver=EVERYTHING, now=timezone.now()),
        lambda user, client: registration.revoke_tokens(client=client, by=BY, now=timezone.now()),
    ],
    ids=["client deleted", "client deactivated", "user deactivated", "user deleted", "tokens of the client revoked"],
)
def test_r53_it_ends_with_its_client_and_its_person(mara: User, tool: Client, end: Callable[..., Any]) -> None:
    value = made(mara, tool).value
    assert looked_up(value)["active"] is True
    end(User.objects.get(pk=mara.pk), Client.objects.get(pk=tool.pk))
    assert looked_up(value) == {"active": False}


def test_r52_an_administrator_revokes_it_on_the_page_of_tokens(sign_in: SignIn, mara: User, tool: Client) -> None:
    one = made(mara, tool)
    browser = sign_in(person("ada", "Administrator"))
    found = browser.get(reverse("token_list"), {"q": one.value}, follow=True)
    assert one.value not in found.text
    assert f"at_{one.row.access_number}" in found.text
    answer = browser.post(reverse("token_revoke", args=[f"at_{one.row.access_number}"]), follow=True)
    assert answer.status_code == 200
    assert looked_up(one.value) == {"active": False}


def test_withdrawing_an_applications_access_leaves_tokens_of_ones_own(mara: User, tool: Client) -> None:
    from tokens import families

    value = made(mara, tool).value
    assert families.revoke_all(user_pk=mara.pk, client_pk=tool.pk, now=timezone.now()) == 0
    assert families.live(user_pk=mara.pk, client_pks=[tool.pk], now=timezone.now()) == {}
    assert looked_up(value)["active"] is True


# ── The pages ──


@pytest.mark.parametrize("page", ["personal_token", "personal_token_revoke"])
def test_another_persons_token_is_not_there(sign_in: SignIn, mara: User, tool: Client, page: str) -> None:
    one = made(mara, tool)
    other = sign_in(person("ada", "Administrator", is_superuser=True))
    for number in (one.row.pk, 10**30):
        assert other.get(reverse(page, args=[number])).status_code == 404
    assert other.post(reverse("personal_token_revoke", args=[one.row.pk])).status_code == 404
    assert looked_up(one.value)["active"] is True


def test_r52_my_account_lists_them_with_state_and_last_use(browser: Browser, mara: User, tool: Client) -> None:
    live, soon, gone = made(mara, tool), made(mara, tool, lasts="7"), made(mara, tool)
    keeping.revoke(gone.row, by=BY, now=timezone.now())
    page = browser.get(reverse("account")).text
    for words in ("Live", "Ends soon", "Revoked", "never used"):
        assert words in page
    assert live.value not in page
    assert [line.state for line in keeping.lines(mara, now=timezone.now())] == ["revoked", "ending", "live"]
    later = soon.row.expires
    assert later is not None
    assert [line.state for line in keeping.lines(mara, now=later)][1] == "expired"


def test_names_of_what_was_purged_go_with_it(mara: User, tool: Client) -> None:
    one = made(mara, tool)
    assert last_used.purge(timezone.now()) == 0
    AccessToken.objects.all().delete()
    one.row.family.delete()
    assert last_used.purge(timezone.now()) == 1
