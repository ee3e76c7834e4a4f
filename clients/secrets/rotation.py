"""Rotating, changing and retiring the secrets of a client (R15): several may live at once, each with its own end.

RFC 6749 §2.3.1 leaves secrets to the server; what makes rotation safe is that the old one goes on working until the
client has moved over. All through the revision-conditional write, all audited; no event holds a secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

import audit
from clients.life.protection import demand_changeable
from clients.models import Client, ClientSecret
from clients.rules.text import fault_of_line
from clients.rules.validation import Fault
from clients.secrets import credentials
from clients.writing import Refused, bypassed, demand_sound, record, write

MOST_LIVE = 10
LONGEST_LABEL = 100
AT_ONCE = timedelta(0)
LONGEST_OVERLAP = timedelta(days=365)
LATEST_EXPIRY = timedelta(days=3660)  # ten years: beyond, say that it does not expire
PUBLIC = Fault(field="client_secret", code="public", message="A public client has no secret.")
EXPIRED = Fault(field="expires", code="expired", message="This secret has expired, and stays so. Make a new one.")


class NoSuchSecret(Exception):
    """The client has no secret of this key id that is still there."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked of a new secret. `custom` None: let it be generated (R12). `hashed`: its hash, made before."""

    label: str = ""
    expires_at: datetime | None = None
    custom: str | None = field(default=None, repr=False)
    hashed: str | None = field(default=None, repr=False)


def standing(client: Client) -> list[ClientSecret]:
    """The secrets that are not retired, expired ones among them, the newest first (one statement)."""
    return list(client.secrets.filter(revoked_at=None).order_by("-created", "-pk"))


def is_live(secret: ClientSecret, *, now: datetime) -> bool:
    """Whether a secret that is not retired works at `now`."""
    return secret.expires_at is None or secret.expires_at > now


def faults(
    *, wanted: Wanted, overlap: timedelta, client: Client, secrets: list[ClientSecret], now: datetime
) -> list[Fault]:
    """Everything that is wrong with rotating so; `secrets` are those standing."""
    if not client.confidential:
        return [PUBLIC]
    found = [*custom_faults(wanted.custom), *fact_faults(label=wanted.label, expires_at=wanted.expires_at, now=now)]
    if not AT_ONCE <= overlap <= LONGEST_OVERLAP:
        message = f"Choose an overlap of at most {LONGEST_OVERLAP.days} days."
        found.append(Fault(field="overlap", code="too-long", message=message))
    if overlap == AT_ONCE:
        return found
    return [*found, *_crowded([secret for secret in secrets if is_live(secret, now=now)], custom=wanted.custom)]


def custom_faults(custom: str | None) -> list[Fault]:
    """R13: what is wrong with a chosen secret; None is none."""
    if custom is None:
        return []
    try:
        credentials.check_custom(custom)
    except credentials.WeakSecret as weak:
        return [Fault(field="client_secret", code="weak", message=str(weak))]
    return []


def fact_faults(*, label: str, expires_at: datetime | None, now: datetime) -> list[Fault]:
    """What is wrong with a secret's label and end."""
    found = []
    if message := fault_of_line(label, longest=LONGEST_LABEL):
        found.append(Fault(field="label", code="label", message=message))
    if expires_at is not None and expires_at <= now:
        message = "This lies in the past. Choose a day to come, or retire the secret."
        found.append(Fault(field="expires", code="past", message=message))
    if expires_at is not None and expires_at > now + LATEST_EXPIRY:
        message = "Choose a day within ten years, or none: then it does not expire."
        found.append(Fault(field="expires", code="far", message=message))
    return found


def _crowded(live: list[ClientSecret], *, custom: str | None) -> list[Fault]:
    """What an overlap runs into: the bound on live secrets, and that a custom one has no key id inside (R13)."""
    found = []
    if len(live) >= MOST_LIVE:
        message = f"{len(live)} secrets live, the most there can be. Retire one, or let all of them stop at once."
        found.append(Fault(field="overlap", code="too-many", message=message))
    other = next((secret for secret in live if secret.custom), None)
    if custom is not None and other is not None:
        message = (
            f"Only one custom secret can live at a time, and {other.key_id} is one. Let the new one be generated, "
            f"let the old ones stop at once, or retire {other.key_id} first."
        )
        found.append(Fault(field="client_secret", code="second-custom", message=message))
    return found


