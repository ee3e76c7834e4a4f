"""One page of the list: its order and its clients, read by number first so that deep pages cost little (R51).

An order is made of parts that are read one after the other, such as "used" and then "never used": each part is a walk
along one index, whichever way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from accounts.models import User
from clients.listing.address import Address
from clients.models import Client, ClientSecret

# All that a row looks at: the long texts of a client, and most of its owner, stay where they are.
SHOWN = (
    "name", "version", "client_id", "client_type", "grant_types", "redirect_uris", "refresh_limit", "is_system",
    "is_active", "is_protected", "access_tokens_never_expire", "linter_level", "linter_score", "last_used_at",
    "token_endpoint_auth_method", "owner__username", "owner__given_name", "owner__family_name",
)  # fmt: skip
SECRETS_SHOWN = ("client_id", "created", "expires_at", "revoked_at")


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some of the clients, and their order."""

    order: tuple[str, ...]
    only: Q = field(default_factory=Q)


def parts_of(sort: str) -> tuple[Part, ...]:
    """The parts of an order of `address.ORDERS`, `-` before it for descending."""
    down = "-" if sort.startswith("-") else ""
    match sort.removeprefix("-"):
        case "name":
            return (Part(order=(f"{down}name_key", f"{down}pk")),)
        case "client_id" | "client_type" as column:
            return (Part(order=(f"{down}{column}", f"{down}pk")),)
        case "status":  # active ones first
            up = "" if down else "-"
            return (Part(order=(f"{up}is_active", f"{up}pk")),)
        case "owner":  # the server's own come last either way round
            owned = Part(order=(f"{down}owner__username", f"{down}pk"), only=Q(owner__kind=User.Kind.PERSON))
            return (owned, Part(order=("-pk",), only=Q(owner=None)))
        case "last_used":  # never used comes last either way round
            used = Part(order=(f"{down}last_used_at", f"{down}pk"), only=Q(last_used_at__isnull=False))
            return (used, Part(order=("-pk",), only=Q(last_used_at=None)))
        case _:
            return (Part(order=(f"{down}pk",)),)


def numbers(clients: QuerySet[Client], sort: str, *, start: int, stop: int) -> list[int]:
    """The numbers of the clients from `start` to before `stop` in this order: two statements a part at most."""
    found: list[int] = []
    for part in parts_of(sort):
        these = clients.filter(part.only)
        got = list(these.order_by(*part.order).values_list("pk", flat=True)[start:stop])
        found += got
        if len(got) == stop - start:
            break
        size = start + len(got) if got else these.count()
        start, stop = max(start - size, 0), stop - size
    return found


def page_of(clients: QuerySet[Client], to: Address, *, count: int) -> tuple[Page[int], list[Client]]:
    """The page that the address names, or the nearest, and its clients in order."""
    paginator: Paginator[int] = Paginator(range(count), to.size)
    page = paginator.page(min(to.page, paginator.num_pages))
    start = (page.number - 1) * to.size
    found = numbers(clients, to.sort, start=start, stop=min(start + to.size, count)) if count else []
    return page, in_order(found)


def in_order(numbers: Sequence[int]) -> list[Client]:
    """The clients of these numbers, with owner and live secrets, in two statements."""
    clients = Client.objects.filter(pk__in=numbers, deleted_at=None).select_related("owner").only(*SHOWN)
    by_number = {client.pk: client for client in clients}
    for client in by_number.values():
        client.unrevoked_secrets = []
    # By hand: for a page of 200 a prefetch works longer than the rest of this function.
    for secret in ClientSecret.objects.filter(client__in=by_number, revoked_at=None).only(*SECRETS_SHOWN):
        by_number[secret.client_id].unrevoked_secrets.append(secret)
    return [by_number[number] for number in numbers if number in by_number]
