"""`/check` and `/userinfo` by statements: one where the worker remembers the client, and never a stale decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import server_settings
from accounts.models import ServerSettings, User
from clients.models import Client
from tests.tokens.registry import Answer, forget_everything, get, make_catalogue, make_client, post
from tokens.formats import stored_hash
from tokens.models import AccessToken


class World:
    """A client, and one of its tokens as a gateway shows it."""

    def __init__(self) -> None:
        forget_everything()
        make_catalogue()
        self.client, self.secret = make_client("service")
        form = {"grant_type": "client_credentials", "scope": "orders.read"}
        self.token = str(post("/token", form, client_id="service", secret=self.secret).body["access_token"])

    def ask(self, scope: str = "orders.read") -> Answer:
        return get(f"/check?scope={scope}", authorization=f"Bearer {self.token}")


@pytest.fixture
def world(db: None) -> World:
    return World()


def statements(world: World) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert world.ask().status == 200
    return len(queries)


def test_a_warm_check_is_one_statement_and_a_cold_one_bounded(world: World) -> None:
    assert statements(world) <= 6
    assert statements(world) == 1
    Client.objects.filter(pk=world.client.pk).update(revision=2)
    assert 1 < statements(world) <= 6
    assert statements(world) == 1
    server_settings.bump_policy_version()
    assert 1 < statements(world) <= 6
    assert statements(world) == 1


def test_a_value_that_is_no_token_of_ours_costs_no_look_up(world: World) -> None:
    world.ask()
    with CaptureQueriesContext(connection) as queries:
        answer = get("/check", authorization="Bearer rubbish")
    assert (answer.status, answer.body["error"]) == (401, "invalid_token")
    assert not [query for query in queries if "tokens_accesstoken" in query["sql"]]


def _revoke(world: World) -> None:
    AccessToken.objects.filter(token_hash=stored_hash(world.token)).update(revoked_at=timezone.now())


def _expire(world: World) -> None:
    past = timezone.now() - timedelta(seconds=1)
    AccessToken.objects.filter(token_hash=stored_hash(world.token)).update(expires=past)


def _raise_epoch(world: World) -> None:
    Client.objects.filter(pk=world.client.pk).update(token_epoch=1)


def _stop_account(world: World) -> None:
    User.objects.filter(username="service").update(is_active=False)


def _deactivate(world: World) -> None:
    Client.objects.filter(pk=world.client.pk).update(is_active=False, revision=2)


def _close_network(world: World) -> None:
    Client.objects.filter(pk=world.client.pk).update(network_rules="deny 127.0.0.0/8", revision=2)


def _demand_https(world: World) -> None:
    ServerSettings.objects.update(require_https=True, policy_version=99)


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        (_revoke, 401, "invalid_token"),
        (_expire, 401, "invalid_token"),
        (_raise_epoch, 401, "invalid_token"),
        (_stop_account, 401, "invalid_token"),
        (_deactivate, 401, "invalid_token"),
        (_close_network, 403, "access_denied"),
        (_demand_https, 400, "invalid_request"),
    ],
)
def test_every_change_binds_at_the_next_check(
    world: World, change: Callable[[World], None], status: int, error: str
) -> None:
    """R46, R38, R62: a worker that remembers the client, too."""
    world.ask()
    change(world)
    answer = world.ask()
    assert (answer.status, answer.body["error"]) == (status, error)


def test_a_service_account_that_is_active_again_lets_its_tokens_act_again(world: World) -> None:
    """It has no revision: what was remembered while it was stopped must not outlive that."""
    world.ask()
    for active, status in ((False, 401), (True, 200), (False, 401), (True, 200)):
        User.objects.filter(username="service").update(is_active=active)
        assert world.ask().status == status
