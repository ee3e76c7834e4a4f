"""Refusals on their way out: their status and headers, and the reference under which the trail has them."""

from __future__ import annotations

import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.connections import AWAY
from accounts.models import User
from accounts.rest.refusals import Refusal, meaning_of, missing, not_found
from audit.randomness import new_reference
from audit.recording import NOTHING, Actor
from audit.refusals import record_refusal

CHALLENGE = 'Bearer realm="authserver"'
RECORDED = frozenset({401, 403})
log = structlog.get_logger("accounts.rest")


def caller(request: Request) -> User:
    """Who asks. Raises Refusal 401."""
    user = request.user
    if not isinstance(user, User):
        message = "Send an access token of this server in the Authorization header."
        raise Refusal(401, "not_authenticated", message, headers={"WWW-Authenticate": CHALLENGE})
    request.actor = Actor(
        user.username,
        user.pk,
        request._request.actor.address,
        request._request.actor.request_id,
    )
    return user


def refused(error: Exception, request: Request) -> Response | None:
    """None for what is a fault of ours."""
    refusal = _of_framework(error) or meaning_of(error)
    if refusal is None:
        return None
    if refusal.code == "permission_missing":
        refusal = _by_token(refusal, request)
    reference = refusal.headers.get("X-Reference", "")
    if refusal.status in RECORDED and not reference:
        reference = _recorded(refusal, request)
    headers = refusal.headers | ({"X-Reference": reference} if reference else {})
    return Response(refusal.body(reference=reference), status=refusal.status, headers=headers)


def _of_framework(error: Exception) -> Refusal | None:
    """What DRF and Django raise by themselves."""
    if isinstance(error, AWAY):
        log.error("database.unavailable", error=type(error).__name__)
        headers = {"Retry-After": "5", "X-Reference": new_reference()}
        return Refusal(503, "temporarily_unavailable", "The database is away. Try again shortly.", headers=headers)
    if isinstance(error, Http404):
        return not_found()
    if isinstance(error, exceptions.PermissionDenied):  # the session's CSRF token
        return Refusal(403, "csrf_failed", str(error.detail))
    if isinstance(error, PermissionDenied):
        return missing(str(error))
    if isinstance(error, exceptions.APIException):
        return Refusal(error.status_code, str(error.default_code), str(error.detail))
    return None


def _by_token(refusal: Refusal, request: Request) -> Refusal:
    """RFC 6750 §3.1: a token that lacks the scope is told which; the person behind it may hold the permission."""
    needs: str = getattr(request.auth, "needs", lambda _: "")(refusal.permission)
    if not needs:
        return refusal
    headers = {"WWW-Authenticate": f'{CHALLENGE}, error="insufficient_scope", scope="{needs}"'}
    return Refusal(
        403,
        "insufficient_scope",
        f"The access token lacks the scope {needs}.",
        headers=headers,
        permission=refusal.permission,
    )


def _recorded(refusal: Refusal, request: Request) -> str:
    pages: Actor = request._request.actor
    user = request.user if isinstance(request.user, User) else None
    actor = Actor(user.username, user.pk, pages.address, pages.request_id) if user else pages
    return record_refusal(
        kind="api.refused",
        key=(refusal.code, refusal.message, actor.name, actor.address),
        actor=actor,
        subject=NOTHING,
        detail={"error": refusal.code, "description": refusal.message, "path": request.path},
        now=timezone.now(),
    )
