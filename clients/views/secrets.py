"""The tab "Credentials": a client's secrets, a new one with an overlap, and changing or retiring one (R15, R16)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from clients import snippets
from clients.documents import known_keys
from clients.forms.secret_forms import RotateForm, SecretForm
from clients.models import Client
from clients.secrets import rotation, secret_rows, shown_once
from clients.secrets.rotation import NoSuchSecret
from clients.views.changing import CHANGED
from clients.views.fetching import actor_of, changing, fetch, seen_revision, show_once
from clients.views.framing import show_tab
from clients.views.showing import snippet_subject
from clients.writing import ChangedMeanwhile, Refused

TAB = "client_secrets"


@require_safe
def secrets(request: HttpRequest, number: int) -> HttpResponse:
    """Every secret that is not retired: by whom, until when, used when and from where, and whether it can go."""
    client = fetch(request, number)
    context = {
        **_secrets_of(client),
        "keys": known_keys.rows_of(client),
        "form": RotateForm(),
        "snippet": snippets.get_a_token(snippet_subject(client)),
    }
    return show_tab(request, client, page=TAB, template="clients/secrets/tab.html", context=context)


def _secrets_of(client: Client) -> dict[str, Any]:
    """`rows`, and how many of them are `live`."""
    rows = secret_rows.rows_of(client, now=timezone.now())
    return {"rows": rows, "live": sum(row.live for row in rows)}


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("client_secret")
@changing(Permission.CLIENTS_RESET_SECRET)
def reset_secret(request: HttpRequest, client: Client) -> HttpResponse:
    """R15: the new secret is shown once; the earlier ones stop at once, or after the overlap that was picked."""
    if not client.confidential or client.by_keys:
        who = "A client that authenticates by its keys" if client.confidential else "A public client"
        messages.warning(request, f"{who} has no secret.")
        return redirect("client_overview", client.pk)
    form = RotateForm(request.POST) if request.method == "POST" else RotateForm()
    if not form.is_bound or not form.is_valid():
        return _ask(request, client, "clients/secrets/rotate.html", form=form)
    overlap = form.said_overlap
    try:
        issued = rotation.rotate(client=client, overlap=overlap, wanted=form.wanted, **_how(request))
    except Refused as refusal:
        form.add_faults(refusal.faults)
        return _ask(request, client, "clients/secrets/rotate.html", form=form)
    except ChangedMeanwhile:
        return _ask(request, client, "clients/secrets/rotate.html", form=form, status=409)
    occasion: shown_once.Occasion = "rotated" if overlap else "reset"
    return show_once(request, client, shown_once.Look(occasion=occasion, secret=issued.secret, key_id=issued.key_id))


@require_http_methods(["GET", "HEAD", "POST"])
@changing(Permission.CLIENTS_RESET_SECRET)
def change_secret(request: HttpRequest, client: Client, key_id: str) -> HttpResponse:
    """Another label or another end for one secret."""
    row = _row(client, key_id)
    form = SecretForm(request.POST if request.method == "POST" else None, secret=row.secret)
    asked: dict[str, Any] = {"form": form, "row": row}
    if not form.is_bound or not form.is_valid():
        return _ask(request, client, "clients/secrets/change.html", **asked)
    facts: dict[str, Any] = {"label": form.said_label, "expires_at": form.said_end}
    try:
        changed = rotation.change(client=client, key_id=key_id, **facts, **_how(request))
    except Refused as refusal:
        form.add_faults(refusal.faults)
        return _ask(request, client, "clients/secrets/change.html", **asked)
    except ChangedMeanwhile:
        return _ask(request, client, "clients/secrets/change.html", **asked, status=409)
    messages.success(request, f"Secret {key_id} is changed." if changed else "Nothing was different.")
    return redirect(TAB, client.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@changing(Permission.CLIENTS_RESET_SECRET)
def retire_secret(request: HttpRequest, client: Client, key_id: str) -> HttpResponse:
    """One secret stops working now; the page before says who would notice."""
    row = _row(client, key_id)
    if request.method != "POST":
        return _ask(request, client, "clients/secrets/retire.html", row=row)
    try:
        rotation.retire(client=client, key_id=key_id, **_how(request))
    except ChangedMeanwhile:
        return _ask(request, client, "clients/secrets/retire.html", row=row, status=409)
    messages.success(request, f"Secret {key_id} is retired. It no longer works.")
    return redirect(TAB, client.pk)


def _row(client: Client, key_id: str) -> secret_rows.Row:
    """The secret with what is known of its use. Raises Http404 for another client's, or one that is retired."""
    try:
        return secret_rows.row_of(client, key_id, now=timezone.now())
    except NoSuchSecret as error:
        raise Http404 from error


def _how(request: HttpRequest) -> dict[str, Any]:
    """By whom, when, and on the revision that the asking page was made from."""
    return {"by": actor_of(request), "now": timezone.now(), "revision": seen_revision(request)}


def _ask(request: HttpRequest, client: Client, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """The question, with the fields as they were filled in."""
    revision = seen_revision(request) if request.method == "POST" else None
    if status == 409:
        client = Client.objects.select_related("owner").get(pk=client.pk)
        revision = None
    asked = {
        "client": client,
        "revision": client.revision if revision is None else revision,
        "conflict": CHANGED if status == 409 else "",
    }
    return render(request, template, {**asked, **_secrets_of(client), **context}, status=status)
