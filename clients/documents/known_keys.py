"""What is known of a client's public keys beside themselves: since when, and when and from where they were last used.

Of registered keys there is a row from the change on that brought them; of published ones from their first use on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from clients.models import Client, ClientKey
from clients.rules import public_keys


@dataclass(frozen=True, kw_only=True)
class Row:
    """A key as the page shows it. `kid` and `algorithm` are empty of one that the client publishes itself."""

    thumbprint: str
    kid: str
    algorithm: str
    since: datetime | None
    last_used_at: datetime | None
    last_used_from: str


def keep(client: Client, *, now: datetime) -> None:
    """After a change of the keys, in its transaction: one row for each key that it has now."""
    thumbprints = {public_keys.read_key(line).thumbprint for line in client.client_jwks.splitlines()}
    ClientKey.objects.filter(client=client).exclude(thumbprint__in=thumbprints).delete()
    rows = [ClientKey(client=client, thumbprint=thumbprint, since=now) for thumbprint in sorted(thumbprints)]
    ClientKey.objects.bulk_create(rows, ignore_conflicts=True)


def rows_of(client: Client) -> list[Row]:
    """The registered keys in their order; of published ones those that were used, the latest first."""
    known = {key.thumbprint: key for key in ClientKey.objects.filter(client=client).order_by("-last_used_at")}
    keys = [public_keys.read_key(line) for line in client.client_jwks.splitlines()]
    if not keys:
        return [_row(key.thumbprint, key) for key in known.values()]
    return [_row(key.thumbprint, known.get(key.thumbprint), kid=key.kid, algorithm=key.algorithm) for key in keys]


def _row(thumbprint: str, known: ClientKey | None, *, kid: str = "", algorithm: str = "") -> Row:
    return Row(
        thumbprint=thumbprint,
        kid=kid,
        algorithm=algorithm,
        since=known.since if known else None,
        last_used_at=known.last_used_at if known else None,
        last_used_from=known.last_used_from if known else "",
    )
