"""The tab "Network" (R37): a client's rules, trying an address, learning from use, and changing the rules.

Every change goes through `clients.registration`, on the revision that the page was made from. Rules that would refuse
from where the client was used lately are asked about once before they are saved.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from clients import registration
from clients.facts import facts_of
from clients.models import Client
from clients.rules import network_rules
from clients.views.changing import CHANGED
from clients.views.fetching import actor_of, changing, fetch, seen_revision
from clients.views.framing import show_tab
from clients.writing import ChangedMeanwhile, Refused
from policies import network_standing
from policies.network_forms import AddForm, RulesForm
from policies.networks import compiled

TAB = "client_network"
LONGEST_TESTED = 100


@require_safe
def network(request: HttpRequest, number: int) -> HttpResponse:
    """Rules, warnings, from where it was used, and what the rules say of one address."""
    return _show(request, fetch(request, number), AddForm())


def _show(request: HttpRequest, client: Client, form: AddForm) -> HttpResponse:
    standing = network_standing.standing_of(client, now=timezone.now())
    address = request.GET.get("address", "").strip()[:LONGEST_TESTED]
    context = {
        "standing": standing,
        "form": form,
        "address": address,
        "verdict": network_standing.tested(standing.rules, address) if address else None,
        "learnable": bool(network_standing.learnt(standing.seen, rules=standing.rules)),
    }
    return show_tab(request, client, page=TAB, template="policies/network/tab.html", context=context)


@require_http_methods(["GET", "HEAD", "POST"])
@changing(Permission.CLIENTS_EDIT)
def network_edit(request: HttpRequest, client: Client) -> HttpResponse:
    """All rules as text, with what they would have meant for the addresses of the last 30 days."""
    if request.method != "POST":
        return _ask(request, client, RulesForm(initial={"rules": "\n".join(_started(request, client))}))
    form = RulesForm(request.POST)
    if not form.is_valid() or "preview" in request.POST:
        return _ask(request, client, form)
    return _save_or_ask(request, client, form)


@require_POST
@changing(Permission.CLIENTS_EDIT)
def network_add(request: HttpRequest, client: Client) -> HttpResponse:
    """One rule more, from the foot of the table."""
    form, before = AddForm(request.POST), facts_of(client).network_rules
    if not form.judge(beside=before):
        return _show(request, client, form)
    return _save_or_ask(request, client, _filled((*before, form.line)))


@require_POST
@changing(Permission.CLIENTS_EDIT)
def network_enforce(request: HttpRequest, client: Client) -> HttpResponse:
    """Every watched rule refuses from now on. The page has shown whom."""
    rules = network_rules.rules_of(facts_of(client).network_rules)
    form = _filled([replace(rule, watched=False).line for rule in rules])
    return _save(request, client, form)


def _started(request: HttpRequest, client: Client) -> tuple[str, ...]:
    """What the text begins with: the rules, without one of them, or with those that were learnt."""
    lines = facts_of(client).network_rules
    without = request.GET.get("without", "")
    if without.isascii() and without.isdigit() and 0 < int(without[:4]) <= len(lines):
        return tuple(line for number, line in enumerate(lines, start=1) if number != int(without[:4]))
    if "learn" in request.GET:
        rules = compiled(client.network_rules)
        seen = network_standing.seen_by(client, rules, now=timezone.now())
        return (*lines, *(rule.line for rule in network_standing.learnt(seen, rules=rules)))
    return lines


def _filled(lines: Iterable[str]) -> RulesForm:
    form = RulesForm({"rules": "\n".join(lines)})
    form.full_clean()
    return form


def _save_or_ask(request: HttpRequest, client: Client, form: RulesForm) -> HttpResponse:
    """Ask once where rules would refuse from where it is used."""
    shown = _preview(client, form)
    if shown is not None and shown.newly and "confirmed" not in request.POST:
        return _ask(request, client, form, asking=True)
    return _save(request, client, form)


def _save(request: HttpRequest, client: Client, form: RulesForm) -> HttpResponse:
    facts = replace(facts_of(client), network_rules=form.lines)
    how: dict[str, Any] = {"by": actor_of(request), "now": timezone.now(), "revision": seen_revision(request)}
    try:
        edited = registration.edit(client=client, facts=facts, **how)
    except Refused as refusal:
        form.add_faults(refusal.faults)
        return _ask(request, client, form)
    except ChangedMeanwhile:
        return _ask(request, client, form, status=409)
    words = "Its next request is held to these rules." if edited.changes else "Nothing was different."
    messages.success(request, words)
    return redirect(TAB, client.pk)


def _preview(client: Client, form: RulesForm) -> network_standing.Preview | None:
    """None where the text is not sound."""
    if form.is_bound and not form.is_valid():
        return None
    rules, before = compiled("\n".join(network_rules.normal(form.lines))), compiled(client.network_rules)
    seen = network_standing.seen_by(client, before, now=timezone.now())
    return network_standing.preview(rules, before=before, seen=seen)


def _ask(
    request: HttpRequest, client: Client, form: RulesForm, *, asking: bool = False, status: int = 200
) -> HttpResponse:
    """The text, as it was typed. After a conflict it stands beside the rules as they are now."""
    revision = seen_revision(request) if request.method == "POST" else None
    if status == 409:
        client = Client.objects.select_related("owner", "service_account").get(pk=client.pk)
        revision = None
    context: dict[str, Any] = {
        "client": client,
        "form": form,
        "revision": client.revision if revision is None else revision,
        "preview": _preview(client, form),
        "asking": asking,
        "conflict": CHANGED if status == 409 else "",
        "now": facts_of(client).network_rules if status == 409 else (),
    }
    return render(request, "policies/network/edit.html", context, status=status)
