"""The tab "Rate limits" (R40): a client's budgets and delays, what is left of them, and changing them.

Every change goes through `clients.registration`, on the revision that the page was made from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Permission
from clients import registration
from clients.facts import facts_of
from clients.models import Client
from clients.rules import rate_rules
from clients.rules.rate_rules import RateRule
from clients.views.changing import CHANGED
from clients.views.fetching import actor_of, changing, fetch, seen_revision
from clients.views.framing import show_tab
from clients.writing import ChangedMeanwhile, Refused
from policies import rate_standing
from policies.rate_forms import RuleForm, filled_with

TAB = "client_rates"


@require_safe
def rates(request: HttpRequest, number: int) -> HttpResponse:
    """Rules with what is left of their budgets; `?method=POST` fills the form with that method's rule."""
    client = fetch(request, number)
    method = request.GET.get("method", "")
    rule = next((one for one in _rules(client) if one.method == method), None)
    return _show(request, client, RuleForm() if rule is None else filled_with(rule))


@require_POST
@changing(Permission.CLIENTS_EDIT)
def rates_set(request: HttpRequest, client: Client) -> HttpResponse:
    """A rule for its method, in place of the one that stood there."""
    form = RuleForm(request.POST)
    if not form.is_valid():
        return _show(request, client, form)
    others = [rule for rule in _rules(client) if rule.method != form.rule.method]
    return _save(request, client, [*others, form.rule], form=form)


@require_POST
@changing(Permission.CLIENTS_EDIT)
def rates_remove(request: HttpRequest, client: Client) -> HttpResponse:
    """The rule of one method; Activity takes it back."""
    method = request.POST.get("method", "")
    return _save(request, client, [rule for rule in _rules(client) if rule.method != method])


@require_POST
@changing(Permission.CLIENTS_EDIT)
def rates_enforce(request: HttpRequest, client: Client) -> HttpResponse:
    """Every watched rule refuses and delays from now on. The page has shown whom."""
    return _save(request, client, [replace(rule, watched=False) for rule in _rules(client)])


def _rules(client: Client) -> tuple[RateRule, ...]:
    return rate_rules.rules_of(facts_of(client).rate_rules)


def _save(
    request: HttpRequest, client: Client, rules: Iterable[RateRule], *, form: RuleForm | None = None
) -> HttpResponse:
    facts = replace(facts_of(client), rate_rules=tuple(rule.line for rule in rules))
    revision, shown = seen_revision(request), form or RuleForm()
    try:
        edited = registration.edit(
            client=client, facts=facts, by=actor_of(request), now=timezone.now(), revision=revision
        )
    except Refused as refusal:
        shown = RuleForm(request.POST)
        shown.add_faults(refusal.faults)
        return _show(request, client, shown)
    except ChangedMeanwhile:
        now = Client.objects.select_related("owner", "service_account").get(pk=client.pk)
        return _show(request, now, shown, conflict=CHANGED)
    words = "Its next request is held to these rules." if edited.changes else "Nothing was different."
    messages.success(request, words)
    return redirect(TAB, client.pk)


def _show(request: HttpRequest, client: Client, form: RuleForm, *, conflict: str = "") -> HttpResponse:
    context = {
        "standing": rate_standing.standing_of(client, now=timezone.now()),
        "form": form,
        "conflict": conflict,
        "most": rate_standing.MOST_SHOWN,
    }
    status = 409 if conflict else 200
    return show_tab(request, client, page=TAB, template="policies/rates/tab.html", context=context, status=status)
