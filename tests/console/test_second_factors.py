"""Second factors, step-up and sessions: what signing in asks for, what it keeps, and what nobody gets around."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, hotp_value, yield_hotp_counters_from_time
from django.test import Client as Browser

from accounts import server_settings
from accounts.key_derivation import derived_keys
from accounts.models import BrowserSession, User
from accounts.password_checks import person_with
from accounts.second_factors.adapter import SecondFactorAdapter, Unreadable
from accounts.sessions.devices import device_of
from audit.models import Event
from tests.clients.people import BY, client_named, person
from tests.console.html import Page
from tests.ground.people import HOST, SignIn

pytestmark = pytest.mark.django_db
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PASSWORD = "correct horse battery staple"


def code() -> str:
    return f"{hotp_value(SEED, next(iter(yield_hotp_counters_from_time()))):06}"


@pytest.fixture
def mara() -> User:
    user = person("mara", is_superuser=True)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def guarded(mara: User) -> User:
    TOTP.activate(mara, SEED)
    RecoveryCodes.activate(mara)
    return mara


@pytest.fixture
def browser() -> Browser:
    return Browser(HTTP_HOST=HOST)


def password(browser: Browser, address: str = "/sign-in/?next=/clients/") -> Any:
    return browser.post(address, {"login": "mara", "password": PASSWORD})


def age(browser: Browser, seconds: float) -> None:
    session = browser.session
    session["signed_in_at"] = time.time() - seconds
    session.save()


# ── Signing in ──


def test_the_password_alone_signs_nobody_in_who_has_a_second_factor(browser: Browser, guarded: User) -> None:
    answer = password(browser)
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/second-factor/")
    assert browser.get("/clients/").status_code == 302
    assert not Event.objects.filter(kind="sign_in.succeeded").exists()
    answer = browser.post("/sign-in/second-factor/", {"code": f"{code()[:3]} {code()[3:]}"})
    assert (answer.status_code, answer["Location"]) == (302, "/clients/")
    assert browser.get("/clients/").status_code == 200
    assert Event.objects.filter(kind="sign_in.succeeded").count() == 1


def test_a_code_is_used_once(browser: Browser, guarded: User) -> None:
    used = code()
    password(browser)
    assert browser.post("/sign-in/second-factor/", {"code": used}).status_code == 302
    another = Browser(HTTP_HOST=HOST)
    password(another)
    assert another.post("/sign-in/second-factor/", {"code": used}).status_code == 400


def test_wrong_codes_are_counted_told_to_the_trail_and_stopped(browser: Browser, guarded: User) -> None:
    password(browser)
    statuses = [browser.post("/sign-in/second-factor/", {"code": f"{n:06}"}).status_code for n in range(8)]
    assert statuses[0] == 400
    assert statuses[-1] == 429
    assert browser.post("/sign-in/second-factor/", {"code": code()})["Retry-After"] == "300"
    assert Event.objects.filter(kind="second_factor.failed", actor_name="").exists()


def test_a_recovery_code_signs_in_once_and_is_an_event(browser: Browser, guarded: User) -> None:
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    password(browser)
    assert browser.post("/sign-in/second-factor/", {"code": codes[0]}).status_code == 302
    assert Event.objects.get(kind="second_factor.recovered").actor_name == "mara"
    another = Browser(HTTP_HOST=HOST)
    password(another)
    assert another.post("/sign-in/second-factor/", {"code": codes[0]}).status_code == 400


def test_without_a_password_before_it_the_page_leads_to_sign_in(browser: Browser, guarded: User) -> None:
    for method in ("get", "post"):
        answer = getattr(browser, method)("/sign-in/second-factor/", {"code": code()})
        assert (answer.status_code, answer["Location"]) == (302, "/sign-in/")


@pytest.mark.parametrize("credential", ["", "x", "[]", "{}", '{"id": 1}', '{"rawId": "x", "response": {}}', "null"])
def test_what_is_no_passkey_is_refused_in_words(browser: Browser, guarded: User, credential: str) -> None:
    password(browser)
    assert browser.post("/sign-in/second-factor/", {"credential": credential}).status_code == 400
    stranger = Browser(HTTP_HOST=HOST)
    assert stranger.post("/sign-in/passkey/", {"credential": credential}).status_code in (302, 400)
    assert "_auth_user_id" not in stranger.session


def test_the_page_behind_the_password_lets_the_application_be_reached(browser: Browser, guarded: User) -> None:
    client_named("App", client_id="app", grants=("authorization_code",), redirect_uris=("https://app.example/cb",),
                 allowed_scope="openid")  # fmt: skip
    asked = ("/authorize?client_id=app&response_type=code&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&scope=openid"
             "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256")  # fmt: skip
    browser.post("/sign-in/", {"login": "mara", "password": PASSWORD, "next": asked})
    page = browser.get("/sign-in/second-factor/")
    assert "https://app.example" in page["Content-Security-Policy"]
    assert page["Referrer-Policy"] == "no-referrer"
    answer = browser.post("/sign-in/second-factor/", {"code": code()})
    assert answer["Location"] == asked


def test_r22_a_password_alone_is_not_somebody_with_a_second_factor(guarded: User) -> None:
    assert person_with(username="mara", password=PASSWORD, by=BY) is None
    Authenticator.objects.all().delete()
    assert person_with(username="mara", password=PASSWORD, by=BY) == guarded


# ── What is kept ──


def test_a_seed_is_sealed_and_another_key_opens_nothing(mara: User, settings: Any) -> None:
    TOTP.activate(mara, SEED)
    row = Authenticator.objects.get(user=mara)
    assert SEED not in str(row.data)
    sealed = SecondFactorAdapter().encrypt(SEED)
    settings.AUTHSERVER = replace(settings.AUTHSERVER, secret_keys=("another-secret-key-of-this-server-1",))
    derived_keys.cache_clear()
    try:
        with pytest.raises(Unreadable):
            SecondFactorAdapter().decrypt(sealed)
    finally:
        derived_keys.cache_clear()


# ── Setting up and removing ──


def test_setting_up_an_app_takes_a_code_of_it_and_shows_recovery_codes_once(
    sign_in: SignIn, mara: User, django_capture_on_commit_callbacks: Any
) -> None:
    browser = sign_in(mara)
    page = browser.get("/account/second-factors/app/")
    assert page["Cache-Control"].count("no-store")
    seed = browser.session["mfa.totp.secret"]
    assert browser.post("/account/second-factors/app/", {"code": "000000"}).status_code == 200
    assert not Authenticator.objects.exists()
    counter = next(iter(yield_hotp_counters_from_time()))
    with django_capture_on_commit_callbacks(execute=True):
        done = browser.post("/account/second-factors/app/", {"code": f"{hotp_value(seed, counter):06}"})
    assert done["Location"] == "/account/second-factors/codes/"
    first, again = (Page(browser.get(done["Location"]).text).all("code") for _ in range(2))
    assert (len(first), len(again)) == (10, 0)
    assert Event.objects.filter(kind="second_factor.added").count() == 2
    with django_capture_on_commit_callbacks(execute=True):
        browser.post("/account/second-factors/app/remove/")
    assert not Authenticator.objects.exists()
    assert Event.objects.filter(kind="second_factor.removed").exists()


def test_a_lost_factor_is_taken_away_by_who_reaches_the_person(sign_in: SignIn, guarded: User) -> None:
    boss = person("boss")
    boss.permissions = ["people.view", "people.edit"]
    boss.save()
    address = f"/people/{guarded.pk}/second-factors/"
    assert sign_in(boss).post(address).status_code == 403
    assert Authenticator.objects.count() == 2
    sue = person("sue", is_superuser=True)
    assert sign_in(sue).get(address).status_code == 200
    assert sign_in(sue).post(address).status_code == 302
    assert not Authenticator.objects.exists()
    assert Event.objects.filter(kind="second_factor.removed", actor_name="sue", subject_name="mara").count() == 2
    assert sign_in(person("ann", "Auditor")).post(address).status_code == 403


# ── Step-up ──


def test_what_reaches_far_asks_for_a_fresh_sign_in_and_goes_on_where_it_was(sign_in: SignIn, mara: User) -> None:
    client = client_named("C")
    browser, address = sign_in(mara), f"/clients/{client.pk}/reset-secret/"
    assert browser.get(address).status_code == 200
    age(browser, 601)
    sent = browser.get(address)
    assert (sent.status_code, sent["Location"]) == (302, f"/sign-in/?next=%2Fclients%2F{client.pk}%2Freset-secret%2F")
    form = browser.get(sent["Location"])
    assert form.status_code == 200
    assert Page(form.text).one("input", name="login")["value"] == "mara"
    back = browser.post(sent["Location"], {"login": "mara", "password": PASSWORD})
    assert back["Location"] == address
    assert browser.get(address).status_code == 200


def test_a_post_that_comes_too_late_does_nothing_and_says_so(sign_in: SignIn, mara: User) -> None:
    client = client_named("C")
    browser = sign_in(mara)
    age(browser, 601)
    before = client.secrets.count()
    sent = browser.post(f"/clients/{client.pk}/reset-secret/", {"overlap": "0"})
    assert sent.status_code == 302
    assert client.secrets.count() == before
    password(browser, sent["Location"])
    assert "Nothing was done" in browser.get(f"/clients/{client.pk}/reset-secret/").text


def test_step_up_asks_for_the_second_factor_too(browser: Browser, guarded: User) -> None:
    password(browser)
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    browser.post("/sign-in/second-factor/", {"code": codes[0]})
    age(browser, 601)
    sent = browser.get("/settings/keys/rotate/")
    assert password(browser, sent["Location"])["Location"] == "/sign-in/second-factor/"
    assert browser.get("/settings/keys/rotate/").status_code == 302, "the password alone is not enough"
    done = browser.post("/sign-in/second-factor/", {"code": codes[1]})
    assert done["Location"] == "/settings/keys/rotate/"
    assert browser.get("/settings/keys/rotate/").status_code == 200


def test_a_session_at_the_api_is_held_to_the_same(sign_in: SignIn, mara: User) -> None:
    client = client_named("C")
    browser = sign_in(mara)
    age(browser, 601)
    answer = browser.post(f"/api/v1/clients/{client.pk}/secrets", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "sign_in_again")
    assert browser.get("/api/v1/clients").status_code == 200


def test_ordinary_pages_ask_for_nothing(sign_in: SignIn, mara: User) -> None:
    browser = sign_in(mara)
    age(browser, 40_000)
    for address in ("/", "/clients/", "/account/", "/audit/", "/settings/"):
        assert browser.get(address).status_code == 200, address


def test_every_page_that_asks_for_it_is_there() -> None:
    from authserver.step_up import ASKED_AT
    from authserver.urls import urlpatterns

    assert {getattr(one, "name", None) for one in urlpatterns} >= ASKED_AT


# ── Administrators need one ──


@pytest.fixture
def demanded(settings: Any, mara: User) -> None:
    settings.AUTHSERVER = replace(settings.AUTHSERVER, mode="production")
    server_settings.change(by=BY, values={"requireSecondFactor": True, "requireHttps": False})


def test_an_administrator_without_one_is_led_to_it_before_anything_else(
    demanded: None, sign_in: SignIn, mara: User
) -> None:
    browser = sign_in(mara)
    for address in ("/", "/clients/", "/people/", "/account/"):
        sent = browser.get(address)
        assert (sent.status_code, sent["Location"]) == (302, "/account/second-factors/required/"), address
    assert browser.get("/account/second-factors/required/").status_code == 200
    assert browser.get("/account/second-factors/app/").status_code == 200
    assert browser.get("/api/v1/clients").status_code == 403
    assert browser.post("/clients/new/", {"name": "x"}).status_code == 302
    TOTP.activate(mara, SEED)
    assert browser.get("/clients/").status_code == 200


def test_developers_and_people_without_a_role_are_not_asked(demanded: None, sign_in: SignIn) -> None:
    assert sign_in(person("dev", "Developer")).get("/clients/").status_code == 200
    assert sign_in(person("ann", "Auditor")).get("/clients/").status_code == 302


def test_development_never_asks(sign_in: SignIn, mara: User) -> None:
    server_settings.change(by=BY, values={"requireSecondFactor": True})
    assert sign_in(mara).get("/clients/").status_code == 200


# ── Sessions ──


def test_sessions_are_listed_and_ended_one_by_one_and_all_at_once(sign_in: SignIn, mara: User) -> None:
    here, there, elsewhere = (sign_in(mara) for _ in range(3))
    page = Page(here.get("/account/").text)
    numbers = [button["value"] for button in page.all("button", name="session") if button["value"] != "all"]
    assert len(numbers) == 2
    own = BrowserSession.objects.get(session_key=there.session.session_key)
    here.post("/account/sessions/end/", {"session": str(own.pk)})
    assert there.get("/clients/").status_code == 302
    assert elsewhere.get("/clients/").status_code == 200
    here.post("/account/sessions/end/", {"session": "all"})
    assert elsewhere.get("/clients/").status_code == 302
    assert here.get("/clients/").status_code == 200
    assert Event.objects.filter(kind="session.ended", actor_name="mara").count() == 2


def test_nobody_ends_or_sees_anothers_session(sign_in: SignIn, mara: User) -> None:
    mine, theirs = sign_in(mara), sign_in(person("tomas"))
    row = BrowserSession.objects.get(user__username="tomas")
    for number in (str(row.pk), "0", "-1", "x", "", "9" * 30):
        mine.post("/account/sessions/end/", {"session": number})
    assert theirs.get("/account/").status_code == 200
    assert str(theirs.session.session_key) not in mine.get("/account/").text


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1", "Safari on iPhone"),
        ("curl/8.5", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_browser_is_named_as_people_know_it(agent: str, words: str) -> None:
    assert device_of(agent) == words
