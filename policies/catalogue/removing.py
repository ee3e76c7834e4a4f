"""Deleting scopes and APIs: only what nothing needs, audited, and known to every worker at its next request.

Issued tokens are untouched (R35). The pages offer to revoke them.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import ProtectedError

import audit
from accounts import server_settings
from accounts.authorization import holding_of
from accounts.holdings import lacking_scopes
from accounts.models import User
from policies.catalogue_changes import CatalogueRefused
from policies.models import Api, Scope

MOST_NAMED = 5
NOT_TO_OPEN = "You do not hold this scope, so you cannot open it to everybody."
NOT_TO_DELETE = "You do not hold this sensitive scope, so you cannot delete it."


def lacks(viewer: User, scope: Scope) -> bool:
    """R36: whether `viewer` does not hold the scope."""
    return bool(lacking_scopes(holding_of(viewer), [scope.name]))


def scope_stays(scope: Scope) -> str:
    """Why `scope` cannot be deleted, or nothing."""
    return "The server itself needs this scope: it ships with it." if scope.shipped else ""


def api_stays(api: Api) -> str:
    """Why `api` cannot be deleted, or nothing."""
    names = list(api.scopes.order_by("name").values_list("name", flat=True)[: MOST_NAMED + 1])
    if not names:
        return ""
    listed = ", ".join(names[:MOST_NAMED]) + (" and more" if len(names) > MOST_NAMED else "")
    return f"Scopes belong to it: {listed}. Delete them or give them to another API first."


@transaction.atomic
def delete_scope(scope: Scope, *, by: audit.Actor, now: datetime) -> None:
    """Nobody can ask for it any more. Allowed scopes keep their elements, which then match nothing (R33)."""
    if reason := scope_stays(scope):
        raise CatalogueRefused([("name", reason)])
    _delete(scope, "scope", by=by, now=now)


@transaction.atomic
def delete_api(api: Api, *, by: audit.Actor, now: datetime) -> None:
    """Raises CatalogueRefused where scopes belong to it, also one that came a moment ago."""
    if reason := api_stays(api):
        raise CatalogueRefused([("name", reason)])
    _delete(api, "api", by=by, now=now)


def _delete(row: Scope | Api, word: str, *, by: audit.Actor, now: datetime) -> None:
    subject = audit.Subject(word, row.pk, row.name)
    try:
        row.delete()
    except ProtectedError as error:
        raise CatalogueRefused([("name", "A scope was given to it meanwhile.")]) from error
    server_settings.bump_policy_version()
    audit.record(f"{word}.deleted", actor=by, subject=subject, at=now)
