"""One family as its page shows it: its facts, and the rows that its tree is drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Max

from tokens import families
from tokens.console import reuse
from tokens.console.kinds import BY_VALUE, FAMILY, Token
from tokens.console.reuse import Reuse
from tokens.console.trees import Node, tree_of
from tokens.models import RefreshToken, TokenFamily

REFRESHES_SHOWN = 6
ACCESS_SHOWN = 60


@dataclass(frozen=True, kw_only=True)
class Family:
    """`refreshes`: how often it was refreshed. `live`: whether revoking it changes anything."""

    row: TokenFamily
    tree: tuple[Node, ...]
    refreshes: int
    reuse: Reuse | None
    live: bool
    state: str

    @property
    def public_id(self) -> str:
        return f"{FAMILY}_{self.row.pk}"

    @property
    def audiences(self) -> list[str]:
        return str(self.row.resource).split()


def by_number(number: int) -> TokenFamily | None:
    rows = TokenFamily.objects.select_related("application__owner", "user")
    found: TokenFamily | None = rows.filter(pk=number).first()
    return found


def read(row: TokenFamily, *, now: datetime) -> Family:
    """Six statements, however often it was refreshed."""
    roots = [token for kind in ("code", "device") for token in _newest(kind, row, most=1, now=now)]
    refreshes = _newest("refresh", row, most=REFRESHES_SHOWN, now=now)
    access = _newest("access", row, most=ACCESS_SHOWN, now=now)
    newest = RefreshToken.objects.filter(family=row).aggregate(newest=Max("generation"))["newest"]
    used = any(token.standing.consumed_at for token in refreshes if token.generation == newest)
    found = reuse.among([row.revoked_at] if row.revoked_at else []).get(row.pk)
    everything = [*roots, *refreshes, *access]
    live = row.revoked_at is None and any(token.revocable for token in everything)
    return Family(
        row=row,
        tree=tree_of(root=roots[0] if roots else None, refreshes=refreshes, access=access),
        refreshes=(newest or 0) + int(used),
        reuse=found,
        live=live,
        state=_state(row, everything, live=live),
    )


def _state(row: TokenFamily, tokens: list[Token], *, live: bool) -> str:
    if row.revoked_at is not None or not tokens:
        return "revoked" if row.revoked_at is not None else "expired"
    if live:
        return "live" if families.holds(row, row.application) and row.application.is_active else "suspended"
    return "revoked" if any(token.state == "revoked" for token in tokens) else "expired"


def _newest(kind: str, row: TokenFamily, *, most: int, now: datetime) -> list[Token]:
    """Newest first, found by the family: by the plain number, a planner may walk the whole table."""
    order = F("generation").desc() if kind == "refresh" else (F("pk") + 0).desc()
    rows = BY_VALUE[kind].rows().filter(family_id=row.pk).order_by(order)[:most]
    return [BY_VALUE[kind].token(one, now=now) for one in rows]
