"""The grants that redeem what a user allowed: a code or a device code first, then one refresh token after another.

Both consume and issue in one transaction. The refusal of whoever comes too late is raised after it, so that what the
refusal records and ends is not rolled back with it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import transaction

from policies import resources
from policies.resources import Reach
from tokens import authorization_codes, families, form_request, refresh_rotation
from tokens.device import codes as device_codes
from tokens.errors import OAuthError, invalid_grant
from tokens.exchange import Exchange
from tokens.issuance import UserGrant, user_tokens
from tokens.models import AuthorizationCode, DeviceCode, RefreshToken, TokenFamily


def find_code(exchange: Exchange) -> AuthorizationCode:
    """The code of this request, sound but not consumed. Raises OAuthError and Stale."""
    form = exchange.form
    said = authorization_codes.Presented(redirect_uri=form.get("redirect_uri"), code_verifier=form.get("code_verifier"))
    code = form_request.required(form, "code")
    return authorization_codes.find(code, said, caller=exchange.caller, by=exchange.actor, now=exchange.now)


def redeem_code(exchange: Exchange, row: AuthorizationCode) -> dict[str, Any]:
    """RFC 6749 §4.1.4. The first refresh token is of generation 0 (R29)."""
    grant = UserGrant(
        family=row.family,
        reach=reach(exchange, row.family),
        generation=0,
        nonce=row.nonce,
        code=form_request.required(exchange.form, "code"),
    )
    with transaction.atomic():
        if authorization_codes.consume(row, now=exchange.now):
            return user_tokens(grant, client=exchange.caller.client, expires=exchange.expires, now=exchange.now)
    raise authorization_codes.replayed(row, by=exchange.actor, now=exchange.now)


def find_device_code(exchange: Exchange) -> DeviceCode:
    """The device code of this request, approved and not consumed. Raises OAuthError and Stale."""
    value = form_request.required(exchange.form, "device_code")
    return device_codes.find(value, caller=exchange.caller, now=exchange.now)


def redeem_device_code(exchange: Exchange, row: DeviceCode) -> dict[str, Any]:
    """RFC 8628 §3.5: "the token endpoint responds with a success response" of RFC 6749 §5.1, once."""
    if row.family is None:
        raise invalid_grant("the device code was not approved")
    grant = UserGrant(family=row.family, reach=reach(exchange, row.family), generation=0)
    with transaction.atomic():
        if device_codes.consume(row, now=exchange.now):
            return user_tokens(grant, client=exchange.caller.client, expires=exchange.expires, now=exchange.now)
    raise invalid_grant("the device code was used before")


def find_refresh_token(exchange: Exchange) -> RefreshToken:
    """The refresh token of this request, sound but not consumed. Raises OAuthError and Stale."""
    value = form_request.required(exchange.form, "refresh_token")
    return refresh_rotation.find(value, caller=exchange.caller, by=exchange.actor, now=exchange.now)


def refresh(exchange: Exchange, row: RefreshToken, *, scopes: tuple[str, ...]) -> dict[str, Any]:
    """RFC 6749 §6: `scopes` lie within the family's, which the next refresh token keeps."""
    grant = UserGrant(
        family=row.family, reach=reach(exchange, row.family, scopes=scopes), generation=row.generation + 1
    )
    client = exchange.caller.client
    if row.consumed_at is None:
        with transaction.atomic():
            if refresh_rotation.consume(row, limit=client.refresh_limit, now=exchange.now):
                return user_tokens(grant, client=client, expires=exchange.expires, now=exchange.now)
        refresh_rotation.look_again(row)
    if refresh_rotation.within_grace(row, grace=client.refresh_grace, now=exchange.now):
        with transaction.atomic():
            successor = refresh_rotation.replace_successor(row, limit=client.refresh_limit, now=exchange.now)
            if successor is not None:
                refresh_rotation.record_repeat(row, by=exchange.actor, now=exchange.now)
                return _with(successor, grant, exchange)
    raise refresh_rotation.reused(row, by=exchange.actor, now=exchange.now)


def _with(refresh_token: str, grant: UserGrant, exchange: Exchange) -> dict[str, Any]:
    """Tokens of `grant` beside a refresh token that there is already."""
    alone = replace(grant, generation=None)
    answer = user_tokens(alone, client=exchange.caller.client, expires=exchange.expires, now=exchange.now)
    return answer | {"refresh_token": refresh_token}


def reach(exchange: Exchange, family: TokenFamily, *, scopes: tuple[str, ...] | None = None) -> Reach:
    """What of the family's grant a token gets: asked for, still allowed to the client, within the named resources."""
    allowed = exchange.caller.client.allowed_scope
    wanted = families.scopes_of(family) if scopes is None else scopes
    catalogue = exchange.policy.catalogue
    whole = Reach(scopes=families.scopes_of(family), audiences=tuple(family.resource.split()))
    held = resources.only_with(tuple(filter(allowed.allows, wanted)), of=whole, catalogue=catalogue)
    try:
        left = resources.narrowed(held, to=resources.named(exchange.form.get("resource")), catalogue=catalogue)
    except resources.ResourceRefused as refusal:
        raise OAuthError("invalid_target", str(refusal)) from refusal
    if not left.scopes:
        raise invalid_grant("nothing of what was granted is still allowed")
    return replace(left, scopes=tuple(dict.fromkeys(left.scopes)))
