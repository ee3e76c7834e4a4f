"""`/check`: may this request pass? Asked by a gateway in front of an API, for the token that the request shows.

Token, scope, audience, network rules, budget and delay of the token's client in one answer (R54, R55; contracts,
Machine addresses). The gateway asks by any method; the request that it asks about stands in headers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from policies.scopes import MOST_TOKENS, SCOPE_TOKEN
from tokens import acting, bearer, form_request, steps
from tokens.errors import bearer_invalid_request, invalid_request, invalid_token, no_token
from tokens.exchange import Exchange

METHOD_HEADERS = ("HTTP_X_FORWARDED_METHOD", "HTTP_X_ORIGINAL_METHOD")
URI_HEADERS = ("HTTP_X_FORWARDED_URI", "HTTP_X_ORIGINAL_URI")
LONGEST_TOKEN = 8192
# RFC 9110 §9.1, §5.6.2: a method is a token, and its case counts.
_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}")
_B64TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")  # RFC 6750 §2.1


def answer(exchange: Exchange) -> dict[str, Any]:
    """Nothing in the body; who passes stands in the headers. Raises OAuthError."""
    exchange.method = asked_method(exchange.meta) or exchange.method
    exchange.asked_about = asked_path(exchange.meta)
    exchange.form = {"scope": needed_scope(exchange.query)}
    token = acting.prove(exchange, presented(exchange))
    steps.apply_policy(exchange)
    exchange.answer_headers |= {
        "X-Auth-Client": token.client_id,
        "X-Auth-Subject": token.sub,
        "X-Auth-Scope": token.scope,
    }
    return {}


def presented(exchange: Exchange) -> str:
    """RFC 6750 §2.1. What is no bearer token at all is answered like none (R54), two of them like a mistake."""
    if not bearer.presented(exchange.authorization):
        raise no_token()
    value = bearer.value_in(exchange.authorization)
    if len(value) > LONGEST_TOKEN:
        raise invalid_token("longer than any token")
    if not _B64TOKEN.fullmatch(value):
        raise bearer_invalid_request("The Authorization header holds no bearer token, or several.")
    return value


def needed_scope(query: str) -> str:
    """The scopes that the API needs, all of them. It goes into a challenge, and so is held to RFC 6749 §3.3."""
    pairs = form_request.read_pairs(query.encode())
    if twins := form_request.repeated(pairs):
        raise invalid_request(f"The parameter {twins[0][:60]} comes more than once.")
    names = [name for name in form_request.as_form(pairs).get("scope", "").split(" ") if name]
    if len(names) > MOST_TOKENS or not all(SCOPE_TOKEN.fullmatch(name) for name in names):
        raise invalid_request("The parameter scope holds what no scope can be named.")
    return " ".join(names)


def asked_method(meta: Mapping[str, Any]) -> str:
    """The method of the request that is asked about; empty where the gateway does not tell."""
    told = {method for name in METHOD_HEADERS if (method := str(meta.get(name, "")))}
    if len(told) > 1:
        raise invalid_request("X-Forwarded-Method and X-Original-Method differ.")
    method = next(iter(told), "")
    if method and not _METHOD.fullmatch(method):
        raise invalid_request("X-Forwarded-Method or X-Original-Method holds no method.")
    return method


def asked_path(meta: Mapping[str, Any]) -> str:
    """The path that is asked about, for the trail. Without its query, where a secret could stand."""
    uri = next((str(meta[name]) for name in URI_HEADERS if meta.get(name)), "")
    return uri.partition("?")[0].partition("#")[0][:500]