@transaction.atomic
def rotate(
    *,
    client: Client,
    by: audit.Actor,
    now: datetime,
    overlap: timedelta = AT_ONCE,
    wanted: Wanted | None = None,
    revision: int | None = None,
    despite_protection: bool = False,
) -> credentials.Issued:
    """R15: a new secret, returned for the one time it is shown; the earlier ones work for `overlap` more, at most.

    Raises Unchangeable, Refused, ChangedMeanwhile.
    """
    demand_changeable(client, despite_protection=despite_protection)
    wanted, secrets = wanted or Wanted(), standing(client)
    demand_sound(faults(wanted=wanted, overlap=overlap, client=client, secrets=secrets, now=now))
    write(client, {}, revision=revision, now=now)
    outliving = [secret for secret in secrets if overlap and is_live(secret, now=now)]
    _end_earlier(client, overlap=overlap, now=now)
    label, expires_at = wanted.label.strip(), wanted.expires_at
    issued = credentials.issue(
        client=client, by=by, now=now, label=label, custom=wanted.custom, expires_at=expires_at, hashed=wanted.hashed
    )
    detail: dict[str, Any] = {"keyId": issued.key_id, "label": label, "expires": _moment(expires_at)}
    if outliving:
        detail |= {"earlier": [secret.key_id for secret in outliving], "earlierUntil": _moment(now + overlap)}
    else:
        detail["ended"] = len(secrets)
    kind = "client.secret_rotated" if outliving else "client.secret_reset"
    record(kind, client, by, now, detail={**detail, **bypassed(client)})
    return issued


def _end_earlier(client: Client, *, overlap: timedelta, now: datetime) -> None:
    """With an overlap, what works ends by then; what has expired is put away, so that it does not pile up."""
    if overlap == AT_ONCE:
        credentials.revoke_all(client=client, now=now)
        return
    unrevoked = ClientSecret.objects.filter(client=client, revoked_at=None)
    unrevoked.filter(expires_at__lte=now).update(revoked_at=now)
    unrevoked.filter(Q(expires_at=None) | Q(expires_at__gt=now + overlap)).update(expires_at=now + overlap)


def find(client: Client, key_id: str) -> ClientSecret:
    """The secret of this key id that is not retired. Raises NoSuchSecret."""
    secret = next((secret for secret in standing(client) if secret.key_id == key_id), None)
    if secret is None:
        raise NoSuchSecret
    return secret


@transaction.atomic
def retire(
    *,
    client: Client,
    key_id: str,
    by: audit.Actor,
    now: datetime,
    revision: int | None = None,
    despite_protection: bool = False,
) -> None:
    """R15: this one stops working at once. Raises Unchangeable, NoSuchSecret, ChangedMeanwhile."""
    demand_changeable(client, despite_protection=despite_protection)
    secret = find(client, key_id)
    write(client, {}, revision=revision, now=now)
    ClientSecret.objects.filter(pk=secret.pk, revoked_at=None).update(revoked_at=now)
    detail = {"keyId": key_id, "label": secret.label, "lastUsed": _moment(secret.last_used_at),
              "lastUsedFrom": secret.last_used_from}  # fmt: skip
    record("client.secret_retired", client, by, now, detail={**detail, **bypassed(client)})


@transaction.atomic
def change(
    *,
    client: Client,
    key_id: str,
    label: str,
    expires_at: datetime | None,
    by: audit.Actor,
    now: datetime,
    revision: int | None = None,
    despite_protection: bool = False,
) -> bool:
    """Give a secret another label or end; False where nothing was different. Raises as `retire`, and Refused."""
    demand_changeable(client, despite_protection=despite_protection)
    secret, label = find(client, key_id), label.strip()
    before = {"label": secret.label, "expires": _moment(secret.expires_at)}
    after = {"label": label, "expires": _moment(expires_at)}
    changes = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    if not changes:
        return False
    if not is_live(secret, now=now):
        raise Refused([EXPIRED])
    demand_sound(fact_faults(label=label, expires_at=expires_at, now=now))
    write(client, {}, revision=revision, now=now)
    ClientSecret.objects.filter(pk=secret.pk, revoked_at=None).update(label=label, expires_at=expires_at)
    record("client.secret_changed", client, by, now, changes=changes, detail={"keyId": key_id, **bypassed(client)})
    return True


def _moment(moment: datetime | None) -> str:
    """As events hold a moment, for people to read; empty for none."""
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
