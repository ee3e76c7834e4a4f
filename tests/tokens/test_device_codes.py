"""Device codes by their room and the token endpoint, without a socket: the turned clock, and counted statements."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from clients.models import Client
from clients.rules import grant_types
from policies.resources import Reach
from tests.tokens.registry import Answer, forget_everything, make_catalogue, make_client, post
from tokens.device import codes
from tokens.formats import stored_hash
from tokens.models import AccessToken, DeviceCode

SECOND = timedelta(seconds=1)
REACH = Reach(scopes=("ping",), audiences=())


@pytest.fixture
def screen(db: None) -> tuple[Client, str]:
    forget_everything()
    make_catalogue()
    return make_client("screen", grant_types=grant_types.DEVICE_CODE, refresh_limit=None)


def asked(client: Client, *, ago: timedelta = timedelta(), approved: bool = False) -> str:
    """A device code that was issued so long ago, and approved at once where it was."""
    then = timezone.now() - ago
    issued = codes.issue(client=client, reach=REACH, now=then)
    if approved:
        row = DeviceCode.objects.get(device_code_hash=stored_hash(issued.device_code))
        user, _ = User.objects.get_or_create(username="mara")
        assert codes.approve(row, user, REACH, signed_in_at=then, refreshing=3600, now=then)
    return issued.device_code


def poll(screen: tuple[Client, str], device_code: str) -> Answer:
    form = {"grant_type": grant_types.DEVICE_CODE, "device_code": device_code}
    return post("/token", form, client_id=screen[0].client_id, secret=screen[1])


@pytest.mark.parametrize(
    ("left", "approved", "status", "error"),
    [
        (30 * SECOND, False, 400, "authorization_pending"),
        (30 * SECOND, True, 200, None),
        (0 * SECOND, False, 400, "expired_token"),
        (0 * SECOND, True, 400, "expired_token"),
        (-3 * codes.LIFETIME, False, 400, "expired_token"),
    ],
)
def test_rfc8628_a_code_past_its_time_is_an_expired_token_whatever_was_decided(
    screen: tuple[Client, str], left: timedelta, approved: bool, status: int, error: str | None
) -> None:
    answer = poll(screen, asked(screen[0], ago=codes.LIFETIME - left, approved=approved))
    assert (answer.status, answer.body.get("error")) == (status, error)
    assert AccessToken.objects.exists() is (status == 200)


def test_rfc8628_nobody_decides_a_code_past_its_time(screen: tuple[Client, str]) -> None:
    now = timezone.now()
    issued = codes.issue(client=screen[0], reach=REACH, now=now)
    row = codes.waiting(issued.user_code, now=now + codes.LIFETIME - SECOND)
    assert row is not None
    assert codes.waiting(issued.user_code, now=now + codes.LIFETIME) is None
    user = User.objects.create(username="mara")
    late = now + codes.LIFETIME
    assert not codes.approve(row, user, REACH, signed_in_at=None, refreshing=3600, now=late)
    assert not codes.deny(row, user, now=late)


def test_rfc8628_a_poll_counts_once_for_a_client_that_is_remembered_too(screen: tuple[Client, str]) -> None:
    """What is decided from memory and refused is asked again from the database; a poll is not."""
    for _ in range(2):
        assert poll(screen, asked(screen[0])).body["error"] == "authorization_pending"
    row = DeviceCode.objects.latest("pk")
    assert (row.interval, row.polled_at is None) == (codes.INTERVAL, False)


def test_a_warm_redemption_of_a_device_code_is_at_most_seven_statements(screen: tuple[Client, str]) -> None:
    """Savepoints, which stand for BEGIN and COMMIT here, are counted too."""
    assert poll(screen, asked(screen[0], approved=True)).status == 200
    device_code = asked(screen[0], approved=True)
    with CaptureQueriesContext(connection) as queries:
        assert poll(screen, device_code).status == 200
    assert len(queries) <= 7, [query["sql"] for query in queries]
