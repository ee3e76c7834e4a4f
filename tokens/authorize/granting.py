"""Answering an authorization request: consent, family and what is issued in one transaction (RFC 6749 §4.1.2, §4.2.2).

By a code; and where legacy grants are on (R20), by tokens in the answer itself, never with a refresh token (R30).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

import audit
from accounts.models import User
from policies import resources, seen_networks, use
from policies.resources import Reach
from tokens import authorization_codes, consent, daily_counts, families, issuance, response_types
from tokens.authorize.request import AuthorizationRequest
from tokens.issuance import UserGrant
from tokens.lifetimes import access_token_expiry
from tokens.models import Consent, TokenFamily


@transaction.atomic
def by_consent(
    request: AuthorizationRequest,
    user: User,
    *,
    granted: Collection[str],
    signed_in_at: datetime | None,
    by: audit.Actor,
) -> dict[str, str]:
    """The person has just allowed `granted`, all or a part of what was asked. Returns the answer's parameters."""
    consent.give(user, request.client, asked=request.reach.scopes, granted=granted, by=by, now=request.now)
    scopes = tuple(name for name in request.reach.scopes if name in granted)
    reach = resources.only_with(scopes, of=request.reach, catalogue=request.policy.catalogue)
    return _answer(request, _family(request, user, reach, signed_in_at=signed_in_at), reach)


@transaction.atomic
def by_remembered(
    request: AuthorizationRequest, user: User, remembered: Consent, *, signed_in_at: datetime | None
) -> dict[str, str] | None:
    """The person allowed it before. None where they have withdrawn it meanwhile."""
    if not consent.use(remembered, now=request.now):
        return None
    return _answer(request, _family(request, user, request.reach, signed_in_at=signed_in_at), request.reach)


def _family(request: AuthorizationRequest, user: User, reach: Reach, *, signed_in_at: datetime | None) -> TokenFamily:
    family: TokenFamily = TokenFamily.objects.create(
        application=request.client,
        user=user,
        grant_type=response_types.grant_of(request.response_type),
        scope=" ".join(reach.scopes),
        resource=" ".join(reach.audiences),
        auth_time=signed_in_at,
        claims=request.form.get("claims", ""),
        client_epoch=request.client.token_epoch,
        user_epoch=user.token_epoch,
        created=request.now,
        expires=families.refreshing_ends(lifetime=request.policy.refresh_token_lifetime, now=request.now),
    )
    return family


def _answer(request: AuthorizationRequest, family: TokenFamily, reach: Reach) -> dict[str, str]:
    _note_use(request, reach)
    if request.response_type == response_types.CODE:
        return {"code": _code(request, family)}
    grant = UserGrant(family=family, reach=reach, generation=None, nonce=request.form.get("nonce", ""))
    client, now = request.client_policy, request.now
    if not response_types.gives_token(request.response_type):
        return {"id_token": issuance.id_token(grant, client, access_token="", now=now)}
    expires = access_token_expiry(
        lifetime=client.lifetime,
        never_expires=client.never_expires,
        global_lifetime=request.policy.access_token_lifetime,
        now=now,
    )
    issued = issuance.user_tokens(grant, client=client, expires=expires, now=now)
    daily_counts.note_issued(client.pk, now=now)
    if not response_types.gives_id_token(request.response_type):
        issued.pop("id_token", None)  # OpenID Connect Core §3.2.2.5: with the response type that names it
    return {name: str(value) for name, value in issued.items()}


def _code(request: AuthorizationRequest, family: TokenFamily) -> str:
    form = request.form
    binding = authorization_codes.Binding(
        redirect_uri=request.redirect_uri,
        named="redirect_uri" in form,
        code_challenge=form.get("code_challenge", ""),
        nonce=form.get("nonce", ""),
    )
    return authorization_codes.issue(
        family, binding, lifetime=request.policy.authorization_code_lifetime, now=request.now
    )


def _note_use(request: AuthorizationRequest, reach: Reach) -> None:
    """What people really allow, and where they return to. Of a code, the scopes are counted when it is redeemed."""
    client, now = request.client_policy, request.now
    if request.redirect_uri in request.client.redirect_uris.split():  # not one with a port of its own
        use.note(client.pk, use.REDIRECT, use.USED, request.redirect_uri, now=now)
    use.note(client.pk, use.SCOPE, use.ASKED, request.form.get("scope", ""), now=now)
    if request.response_type != response_types.CODE:
        use.note(client.pk, use.SCOPE, use.GRANTED, " ".join(reach.scopes), now=now)
    narrower = client.watched_scope
    if narrower is not None and not all(narrower.allows(name) for name in reach.scopes):
        seen_networks.note_beyond_scope(
            client_pk=client.pk,
            address=request.address,
            rules=client.networks,
            rates=client.rates,
            watched_scope=narrower.text,
        )
