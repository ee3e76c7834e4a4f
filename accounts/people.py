"""Making and changing users. Atomic, and audited in the same breath; an event holds no password and no claim's value.

A service account (R17) can be given groups, permissions and scopes here; all else about it is its client's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F

import audit
from accounts import claims, holdings, reach, usernames
from accounts.faults import ChangedMeanwhile, Fault, Refused
from accounts.holdings import Holding
from accounts.models import Group, User

CONCEALED = "CONCEALED"
LONGEST_TEXT = 150
# What must come before a person is deactivated, as a sentence, or None (R7). Filled by upper apps.
BEFORE_DEACTIVATION: list[Callable[[User], str | None]] = []


@dataclass(frozen=True, kw_only=True)
class UserFacts:
    """What people decide about a user, beside name and password. `groups` are names."""

    email: str = ""
    given_name: str = ""
    family_name: str = ""
    claims: Mapping[str, Any] = field(default_factory=dict)
    is_active: bool = True
    is_superuser: bool = False
    groups: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    allowed_scope: str = ""

    def normal(self) -> UserFacts:
        """The same facts as they are stored and compared."""
        return replace(
            self,
            groups=tuple(sorted(set(self.groups))),
            permissions=holdings.normal_permissions(self.permissions),
            allowed_scope=holdings.normal_scope(self.allowed_scope),
        )


# The documents' word for each fact (contracts, Documents).
DOCUMENT_KEYS: Mapping[str, str] = {
    "email": "email",
    "given_name": "givenName",
    "family_name": "familyName",
    "claims": "claims",
    "is_active": "isActive",
    "is_superuser": "isSuperuser",
    "groups": "groups",
    "permissions": "permissions",
    "allowed_scope": "allowedScope",
}
OF_SERVICE_ACCOUNTS = frozenset({"groups", "permissions", "allowedScope"})


def facts_of(user: User) -> UserFacts:
    """The facts of a stored user; reads the groups."""
    columns = {name: getattr(user, name) for name in DOCUMENT_KEYS if name != "groups"}
    columns["permissions"] = tuple(columns["permissions"])
    return UserFacts(**columns, groups=tuple(group.name for group in user.groups.all())).normal()


def faults(facts: UserFacts, *, username: str, user: User | None, giver: Holding) -> list[Fault]:
    """Everything wrong with `facts` for `user`, or for a new person called `username`, when `giver` gives them."""
    found = [] if user else _name_faults(username)
    if user is not None and user.deleted_at is not None:
        found.append(Fault(key="username", message="This user was deleted; names are never given twice."))
    if facts.email:
        try:
            validate_email(facts.email)
        except ValidationError:
            found.append(Fault(key="email", message="It is not an e-mail address."))
    found += [*_text_faults(facts), *claims.faults(facts.claims)]
    found += [*holdings.permission_faults(facts.permissions), *holdings.allowed_scope_faults(facts.allowed_scope)]
    found += _holding_faults(facts, giver)
    return found + (_faults_of_change(facts, user) if user is not None else [])


def _name_faults(username: str) -> list[Fault]:
    message = usernames.username_fault(username) or usernames.taken_fault(username)
    return [Fault(key="username", message=message)] if message else []


def _text_faults(facts: UserFacts) -> Iterator[Fault]:
    for key, text in (("givenName", facts.given_name), ("familyName", facts.family_name)):
        if len(text) > LONGEST_TEXT:
            yield Fault(key=key, message=f"Use at most {LONGEST_TEXT} characters; this has {len(text)}.")
        if usernames.has_unseen(text):
            yield Fault(key=key, message="It holds control characters or invisible ones.")


def _holding_faults(facts: UserFacts, giver: Holding) -> Iterator[Fault]:
    """R36: what they would hold, by themselves and by each group, is the giver's to give."""
    stored = {group.name: group for group in Group.objects.filter(name__in=facts.groups)}
    for name in sorted(set(facts.groups) - set(stored)):
        yield Fault(key="groups", message=f"There is no group {name[:150]!r}.")
    own = holdings.holding(
        permissions=facts.permissions, allowed_scope=facts.allowed_scope, everything=facts.is_superuser
    )
    joined = [
        (name, holdings.holding(permissions=group.permissions, allowed_scope=group.allowed_scope))
        for name, group in sorted(stored.items())
    ]
    yield from holdings.giving_faults(giver, own)
    yield from holdings.joining_faults(giver, joined)
    for _, held in joined:
        own = own.joined(held)
    yield from holdings.default_fault(giver, own)


def _faults_of_change(facts: UserFacts, user: User) -> list[Fault]:
    if user.kind == User.Kind.SERVICE:
        message = "It is a service account: only its groups, permissions and allowedScope can be set."
        return [
            Fault(key=key, message=message)
            for key in differences(facts_of(user), facts.normal())
            if key not in OF_SERVICE_ACCOUNTS
        ]
    if user.is_active and not facts.is_active:
        return [Fault(key="isActive", message=message) for message in before_deactivation(user)]
    return []


