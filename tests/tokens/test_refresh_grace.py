"""R31's grace by the token endpoint, without a socket: the turned clock, every edge, and counted statements."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Event
from clients.models import Client
from tests.tokens.registry import Answer, forget_everything, make_catalogue, make_client
from tests.tokens.test_user_grants import BACK, new_code, redeem, refresh
from tokens import refresh_rotation
from tokens.formats import stored_hash
from tokens.models import AccessToken, RefreshToken, TokenFamily

GRACE = 30
App = tuple[Client, str]


@pytest.fixture
def app(db: None) -> App:
    forget_everything()
    make_catalogue()
    return make_client(
        "app", grant_types="authorization_code", refresh_limit=3, refresh_grace=GRACE, redirect_uris=BACK
    )


def begun(app: App) -> str:
    """The first refresh token of a new family."""
    return str(redeem(app, new_code(app[0])).body["refresh_token"])


def pass_time(seconds: float) -> None:
    """Turn the clock: what was used was used so much earlier."""
    used = RefreshToken.objects.exclude(consumed_at=None)
    for row in used:
        assert row.consumed_at is not None
        RefreshToken.objects.filter(pk=row.pk).update(consumed_at=row.consumed_at - timedelta(seconds=seconds))


def family_lives() -> bool:
    return TokenFamily.objects.get().revoked_at is None


def is_refused(answer: Answer) -> bool:
    return (answer.status, answer.body["error"]) == (400, "invalid_grant")


def test_r31_a_token_used_again_replaces_its_successor_in_its_row_and_counts_once(app: App) -> None:
    first = begun(app)
    lost = refresh(app, first).body["refresh_token"]
    row = RefreshToken.objects.get(generation=1)
    pass_time(GRACE - 5)
    kept = refresh(app, first).body["refresh_token"]
    assert kept != lost
    again = RefreshToken.objects.get(generation=1)
    assert (again.pk, bytes(again.token_hash), again.expires) == (row.pk, stored_hash(kept), row.expires)
    assert again.created > row.created
    assert RefreshToken.objects.count() == 2
    assert AccessToken.objects.count() == 3  # of the code, of the answer that got lost, and of the one that came
    assert is_refused(refresh(app, lost))
    tokens = refresh(app, kept).body
    assert "refresh_token" not in refresh(app, tokens["refresh_token"]).body  # R29: three refreshes, whatever was lost
    assert AccessToken.objects.count() == 5


def test_r31_a_repeat_in_the_grace_is_told_and_is_no_reuse(app: App) -> None:
    first = begun(app)
    refresh(app, first)
    assert not Event.objects.filter(kind__startswith="token.").exists()
    refresh(app, first)
    (event,) = Event.objects.filter(kind__startswith="token.")
    row = RefreshToken.objects.get(generation=0)
    assert (event.kind, event.subject_name) == ("token.refresh_repeated", "app")
    assert event.detail == {"token": f"rt_{row.pk}", "family": row.family_id, "user": "mara"}


def _past_the_grace(_: App, __: str) -> None:
    pass_time(GRACE)


def _use_the_successor(app: App, successor: str) -> None:
    assert refresh(app, successor).status == 200


def _shorten_the_grace(app: App, _: str) -> None:
    pass_time(5)
    Client.objects.filter(pk=app[0].pk).update(refresh_grace=5, revision=2)


def _no_grace_any_more(app: App, _: str) -> None:
    Client.objects.filter(pk=app[0].pk).update(refresh_grace=0, revision=2)


@pytest.mark.parametrize(
    "change",
    [_past_the_grace, _use_the_successor, _shorten_the_grace, _no_grace_any_more],
    ids=lambda rule: rule.__name__,
)
def test_r31_outside_the_grace_or_with_its_successor_used_a_repeat_ends_the_family(
    app: App, change: Callable[[App, str], None]
) -> None:
    first = begun(app)
    second = refresh(app, first).body["refresh_token"]
    change(app, second)
    assert is_refused(refresh(app, first))
    assert not family_lives()
    assert Event.objects.filter(kind="token.refresh_reused").count() == 1
    assert is_refused(refresh(app, second))


def test_r31_the_grace_counts_from_the_first_use_and_never_slides(app: App) -> None:
    first = begun(app)
    for seconds in (0, 20, 9):
        pass_time(seconds)
        assert refresh(app, first).status == 200
    pass_time(1)
    assert is_refused(refresh(app, first))
    assert not family_lives()


@pytest.mark.parametrize(
    ("used", "grace", "within"),
    [
        (None, 30, False),
        (0, 30, True),
        (29.999, 30, True),
        (30, 30, False),
        (0, 0, False),
        (-0.1, 0, False),  # a race: this request came first, and the other one was quicker
        (-0.1, 30, True),
    ],
)
def test_r31_the_grace_begins_with_the_first_use(used: float | None, grace: int, within: bool) -> None:
    now = timezone.now()
    row = RefreshToken(consumed_at=None if used is None else now - timedelta(seconds=used))
    assert refresh_rotation.within_grace(row, grace=grace, now=now) is within


def test_r29_the_last_permitted_refresh_has_no_successor_and_so_no_grace(app: App) -> None:
    token = begun(app)
    for _ in range(3):
        last, token = token, refresh(app, token).body.get("refresh_token", "")
    assert is_refused(refresh(app, last))
    assert not family_lives()


def _end_the_family(_: App) -> None:
    TokenFamily.objects.update(revoked_at=timezone.now())


def _stop_the_user(_: App) -> None:
    TokenFamily.objects.get().user.delete()


def _expire(_: App) -> None:
    RefreshToken.objects.update(expires=timezone.now())


@pytest.mark.parametrize("change", [_end_the_family, _stop_the_user, _expire], ids=lambda rule: rule.__name__)
def test_a_grace_revives_nothing_that_has_ended(app: App, change: Callable[[App], None]) -> None:
    first = begun(app)
    refresh(app, first)
    issued = AccessToken.objects.count()
    change(app)
    assert is_refused(refresh(app, first))
    assert AccessToken.objects.count() == issued


def test_a_repeat_within_the_grace_is_at_most_seven_statements(app: App) -> None:
    first = begun(app)
    refresh(app, first)
    with CaptureQueriesContext(connection) as repeating:
        assert refresh(app, first).status == 200
    assert len(repeating) <= 7, [query["sql"] for query in repeating]
