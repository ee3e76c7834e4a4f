"""Codes and refresh tokens of ours by the thousand, as somebody's consent leaves them; each is used once.

Run by `manage.py shell` on the server's own database; prints one value a line.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from clients.models import Client
from tests.bench.proof import CHALLENGE, REDIRECT
from tokens import formats
from tokens.models import AuthorizationCode, RefreshToken, TokenFamily

BATCH = 1000
HOLDS = timedelta(hours=1)  # longer than any benchmark; what ends in time is measured elsewhere


def codes(count: int) -> None:
    """Codes of the client `bench-web`, bound to the benchmark's redirect and challenge."""
    values, rows = _values(count, formats.AUTHORIZATION_CODE), []
    for value, family in zip(values, _families(count), strict=True):
        rows.append(
            AuthorizationCode(
                code_hash=formats.stored_hash(value), family=family, redirect_uri=REDIRECT, code_challenge=CHALLENGE,
                code_challenge_method="S256", application_id=family.application_id, user_id=family.user_id,
                expires=timezone.now() + HOLDS, created=timezone.now(),
            )
        )  # fmt: skip
    AuthorizationCode.objects.bulk_create(rows, batch_size=BATCH)
    print("\n".join(values))


def refresh_tokens(count: int) -> None:
    """The first refresh token of as many families."""
    values, rows = _values(count, formats.REFRESH_TOKEN), []
    for value, family in zip(values, _families(count), strict=True):
        rows.append(
            RefreshToken(
                token_hash=formats.stored_hash(value), family=family, application_id=family.application_id,
                user_id=family.user_id, expires=timezone.now() + HOLDS, created=timezone.now(),
            )
        )  # fmt: skip
    RefreshToken.objects.bulk_create(rows, batch_size=BATCH)
    print("\n".join(values))


def _values(count: int, prefix: str) -> list[str]:
    expires = timezone.now() + HOLDS
    return [formats.new_opaque_token(expires, prefix=prefix) for _ in range(count)]


def _families(count: int) -> list[TokenFamily]:
    client, user = Client.objects.get(client_id="bench-web"), User.objects.get(username="bench-owner")
    rows = [
        TokenFamily(
            application=client, user=user, scope="orders.read", client_epoch=client.token_epoch,
            user_epoch=user.token_epoch, created=timezone.now(), expires=timezone.now() + HOLDS,
        )
        for _ in range(count)
    ]  # fmt: skip
    return list(TokenFamily.objects.bulk_create(rows, batch_size=BATCH))
