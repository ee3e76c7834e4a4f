"""Every value that could be used by whoever finds it is issued, used and misused on a real server; afterwards none of
them stands anywhere that this server writes or shows: log, pages, documents, audit trail, sessions, database.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus, urlencode, urljoin, urlsplit

import pytest

from tests.console.forms import sent
from tests.console.html import Page
from tests.ground import postgresql
from tests.ground.server import Server
from tests.protocol import test_device_grant as device
from tests.protocol.assertions import ask, claims, form_of, signed
from tests.protocol.authorizing import PROOF, USERS, Browser, redeem, refresh
from tests.protocol.caller import Caller, basic
from tests.protocol.conftest import SECRETS, as_client

OWNER = ("owner", "a-long-owner-password")
MISTYPED = "Mara's password, but mistyped"
PAGES_OF_A_KIND = 2
ALL_SESSIONS = """
import json
from django.contrib.sessions.models import Session
print(json.dumps([one.get_decoded() for one in Session.objects.all()]))
"""


@dataclass
class Known:
    """What the test came to know, by name, and the browser of an administrator who looks for it."""

    running: Server
    machine: Caller
    person: Browser
    owner: Browser
    values: dict[str, str] = field(default_factory=dict)
    looked_for: dict[str, set[str]] = field(default_factory=dict)

    def keep(self, **values: str) -> None:
        assert all(len(value) >= 8 for value in values.values()), values
        self.values |= values
        self.looked_for |= {name: _forms(value) for name, value in values.items()}

    def found_in(self, text: str) -> list[str]:
        """The names of what stands in `text`, in any of the forms that it is sent in."""
        return [name for name, forms in self.looked_for.items() if any(form in text for form in forms)]


def _forms(value: str) -> set[str]:
    """A value as it is, and as URLs, pages, JSON and HTTP Basic write it; a JWT's parts; what is random of ours."""
    forms = {value, quote(value), quote_plus(value), html.escape(value), json.dumps(value)[1:-1]}
    for before in range(3):  # base64 says the same in three ways, by what stands before it
        forms.add(base64.b64encode(bytes(before) + value.encode()).decode()[4 * (before > 0) : -4])
    if value.count(".") == 2:
        forms |= set(value.split(".")[1:])
    elif re.match(r"as[a-z]_", value):
        forms.add(value[12:-6])
    elif re.fullmatch(r"[A-Z]{4}-[A-Z]{4}", value):
        forms.add(value.replace("-", ""))
    return forms


@pytest.fixture(scope="module")
def known(furnished: Server) -> Known:
    """After every flow."""
    person, owner = Browser(furnished.url), Browser(furnished.url)
    assert person.sign_in().status == 302
    assert owner.sign_in(*OWNER[:1], password=OWNER[1]).status == 302
    one = Known(furnished, Caller(furnished.url, authorization=as_client("service")), person, owner)
    one.keep(**{f"secret of {name}": value for name, value in SECRETS.items()})
    one.keep(**{f"password of {name}": value for name, value in USERS.items()}, owner=OWNER[1], verifier=PROOF.verifier)
    for flow in (codes_and_refreshing, client_credentials, assertions, devices, secrets_of_the_console, passwords):
        flow(one)
    return one


def codes_and_refreshing(one: Known) -> None:
    """Redeemed, refreshed, used, misused in every parameter that could carry it, replayed and revoked."""
    code = one.person.code(scope="openid profile ping")
    first = redeem(one.machine, code).json
    second = refresh(one.machine, first["refresh_token"]).json
    other = redeem(one.machine, one.person.code()).json
    unused = one.person.code()
    one.keep(code=code, access=first["access_token"], refresh=first["refresh_token"], id_token=first["id_token"])
    one.keep(access_2=second["access_token"], refresh_2=second["refresh_token"], id_token_2=second["id_token"])
    one.keep(unused_code=unused, other_access=other["access_token"], other_refresh=other["refresh_token"])
    token = second["access_token"]
    assert one.machine.post("/userinfo", {"access_token": token}, authorization="").status == 200
    assert one.machine.introspect(token, authorization=as_client("reader"))["active"]
    assert one.machine.introspect(token, authorization=as_client("inner"))["active"]
    assert one.machine.send("GET", f"/userinfo?access_token={token}").status == 400
    for path in (f"/nowhere/{token}/", f"/clients/?q={token}", f"/tokens/{token}/", f"/audit/?q={token}"):
        one.owner.get(path)
    one.person.authorize(id_token_hint=first["id_token"], prompt="none")
    one.person.authorize(scope=token, state=token)
    assert one.person.get("/end_session", {"id_token_hint": first["id_token"], "state": token}).status in (
        200,
        302,
        303,
    )
    assert one.person.sign_in().status == 302  # that ended the session
    pasted = one.owner.get("/tokens/")
    for value in (token, unused, SECRETS["web"], "asa_" + "x" * 52):
        one.owner.post("/tokens/find/", {**pasted.hidden, "token": value})
    assert redeem(one.machine, unused, authorization=as_client("thrice")).error == "invalid_grant"
    assert redeem(one.machine, code).error == "invalid_grant"
    for status in (200, 400):
        assert refresh(one.machine, other["refresh_token"]).status == status
    assert one.machine.post("/revoke", {"token": second["refresh_token"]}, authorization=as_client("web")).status == 200


