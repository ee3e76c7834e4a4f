"""The whole configuration in the console: given away as a file, and taken back with its plan shown first.

It is what `manage.py export` and `apply` do, plan and all, so it is for super-administrators alone: a document may set
everything, and acts as one.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

import audit
from accounts import strict_json
from authserver.configuration import exporting, shape
from authserver.configuration.applying import apply_document
from authserver.configuration.changes import Outcome
from authserver.configuration.faults import MOST_LISTED, DocumentRefused, Fault
from authserver.configuration.plan_text import lines_of, plan_total
from authserver.error_views import render_error
from clients.documents import importing
from clients.models import PendingImport
from clients.views.fetching import actor_of, viewer_of

NOT_YOURS = "Only a super-administrator reads or writes the whole configuration."
CHANGED = "The server has changed since this plan was shown. Nothing was applied. Look again, then decide."


class PlannedOtherwise(Exception):
    """What would be applied is not what was shown; nothing was."""


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("document")
@never_cache
def configuration(request: HttpRequest) -> HttpResponse:
    """Step 1: a document, as a file or pasted. Every fault is named before anything is shown."""
    if not viewer_of(request).is_superuser:
        return _not_yours(request)
    if request.method != "POST":
        return _ask(request)
    now = timezone.now()
    try:
        document = shape.parse(_sent(request))
        _plan(document, by=actor_of(request), now=now)
    except strict_json.NotRead as error:
        return _ask(request, [Fault(path="document", message=str(error))])
    except DocumentRefused as refused:
        return _ask(request, refused.faults)
    return redirect("configuration_plan", importing.keep([document], user=viewer_of(request), now=now))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def plan(request: HttpRequest, token: str) -> HttpResponse:
    """Step 2: the plan, as `apply --plan` prints it; then all of it, exactly as shown, or nothing."""
    if not viewer_of(request).is_superuser:
        return _not_yours(request)
    now = timezone.now()
    pending = importing.find(token, user=viewer_of(request), now=now)
    if pending is None or pending.outcome is not None:
        messages.warning(request, "This plan has lapsed, or was applied already. Give the document again.")
        return redirect("configuration")
    conflict = ""
    try:
        (document,) = importing.rows_of(pending)
        if request.method == "POST":
            try:
                outcome = _carry_out(pending, document, request, now=now)
            except PlannedOtherwise:
                conflict = CHANGED
            else:
                messages.success(request, plan_total(outcome.changes, applied=True))
                return redirect("configuration")
        outcome = _plan(document, by=actor_of(request), now=now)
    except importing.NotImported as error:
        return _ask(request, [Fault(path=fault.path, message=fault.message) for fault in error.faults])
    except DocumentRefused as refused:
        return _ask(request, refused.faults)
    context = {
        "outcome": outcome,
        "rows": [(change, list(lines_of(change))) for change in outcome.changes],
        "total": plan_total(outcome.changes, applied=False),
        "digest": _digest(outcome),
        "conflict": conflict,
    }
    return render(request, "authserver/configuration_plan.html", context, status=409 if conflict else 200)


@require_GET
@never_cache
def export(request: HttpRequest) -> HttpResponseBase:
    """The document of everything, without passwords and secrets."""
    if not viewer_of(request).is_superuser:
        return _not_yours(request)
    pieces = exporting.export(sections=exporting.SECTIONS, by=actor_of(request), now=timezone.now())
    response = StreamingHttpResponse(list(pieces), content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="configuration.json"'
    return response


def _plan(document: dict[str, Any], *, by: audit.Actor, now: datetime) -> Outcome:
    return apply_document(document, by=by, now=now, plan_only=True)


def _carry_out(pending: PendingImport, document: dict[str, Any], request: HttpRequest, *, now: datetime) -> Outcome:
    """What was shown, once. Raises PlannedOtherwise, DocumentRefused."""
    with transaction.atomic():
        # The gate: whoever empties the row is the one who applies it.
        if PendingImport.objects.filter(pk=pending.pk, outcome__isnull=True).update(sealed=b"", outcome=[]) != 1:
            raise PlannedOtherwise
        outcome = apply_document(document, by=actor_of(request), now=now, plan_only=False)
        if _digest(outcome) != request.POST.get("digest"):
            raise PlannedOtherwise
    return outcome


def _digest(outcome: Outcome) -> str:
    shown = [[change.action, change.section, change.name, dict(change.changes)] for change in outcome.changes]
    return hashlib.sha256(json.dumps(shown, sort_keys=True, default=str).encode()).hexdigest()


def _sent(request: HttpRequest) -> str:
    """The file's text, else what was pasted. Raises NotRead."""
    file = request.FILES.get("file")
    if file is not None and file.size:
        return strict_json.decode(file.read())
    text = str(request.POST.get("document", ""))
    if not text.strip():
        raise strict_json.NotRead("Choose a file, or paste a document.")
    return text.removeprefix("\ufeff")


def _ask(request: HttpRequest, faults: list[Fault] | None = None) -> HttpResponse:
    found = faults or []
    context = {
        "faults": found[:MOST_LISTED],
        "count": len(found),
        "more": len(found) - MOST_LISTED,
        "pasted": request.POST.get("document", ""),
    }
    return render(request, "authserver/configuration.html", context, status=400 if found else 200)


def _not_yours(request: HttpRequest) -> HttpResponse:
    return render_error(request, 403, message=NOT_YOURS)
