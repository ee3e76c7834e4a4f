"""What an evaluation answers: Allow, or Deny with a stable code, a public sentence and a private detail.

Also the one answer that comes from a counter, and so from outside: what is left of a client's budget.
"""

from __future__ import annotations

from dataclasses import dataclass

from policies.resources import NOWHERE, Reach


@dataclass(frozen=True, kw_only=True)
class Deny:
    """`code`: stable, ours; `error`: what the protocol calls it; `sentence`: public; `detail`: for the trail.

    `needs`: the scopes that a token lacks (RFC 6750 §3). `retry_after`: seconds, where trying again is worth it (R41).
    """

    code: str
    error: str
    sentence: str
    status: int = 400
    detail: str = ""
    needs: str = ""
    retry_after: int = 0


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What a watched rule would have denied: `check` by its name, the `rule` as people wrote it, and the denial."""

    check: str
    rule: str
    would: Deny


@dataclass(frozen=True, kw_only=True)
class Allow:
    """Nothing speaks against it. `reach`: what is granted, where scopes are asked for; `watched`: what nearly did."""

    reach: Reach = NOWHERE
    watched: tuple[Watched, ...] = ()


Decision = Allow | Deny
ALLOW = Allow()


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What a counter said of one budget when this request was charged to it (R40, R42).

    `rule`: as people wrote it. `taken` of `limit` in the running period, this request with it; `resets_in` seconds.
    `watched`: the rule refuses nothing yet. The pure table never asks a counter; whoever charged hands this in.
    """

    rule: str
    limit: int
    taken: int
    resets_in: int
    watched: bool = False

    @property
    def over(self) -> bool:
        return self.taken > self.limit
