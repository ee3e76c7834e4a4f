"""Each preset of the register page in real Chromium, from the press of its card to a token that works (R18)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.application import Application, application, device, fetched
from tests.browser.test_the_thread import FURNITURE, PASSWORD, sign_in
from tests.ground.browsers import NewPage
from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol.authorizing import Proof
from tests.protocol.caller import Caller, basic

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPE = "openid profile email"


@dataclass(frozen=True, kw_only=True)
class Walk:
    """One preset on its way: who is who, and what its form said. `theirs`: the browser of somebody who signs in."""

    server: Server
    app: Application
    theirs: Page
    client_id: str
    secret: str

    @property
    def caller(self) -> Caller:
        return Caller(self.server.url, authorization=basic(self.client_id, self.secret) if self.secret else None)

    def form(self, grant: str, **values: str) -> dict[str, str]:
        """A token request; a public client names itself in it."""
        return {"grant_type": grant, **values, **({} if self.secret else {"client_id": self.client_id})}

    def token(self, grant: str, **values: str) -> dict[str, Any]:
        answer = self.caller.post("/token", self.form(grant, **values))
        assert answer.status == 200, answer.text
        return answer.json

    def userinfo(self, token: str) -> dict[str, Any]:
        answer = self.caller.send("GET", "/userinfo", headers={"Authorization": f"Bearer {token}"})
        assert answer.status == 200, answer.text
        return answer.json


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A card: what it chooses, and its way to a token. `callback`: the path of the redirect that is typed in;
    `besides`: a grant that is ticked as well.
    """

    kind: str
    grants: tuple[str, ...]
    walk: Callable[[Walk], None]
    callback: str = ""
    besides: str = ""
    allowed_scope: str = ""


# ── The ways to a token ──


