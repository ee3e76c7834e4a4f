"""What can be done about a finding of the linter: mend it by one press, set it aside with a reason, take that back."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from clients import registration
from clients.changes.change_words import in_words
from clients.linter import dismissals
from clients.linter.dismissals import NotDismissed
from clients.linter.findings import Finding
from clients.linter.reading import is_linted, report_on
from clients.models import Client
from clients.views.fetching import actor_of, changing, fetch, seen_revision
from clients.views.form_pages import saved
from clients.writing import ChangedMeanwhile, Refused

GONE = "This finding does not stand any more."
CHANGED = "Somebody changed this client meanwhile. Nothing was done. This is what the fix would change now."


@require_http_methods(["GET", "HEAD", "POST"])
@changing(Permission.CLIENTS_EDIT)
def fix(request: HttpRequest, client: Client, rule: str) -> HttpResponse:
    """The fix that the finding carries, shown before it is made; a change like any edit, which names its rule."""
    finding = _finding(client, rule)
    if finding is None or finding.fix is None:
        messages.info(request, GONE)
        return redirect("client_overview", client.pk)
    if request.method != "POST":
        return _ask_fix(request, client, finding)
    if seen_revision(request) not in (None, client.revision):
        return _ask_fix(request, client, finding, faults=[CHANGED], status=409)
    try:
        edited = registration.edit(
            client=client,
            facts=finding.fix.after,
            by=actor_of(request),
            now=timezone.now(),
            revision=client.revision,
            detail={"fixes": rule},
        )
    except Refused as refusal:
        return _ask_fix(request, client, finding, faults=[fault.message for fault in refusal.faults])
    except ChangedMeanwhile:
        return _ask_fix(request, client, finding, faults=[CHANGED], status=409)
    return saved(request, client, edited)


@require_http_methods(["GET", "HEAD", "POST"])
def dismiss(request: HttpRequest, number: int, rule: str) -> HttpResponse:
    """It changes no fact of the client, so that protection does not bind it; it takes the right to edit."""
    client = fetch(request, number, Permission.CLIENTS_EDIT)
    finding = _finding(client, rule)
    if finding is None:
        messages.info(request, GONE)
        return redirect("client_overview", client.pk)
    if request.method != "POST":
        return _ask_reason(request, client, finding)
    reason = request.POST.get("reason", "")
    try:
        dismissals.dismiss(client=client, rule=rule, reason=reason, by=actor_of(request), now=timezone.now())
    except NotDismissed as fault:
        return _ask_reason(request, client, finding, fault=str(fault))
    messages.success(request, f"Dismissed: {finding.title}.")
    return redirect("client_overview", client.pk)


@require_POST
def restore_finding(request: HttpRequest, number: int, rule: str) -> HttpResponse:
    """The finding stands again."""
    client = fetch(request, number, Permission.CLIENTS_EDIT)
    try:
        dismissals.restore(client=client, rule=rule, by=actor_of(request), now=timezone.now())
    except NotDismissed as fault:
        messages.warning(request, str(fault))
    else:
        messages.success(request, "The finding stands again.")
    return redirect("client_overview", client.pk)


def _finding(client: Client, rule: str) -> Finding | None:
    """What the rule finds now, set aside or not."""
    if not is_linted(client):
        return None
    report = report_on(client, now=timezone.now())
    found = (*report.findings, *(gone.finding for gone in report.dismissed))
    return next((finding for finding in found if finding.rule == rule), None)


def _ask_fix(
    request: HttpRequest, client: Client, finding: Finding, *, faults: Iterable[str] = (), status: int = 200
) -> HttpResponse:
    changes = in_words(finding.fix.changes) if finding.fix else ()
    context = {"client": client, "finding": finding, "changes": changes, "faults": list(faults)}
    return render(request, "clients/fix.html", context, status=status)


def _ask_reason(request: HttpRequest, client: Client, finding: Finding, *, fault: str = "") -> HttpResponse:
    context = {
        "client": client,
        "finding": finding,
        "fault": fault,
        "reason": request.POST.get("reason", ""),
        "longest": dismissals.LONGEST_REASON,
    }
    return render(request, "clients/dismiss.html", context)
