"""The page of the server's settings (R62): what holds, who changed it last, and changing it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import server_settings as room
from accounts.authorization import demand, may
from accounts.permissions import Permission
from accounts.settings_form import KEY_OF, SECTIONS, SettingsForm
from accounts.views.fetching import actor_of, viewer_of
from audit.models import Event

MOST_READ = 200  # events, for who changed what last
CONFLICT = "Somebody else changed this meanwhile. Nothing was saved. Save again to keep your value."


@require_http_methods(["GET", "HEAD", "POST"])
def server_settings(request: HttpRequest) -> HttpResponse:
    """A change takes effect on every worker at its next request."""
    viewer = viewer_of(request)
    demand(viewer, Permission.SETTINGS_VIEW)
    if request.method != "POST":
        return _show(request, SettingsForm(None, stored=room.current()))
    demand(viewer, Permission.SETTINGS_EDIT)
    form = SettingsForm(request.POST, stored=room.current())
    if not form.is_valid():
        return _show(request, form)
    try:
        changes = room.change(by=actor_of(request), values=form.values, seen=form.seen)
    except room.ChangedMeanwhile as meanwhile:
        return _show_conflict(request, form, meanwhile.keys)
    messages.success(request, "The settings are changed." if changes else "Nothing was different.")
    return redirect("settings")


def _show_conflict(request: HttpRequest, form: SettingsForm, keys: list[str]) -> HttpResponse:
    """With what holds now beside each of the viewer's values; saved again, those replace it."""
    form = form.onto(room.current())
    now = room.values_of(form.stored)
    for name, key in KEY_OF.items():
        if key in keys:
            form.add_error(name, f"{CONFLICT} It is {_in_words(now[key])} now.")
    return _show(request, form, status=409)


def _show(request: HttpRequest, form: SettingsForm, *, status: int = 200) -> HttpResponse:
    changed = _last_changes()
    context = {
        "form": form,
        "sections": [(section.title, [_row(form[name], changed) for name in section.fields]) for section in SECTIONS],
        "may_edit": may(viewer_of(request), Permission.SETTINGS_EDIT),
    }
    return render(request, "accounts/settings.html", context, status=status)


def _row(field: BoundField, changed: dict[str, Event]) -> dict[str, Any]:
    return {"field": field, "last": changed.get(KEY_OF[field.name])}


def _last_changes() -> dict[str, Event]:
    """The newest event about each setting."""
    newest: dict[str, Event] = {}
    for event in Event.objects.filter(kind="settings.changed").order_by("-at", "-id")[:MOST_READ]:
        for key in event.changes:
            newest.setdefault(key, event)
    return newest


def _in_words(value: Any) -> str:
    if value is None:
        return "by mode"
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
