"""Self-registration (R62): people make their own account, where an administrator allows it. It holds nothing.

What somebody may do is given by an administrator afterwards, or bounded by consent: an account of its own opens no page
of the console, and lets applications sign its person in.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError

import audit
from accounts import people, server_settings
from accounts.faults import Fault, Refused
from accounts.holdings import EVERYTHING
from accounts.models import User
from accounts.people import UserFacts


class NotAllowed(Exception):
    """This server's administrators make its accounts."""


def allowed() -> bool:
    """Whether strangers may make an account now (one statement)."""
    return server_settings.current().self_registration


def sign_up(*, username: str, email: str, password: str, by: audit.Actor, now: datetime) -> User:
    """The new person; `by`: from where. The caller has checked the password's strength. Raises NotAllowed, Refused.

    Hashing comes before the transaction, which on SQLite holds everybody else's writes.
    """
    if not allowed():
        raise NotAllowed
    hashed = make_password(password)
    actor = audit.Actor(name=username, address=by.address, request_id=by.request_id)
    facts = UserFacts(email=email)
    try:
        # Nobody gives anything: facts without groups, permissions and scopes are within everybody's reach.
        return people.create(username=username, facts=facts, password_hash=hashed, by=actor, giver=EVERYTHING, now=now)
    except IntegrityError as error:  # two took the name at once
        fault = Fault(key="username", message="Somebody has just taken this user name.")
        raise Refused([fault]) from error
