"""What was issued from what (R31), as a tree: a code, its first tokens, and what each refresh token was used for. Pure.

What is issued together is written with one moment, which is also when that which it was issued for was consumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tokens.console.kinds import Token


@dataclass(frozen=True, kw_only=True)
class Node:
    """`token` None stands for `skipped` refreshes that are not drawn."""

    token: Token | None
    label: str
    children: tuple[Node, ...] = ()
    skipped: int = 0


def tree_of(*, root: Token | None, refreshes: Sequence[Token], access: Sequence[Token]) -> tuple[Node, ...]:
    """`refreshes` and `access` newest first; of a long family the newest ones alone."""
    chain = [*([root] if root else []), *reversed(refreshes)]
    oldest = refreshes[-1] if refreshes else None
    skipped = (oldest.generation or 0) if oldest else 0
    since = oldest.created if oldest and skipped else None
    issued: dict[int, list[Token]] = {}
    for token in reversed(access):
        if since is None or token.created >= since:
            issued.setdefault(_parent(token, chain), []).append(token)
    nodes: tuple[Node, ...] = ()
    for place in range(len(chain) - 1, -1, -1):
        nodes = (_node(chain[place], (*_leaves(issued.get(place, [])), *nodes)),)
        if skipped and chain[place] is oldest:
            nodes = (Node(token=None, label="", skipped=skipped, children=nodes),)
    return (*_leaves(issued.get(-1, [])), *nodes)


def _parent(token: Token, chain: Sequence[Token]) -> int:
    """The place of what it was issued for; -1 where nothing of the family was consumed for it (R18: password)."""
    before = [
        (consumed, place)
        for place, one in enumerate(chain)
        if (consumed := one.standing.consumed_at) is not None and consumed <= token.created
    ]
    return max(before, key=_latest)[1] if before else -1


def _latest(entry: tuple[datetime, int]) -> tuple[datetime, int]:
    return entry


def _leaves(tokens: Sequence[Token]) -> tuple[Node, ...]:
    return tuple(_node(token, ()) for token in tokens)


def _node(token: Token, children: tuple[Node, ...]) -> Node:
    label = f"Refresh {token.generation + 1}" if token.generation is not None else token.kind.label
    return Node(token=token, label=label, children=children)
