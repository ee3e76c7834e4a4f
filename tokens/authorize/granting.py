"""Answering an authorization request with a code: consent, family and code in one transaction (RFC 6749 §4.1.2)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

import audit
from accounts.models import User
from policies import resources
from policies.resources import Reach
from tokens import authorization_codes, consent, families
from tokens.authorize.checks import RESPONSE_TYPES
from tokens.authorize.request import AuthorizationRequest
from tokens.models import Consent, TokenFamily


@transaction.atomic
def by_consent(
    request: AuthorizationRequest,
    user: User,
    *,
    granted: Collection[str],
    signed_in_at: datetime | None,
    by: audit.Actor,
) -> str:
    """The person has just allowed `granted`, all or a part of what was asked. Returns the code."""
    consent.give(user, request.client, asked=request.reach.scopes, granted=granted, by=by, now=request.now)
    scopes = tuple(name for name in request.reach.scopes if name in granted)
    reach = resources.only_with(scopes, of=request.reach, catalogue=request.policy.catalogue)
    return _code(request, user, reach, signed_in_at=signed_in_at)


@transaction.atomic
def by_remembered(
    request: AuthorizationRequest, user: User, remembered: Consent, *, signed_in_at: datetime | None
) -> str | None:
    """The person allowed it before. None where they have withdrawn it meanwhile."""
    if not consent.use(remembered, now=request.now):
        return None
    return _code(request, user, request.reach, signed_in_at=signed_in_at)


def _code(request: AuthorizationRequest, user: User, reach: Reach, *, signed_in_at: datetime | None) -> str:
    form, policy = request.form, request.policy
    family = TokenFamily.objects.create(
        application=request.client,
        user=user,
        grant_type=RESPONSE_TYPES[request.response_type],
        scope=" ".join(reach.scopes),
        resource=" ".join(reach.audiences),
        auth_time=signed_in_at,
        claims=form.get("claims", ""),
        client_epoch=request.client.token_epoch,
        user_epoch=user.token_epoch,
        created=request.now,
        expires=families.refreshing_ends(lifetime=policy.refresh_token_lifetime, now=request.now),
    )
    binding = authorization_codes.Binding(
        redirect_uri=request.redirect_uri,
        named="redirect_uri" in form,
        code_challenge=form.get("code_challenge", ""),
        nonce=form.get("nonce", ""),
    )
    return authorization_codes.issue(family, binding, lifetime=policy.authorization_code_lifetime, now=request.now)
