"""Which clients a bulk action is asked for: those ticked, all on the page, or all that the list's filters match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.db.models import QuerySet

from clients import access
from clients.listing.address import parse
from clients.listing.conditions import Asking, narrow
from clients.models import Client

MOST = 10_000  # clients of one run
LARGEST = 2**63 - 1

Scope = Literal["ticked", "page", "matching"]


class NotChosen(Exception):
    """Nothing can be done with this choice; the message is a public sentence."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """`query`: the list's address that the choice was made on; `numbers`: what the browser sent, whatever it is."""

    scope: Scope
    query: str
    numbers: Sequence[int] = ()


@dataclass(frozen=True, kw_only=True)
class Found:
    """The clients that were chosen and that the viewer sees; `missing`: how many numbers name no such client."""

    clients: list[Client]
    missing: int


def read(*, scope: str, query: str, ticked: Sequence[str], on_page: str) -> Chosen:
    """From a form. A forged number is one that names no client."""
    if scope == "matching":
        return Chosen(scope="matching", query=query)
    if scope == "page":
        return Chosen(scope="page", query=query, numbers=_numbers(on_page.split()))
    return Chosen(scope="ticked", query=query, numbers=_numbers(ticked))


def _numbers(texts: Sequence[str]) -> tuple[int, ...]:
    """Each once; what is no number at all counts as one that is missing."""
    numbers = (
        int(text) if text.isascii() and text.isdigit() and len(text) < 20 else -1 for text in dict.fromkeys(texts)
    )
    return tuple(dict.fromkeys(number if number <= LARGEST else -1 for number in numbers))


def find(chosen: Chosen, asking: Asking) -> Found:
    """The clients, newest first, with their owners. Raises NotChosen for none, and for more than MOST."""
    visible = access.visible_to(asking.viewer).select_related("owner")
    if chosen.scope == "matching":
        clients = _bounded(narrow(visible, parse(chosen.query), asking))
        return Found(clients=clients, missing=0)
    if len(chosen.numbers) > MOST:
        raise NotChosen(f"One run takes at most {MOST:,} clients.")
    clients = _bounded(visible.filter(pk__in=chosen.numbers))
    return Found(clients=clients, missing=len(chosen.numbers) - len(clients))


def _bounded(clients: QuerySet[Client]) -> list[Client]:
    found = list(clients.order_by("-pk").defer("search_text", "description", "redirect_uris")[: MOST + 1])
    if not found:
        raise NotChosen("No client is selected. Tick some, or choose all that match.")
    if len(found) > MOST:
        raise NotChosen(
            f"More than {MOST:,} clients match. One run takes at most {MOST:,}: narrow the list down first."
        )
    return found