def client_credentials(one: Known) -> None:
    """By every method of sending a secret, the wrong ones too; opaque and as a JWT."""
    asked = {"grant_type": "client_credentials"}
    opaque = one.machine.token()
    jwt = one.machine.token(authorization=as_client("signer"))
    posted = {**asked, "client_id": "poster", "client_secret": SECRETS["poster"]}
    by_body = one.machine.post("/token", posted, authorization="").json["access_token"]
    one.keep(opaque=opaque, jwt=jwt, by_body=by_body, mistyped_secret="service-and-a-mistyped-secret-1")
    assert (
        one.machine.post("/token", asked, authorization=basic("service", "service-and-a-mistyped-secret-1")).status
        == 401
    )
    assert one.machine.post("/token", posted).status == 400
    assert one.machine.post(f"/token?{urlencode(posted)}", asked, authorization="").status == 400
    assert one.machine.send("GET", f"/token?{urlencode(posted)}").status == 405
    assert one.machine.post("/revoke", {"token": jwt}, authorization=as_client("signer")).status == 200
    one.machine.introspect(jwt, authorization=as_client("reader"))
    one.machine.send("GET", "/check", headers={"Authorization": f"Bearer {opaque}", "X-Original-URI": f"/x?t={opaque}"})


def assertions(one: Known) -> None:
    """Used, used again, and one that proves nothing."""
    issuer = one.running.url
    good, bad = signed(claims("keys", issuer)), signed(claims("keys", issuer, aud="https://elsewhere.example"))
    one.keep(assertion=good, wrong_assertion=bad)
    answer = ask(one.machine, good)
    assert answer.status == 200, answer.text
    one.keep(access_by_assertion=answer.json["access_token"])
    assert [ask(one.machine, one_more).status for one_more in (good, bad)] == [401, 401]
    asked = urlencode(form_of(bad))
    assert one.machine.post(f"/token?{asked}", {"grant_type": "client_credentials"}, authorization="").status == 400


def devices(one: Known) -> None:
    """Typed, opened by a link, polled too soon, redeemed, redeemed again, and one that is denied."""
    asked, denied = device.ask(one.machine), device.ask(one.machine)
    one.keep(device_code=asked["device_code"], user_code=asked["user_code"])
    one.keep(denied_device_code=denied["device_code"], denied_user_code=denied["user_code"])
    device.poll(one.machine, asked["device_code"])
    assert one.person.get(f"/device?user_code={asked['user_code']}").status == 200
    assert "is connected" in device.allow(one.person, asked["user_code"]).text
    device.decide(one.person, device.type_code(one.person, denied["user_code"]), "deny")
    tokens = device.poll(one.machine, asked["device_code"]).json
    one.keep(device_access=tokens["access_token"], device_refresh=tokens["refresh_token"])
    assert device.poll(one.machine, asked["device_code"]).error == "invalid_grant"


def secrets_of_the_console(one: Known) -> None:
    """A custom secret, a generated one with the old one beside it, and one that is refused at its field."""
    form = sent(one.owner.get("/clients/new/").text, having="client_secret")
    chosen = {"name": "Ledger", "type": "confidential", "grants": "client_credentials", "allowed_scope": "ping"}
    custom, weak = "a-custom-secret-of-the-ledger-77", "weak-pw-1"
    refused = one.owner.post("/clients/new/", {**form, **chosen, "client_secret": weak})
    assert refused.status == 200
    made = one.owner.post("/clients/new/", {**form, **chosen, "client_secret": custom})
    assert made.status == 302, Page(made.text).all("li")
    one.keep(custom_secret=custom, weak_secret=weak)
    assert custom in one.owner.get(made.location).text
    client = made.location.removesuffix("credentials/")
    asked = sent(one.owner.get(f"{client}reset-secret/").text)
    rotated = one.owner.post(f"{client}reset-secret/", {**asked, "overlap": "1h"})
    assert rotated.status == 302, Page(rotated.text).all("li")
    one.keep(generated_secret=Page(one.owner.get(rotated.location).text).by_id("client-secret").text)
    left = sent(one.owner.get(f"{client}reset-secret/").text)
    assert one.owner.post(f"{client}reset-secret/", {**left, "overlap": "1h"}).status == 302  # never looked at


