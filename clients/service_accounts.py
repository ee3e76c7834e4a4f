"""The service account of a confidential client (R17): tokens from client credentials act as it.

Its user name is the client id; it has no usable password and never signs in.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from accounts.holdings import normal_permissions
from accounts.models import User
from clients.models import Client


def ensure(*, client_id: str) -> User:
    """The service account for a client id, made anew or taken back into use."""
    account = User.objects.filter(username=client_id, kind=User.Kind.SERVICE).first()
    if account is None:
        return User.objects.create_user(client_id, None, kind=User.Kind.SERVICE)
    User.objects.filter(pk=account.pk).update(is_active=True, deleted_at=None)
    account.is_active, account.deleted_at = True, None
    return account


def held_permissions(client: Client) -> tuple[str, ...]:
    """What the client's service account holds directly (R9), beside what its groups give."""
    account = client.service_account
    return normal_permissions(account.permissions) if account is not None else ()


def retire(*, client: Client, now: datetime) -> None:
    """End the account's use and, by its epoch, every token that acts as it. The row stays for the trail."""
    User.objects.filter(pk=client.service_account_id, kind=User.Kind.SERVICE).update(
        is_active=False, deleted_at=now, token_epoch=F("token_epoch") + 1
    )
