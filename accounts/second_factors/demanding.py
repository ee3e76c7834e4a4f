"""The setting that administrators need a second factor: who is one, and whether this session may go on."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from accounts import server_settings
from accounts.authorization import held_permissions
from accounts.models import User
from accounts.permissions import Permission
from accounts.second_factors import keeping
from accounts.second_factors.events import SEEN

OF_EVERYBODY = frozenset({Permission.CLIENTS_OWN, Permission.CATALOGUE_VIEW})


def administers(user: User) -> bool:
    """Whoever may do more than manage own clients."""
    return user.is_superuser or bool(held_permissions(user) - OF_EVERYBODY)


def is_missing(request: HttpRequest, user: User) -> bool:
    """Whether the viewer must set one up before anything else. Two statements, until one has been seen."""
    if settings.AUTHSERVER.development or request.session.get(SEEN) or not administers(user):
        return False
    if not server_settings.current().require_second_factor:
        return False
    if keeping.has_one(user):
        request.session[SEEN] = True
        return False
    return True