def code_of(walk: Walk, callback: str, proof: Proof, *, signs_in: bool = True) -> str:
    """Through sign-in and consent, back to the application; the code that came."""
    asked = {
        "client_id": walk.client_id, "redirect_uri": walk.app.url + callback, "response_type": "code", "scope": SCOPE,
        "state": "s t&te", "code_challenge": proof.challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    walk.theirs.goto(f"{walk.server.url}/authorize?{urlencode(asked)}")
    if signs_in:
        sign_in(walk.theirs, "tomas")
    expect(walk.theirs.get_by_role("heading", level=1)).to_contain_text("asks for access to your account")
    walk.theirs.get_by_role("button", name="Allow").click()
    expect(walk.theirs.get_by_role("heading", level=1)).to_have_text("You are back")
    came = walk.app.came[callback]
    assert (came["state"], came["iss"]) == ("s t&te", walk.server.url)
    return came["code"]


def web(walk: Walk) -> None:
    """Code, token, userinfo, refresh, and signing out with a return."""
    proof = Proof()
    code = code_of(walk, "/cb", proof)
    back = walk.app.url + "/cb"
    tokens = walk.token("authorization_code", code=code, redirect_uri=back, code_verifier=proof.verifier)
    assert walk.userinfo(tokens["access_token"])["name"] == "Tomas Okafor"
    later = walk.token("refresh_token", refresh_token=tokens["refresh_token"])
    assert walk.userinfo(later["access_token"])["email"] == "tomas@example.com"
    leaving = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": walk.app.url + "/bye", "state": "done"}
    walk.theirs.goto(f"{walk.server.url}/end_session?{urlencode(leaving)}")
    expect(walk.theirs.get_by_role("heading", level=1)).to_have_text("You are back")
    assert walk.app.came["/bye"] == {"state": "done"}
    is_signed_out(walk)


def spa(walk: Walk) -> None:
    """The page's own script redeems the code and asks who signed in; there is no refresh token by default."""
    proof = Proof()
    code = code_of(walk, "/cb", proof)
    form = walk.form("authorization_code", code=code, redirect_uri=walk.app.url + "/cb", code_verifier=proof.verifier)
    tokens = fetched(walk.theirs, f"{walk.server.url}/token", form)
    assert "refresh_token" not in tokens
    assert fetched(walk.theirs, f"{walk.server.url}/userinfo", token=tokens["access_token"])["name"] == "Tomas Okafor"
    walk.theirs.goto(f"{walk.server.url}/end_session?{urlencode({'id_token_hint': tokens['id_token']})}")
    expect(walk.theirs.get_by_role("heading", level=1)).to_have_text("You are signed out")
    is_signed_out(walk)


def native(walk: Walk) -> None:
    """The preset's own redirect, on the port that the application happens to listen on (RFC 8252 §7.3)."""
    proof = Proof()
    code, back = code_of(walk, "/callback", proof), walk.app.url + "/callback"
    tokens = walk.token("authorization_code", code=code, redirect_uri=back, code_verifier=proof.verifier)
    later = walk.token("refresh_token", refresh_token=tokens["refresh_token"])
    assert walk.userinfo(later["access_token"])["name"] == "Tomas Okafor"
    assert later["refresh_token"] != tokens["refresh_token"]
    code_of(walk, "/callback", Proof(), signs_in=False)  # a public client is asked for again (RFC 8252 §8.6)


def on_a_device(walk: Walk) -> None:
    """The device shows a code and polls; a person types it elsewhere and allows it."""
    with device(walk.server.url, walk.client_id) as screen:
        shown, first = screen.says(), screen.says()
        assert first["error"] == "authorization_pending"
        walk.theirs.goto(shown["verification_uri"])
        sign_in(walk.theirs, "tomas")
        walk.theirs.get_by_label("Code").fill(shown["user_code"].lower().replace("-", ""))
        walk.theirs.get_by_role("button", name="Continue").click()
        expect(walk.theirs.locator("main")).to_contain_text(shown["user_code"])
        walk.theirs.get_by_role("button", name="Allow").click()
        expect(walk.theirs.get_by_role("heading", level=1)).to_have_text("Your device is connected")
        tokens = screen.says()
        while tokens.get("error") == "authorization_pending":  # asked while the person was typing
            tokens = screen.says()
    later = walk.token("refresh_token", refresh_token=tokens["refresh_token"])
    assert walk.userinfo(later["access_token"])["name"] == "Tomas Okafor"


def service(walk: Walk) -> None:
    """A token of its own, which it looks up itself."""
    said = walk.caller.introspect(walk.caller.token(scope="authorization.introspect"))
    assert (said["active"], said["sub"], said["scope"]) == (True, walk.client_id, "authorization.introspect")


def legacy(walk: Walk) -> None:
    """By the person's password, and implicitly: the token comes back in the fragment, which no server sees (R20)."""
    tokens = walk.token("password", username="tomas", password=PASSWORD, scope="openid profile")
    assert walk.userinfo(tokens["access_token"])["name"] == "Tomas Okafor"
    asked = {
        "client_id": walk.client_id, "redirect_uri": f"{walk.app.url}/cb", "response_type": "token",
        "scope": "openid profile", "state": "s",
    }  # fmt: skip
    walk.theirs.goto(f"{walk.server.url}/authorize?{urlencode(asked)}")
    sign_in(walk.theirs, "tomas")
    walk.theirs.get_by_role("button", name="Allow").click()
    expect(walk.theirs.get_by_role("heading", level=1)).to_have_text("You are back")
    assert walk.app.came["/cb"] == {}
    came = dict(parse_qsl(urlsplit(walk.theirs.url).fragment))
    assert came["state"] == "s"
    assert walk.userinfo(came["access_token"])["name"] == "Tomas Okafor"


PRESETS = {
    "web": Preset(kind="confidential", grants=("authorization_code",), walk=web, callback="/cb"),
    "spa": Preset(kind="public", grants=("authorization_code",), walk=spa, callback="/cb"),
    "native": Preset(kind="public", grants=("authorization_code",), walk=native),
    "device": Preset(kind="public", grants=(DEVICE_GRANT,), walk=on_a_device),
    "service": Preset(
        kind="confidential", grants=("client_credentials",), walk=service, allowed_scope="authorization.introspect"
    ),
    "legacy": Preset(kind="confidential", grants=("password",), walk=legacy, callback="/cb", besides="implicit"),
}
WALKS = [*((preset, True) for preset in PRESETS), ("web", False)]


# ── From the card ──


@pytest.fixture(scope="module")
def furnished(server: MakeServer) -> Server:
    running = server(on_postgresql=False)
    running.manage("apply", "-", text=json.dumps({**FURNITURE, "settings": {"legacyGrants": True}}))
    return running


@pytest.fixture
def app() -> Iterator[Application]:
    with application() as one:
        yield one


def registered(page: Page, name: str, preset: str, app: Application, *, scripts: bool) -> tuple[str, str]:
    """Through the form; the client's id, and its secret where it has one."""
    wanted = PRESETS[preset]
    choose_preset(page, preset, scripts=scripts)
    expect(page.locator(f"[name=type][value={wanted.kind}]")).to_be_checked()
    for grant in wanted.grants:
        expect(page.locator(f'[name=grants][value="{grant}"]')).to_be_checked()
    page.locator("[name=name]").fill(name)
    if wanted.besides:
        page.locator(f"[name=grants][value={wanted.besides}]").check()
    if wanted.callback:
        page.locator("[name=redirect_uris]").fill(app.url + wanted.callback)
    if wanted.allowed_scope:
        page.locator("[name=allowed_scope]").fill(wanted.allowed_scope)
    if preset == "web":
        after_signing_out = page.locator("[name=post_logout_redirect_uris]")
        if not after_signing_out.is_visible():
            page.locator("summary", has=page.get_by_role("heading", name="Advanced")).click()
        after_signing_out.fill(f"{app.url}/bye")
    page.get_by_role("button", name="Register client").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("is registered")
    secret = page.locator("#client-secret")
    assert secret.count() == (wanted.kind == "confidential")
    return page.locator("#client-id").inner_text(), secret.inner_text() if secret.count() else ""


def choose_preset(page: Page, preset: str, *, scripts: bool) -> None:
    """Choose a card, and let it fill the form in."""
    card = page.locator(f"[name=preset][value={preset}]")
    if not scripts:
        card.check()
        page.get_by_role("button", name="Fill the form in from this").click()
    elif not card.is_checked():
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            card.check()


def is_signed_out(walk: Walk) -> None:
    walk.theirs.goto(f"{walk.server.url}/account/")
    expect(walk.theirs.get_by_label("Username")).to_be_visible()


@pytest.mark.parametrize(("preset", "scripts"), WALKS)
def test_r18_each_preset_leads_from_its_card_to_a_token_that_works(
    preset: str, scripts: bool, furnished: Server, browser_page: NewPage, app: Application
) -> None:
    page = browser_page(java_script_enabled=scripts)
    page.goto(f"{furnished.url}/sign-in/?next=/clients/new/")
    sign_in(page)
    client_id, secret = registered(page, f"{preset} {scripts}", preset, app, scripts=scripts)
    theirs = browser_page(java_script_enabled=scripts)
    PRESETS[preset].walk(Walk(server=furnished, app=app, theirs=theirs, client_id=client_id, secret=secret))
