"""What the list is asked for, read from its address and written back to one: every view of it can be kept. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlencode

from audit.storable import storable_text
from tokens.console.kinds import BY_VALUE, KINDS, LARGEST, Kind
from tokens.console.states import State

REUSED = "reused"
STATES = {
    State.LIVE.value: "Live",
    State.SUSPENDED.value: "Suspended",
    State.USED.value: "Used",
    State.EXPIRED.value: "Expired",
    State.REVOKED.value: "Revoked",
    REUSED: "Reused",
}
NEVER = "never"
_PLACE = re.compile(r"[0-9]{1,19}(?:\.[0-9]{1,19}){3}")
_NUMBER = re.compile(r"[0-9]{1,19}")
START = dict.fromkeys(BY_VALUE, LARGEST)
Place = Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """`client`, `user`: their numbers; 0 finds nothing. `before`: below which row of each kind the page begins.

    `reused`: only what belongs to an authorization that ended because something of it was used twice.
    """

    kinds: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    reused: bool = False
    client: int | None = None
    user: int | None = None
    scope: str = ""
    never: bool = False
    before: Place = field(default_factory=lambda: START)

    @property
    def narrowed(self) -> bool:
        return self.query != ""

    @property
    def only_a_client(self) -> bool:
        """Whether it is everything of one client."""
        return self.client is not None and replace(self, client=None).query == ""

    @property
    def looked_at(self) -> tuple[Kind, ...]:
        """The tables that can hold what is wanted; only access tokens may never expire (R28)."""
        chosen = tuple(kind for kind in KINDS if not self.kinds or kind.value in self.kinds)
        return tuple(kind for kind in chosen if kind.value == "access" or not self.never)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        one = [("client", self.client), ("user", self.user)]
        return [
            *(("kind", value) for value in self.kinds),
            *(("state", state.value) for state in self.states),
            *([("state", REUSED)] if self.reused else []),
            *((name, str(value)) for name, value in one if value is not None),
            *([("scope", self.scope)] if self.scope else []),
            *([("expiry", NEVER)] if self.never else []),
        ]

    @property
    def query(self) -> str:
        """The address of its first page, after the `?`."""
        return urlencode(self.pairs)

    def at(self, place: Place) -> str:
        """The address of the page that begins below `place`."""
        return urlencode([*self.pairs, ("before", ".".join(str(place[kind]) for kind in BY_VALUE))])

    @staticmethod
    def written(pairs: list[tuple[str, str]]) -> str:
        """An address of these pairs alone."""
        return urlencode(pairs)


def read(parameters: Mapping[str, list[str]]) -> Wanted:
    """What an address asks for; what cannot be read is left out, but a client or user that is none finds nothing."""
    return Wanted(
        kinds=_known(parameters, "kind", BY_VALUE),
        states=tuple(State(value) for value in _known(parameters, "state", STATES) if value != REUSED),
        reused=REUSED in parameters.get("state", []),
        client=_number(_last(parameters, "client")),
        user=_number(_last(parameters, "user")),
        scope=storable_text(_last(parameters, "scope"), longest=255).strip(),
        never=_last(parameters, "expiry") == NEVER,
        before=_place(_last(parameters, "before")),
    )


def parse(query: str) -> Wanted:
    """What a kept address asks for."""
    return read(parse_qs(query, max_num_fields=100))


def _known(parameters: Mapping[str, list[str]], name: str, known: Mapping[str, object]) -> tuple[str, ...]:
    given = parameters.get(name, [])
    return tuple(value for value in known if value in given)


def _last(parameters: Mapping[str, list[str]], name: str) -> str:
    return next(reversed(parameters.get(name, [])), "")


def _number(text: str) -> int | None:
    if not text:
        return None
    return int(text) if _NUMBER.fullmatch(text) and int(text) <= LARGEST else 0


def _place(text: str) -> Place:
    if not _PLACE.fullmatch(text):
        return START
    return dict(zip(BY_VALUE, (min(int(part), LARGEST) for part in text.split(".")), strict=True))
