"""Client secrets: making, storing, trying and ending them (R12–R16). Only Argon2id hashes are kept.

Trying a secret costs at most one Argon2 run, and the same whether the client exists or not. Concurrent runs are
bounded, or a few bad requests a second would fill a small machine; so are those who wait with a secret that anybody
can have made up, or they would hold every thread of a worker.
"""

from __future__ import annotations

import os
import threading
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

import audit
from audit.randomness import random_text
from clients.models import Client, ClientSecret
from clients.secrets import secret_format
from clients.shared_runs import SharedRuns

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
HASHER_NAME = "client_argon2id$"
_runs = threading.BoundedSemaphore(2)
_shared_runs = SharedRuns()
MOST_GUESSES = 40  # in a worker at once, of its 64 threads; a secret with our tag is none, and may always wait
_guesses = threading.BoundedSemaphore(MOST_GUESSES)
LONGEST_WAIT = 5.0  # seconds for a place among the concurrent runs
EXPIRING_SOON = timedelta(days=30)
SHORTEST_CUSTOM = 16
FEWEST_KINDS = 8  # different characters in a custom secret

SecretState = Literal["ok", "expiring", "expired", "none"]


class WeakSecret(ValueError):
    """A custom secret that is refused (R13); the message says how to mend it."""


class Overloaded(Exception):
    """Too many secrets are being tried at once; the caller answers 503."""


@dataclass(frozen=True, kw_only=True)
class LiveSecret:
    """A secret row that may be used now."""

    pk: int
    key_id: str
    hash: str
    custom: bool


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A new secret, for the one time it is shown, and the public key id of its row."""

    secret: str = field(repr=False)
    key_id: str


def issue(
    *,
    client: Client,
    by: audit.Actor,
    now: datetime,
    label: str = "",
    custom: str | None = None,
    expires_at: datetime | None = None,
    hashed: str | None = None,
) -> Issued:
    """Store a new secret's hash for `client`; the secret itself is nowhere but in what is returned.

    `custom`: take this one instead of generating (R13); raises WeakSecret. `hashed`: its hash, made before a
    transaction that must not wait for Argon2.
    """
    if custom is None:
        secret, key_id = secret_format.generate()
    else:
        check_custom(custom)
        secret, key_id = custom, random_text(secret_format.KEY_ID_LENGTH)
    ClientSecret.objects.create(
        client=client,
        key_id=key_id,
        hash=hashed or hash_secret(secret),
        custom=custom is not None,
        label=label,
        created=now,
        created_by=by.name[:255],
        expires_at=expires_at,
    )
    return Issued(secret=secret, key_id=key_id)


def revoke_all(*, client: Client, now: datetime) -> int:
    """End every live secret of `client` at once; returns how many."""
    return ClientSecret.objects.filter(client=client, revoked_at=None).update(revoked_at=now)


def check_custom(secret: str) -> None:
    """R13: printable ASCII without space, a minimum strength, never one that could be taken for ours."""
    if not secret or not all("!" <= character <= "~" for character in secret):
        raise WeakSecret("Use printable ASCII characters without spaces.")
    if secret.startswith(secret_format.PREFIX):
        raise WeakSecret(f"A custom secret cannot begin with {secret_format.PREFIX}: generated ones do.")
    if len(secret) < SHORTEST_CUSTOM or len(set(secret)) < FEWEST_KINDS:
        raise WeakSecret(
            f"Use at least {SHORTEST_CUSTOM} characters, {FEWEST_KINDS} of them different, or let one be generated."
        )
    if len(secret) > 255:
        raise WeakSecret("Use at most 255 characters.")


def hash_secret(secret: str) -> str:
    """Argon2id under a name of its own, so that a stored value that looks like a hash is still hashed (R13)."""
    return HASHER_NAME + _hasher.hash(secret)


def matches(stored: str, secret: str) -> bool:
    """Whether `secret` is the stored one: one Argon2 run, for all who ask it at this moment. Raises Overloaded."""
    if secret.startswith(secret_format.PREFIX):  # its tag has been looked at
        return _shared(stored, secret)
    if not _guesses.acquire(blocking=False):
        raise Overloaded
    try:
        return _shared(stored, secret)
    finally:
        _guesses.release()


def _shared(stored: str, secret: str) -> bool:
    try:
        return _shared_runs.ask((stored, secret), lambda: _run(stored, secret), patience=LONGEST_WAIT)
    except TimeoutError as error:
        raise Overloaded from error


def _run(stored: str, secret: str) -> bool:
    if not _runs.acquire(timeout=LONGEST_WAIT):
        raise Overloaded
    try:
        return _hasher.verify(stored.removeprefix(HASHER_NAME), secret)
    except (VerificationError, InvalidHashError):
        return False
    finally:
        _runs.release()


def _nobodys() -> str:
    """A stored value that no secret has, with the parameters of every other: trying it costs the same run.

    Written instead of hashed, since every process that starts would pay for it.
    """
    salt, digest = os.urandom(_hasher.salt_len), os.urandom(_hasher.hash_len)
    cost = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"{HASHER_NAME}$argon2id$v={ARGON2_VERSION}${cost}${_unpadded(salt)}${_unpadded(digest)}"


def _unpadded(octets: bytes) -> str:
    return b64encode(octets).rstrip(b"=").decode()


_NOBODYS = _nobodys()


def is_forged(presented: str) -> bool:
    """Whether it has our form, but this server never made it. Told in microseconds, and before any client is known."""
    return presented.startswith(secret_format.PREFIX) and secret_format.genuine_key_id(presented) is None


def find(presented: str, live: Iterable[LiveSecret]) -> LiveSecret | None:
    """The live secret that `presented` is, or None; `live` is empty for an unknown client. Raises Overloaded.

    A forged secret is refused by its tag alone. Every other one costs exactly one run: against the row it names, else
    against nobody's.
    """
    if is_forged(presented):
        return None
    key_id = secret_format.genuine_key_id(presented)
    if key_id is not None:
        candidate = next((row for row in live if row.key_id == key_id and not row.custom), None)
    else:
        candidate = next((row for row in live if row.custom), None)
    found = matches(candidate.hash if candidate else _NOBODYS, presented)
    return candidate if found else None


def live_secrets(client_pk: int, *, now: datetime) -> list[LiveSecret]:
    """The secrets of one client that are neither revoked nor expired (one statement)."""
    rows = ClientSecret.objects.filter(client_id=client_pk, revoked_at=None).only(
        "pk", "key_id", "hash", "custom", "expires_at"
    )
    return [
        LiveSecret(pk=row.pk, key_id=row.key_id, hash=row.hash, custom=row.custom)
        for row in rows
        if row.expires_at is None or row.expires_at > now
    ]


def secret_state(secrets: Iterable[ClientSecret], *, now: datetime) -> SecretState:
    """R16: how a client's secrets stand together; the longest-lived one decides."""
    unrevoked = [row for row in secrets if row.revoked_at is None]
    if not unrevoked:
        return "none"
    if any(row.expires_at is None or row.expires_at > now + EXPIRING_SOON for row in unrevoked):
        return "ok"
    return "expiring" if any(row.expires_at and row.expires_at > now for row in unrevoked) else "expired"
