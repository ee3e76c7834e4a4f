"""The first start's link makes one administrator: once, in time, and only while there is nobody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from django.conf import settings
from django.test import Client
from django.utils import timezone

import audit
from accounts import set_up, usernames
from accounts.models import SetUpLink, User
from audit.models import Event
from tests.console.html import Page
from tests.ground.running import MakeServer

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BY = audit.Actor(name="", address="192.0.2.7")
GOOD = {"username": "ada", "email": "ada@example.com", "password": "a fine long sentence"}


def token_of(url: str | None) -> str:
    assert url is not None
    return url.rstrip("/").rsplit("/", 1)[1]


def fresh_path() -> str:
    link = set_up.first_start_link(timezone.now())
    assert link is not None
    return link.removeprefix(settings.AUTHSERVER.issuer)


def complete(token: str, *, username: str = "ada", now: datetime = NOW) -> User:
    return set_up.complete(token=token, username=username, email="", password="a fine long sentence", now=now, by=BY)


@pytest.mark.django_db
class TestLink:
    def test_it_stands_on_the_issuer_and_only_its_hash_is_kept(self) -> None:
        link = set_up.first_start_link(NOW)
        assert link is not None
        assert link.startswith(f"{settings.AUTHSERVER.issuer}/set-up/asu_")
        stored = SetUpLink.objects.get()
        assert token_of(link).encode() not in bytes(stored.token_hash)
        assert stored.expires_at == NOW + timedelta(hours=24)

    def test_a_new_link_ends_the_earlier_one(self) -> None:
        first, second = (token_of(set_up.first_start_link(NOW)) for _ in range(2))
        assert set_up.find_link(first, now=NOW) is None
        assert set_up.find_link(second, now=NOW) is not None

    def test_there_is_none_once_there_is_a_person(self) -> None:
        token = token_of(set_up.first_start_link(NOW))
        User.objects.create_user("somebody")
        assert set_up.first_start_link(NOW) is None
        assert set_up.find_link(token, now=NOW) is None
        with pytest.raises(set_up.LinkEnded):
            complete(token)

    def test_service_accounts_are_nobody(self) -> None:
        User.objects.create_user("reports", kind=User.Kind.SERVICE)
        assert set_up.first_start_link(NOW) is not None

    @pytest.mark.parametrize(
        ("token", "age"),
        [(None, timedelta(hours=24)), ("wrong", timedelta()), ("", timedelta()), ("\x00", timedelta())],
    )
    def test_a_wrong_or_expired_token_opens_nothing(self, token: str | None, age: timedelta) -> None:
        real = token_of(set_up.first_start_link(NOW))
        tried = real if token is None else token
        assert set_up.find_link(tried, now=NOW + age) is None
        with pytest.raises(set_up.LinkEnded):
            complete(tried, now=NOW + age)
        assert not User.objects.filter(kind=User.Kind.PERSON).exists()

    def test_it_makes_a_super_administrator_in_the_shipped_role_with_an_event(self) -> None:
        user = complete(token_of(set_up.first_start_link(NOW)))
        assert user.is_superuser
        assert user.check_password("a fine long sentence")
        assert [group.name for group in user.groups.all()] == ["Administrator"]
        event = Event.objects.get(kind="server.set_up")
        assert (event.actor_name, event.address, event.subject_id) == ("ada", "192.0.2.7", user.pk)

    def test_it_works_once(self) -> None:
        token = token_of(set_up.first_start_link(NOW))
        complete(token)
        with pytest.raises(set_up.LinkEnded):
            complete(token, username="eve")
        assert User.objects.filter(kind=User.Kind.PERSON).count() == 1


def test_eight_browsers_at_once_make_one_administrator(server: MakeServer) -> None:
    running = server()
    link = running.shell(
        "from accounts.set_up import first_start_link; from django.utils import timezone;"
        "print(first_start_link(timezone.now()))"
    )

    def open_page(number: int) -> tuple[requests.Session, dict[str, str]]:
        session = requests.Session()
        page = Page(session.get(link, timeout=30).text)
        token = page.one("input", name="csrfmiddlewaretoken")["value"]
        return session, {**GOOD, "username": f"ada{number}", "csrfmiddlewaretoken": token}

    def post(opened: tuple[requests.Session, dict[str, str]]) -> int:
        session, form = opened
        return session.post(link, form, allow_redirects=False, timeout=30).status_code

    pages = [open_page(number) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(post, pages))
    assert statuses == [302] + [404] * 7


@pytest.mark.django_db
class TestPage:
    def test_it_asks_for_the_administrator_and_is_never_cached(self, anonymous: Client) -> None:
        response = anonymous.get(fresh_path())
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "no-referrer"
        page = Page(response.text)
        assert {field.get("name") for field in page.all("input")} >= {"username", "email", "password"}

    def test_posting_it_leads_to_sign_in_and_the_new_account_works(self, anonymous: Client) -> None:
        response = anonymous.post(fresh_path(), GOOD)
        assert (response.status_code, response["Location"]) == (302, "/sign-in/")
        response = anonymous.post("/sign-in/", {"login": "ada", "password": GOOD["password"]})
        assert (response.status_code, response["Location"]) == (302, "/")

    def test_a_browser_that_sends_no_referrer_may_post_it(self, anonymous: Client) -> None:
        path = fresh_path()
        browser = Client(enforce_csrf_checks=True, HTTP_HOST="127.0.0.1")
        page = Page(browser.get(path).text)
        form = {**GOOD, "csrfmiddlewaretoken": page.one("input", name="csrfmiddlewaretoken")["value"]}
        assert browser.post(path, GOOD, headers={"origin": "null"}).status_code == 403
        assert browser.post(path, form, headers={"origin": "null"}).status_code == 302

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"username": ""}, "username"),
            ({"username": "a\x00b"}, "username"),
            ({"username": "a\r\nb"}, "username"),
            ({"username": " ada"}, "username"),
            ({"username": "ada\u202e"}, "username"),
            ({"username": "x" * 256}, "username"),
            ({"email": "nobody"}, "email"),
            ({"password": "short"}, "password"),
            ({"password": "password1234"}, "password"),
            ({"password": "ada@example.com"}, "password"),
            ({"password": ""}, "password"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field_and_the_link_lives_on(
        self, anonymous: Client, changed: dict[str, str], field: str
    ) -> None:
        path = fresh_path()
        response = anonymous.post(path, {**GOOD, **changed})
        assert response.status_code == 400
        assert Page(response.text).one("input", name=field)["aria-invalid"] == "true"
        assert "a fine long sentence" not in response.text
        assert anonymous.post(path, GOOD).status_code == 302

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_a_wrong_link_is_a_clear_page(self, anonymous: Client, method: str) -> None:
        response = getattr(anonymous, method)("/set-up/asu_wrong/", GOOD)
        assert response.status_code == 404
        assert "This link has ended" in response.text

    def test_a_used_link_is_a_clear_page(self, anonymous: Client) -> None:
        path = fresh_path()
        anonymous.post(path, GOOD)
        assert "This link has ended" in anonymous.get(path).text

    def test_markup_in_a_name_stays_text(self, anonymous: Client) -> None:
        response = anonymous.post(fresh_path(), {**GOOD, "username": "<script>alert(1)</script>", "email": "x"})
        assert "<script>alert" not in response.text

    def test_a_link_in_a_log_line_is_hidden(self) -> None:
        from authserver.logs import hide_secrets

        link: dict[str, Any] = {"path": fresh_path()}
        assert "asu_" not in hide_secrets(None, "", link)["path"]


@pytest.mark.django_db
class TestUsernames:
    @pytest.mark.parametrize("name", ["ada", "Ada Lovelace", "ada@example.com", "阿达", "x" * 255, "o'neill"])
    def test_names_that_people_have(self, name: str) -> None:
        assert usernames.username_fault(name) is None

    @pytest.mark.parametrize("name", ["", "x" * 256, "a\x00", "a\nb", "a\u200bb", "a\u2066b", " a", "a ", "\ud800"])
    def test_names_that_nobody_can_have(self, name: str) -> None:
        assert usernames.username_fault(name)

    def test_a_name_is_taken_by_people_service_accounts_and_what_upper_rooms_say(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        person = User.objects.create_user("ada")
        User.objects.create_user("reports", kind=User.Kind.SERVICE)
        monkeypatch.setattr(usernames, "ALSO_TAKEN_BY", [lambda name: "A client" if name == "phone" else None])
        assert usernames.taken_fault("ada")
        assert usernames.taken_fault("ada", user_pk=person.pk) is None
        assert usernames.taken_fault("reports")
        assert "A client" in str(usernames.taken_fault("phone"))
        assert usernames.taken_fault("free") is None
