"""Many clients as a large organisation has them: made quickly, past the registry's door, for measuring its list."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from clients.listing import searching
from clients.models import Client, ClientSecret
from clients.rules import grant_types
from clients.rules.names import name_key

OWNERS = 400
BATCH = 2000
SUBJECTS = (
    "Billing",
    "Orders",
    "Returns",
    "Courier",
    "Warehouse",
    "Payroll",
    "Storefront",
    "Ledger",
    "Pricing",
    "Claims",
    "Fleet",
    "Kiosk",
    "Identity",
    "Reporting",
    "Catalogue",
    "Invoices",
    "Support",
    "Tariffs",
)
KINDS = ("sync", "app", "portal", "import", "relay", "batch", "scanner", "gateway", "feed", "dashboard", "worker")
PLACES = ("EU", "Nordics", "Berlin", "Lagos", "Osaka", "Quito", "north", "south", "test", "staging", "production")
GRANTS = (
    (("client_credentials",), 45),
    (("authorization_code",), 38),
    (("authorization_code", "client_credentials"), 8),
    ((grant_types.DEVICE_CODE,), 5),
    (("personal_access_token",), 3),
    (("password",), 1),
)


def people(count: int = OWNERS) -> list[User]:
    """Owners."""
    return User.objects.bulk_create(
        User(username=f"person-{number:04}", given_name=f"Given{number}", family_name=f"Family{number}")
        for number in range(count)
    )


def make(count: int, *, now: datetime) -> None:
    """`count` clients with owners, secrets and verdicts; the same ones every time."""
    chance = random.Random(7)
    owners = people()
    for start in range(0, count, BATCH):
        rows = [_client(number, owners, chance, now) for number in range(start, min(start + BATCH, count))]
        clients = Client.objects.bulk_create(rows)
        ClientSecret.objects.bulk_create(_secrets(clients, chance, now))


def _client(number: int, owners: list[User], chance: random.Random, now: datetime) -> Client:
    grants = chance.choices([grants for grants, _ in GRANTS], [weight for _, weight in GRANTS])[0]
    confidential = bool({"client_credentials", "password"} & set(grants)) or chance.random() < 0.5
    name = f"{chance.choice(SUBJECTS)} {chance.choice(KINDS)} {chance.choice(PLACES)} {number}"
    uri = f"https://{name.split()[0].lower()}{number}.example.com/oauth/callback"
    level = chance.choices(("", "info", "warn", "danger"), (30, 40, 28, 2))[0]
    idle = timedelta(days=chance.choice((0, 0, 0, 1, 5, 40, 120, 400)), seconds=chance.randrange(86_400))
    client = Client(
        client_id=f"{name.split()[0].lower()}-{number:06}",
        name=name,
        version=chance.choice(("", "", "1", "2.4")),
        client_type="confidential" if confidential else "public",
        grant_types=" ".join(grants),
        redirect_uris=uri if grant_types.needs_redirect(grants) else "",
        description="Keeps one part of the house in order, and says so here in a sentence of some length.",
        allowed_scope="orders.read orders.write",
        owner=chance.choice(owners),
        is_active=chance.random() < 0.93,
        is_protected=chance.random() < 0.03,
        access_tokens_never_expire=chance.random() < 0.01,
        last_used_at=now - idle if chance.random() < 0.8 else None,
        linter_level=level,
        linter_score={"": 100, "info": 94, "warn": 82, "danger": 70}[level],
    )
    client.name_key = name_key(client.name, client.version)
    client.search_text = searching.text_of(client)
    return client


def _secrets(clients: list[Client], chance: random.Random, now: datetime) -> Iterator[ClientSecret]:
    for client in clients:
        if client.confidential and chance.random() < 0.97:
            yield ClientSecret(client=client, key_id=f"k{client.pk}", hash="x" * 120, expires_at=_end(chance, now))


def _end(chance: random.Random, now: datetime) -> Any:
    days = chance.choices((None, 300, 12, -20), (70, 27, 2, 1))[0]
    return None if days is None else now + timedelta(days=days)
