"""The userinfo endpoint (OpenID Connect Core §5.3): the token's user, in the claims of the token's scopes."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from tokens import acting, bearer, claims, form_request, steps
from tokens.errors import bearer_invalid_request, no_token
from tokens.exchange import Exchange
from tokens.form_request import Form
from tokens.people import person_of

METHODS = ("GET", "POST")


def answer(exchange: Exchange) -> dict[str, Any]:
    """Who the token is about. Raises OAuthError as RFC 6750 §3.1 spells it (R54)."""
    value = presented(exchange)
    token = acting.prove(exchange, value)
    steps.apply_policy(exchange)
    if token.person_pk is None:  # of client credentials: about the client alone
        return {"sub": token.sub}
    person = person_of(User.objects.get(pk=token.person_pk))
    return claims.userinfo(person, scopes=token.scope.split())


def presented(exchange: Exchange) -> str:
    """RFC 6750 §2.1 and §2.2: by the header, or by the body of a POST; never by the query, and never twice."""
    form_request.check_method(exchange.method, allowed=METHODS)
    if "access_token" in {name for name, _ in form_request.read_pairs(exchange.query.encode())}:
        raise bearer_invalid_request("Send the access token in the Authorization header, never in the URL.")
    in_body = _form(exchange).get("access_token") if exchange.method == "POST" else None
    if bearer.presented(exchange.authorization):
        if in_body is not None:
            raise bearer_invalid_request("Send the access token once: in the header or in the body.")
        return bearer.value_in(exchange.authorization)
    if in_body is None:
        raise no_token()
    return in_body


def _form(exchange: Exchange) -> Form:
    """A POST without a body needs no media type (§5.3.1: the header alone is RECOMMENDED)."""
    body = form_request.read_body(exchange.stream, content_length=exchange.content_length, chunked=exchange.chunked)
    if not body:
        return {}
    form_request.check_media_type(exchange.content_type)
    return form_request.parse(body)
