"""What can be done to many clients at once: one table of actions, and what each asks of the client and of its doer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import audit
from accounts.authorization import PermissionMissing, may
from accounts.models import User
from accounts.permissions import Permission
from clients import access, registration
from clients.facts import facts_of
from clients.life.protection import Unchangeable, demand_changeable
from clients.models import Client

OWNER = "owner"  # the parameter of changing it: a user name


@dataclass(frozen=True, kw_only=True)
class Doing:
    """One client's turn. `revision`: as the preview saw it; whatever changed since is not overwritten."""

    client: Client
    revision: int
    by: audit.Actor
    now: datetime
    parameters: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Action:
    """`label` is the button's, `verb` begins a question, `done` ends a sentence on clients, `effect` is a sentence."""

    value: str
    label: str
    verb: str
    done: str
    effect: str
    permission: Permission
    do: Callable[[Doing], object]
    already: Callable[[Client], str] = lambda _: ""
    changes: bool = True
    ends: bool = False  # tokens stop working
    danger: bool = False
    needs_itself: bool = False  # the permission itself: owning the client is not enough


def _activate(doing: Doing) -> None:
    registration.set_active(client=doing.client, active=True, **_how(doing))


def _deactivate(doing: Doing) -> None:
    registration.set_active(client=doing.client, active=False, **_how(doing))


def _revoke_tokens(doing: Doing) -> None:
    registration.revoke_tokens(client=doing.client, **_how(doing))


def _change_owner(doing: Doing) -> None:
    facts = replace(facts_of(doing.client), owner=str(doing.parameters.get(OWNER, "")))
    registration.edit(client=doing.client, facts=facts, **_how(doing))


def _delete(doing: Doing) -> None:
    registration.delete(client=doing.client, **_how(doing))


def _how(doing: Doing) -> dict[str, Any]:
    return {"by": doing.by, "now": doing.now, "revision": doing.revision}


ACTIONS = (
    Action(
        value="activate",
        label="Activate",
        verb="Activate",
        done="activated",
        effect="They get tokens again, and tokens that have not expired meanwhile are valid again.",
        permission=Permission.CLIENTS_EDIT,
        do=_activate,
        already=lambda client: "It is active already." if client.is_active else "",
    ),
    Action(
        value="deactivate",
        label="Deactivate",
        verb="Deactivate",
        done="deactivated",
        effect="They get no new token, and live ones count as inactive until they are active again.",
        permission=Permission.CLIENTS_EDIT,
        do=_deactivate,
        already=lambda client: "" if client.is_active else "It is inactive already.",
        ends=True,
        danger=True,
    ),
    Action(
        value="revoke",
        label="Revoke tokens",
        verb="Revoke the tokens of",
        done="relieved of their tokens",
        effect="Everything issued to them so far stops working at once, for good. They may ask for new tokens.",
        permission=Permission.CLIENTS_EDIT,
        do=_revoke_tokens,
        ends=True,
        danger=True,
    ),
    Action(
        value="owner",
        label="Change owner",
        verb="Change the owner of",
        done="handed over",
        effect="The new owner answers for them from then on. Nothing else changes.",
        permission=Permission.CLIENTS_EDIT,
        do=_change_owner,
        needs_itself=True,
    ),
    Action(
        value="export",
        label="Export",
        verb="Export",
        done="exported",
        effect="One JSON document holds them all; no secret is in it.",
        permission=Permission.CLIENTS_EXPORT,
        do=lambda _: None,
        changes=False,
    ),
    Action(
        value="delete",
        label="Delete",
        verb="Delete",
        done="deleted",
        effect="They leave the list and their tokens end at once, for good. Their client ids stay reserved for ever.",
        permission=Permission.CLIENTS_DELETE,
        do=_delete,
        ends=True,
        danger=True,
    ),
)
BY_VALUE = {action.value: action for action in ACTIONS}


def offered_to(user: User) -> list[Action]:
    """Those that `user` may do to some client."""
    return [action for action in ACTIONS if _may_on_some(user, action)]


def demand_on_some(user: User, action: Action) -> None:
    """Raises PermissionMissing."""
    if not _may_on_some(user, action):
        raise PermissionMissing(action.permission)


def _may_on_some(user: User, action: Action) -> bool:
    if action.needs_itself:
        return access.may_choose_owner(user, new=False)
    return access.may_on_some(user, action.permission)


def refusal(action: Action, client: Client, user: User) -> str:
    """Why this client will not be touched, as a public sentence; empty where it will."""
    allowed = may(user, action.permission, client)
    if not allowed or (action.needs_itself and not access.may_choose_owner(user, new=False)):
        return f"You lack the permission {action.permission}."
    if action.changes:
        try:
            demand_changeable(client)
        except Unchangeable as reason:
            return str(reason)
    return ""
