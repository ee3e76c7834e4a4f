"""A user's row as the rules about claims take it (`tokens.claims`)."""

from __future__ import annotations

from accounts.models import User
from tokens.claims import Person


def person_of(user: User) -> Person:
    return Person(
        sub=str(user.sub),
        username=user.username,
        email=user.email,
        given_name=user.given_name,
        family_name=user.family_name,
        claims=user.claims,
    )
