"""What the servers are asked, row by row: the control's rows are named as ours are."""

from __future__ import annotations

import json
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.bench.load import Target
from tests.bench.proof import REDIRECT, VERIFIER


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A server that runs, with the same clients by the same names as every other.

    `slash` ends its addresses. `mint`: makes so many codes or refresh tokens. `rate`: more of those than it can use up
    in a second. `tokens`: how many are introspected in turn; as few as a slow one can issue.
    """

    url: str
    secret: str
    mint: Callable[[str, int], list[str]]
    slash: str = ""
    introspecting: str = "authorization.introspect"
    tokens: int = 200
    rate: int = 2000

    def address(self, path: str) -> str:
        return self.url + path + self.slash


def of_both(asked: Asked) -> dict[str, Target]:
    """The rows that stand beside a control."""
    return of_client_credentials(asked, "bench") | _of_jwts(asked) | _of_codes_and_refreshing(asked)


def of_ours(asked: Asked, client_id: str) -> dict[str, Target]:
    """The row that the control has nothing for."""
    shown = tuple(f"Bearer {one}" for one in _tokens(asked, client_id))
    check = Target(url=asked.address("/check") + "?scope=orders.read", authorizations=shown, method="GET")
    return {"/check by Bearer": check}


def of_client_credentials(asked: Asked, client_id: str) -> dict[str, Target]:
    """What a client asks for itself, and about tokens of its own."""
    basic, introspect = _basic(client_id, asked.secret), asked.address("/introspect")
    holder = _token(asked, client_id, scope=asked.introspecting)
    bodies = tuple(f"token={one}" for one in _tokens(asked, client_id))
    return {
        "/token by Basic": _issuing(asked, client_id),
        "/introspect by Basic": Target(url=introspect, authorizations=(basic,), bodies=bodies),
        "/introspect by Bearer": Target(url=introspect, authorizations=(f"Bearer {holder}",), bodies=bodies),
    }


def _of_jwts(asked: Asked) -> dict[str, Target]:
    bodies = tuple(f"token={one}" for one in _tokens(asked, "bench-jwt"))
    holder = (f"Bearer {_token(asked, 'bench', scope=asked.introspecting)}",)
    return {
        "/token, a JWT": _issuing(asked, "bench-jwt"),
        "/introspect a JWT": Target(url=asked.address("/introspect"), authorizations=holder, bodies=bodies),
    }


def _of_codes_and_refreshing(asked: Asked) -> dict[str, Target]:
    proof = f"grant_type=authorization_code&{urlencode({'redirect_uri': REDIRECT, 'code_verifier': VERIFIER})}&code="
    asking = {"codes": proof, "refresh_tokens": "grant_type=refresh_token&refresh_token="}
    basic, url = (_basic("bench-web", asked.secret),), asked.address("/token")

    def supply(what: str) -> Callable[[int], tuple[str, ...]]:
        return lambda seconds: tuple(asking[what] + one for one in asked.mint(what, seconds * asked.rate))

    return {
        "/token, a code": Target(url=url, authorizations=basic, supply=supply("codes")),
        "/token, a refresh": Target(url=url, authorizations=basic, supply=supply("refresh_tokens")),
    }


def _issuing(asked: Asked, client_id: str) -> Target:
    basic = _basic(client_id, asked.secret)
    return Target(url=asked.address("/token"), authorizations=(basic,), bodies=("grant_type=client_credentials",))


def _basic(client_id: str, secret: str) -> str:
    return "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()


def _tokens(asked: Asked, client_id: str) -> tuple[str, ...]:
    return tuple(_token(asked, client_id) for _ in range(asked.tokens))


def _token(asked: Asked, client_id: str, *, scope: str | None = None) -> str:
    body = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
    headers = {"Authorization": _basic(client_id, asked.secret)}
    request = urllib.request.Request(asked.address("/token"), urlencode(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(json.load(answer)["access_token"])
