"""Two people edited one client: the later one sees field by field what happened, and decides. Nothing is lost."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import server_settings
from accounts.permissions import Permission
from clients import registration
from clients.changes import merging, revisions
from clients.changes.change_words import Change, change_of
from clients.changes.history import Entry
from clients.changes.merging import Row, Side, Undecided
from clients.changes.revisions import Since
from clients.facts import ClientFacts, facts_of
from clients.forms.client_form import ClientForm
from clients.forms.form_values import initial_of
from clients.life.protection import demand_changeable
from clients.models import Client
from clients.rules import giving
from clients.views.fetching import actor_of, changing, seen_revision, viewer_of
from clients.views.form_pages import saved, show_edit
from clients.writing import ChangedMeanwhile, Refused, demand_sound

BEGAN = "began"  # the revision that the editor's form was made from
KEEP = "keep-"  # begins the names of the choices, before the field's document key
AGAIN = "Somebody changed this client once more. Nothing was saved. Look at the fields again."
DECIDE = "Choose in each field that you both changed."


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A row in words: what it was, and what each side made of that. `chosen`: the side that is marked."""

    row: Row
    was: Change
    sides: tuple[tuple[Side, Change], ...]
    chosen: Side | None
    by: Entry | None
    faulty: bool


@require_http_methods(["GET", "HEAD", "POST"])
@changing(Permission.CLIENTS_EDIT)
def merge(request: HttpRequest, client: Client) -> HttpResponse:
    """Saves what was chosen on the page that `ask` shows; whoever comes without a form begins anew."""
    if request.method != "POST":
        return redirect("client_edit", client.pk)
    form = ClientForm(request.POST, user=viewer_of(request), settings=server_settings.current(), client=client)
    began = seen_revision(request, BEGAN)
    if seen_revision(request) != client.revision:
        return ask(request, client, form, began=began, faults=[AGAIN])
    rows = _rows(client, form, _since(client, began))
    try:
        facts = merging.merged(rows, theirs=facts_of(client), choices=_choices(request, rows))
    except Undecided as undecided:
        return ask(request, client, form, began=began, faults=[DECIDE], undecided=undecided.keys)
    try:
        demand_sound([*giving.faults(facts, before=facts_of(client), by=viewer_of(request))])
        edited = registration.edit(
            client=client,
            facts=facts,
            by=actor_of(request),
            now=timezone.now(),
            revision=client.revision,
            reason=form.why,
        )
    except Refused:
        return _correct(request, client, facts)
    except ChangedMeanwhile:
        return ask(request, client, form, began=began, faults=[AGAIN])
    return saved(request, client, edited)


def ask(
    request: HttpRequest,
    client: Client,
    form: ClientForm,
    *,
    began: int | None,
    faults: Collection[str] = (),
    undecided: Collection[str] = (),
) -> HttpResponse:
    """The page with each field's three values; it carries what was typed, so that nothing of it is lost."""
    fresh = Client.objects.select_related("owner").filter(pk=client.pk, deleted_at=None).first()
    if fresh is None:
        raise Http404
    client = fresh
    demand_changeable(client)
    since = _since(client, began)
    choices = _choices(request, _rows(client, form, since)) if undecided else {}
    shown = [
        _shown(row, since.changed_by.get(row.key), choices.get(row.key, ""), faulty=row.key in undecided)
        for row in _rows(client, form, since)
    ]
    context = {
        "client": client,
        "since": since,
        "began": client.revision if began is None else began,
        "to_decide": [one for one in shown if one.row.undecided],
        "settled": [one for one in shown if not one.row.undecided and not one.row.agreed],
        "agreed": [one for one in shown if one.row.agreed],
        "carried": list(_carried(request.POST)),
        "faults": list(faults),
    }
    return render(request, "clients/merge.html", context, status=409)


def _rows(client: Client, form: ClientForm, since: Since) -> tuple[Row, ...]:
    return merging.rows(was=since.facts, theirs=facts_of(client), yours=form.facts.normal())


def _since(client: Client, began: int | None) -> Since:
    """Where the form did not say what it was made from, nobody knows what was."""
    return Since(facts=None, entries=()) if began is None else revisions.since(client, began)


def _choices(request: HttpRequest, rows: tuple[Row, ...]) -> dict[str, str]:
    return {row.key: request.POST.get(KEEP + row.key, "") for row in rows}


def _shown(row: Row, by: Entry | None, asked: str, *, faulty: bool) -> Shown:
    return Shown(
        row=row,
        was=change_of(row.key, row.was, row.was),
        sides=tuple((side, change_of(row.key, row.was, row.value(side))) for side in row.sides),
        chosen=next((side for side in row.sides if side == asked), row.suggested),
        by=by,
        faulty=faulty,
    )


def _carried(data: QueryDict) -> Iterator[tuple[str, str]]:
    """What was typed, field by field, to be sent again."""
    for name, values in data.lists():
        if name not in ("csrfmiddlewaretoken", "revision", BEGAN) and not name.startswith(KEEP):
            yield from ((name, str(value)) for value in values)


def _correct(request: HttpRequest, client: Client, facts: ClientFacts) -> HttpResponse:
    """What was chosen does not go together: the form says where, and goes on from the newest revision."""
    data = QueryDict(mutable=True)
    for name, value in initial_of(facts).items():
        data.setlist(name, [str(one) for one in value] if isinstance(value, list) else [str(value)])
    form = ClientForm(data, user=viewer_of(request), settings=server_settings.current(), client=client)
    form.is_valid()
    return show_edit(request, form, revision=client.revision)
