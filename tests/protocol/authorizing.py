"""A person's browser as protocol tests need it: cookies, forms, and no redirect followed unless it is asked for."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import requests

from tests.protocol.caller import FORM, Caller, Response
from tests.protocol.conftest import as_client

USERS = {"mara": "mara-and-her-long-password", "tomas": "tomas-and-his-long-password"}
BACK = "https://web.example/back"
TOO_MANY = 429


@dataclass(frozen=True)
class Proof:
    """A code verifier and its S256 challenge."""

    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def challenge(self) -> str:
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


PROOF = Proof()


def request_of(**changes: str | None) -> dict[str, str]:
    """A sound request of the client `web`; `None` leaves a parameter out."""
    whole: dict[str, str | None] = {
        "client_id": "web",
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "ping",
        "state": "a state, with = & and é",
        "code_challenge": PROOF.challenge,
        "code_challenge_method": "S256",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A response of the authorization endpoint."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def parameters(self) -> dict[str, str]:
        """What came back to the client, each name once, from the query or the fragment."""
        parts = urlsplit(self.location)
        pairs = parse_qsl(parts.fragment or parts.query, keep_blank_values=True, strict_parsing=True)
        assert len(dict(pairs)) == len(pairs), self.location
        return dict(pairs)

    @property
    def code(self) -> str:
        return self.parameters["code"]

    @property
    def hidden(self) -> dict[str, str]:
        return {
            html.unescape(name): html.unescape(value)
            for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', self.text)
        }

    @property
    def action(self) -> str:
        return html.unescape(re.findall(r'<form[^>]*action="([^"]*)"', self.text)[0])


class Browser:
    """One profile."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def get(self, path: str, parameters: Any = None) -> Answer:
        query = f"?{parameters if isinstance(parameters, str) else urlencode(parameters)}" if parameters else ""
        return self._answer(self.session.get(self._absolute(path) + query, allow_redirects=False, timeout=60))

    def post(self, path: str, form: Any, **headers: str) -> Answer:
        body = form if isinstance(form, str) else urlencode(form, doseq=True)
        sent = {"Content-Type": FORM, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self._answer(
            self.session.post(self._absolute(path), data=body, headers=sent, allow_redirects=False, timeout=60)
        )

    def authorize(self, **changes: str | None) -> Answer:
        return self.get("/authorize", request_of(**changes))

    def sign_in(self, username: str = "mara", *, at: str = "/sign-in/", password: str | None = None) -> Answer:
        """Send the sign-in page's form; `at`: its address with what goes on afterwards.

        All tests of a worker come from one address, which may sign in sixty times a minute: a fast machine waits.
        """
        answer = self._sign_in(username, at=at, password=password)
        for _ in range(35):
            if answer.status != TOO_MANY:
                break
            time.sleep(2)
            answer = self._sign_in(username, at=at, password=password)
        return answer

    def _sign_in(self, username: str, *, at: str, password: str | None) -> Answer:
        page = self.get(at)
        return self.post(at, {**page.hidden, "login": username, "password": password or USERS[username]})

    def allow(self, page: Answer, *, ticked: tuple[str, ...] = (), **changes: str) -> Answer:
        """Press a button of the consent page."""
        assert page.status == 200, (page.status, page.location, page.text[:500])
        button = {} if "deny" in changes else {"allow": "1"}
        return self.post(page.action, {**page.hidden, "scope": list(ticked), **button, **changes})

    def code(self, **changes: str | None) -> str:
        """Through consent where it is asked, to the code."""
        answer = self.authorize(**changes)
        return (self.allow(answer) if answer.status == 200 else answer).code

    def _absolute(self, path: str) -> str:
        return path if path.startswith("http") else self.url + path

    @staticmethod
    def _answer(response: requests.Response) -> Answer:
        return Answer(status=response.status_code, headers=response.headers, text=response.text)


def redeem(machine: Caller, code: str, *, authorization: str | None = None, **changes: str | None) -> Response:
    """The token request of the client `web`, or of a public client that is named in `changes`."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": PROOF.verifier,
        **changes,
    }
    sent = {name: value for name, value in form.items() if value is not None}
    default = "" if "client_id" in sent else as_client("web")
    return machine.post("/token", sent, authorization=default if authorization is None else authorization)


def refresh(machine: Caller, token: str, *, authorization: str | None = None, **changes: str) -> Response:
    form = {"grant_type": "refresh_token", "refresh_token": token, **changes}
    default = "" if "client_id" in form else as_client("web")
    return machine.post("/token", form, authorization=default if authorization is None else authorization)


def is_active(machine: Caller, token: str) -> bool:
    return bool(machine.introspect(token, authorization=as_client("reader"))["active"])


def one(query: str, name: str) -> str:
    """The only value of a parameter in a URL."""
    values = parse_qs(urlsplit(query).query)[name]
    assert len(values) == 1
    return values[0]
