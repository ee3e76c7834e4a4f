"""Pages that change nothing: a client's overview and activity, and the one look at its secret."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import server_settings
from clients import snippets, wording
from clients.actions import actions_for
from clients.changes import activity as activity_room
from clients.changes.history import history_of
from clients.facts import facts_of, lifetime_of
from clients.life.lifelines import lifelines
from clients.linter.places import PLACES
from clients.linter.reading import is_linted, report_on
from clients.models import Client
from clients.overview_panels import panels_for
from clients.rules.network_rules import rules_of
from clients.secrets import secret_rows, shown_once
from clients.tables import redirects
from clients.views.fetching import fetch, viewer_of
from clients.views.framing import show_tab


@require_safe
def overview(request: HttpRequest, number: int) -> HttpResponse:
    """What the client is, how its secrets stand, and what happened to it."""
    client = fetch(request, number)
    facts, global_lifetime = facts_of(client), server_settings.current().access_token_lifetime
    now = timezone.now()
    report = report_on(client, now=now) if is_linted(client) else None
    context = {
        "facts": facts,
        "lifetime": wording.lifetime(lifetime_of(client), global_lifetime=global_lifetime),
        "refreshes": wording.refreshes(facts.refresh_limit, grants=facts.grants),
        "grace": wording.grace(facts.refresh_grace),
        "authentication": wording.authentication(facts.token_endpoint_auth_method, confidential=facts.confidential),
        "networks": wording.networks(rules_of(facts.network_rules)),
        "redirects": redirects(client),
        "lifelines": lifelines(client.secrets.filter(revoked_at=None), now=now),
        "report": report,
        "findings": [(finding, PLACES.get(finding.rule)) for finding in report.findings] if report else [],
        "history": history_of(client),
        "snippet": snippets.get_a_token(snippet_subject(client)),
        "panels": panels_for(viewer_of(request), client, now=now),
    }
    return show_tab(request, client, page="client_overview", template="clients/overview.html", context=context)


@require_safe
def activity(request: HttpRequest, number: int) -> HttpResponse:
    """R10: every change of the client, for everybody who may see it."""
    client = fetch(request, number)
    view = activity_room.read(dict(request.GET.lists()))
    page = activity_room.find(client, view)
    context = {
        "view": view,
        "entries": page.entries,
        "families": [(family, family.value in view.families) for family in activity_room.FAMILIES],
        "chosen": [family.label for family in activity_room.FAMILIES if family.value in view.families],
        "older": view.address(before=page.older) if page.older else "",
        "newest": view.address() if view.before else "",
    }
    return show_tab(request, client, page="client_activity", template="clients/activity.html", context=context)


@require_safe
@never_cache
def credentials_once(request: HttpRequest, number: int) -> HttpResponse:
    """R14: id and secret after saving, exactly once; `never_cache` sends no-store. HEAD looks at nothing."""
    client = fetch(request, number)
    look = None
    if request.method == "GET":
        look = shown_once.take(request.session, client_pk=client.pk, user_pk=viewer_of(request).pk)
    subject = snippet_subject(client)
    secret = look.secret if look else None
    context = {
        "client": client,
        "look": look,
        **_shown_and_earlier(client, look),
        "env": snippets.env_file(subject, secret=secret),
        "snippet": snippets.get_a_token(subject, secret=secret),
        "actions": actions_for(viewer_of(request), client),
    }
    return render(request, "clients/credentials_once.html", context)


def _shown_and_earlier(client: Client, look: shown_once.Look | None) -> dict[str, Any]:
    """The row of the secret that is shown, else the newest; and those that still work beside it."""
    rows = secret_rows.rows_of(client, now=timezone.now())
    chosen = [row for row in rows if look is not None and row.secret.key_id == look.key_id] or rows
    row = chosen[0] if chosen else None
    return {"row": row, "earlier": [other for other in rows if other is not row and other.live]}


def snippet_subject(client: Client) -> snippets.Subject:
    return snippets.Subject(
        issuer=settings.AUTHSERVER.issuer,
        client_id=client.client_id,
        confidential=client.confidential,
        grants=client.grants,
        by_keys=client.by_keys,
        redirect_uri=next(iter(client.redirect_uris.split()), ""),
    )
