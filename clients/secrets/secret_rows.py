"""A client's secrets as its pages show them: each with its line of life, its light, and whether another one stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from clients.life.lifelines import Lifeline, lifeline
from clients.models import Client, ClientSecret
from clients.secrets import rotation
from clients.secrets.retiring import Light, light
from clients.secrets.rotation import NoSuchSecret


@dataclass(frozen=True, kw_only=True)
class Row:
    """One secret. `only`: no other one works, so that retiring it leaves the client without any."""

    secret: ClientSecret
    life: Lifeline
    light: Light
    live: bool
    only: bool


def rows_of(client: Client, *, now: datetime) -> list[Row]:
    """The secrets that are not retired, the newest first (one statement)."""
    secrets = rotation.standing(client)
    return [_row(secret, secrets, now=now) for secret in secrets]


def row_of(client: Client, key_id: str, *, now: datetime) -> Row:
    """The one of this key id. Raises NoSuchSecret."""
    row = next((row for row in rows_of(client, now=now) if row.secret.key_id == key_id), None)
    if row is None:
        raise NoSuchSecret
    return row


def _row(secret: ClientSecret, secrets: list[ClientSecret], *, now: datetime) -> Row:
    others = [other for other in secrets if other.pk != secret.pk]
    live = rotation.is_live(secret, now=now)
    return Row(
        secret=secret,
        life=lifeline(secret, now=now),
        light=light(secret, others=others, now=now),
        live=live,
        only=live and not any(rotation.is_live(other, now=now) for other in others),
    )