def _ending_faults(facts: UserFacts, user: User, *, by: audit.Actor) -> list[Fault]:
    """What nobody who is signed in may do. A document may: it can name the next super-administrator in a later row."""
    if by.id is None or user.kind == User.Kind.SERVICE:
        return []
    if user.is_active and not facts.is_active and by.id == user.pk:
        return [Fault(key="isActive", message=reach.OWN_END)]
    if not (facts.is_superuser and facts.is_active) and reach.is_last_super_administrator(user):
        return [Fault(key="isSuperuser" if facts.is_active else "isActive", message=reach.LAST)]
    return []


def before_deactivation(user: User) -> list[str]:
    """What stands in the way of ending `user`, as sentences (R7)."""
    return [message for message in (must(user) for must in BEFORE_DEACTIVATION) if message]


@transaction.atomic
def create(
    *,
    username: str,
    facts: UserFacts,
    password_hash: str | None,
    by: audit.Actor,
    giver: Holding,
    now: datetime,
) -> User:
    """A new person; `password_hash` None: no password that could be used. Raises Refused."""
    if found := faults(facts, username=username, user=None, giver=giver):
        raise Refused(found)
    user = User(username=username, password=password_hash or make_password(None), created=now)
    for name, value in _columns(facts.normal()).items():
        setattr(user, name, value)
    user.save(force_insert=True)
    _join(user, facts)
    changes = differences(UserFacts(), facts.normal())
    if password_hash:
        changes["password"] = [None, CONCEALED]
    _record("user.created", user, changes, by=by, now=now)
    return user


@transaction.atomic
def change(
    *,
    user: User,
    facts: UserFacts,
    by: audit.Actor,
    giver: Holding,
    now: datetime,
    password_hash: str | None = None,
    revision: int | None = None,
) -> dict[str, list[Any]]:
    """Make `user` what `facts` say; returns `{key: [old, new]}`, personal values concealed.

    A new password, or an end of being active, ends the user's tokens and sessions by raising the epoch that they
    remember. `revision`: the one that the caller has seen; None: as `user` was read. Raises OutOfReach, Refused,
    ChangedMeanwhile.
    """
    reach.demand_user_in_reach(giver, user)
    if not (facts.is_active and facts.is_superuser):
        reach.hold_still(user)
    found = faults(facts, username=user.username, user=user, giver=giver)
    if password_hash is not None and user.kind == User.Kind.SERVICE:
        found.append(Fault(key="password", message="A service account has no password (R17)."))
    found += _ending_faults(facts, user, by=by)
    if found:
        raise Refused(found)
    changes = differences(facts_of(user), facts.normal())
    columns = _columns(facts.normal())
    if password_hash is not None:
        columns["password"] = password_hash
        changes["password"] = [CONCEALED, CONCEALED]
    if not changes:
        return {}
    if "password" in changes or changes.get("isActive") == [True, False]:
        columns["token_epoch"] = F("token_epoch") + 1
    write(user, columns, revision=revision)
    _join(user, facts)
    _record("user.changed", user, changes, by=by, now=now)
    return changes


def write(user: User, columns: dict[str, Any], *, revision: int | None) -> None:
    """The conditional UPDATE that every change goes through; `revision` None: as `user` was read.

    Raises ChangedMeanwhile.
    """
    seen = user.revision if revision is None else revision
    rows = User.objects.filter(pk=user.pk, revision=seen, deleted_at=None)
    if rows.update(**columns, revision=F("revision") + 1) != 1:
        raise ChangedMeanwhile
    user.refresh_from_db()


def _columns(facts: UserFacts) -> dict[str, Any]:
    values = {name: getattr(facts, name) for name in DOCUMENT_KEYS if name != "groups"}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _join(user: User, facts: UserFacts) -> None:
    user.groups.set(Group.objects.filter(name__in=facts.groups))
    user.__dict__.pop("_groups_held", None)


def differences(before: UserFacts, after: UserFacts) -> dict[str, list[Any]]:
    """What changes between normal facts, as `{document key: [old, new]}`; of claims only their names."""
    old, new = asdict(before), asdict(after)
    return {
        key: [_shown(name, old[name]), _shown(name, new[name])]
        for name, key in DOCUMENT_KEYS.items()
        if old[name] != new[name]
    }


def _shown(name: str, value: Any) -> Any:
    if name == "claims":
        return dict.fromkeys(sorted(value), CONCEALED)
    return list(value) if isinstance(value, tuple) else value


def _record(kind: str, user: User, changes: dict[str, list[Any]], *, by: audit.Actor, now: datetime) -> None:
    audit.record(kind, actor=by, subject=audit.Subject("user", user.pk, user.username), changes=changes, at=now)