def passwords(one: Known) -> None:
    """A person's own, set by a link; mistyped ones; and one that nobody who signs in may use here."""
    name, own = f"vera{one.running.port}", "Vera's own long password"
    form = sent(one.owner.get("/people/new/").text, having="username")
    made = one.owner.post("/people/new/", {**form, "username": name, "how": "link"})
    assert made.status == 302, Page(made.text).all("li")
    link = Page(one.owner.get(made.location).text).by_id("password-link").text
    one.keep(password_link=link.rstrip("/").rsplit("/", 1)[1], own_password=own, mistyped_password=MISTYPED)
    vera = Browser(one.running.url)
    page = vera.get(link)
    done = vera.post(link, {**page.hidden, "password": own, "password_again": own})
    assert done.status == 302, Page(done.text).all("li")
    assert vera.sign_in(name, password=MISTYPED).status == 200
    assert vera.sign_in(name, password=own).status == 302
    asked = {"grant_type": "password", "username": name, "password": own}
    assert one.machine.post("/token", asked).status == 400
    assert one.machine.post(f"/token?{urlencode(asked)}", {"grant_type": "client_credentials"}).status in (200, 400)


def test_r16_r63_no_page_and_no_document_of_the_console_shows_a_value(known: Known) -> None:
    """Every kind of page that links lead to, some of each kind, as an administrator sees them."""
    shown = {}
    for address, text in crawled(known):
        if names := known.found_in(text):
            shown[address] = names
    assert shown == {}


def test_r16_no_value_stands_in_the_log(known: Known) -> None:
    assert "status=" in known.running.log_text()
    assert known.found_in(known.running.log_text()) == []


def test_r16_no_value_stands_in_the_database_nor_in_any_session(known: Known) -> None:
    """The files of SQLite byte by byte, or what pg_dump writes; sessions once more as they are read."""
    stored = everything_stored(known.running)
    assert all(event in stored for event in ("token.code_replayed", "token.refresh_reused", "sign_in.failed"))
    assert known.found_in(stored) == []
    sessions = known.running.shell(ALL_SESSIONS)
    assert "_auth_user_id" in sessions
    assert known.found_in(sessions) == []


def test_a_value_would_be_found_in_each_of_its_forms(known: Known) -> None:
    """The search itself finds what it looks for, at every place where it looks."""
    assert "web" in everything_stored(known.running)
    secret = known.values["secret of service"]
    for form in (secret, quote_plus(secret), json.dumps({"secret": secret})):
        assert "secret of service" in known.found_in(f"before {form} after")
    assert "id_token" in known.found_in(known.values["id_token"].split(".")[1])


def everything_stored(running: Server) -> str:
    url = running.variables.get("AUTHSERVER_DATABASE_URL")
    if url:
        return postgresql.start_shared().dump(urlsplit(url).path.removeprefix("/"))
    files = sorted(running.home.glob("db.sqlite3*"))
    assert files
    return "\n".join(file.read_bytes().decode("latin-1") for file in files)


def crawled(known: Known) -> Iterator[tuple[str, str]]:
    """Pages from the dashboard on by their links: of addresses that differ by numbers alone, the first few."""
    waiting, seen = ["/", "/audit/?q=refresh", *newest_of(known)], dict[str, int]()
    while waiting:
        address = waiting.pop(0)
        kind = re.sub(r"\d+|\?.*|(?<=/secrets/)\w+", "", address)
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] > PAGES_OF_A_KIND:
            continue
        answer = known.owner.get(address)
        yield address, answer.text
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            waiting += _links(answer.text, at=address)
    assert len(seen) > 50, sorted(seen)


def _links(text: str, *, at: str) -> list[str]:
    """Addresses of this server on a page, sign-out and whatever else acts excepted: those are forms."""
    found = (urljoin(at, one.get("href") or "") for one in Page(text).all("a"))
    return [one.partition("#")[0] for one in found if one.startswith("/") and not one.startswith("/static/")]


def newest_of(known: Known) -> list[str]:
    """The pages about what the flows left: tokens, clients and the person."""
    tokens = _links(known.owner.get("/tokens/").text, at="/tokens/")
    return [one for one in tokens if re.match(r"/tokens/\w+_\d+/", one)]
