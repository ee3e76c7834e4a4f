"""Somebody arrives from the other provider: whom its claims are about, which account that is, which groups follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.db import IntegrityError, transaction

import audit
from accounts import people
from accounts.faults import ChangedMeanwhile, Refused
from accounts.holdings import EVERYTHING
from accounts.models import Group, User
from accounts.people import UserFacts
from accounts.upstream.facts import Upstream

LONGEST_SUB = 191
AGAIN = "Something changed here at the same moment. Try once more."


class NotLetIn(Exception):
    """The message is a public sentence that says what to do."""


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What the provider says of a person. `values`: of the claim that groups follow. `proved_at`: its `auth_time`."""

    sub: str
    username: str
    email: str = ""
    given_name: str = ""
    family_name: str = ""
    values: frozenset[str] = frozenset()
    proved_at: datetime | None = None


def read(told: Mapping[str, Any], upstream: Upstream) -> Arrival:
    """From `{"id_token": claims, "userinfo": claims}`, the first already checked for issuer, audience and expiry.

    OpenID Connect Core §3.1.2.1: without an ID token it is no OpenID provider; §5.3.2: both are about the same `sub`.
    Raises NotLetIn.
    """
    proof, info = told.get("id_token") or {}, told.get("userinfo") or {}
    if not (isinstance(proof, dict) and isinstance(info, dict)):
        raise NotLetIn(f"{upstream.name} answers with something else than claims.")
    sub = proof.get("sub")
    if not isinstance(sub, str) or not 0 < len(sub) <= LONGEST_SUB:
        raise NotLetIn(f"{upstream.name} does not say who you are: its answer holds no ID token.")
    if info.get("sub", sub) != sub:
        raise NotLetIn(f"{upstream.name} answered about two different people.")
    claims = {**proof, **info}
    email = _text(claims, "email")
    return Arrival(
        sub=sub,
        username=_text(claims, "preferred_username") or email or sub,
        email=email,
        given_name=_text(claims, "given_name"),
        family_name=_text(claims, "family_name"),
        values=_values(claims, upstream.groups_claim),
        proved_at=_moment(proof.get("auth_time")),
    )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def _values(claims: Mapping[str, Any], path: str) -> frozenset[str]:
    """A claim by its name, or by its way through objects, such as `realm_access.roles`: one text, or a list of them."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for part in path.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    listed = found if isinstance(found, list) else [found]
    return frozenset(value for value in listed if isinstance(value, str))


def _moment(seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def connection_of(arrival: Arrival, upstream: Upstream) -> SocialAccount | None:
    return SocialAccount.objects.filter(provider=upstream.key, uid=arrival.sub).select_related("user").first()


def let_in(arrival: Arrival, upstream: Upstream, *, by: audit.Actor, now: datetime) -> User:
    """Whose account it is, made where it may be; groups as the provider says. Raises NotLetIn.

    An account that is there already is never taken by a name or an e-mail address that somebody has elsewhere: its
    person connects it, signed in.
    """
    connection = connection_of(arrival, upstream)
    try:
        with transaction.atomic():
            user = connection.user if connection else _make(arrival, upstream, by=by, now=now)
            if user.is_active:
                _follow_groups(user, arrival, upstream, by=by, now=now)
    except (ChangedMeanwhile, IntegrityError) as error:
        raise NotLetIn(AGAIN) from error
    except Refused as refused:
        if any(fault.key == "username" for fault in refused.faults):
            raise NotLetIn(
                f"You come as {arrival.username[:150]}, and no new account can have that name here. If the account "
                "of that name is yours, sign in to it and connect it under My account."
            ) from refused
        raise NotLetIn(f"What {upstream.name} says of you cannot be kept here: {refused}") from refused
    return user


def _make(arrival: Arrival, upstream: Upstream, *, by: audit.Actor, now: datetime) -> User:
    if not upstream.makes_accounts:
        raise NotLetIn(
            f"No account here is connected with you at {upstream.name}. Sign in to yours, then connect it under "
            "My account; if you have none, ask an administrator."
        )
    facts = UserFacts(email=arrival.email, given_name=arrival.given_name, family_name=arrival.family_name)
    # Nobody gives anything: what somebody holds follows from groups, whose mapping an administrator has answered for.
    user = people.create(username=arrival.username, facts=facts, password_hash=None, by=by, giver=EVERYTHING, now=now)
    _keep(user, arrival, upstream)
    return user


def _follow_groups(user: User, arrival: Arrival, upstream: Upstream, *, by: audit.Actor, now: datetime) -> None:
    """Of the groups that the mapping names, exactly those that the claim gives; others stay as they are."""
    named = set(upstream.groups.values())
    if not named:
        return
    given = {group for value, group in upstream.groups.items() if value in arrival.values}
    there = set(Group.objects.filter(name__in=given).values_list("name", flat=True))
    facts = people.facts_of(user)
    wanted = replace(facts, groups=tuple(sorted((set(facts.groups) - named) | there))).normal()
    if wanted != facts:
        people.change(user=user, facts=wanted, by=by, giver=EVERYTHING, now=now)


@transaction.atomic
def connect(user: User, arrival: Arrival, upstream: Upstream, *, by: audit.Actor, now: datetime) -> None:
    """From now on `user` may sign in by it. Raises NotLetIn."""
    other = connection_of(arrival, upstream)
    if other is not None and other.user_id == user.pk:
        return
    if other is not None:
        raise NotLetIn(f"You at {upstream.name} are connected with another account here. Disconnect that one first.")
    if of(user, upstream) is not None:
        raise NotLetIn(f"This account is connected with somebody else at {upstream.name}. Disconnect that first.")
    try:
        with transaction.atomic():
            _keep(user, arrival, upstream)
    except IntegrityError as error:
        raise NotLetIn(AGAIN) from error
    audit.record("user.connected", actor=by, subject=_subject(user), detail={"upstream": upstream.issuer}, at=now)


@transaction.atomic
def disconnect(user: User, upstream: Upstream, *, by: audit.Actor, now: datetime) -> None:
    """Raises NotLetIn for whoever could not sign in any more."""
    if not user.has_usable_password():
        raise NotLetIn("Without a password you could not sign in any more. Ask an administrator for a link to set one.")
    gone, _ = SocialAccount.objects.filter(user=user, provider=upstream.key).delete()
    if gone:
        audit.record(
            "user.disconnected", actor=by, subject=_subject(user), detail={"upstream": upstream.issuer}, at=now
        )


def of(user: User, upstream: Upstream) -> SocialAccount | None:
    """The person's own connection."""
    return SocialAccount.objects.filter(user=user, provider=upstream.key).first()


def forget(user: User) -> None:
    """With a person who is deleted."""
    SocialAccount.objects.filter(user=user).delete()


def _keep(user: User, arrival: Arrival, upstream: Upstream) -> None:
    """The `sub` alone; what else the provider says is not ours to keep."""
    SocialAccount.objects.create(user=user, provider=upstream.key, uid=arrival.sub)


def _subject(user: User) -> audit.Subject:
    return audit.Subject("user", user.pk, user.username)
