"""What holds for the whole server (R62)."""

from __future__ import annotations

from accounts import server_settings
from accounts.authorization import holding_of
from accounts.permissions import Permission
from accounts.rest.operations import Body, Call, Operation


def show(call: Call) -> Body:
    return server_settings.values_of(server_settings.current())


def change(call: Call) -> Body:
    call.match(show(call))
    server_settings.change(by=call.by, values=call.data, giver=holding_of(call.user))
    return show(call)


OPERATIONS = (
    Operation(
        name="getSettings",
        method="GET",
        path="settings",
        about="Every setting.",
        tag="Settings",
        permission=Permission.SETTINGS_VIEW,
        answer=show,
        gives="Settings",
    ),
    Operation(
        name="changeSettings",
        method="PATCH",
        path="settings",
        about="Change some of them; every worker obeys at its next request.",
        tag="Settings",
        permission=Permission.SETTINGS_EDIT,
        answer=change,
        takes="SettingsChange",
        gives="Settings",
        guarded=True,
    ),
)
