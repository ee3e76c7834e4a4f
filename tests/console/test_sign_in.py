"""Signing in and out: what it opens, what it refuses, what it records, and where it leads."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from tests.console.html import Page
from tests.ground.people import MakeUser, SignIn

pytestmark = pytest.mark.django_db
PASSWORD = "a fine long sentence"


@pytest.fixture
def ada(make_user: MakeUser) -> User:
    return make_user("ada", password=PASSWORD)


def attempt(browser: Client, name: str = "ada", password: str = PASSWORD, path: str = "/sign-in/", **extra: Any) -> Any:
    return browser.post(path, {"login": name, "password": password}, **extra)


def events(kind: str) -> list[Event]:
    return list(Event.objects.filter(kind=kind).order_by("pk"))


def test_a_right_password_leads_to_the_dashboard_and_is_recorded(anonymous: Client, ada: User) -> None:
    response = attempt(anonymous)
    assert (response.status_code, response["Location"]) == (302, "/")
    (event,) = events("sign_in.succeeded")
    assert (event.actor_name, event.actor_id, event.address) == ("ada", ada.pk, "127.0.0.1")
    assert event.request_id
    assert "Successfully" not in anonymous.get("/").text


def test_a_session_begins_anew_at_sign_in(anonymous: Client, ada: User) -> None:
    anonymous.get("/sign-in/")
    before = anonymous.session.session_key
    attempt(anonymous)
    assert anonymous.session.session_key != before


@pytest.mark.parametrize("name", ["ada", "nobody", "<script>alert(1)</script>", "x" * 255, "ада", "a\r\nb"])
def test_a_wrong_sign_in_is_one_answer_for_all_and_keeps_only_the_name(anonymous: Client, ada: User, name: str) -> None:
    response = attempt(anonymous, name, "my wrong password")
    assert response.status_code == 200
    assert "That username and password do not match." in response.text
    assert "<script>alert" not in response.text
    (event,) = events("sign_in.failed")
    assert event.subject_name == name
    assert response["X-Reference"] == event.reference
    assert "my wrong password" not in str(Event.objects.values())


@pytest.mark.parametrize("name", ["a\x00b", "x" * 100_000, "", " "])
def test_what_cannot_be_a_name_is_refused_at_the_form(anonymous: Client, ada: User, name: str) -> None:
    assert attempt(anonymous, name).status_code == 200
    assert not anonymous.session.get("_auth_user_id")


@pytest.mark.parametrize(
    "fields",
    [{"is_active": False}, {"deleted_at": timezone.now()}, {"kind": User.Kind.SERVICE}],
    ids=["deactivated", "deleted", "service account (R17)"],
)
def test_who_may_not_sign_in_hears_what_everybody_hears(
    anonymous: Client, make_user: MakeUser, fields: dict[str, object]
) -> None:
    make_user("ada", password=PASSWORD, **fields)
    assert "do not match" in attempt(anonymous).text
    assert anonymous.get("/").status_code == 302


def test_a_user_without_a_password_cannot_sign_in_with_an_empty_one(anonymous: Client, make_user: MakeUser) -> None:
    make_user("ada")
    for password in ("", "!", "None"):
        assert attempt(anonymous, password=password).status_code == 200


def test_five_wrong_tries_for_a_name_stop_it_from_every_address(anonymous: Client, ada: User) -> None:
    for number in range(5):
        assert attempt(anonymous, password="wrong", REMOTE_ADDR=f"192.0.2.{number}").status_code == 200
    response = attempt(anonymous, REMOTE_ADDR="192.0.2.99")
    assert response.status_code == 429
    assert response["Retry-After"] == "300"
    assert "Too many tries" in response.text
    assert [event.subject_name for event in events("sign_in.throttled")] == ["ada"]
    assert attempt(anonymous, "eve", "wrong", REMOTE_ADDR="192.0.2.99").status_code == 200


def test_many_wrong_names_from_one_address_stop_that_address(anonymous: Client, ada: User) -> None:
    statuses = [attempt(anonymous, f"name{number}", "wrong").status_code for number in range(21)]
    assert statuses == [200] * 20 + [429]
    assert attempt(anonymous, REMOTE_ADDR="192.0.2.99").status_code == 302


def test_an_ipv6_neighbour_counts_as_the_same_address(anonymous: Client, ada: User) -> None:
    for number in range(20):
        attempt(anonymous, f"name{number}", "wrong", REMOTE_ADDR=f"2001:db8::{number:x}")
    assert attempt(anonymous, "name", "wrong", REMOTE_ADDR="2001:db8::ffff").status_code == 429
    assert attempt(anonymous, "name", "wrong", REMOTE_ADDR="2001:db8:0:1::1").status_code == 200


def test_any_tries_from_one_address_end_with_a_429_page(anonymous: Client, ada: User) -> None:
    for _ in range(60):
        anonymous.post("/sign-in/", {"login": "", "password": ""})
    response = anonymous.post("/sign-in/", {"login": "", "password": ""})
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "Too many requests" in response.text
    assert len(events("sign_in.throttled")) == 1


def test_good_sign_ins_are_never_throttled_by_themselves(anonymous: Client, ada: User) -> None:
    for _ in range(10):
        assert attempt(anonymous).status_code == 302
        anonymous.post("/sign-out/")


def test_forged_forwarding_headers_do_not_move_the_count(anonymous: Client, ada: User) -> None:
    for number in range(20):
        attempt(anonymous, f"n{number}", "wrong", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")
    assert attempt(anonymous, "n", "wrong", HTTP_X_FORWARDED_FOR="192.0.2.99").status_code == 429


ELSEWHERE = [
    "//evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "https:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " //evil.example",
    "/\t/evil.example",
    "///evil.example",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_sign_in_never_leads_to_another_host(anonymous: Client, ada: User, target: str) -> None:
    page = anonymous.get("/sign-in/", {"next": target})
    assert 'href="javascript' not in page.text
    response = anonymous.post("/sign-in/", {"login": "ada", "password": PASSWORD, "next": target})
    assert response["Location"] == "/"
    assert anonymous.get("/sign-in/", {"next": target})["Location"] == "/"


def test_sign_in_goes_on_where_somebody_was(anonymous: Client, ada: User) -> None:
    first = anonymous.get("/clients/?q=a")
    assert first["Location"] == "/sign-in/?next=/clients/%3Fq%3Da"
    assert attempt(anonymous, path=first["Location"])["Location"] == "/clients/?q=a"


def test_sign_out_takes_a_post_and_is_recorded(sign_in: SignIn, ada: User) -> None:
    browser = sign_in(ada)
    assert browser.get("/sign-out/").status_code == 405
    assert browser.get("/").status_code == 200
    assert browser.post("/sign-out/")["Location"] == "/sign-in/"
    assert browser.get("/").status_code == 302
    assert [event.actor_name for event in events("sign_out")] == ["ada"]


def test_sign_out_without_a_session_is_harmless(anonymous: Client) -> None:
    assert anonymous.post("/sign-out/").status_code == 302
    assert events("sign_out") == []


def test_posts_without_a_csrf_token_are_refused(ada: User) -> None:
    browser = Client(enforce_csrf_checks=True, HTTP_HOST="127.0.0.1")
    assert attempt(browser).status_code == 403
    browser.force_login(ada, backend="accounts.backends.PasswordBackend")
    assert browser.post("/sign-out/").status_code == 403


def test_a_sign_in_page_of_another_tab_leads_on_once_its_person_has_signed_in(ada: User) -> None:
    """Signing in ends the token of every form that was open before; who is signed in is not told to go back."""
    browser = Client(enforce_csrf_checks=True, HTTP_HOST="127.0.0.1")
    form = {"login": "ada", "password": PASSWORD, "next": "/account/"}
    token = Page(browser.get("/sign-in/").text).one("input", name="csrfmiddlewaretoken")["value"]
    for status, path in ((302, "/account/"), (303, "/sign-in/?next=%2Faccount%2F")):
        response = browser.post("/sign-in/", {**form, "csrfmiddlewaretoken": token})
        assert (response.status_code, response["Location"]) == (status, path)
    assert browser.get(response["Location"])["Location"] == "/account/"
    forged = browser.post("/sign-in/", {**form, "next": "//evil.example"})
    assert browser.get(forged["Location"])["Location"] == "/"
    assert len(events("sign_in.succeeded")) == 1


def test_a_deactivated_user_is_out_at_the_next_request(sign_in: SignIn, ada: User) -> None:
    browser = sign_in(ada)
    assert browser.get("/").status_code == 200
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert browser.get("/").status_code == 302


def test_a_changed_password_ends_the_sessions(sign_in: SignIn, ada: User) -> None:
    browser = sign_in(ada)
    ada.set_password("another fine sentence")
    ada.save()
    assert browser.get("/").status_code == 302


def test_the_password_once_more_is_recorded_and_a_wrong_one_too(sign_in: SignIn, ada: User) -> None:
    browser = sign_in(ada)
    assert browser.post("/sign-in/again/", {"password": "wrong"}).status_code == 200
    assert [event.subject_name for event in events("sign_in.failed")] == ["ada"]
    assert browser.post("/sign-in/again/?next=//evil.example", {"password": PASSWORD})["Location"] == "/"
    assert [event.actor_name for event in events("sign_in.confirmed")] == ["ada"]


def test_nobody_can_sign_up(anonymous: Client) -> None:
    assert anonymous.get("/signup/").status_code in (302, 404)
    assert anonymous.get("/accounts/signup/").status_code in (302, 404)


def test_sign_in_sends_no_referrer_and_cannot_be_framed(anonymous: Client) -> None:
    response = anonymous.get("/sign-in/")
    assert response["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert "no-store" in response["Cache-Control"]
