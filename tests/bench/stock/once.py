"""The control's codes and refresh tokens, as its own views leave them; `tests.bench.once` makes ours."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application, Grant, RefreshToken
from oauthlib.common import generate_token

from tests.bench.proof import CHALLENGE, REDIRECT

BATCH = 1000
HOLDS = timedelta(hours=1)


def codes(count: int) -> None:
    whose, rows = _whose(), []
    for _ in range(count):
        row = Grant(**whose, code=generate_token(), redirect_uri=REDIRECT, expires=timezone.now() + HOLDS,
                    scope="orders.read", code_challenge=CHALLENGE, code_challenge_method="S256")  # fmt: skip
        rows.append(row)
    Grant.objects.bulk_create(rows, batch_size=BATCH)
    print("\n".join(row.code for row in rows))


def refresh_tokens(count: int) -> None:
    """Each beside the access token that it came with."""
    whose, expires = _whose(), timezone.now() + HOLDS
    access = [AccessToken(**whose, token=generate_token(), expires=expires, scope="orders.read") for _ in range(count)]
    AccessToken.objects.bulk_create(access, batch_size=BATCH)
    rows = [
        RefreshToken(**whose, token=generate_token(), access_token=one, token_family=uuid.uuid4()) for one in access
    ]
    RefreshToken.objects.bulk_create(rows, batch_size=BATCH)
    print("\n".join(row.token for row in rows))


def _whose() -> dict[str, object]:
    user, _ = User.objects.get_or_create(username="bench-owner")
    return {"application": Application.objects.get(client_id="bench-web"), "user": user}
