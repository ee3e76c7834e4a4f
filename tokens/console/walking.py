"""Looking through tables of any size a bounded piece at a time, newest first.

Every statement walks one index and ends after WINDOW rows, or reads a set that is known to be small. What a window
does not hold is looked for further on, and the page says so: no filter makes a page slow, however rare its finds are.
States are decided by `states.state_of` alone; the database only leaves out what cannot be in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat, StrIndex

from clients.models import Client
from tokens.console import reuse
from tokens.console.kinds import Kind, Token
from tokens.console.states import State
from tokens.console.wanted import Wanted
from tokens.device.codes import LIFETIME
from tokens.models import TokenFamily

WINDOW = 10_000  # rows that one look passes over at most
CANDIDATES = 500  # rows that one look reads at most
FEW = 10_000  # a set that is sorted rather than walked
ANY = Q(pk__gt=0)  # an empty Q would vanish beside an alternative
MOST_FAMILIES = 1_000  # of one person, the newest


@dataclass(frozen=True, kw_only=True)
class Look:
    """What one look found, newest first. `below`: everything from there up was looked at; 0: the table's end.

    `down_to`: when that row was made; None at the end.
    """

    tokens: tuple[Token, ...]
    below: int
    down_to: datetime | None


@dataclass(frozen=True, kw_only=True)
class Hunt:
    """A filter with what the database was asked once for it. `families` None: not narrowed to some.

    `since`: what was used since then counts as if it were not: it lived when somebody decided on it.
    """

    wanted: Wanted
    client_pk: int | None
    families: tuple[int, ...] | None
    user_pk: int | None
    service_pk: int | None = None
    since: datetime | None = None

    def takes(self, token: Token) -> bool:
        """Whether a row that the database gave is wanted."""
        used = token.standing.consumed_at
        late = self.since is not None and used is not None and used >= self.since
        return not self.wanted.states or token.state in self.wanted.states or late

    @property
    def picky(self) -> bool:
        """Whether rows are left out that no index tells apart."""
        return bool(self.wanted.states or self.wanted.scope or self.service_pk)


def hunt(wanted: Wanted, *, since: datetime | None = None) -> Hunt:
    """Three statements at most. A service account's tokens are its client's (R17), a person's their families'."""
    families: tuple[int, ...] | None = None
    client_pk, user_pk, service_pk = wanted.client, wanted.user, None
    if user_pk is not None:
        served = Client.objects.filter(service_account_id=user_pk).values_list("pk", flat=True).first()
        if served is not None:
            client_pk = served if client_pk in (None, served) else 0
            user_pk, service_pk = None, user_pk
        else:
            families = _families_of(user_pk, client_pk=client_pk)
    if wanted.reused:
        reused = reuse.families()
        families = tuple(reused if families is None else set(families) & set(reused))
    return Hunt(
        wanted=wanted, client_pk=client_pk, families=families, user_pk=user_pk, service_pk=service_pk, since=since
    )


def _families_of(user_pk: int, *, client_pk: int | None) -> tuple[int, ...]:
    own = TokenFamily.objects.filter(user_id=user_pk)
    own = own if client_pk is None else own.filter(application_id=client_pk)
    return tuple(own.order_by("-pk").values_list("pk", flat=True)[:MOST_FAMILIES])


def look(kind: Kind, hunt: Hunt, *, below: int, now: datetime, most: int | None = None) -> Look:
    """The newest rows of `kind` under `below` that are wanted; four statements at most."""
    most = most or CANDIDATES
    if below <= 0 or (hunt.service_pk is not None and kind.value != "access"):
        return Look(tokens=(), below=0, down_to=None)
    rows = _indexed(kind, hunt).filter(pk__lt=below)
    floor: tuple[int, datetime] | None = None
    narrowed = rows.filter(_cannot_be_left_out(kind, hunt, now=now))
    if hunt.families is not None or _few_live(kind, hunt.wanted, now=now):
        # Sorted by an expression: by the plain number, a planner may walk the whole table for these few.
        ordered = narrowed.order_by((F("pk") + 0).desc())
    else:
        floor = _floor(kind, rows) if hunt.picky else None
        ordered = narrowed.filter(pk__gte=floor[0] if floor else 0).order_by("-pk")
    found = [kind.token(row, now=now) for row in _scoped(kind, hunt.wanted, ordered)[:most]]
    wanted = tuple(token for token in found if hunt.takes(token))
    if len(found) == most:
        return Look(tokens=wanted, below=found[-1].number, down_to=found[-1].created)
    return Look(tokens=wanted, below=floor[0] if floor else 0, down_to=floor[1] if floor else None)


def _indexed(kind: Kind, hunt: Hunt) -> QuerySet[Any]:
    """The conditions that an index answers."""
    rows = kind.rows()
    if hunt.client_pk is not None:
        rows = rows.filter(application_id=hunt.client_pk)
    if hunt.wanted.never:
        rows = rows.filter(expires=None)
    if hunt.service_pk is not None:
        rows = rows.filter(user_id=hunt.service_pk)
    if hunt.families is None:
        return rows
    own = Q(family_id__in=hunt.families)
    if kind.value == "device" and hunt.user_pk is not None and not hunt.wanted.reused:
        own |= Q(user_id=hunt.user_pk)  # what somebody denied has no family
    return rows.filter(own)


def _floor(kind: Kind, rows: QuerySet[Any]) -> tuple[int, datetime] | None:
    """The row at which this look ends; None where the table ends first."""
    moment = "expires" if kind.value == "device" else "created"
    plain = rows.select_related(None).order_by("-pk").values_list("pk", moment)
    found = list(plain[WINDOW : WINDOW + 1])
    if not found:
        return None
    pk, at = found[0]
    return pk, at - LIFETIME if kind.value == "device" else at


def _few_live(kind: Kind, wanted: Wanted, *, now: datetime) -> bool:
    """Whether the unexpired ones are so few that the index of expiries finds them faster than a walk."""
    if not wanted.states or not set(wanted.states) <= {State.LIVE, State.SUSPENDED} or kind.value == "code":
        return False
    rows = kind.model._default_manager
    ahead = rows.filter(expires__gt=now).order_by("expires").values("pk")[: FEW + 1].count()
    if ahead > FEW or kind.value != "access":
        return ahead <= FEW
    return ahead + rows.filter(expires=None).order_by("-pk").values("pk")[: FEW + 1].count() <= FEW


def _cannot_be_left_out(kind: Kind, hunt: Hunt, *, now: datetime) -> Q:
    """What holds of every row in the wanted states, and of some others."""
    if not hunt.wanted.states:
        return Q()
    ahead = Q(expires__gt=now) | Q(expires=None)
    unused = Q(consumed_at=None) if kind.consumable else ANY
    if kind.consumable and hunt.since is not None:
        unused |= Q(consumed_at__gte=hunt.since)
    conditions = {
        State.LIVE: ahead & unused,
        State.SUSPENDED: ahead & unused,
        State.USED: Q(consumed_at__isnull=False) if kind.consumable else Q(pk__in=()),
        State.EXPIRED: Q(expires__lte=now) & unused,
        State.REVOKED: unused,
    }
    return reduce(or_, (conditions[state] for state in hunt.wanted.states))


def _scoped(kind: Kind, wanted: Wanted, rows: QuerySet[Any]) -> QuerySet[Any]:
    """A scope as a whole word, its case kept (RFC 6749 §3.3)."""
    if not wanted.scope:
        return rows
    words = Concat(Value(" "), F(kind.scope), Value(" "), output_field=TextField())
    found: QuerySet[Any] = rows.alias(place=StrIndex(words, Value(f" {wanted.scope} "))).filter(place__gt=0)
    return found
