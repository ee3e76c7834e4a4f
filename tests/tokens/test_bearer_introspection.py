"""R56, introspection by a bearer token: bounded statements, and the same answers as by Basic under every change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import server_settings
from accounts.models import User
from clients.models import Client
from policies.models import Api
from tests.tokens.registry import Answer, forget_everything, make_catalogue, make_client, post, post_as
from tokens.formats import stored_hash
from tokens.models import AccessToken, TokenFamily

ASK = {"grant_type": "client_credentials"}
CALLER_SCOPE = "authorization.introspect"


class World:
    """A reader that introspects by Basic and by its bearer token, and tokens of `service`."""

    def __init__(self) -> None:
        forget_everything()
        make_catalogue()
        self.service, self.secret = make_client("service")
        self.reader, self.reader_secret = make_client("reader")
        Api.objects.get(name="Orders").introspectors.add(self.reader)
        self.bearer = self.token("reader", self.reader_secret, scope=CALLER_SCOPE)

    def token(self, client_id: str = "", secret: str = "", **form: str) -> str:
        answer = post("/token", {**ASK, **form}, client_id=client_id or "service", secret=secret or self.secret)
        return str(answer.body["access_token"])

    def by_basic(self, token: str) -> Answer:
        return post("/introspect", {"token": token}, client_id="reader", secret=self.reader_secret)

    def by_bearer(self, token: str) -> Answer:
        return post_as(f"Bearer {self.bearer}", "/introspect", {"token": token})

    @property
    def bearer_rows(self) -> QuerySet[AccessToken]:
        rows: QuerySet[AccessToken] = AccessToken.objects.filter(token_hash=stored_hash(self.bearer))
        return rows


@pytest.fixture
def world(db: None) -> World:
    return World()


def test_the_warm_introspection_by_bearer_is_one_statement(world: World) -> None:
    token = world.token(scope="orders.read")
    assert world.by_bearer(token).body["active"] is True
    with CaptureQueriesContext(connection) as queries:
        assert world.by_bearer(token).body["active"] is True
    assert len(queries) == 1, [query["sql"] for query in queries]


def test_the_first_introspection_of_a_bearer_is_bounded(world: World) -> None:
    token = world.token(scope="orders.read")
    with CaptureQueriesContext(connection) as queries:
        world.by_bearer(token)
    assert len(queries) <= 7, [query["sql"] for query in queries]


@pytest.mark.parametrize("scope", ["ping", "orders.read", "orders.read ping"])
def test_it_answers_what_basic_answers(world: World, scope: str) -> None:
    token = world.token(scope=scope)
    for _ in range(2):
        assert world.by_bearer(token) == world.by_basic(token)
    AccessToken.objects.filter(token_hash=stored_hash(token)).update(revoked_at=timezone.now())
    assert world.by_bearer(token).body == world.by_basic(token).body == {"active": False}


def _revoke(world: World) -> None:
    world.bearer_rows.update(revoked_at=timezone.now())


def _expire(world: World) -> None:
    world.bearer_rows.update(expires=timezone.now() - timedelta(seconds=1))


def _raise_client_epoch(world: World) -> None:
    """Without a new revision: the statement must see it by itself."""
    Client.objects.filter(pk=world.reader.pk).update(token_epoch=1)


def _raise_user_epoch(world: World) -> None:
    User.objects.filter(username="reader").update(token_epoch=1)


def _stop_user(world: World) -> None:
    User.objects.filter(username="reader").update(is_active=False)


def _delete_user(world: World) -> None:
    User.objects.filter(username="reader").update(deleted_at=timezone.now())


def _deactivate_client(world: World) -> None:
    Client.objects.filter(pk=world.reader.pk).update(is_active=False, revision=2)


def _delete_client(world: World) -> None:
    Client.objects.filter(pk=world.reader.pk).update(deleted_at=timezone.now(), revision=2)


def _revoke_family(world: World) -> None:
    family = TokenFamily.objects.create(application=world.reader, client_epoch=0, revoked_at=timezone.now())
    world.bearer_rows.update(family=family)


@pytest.mark.parametrize(
    "change",
    [_revoke, _expire, _raise_client_epoch, _raise_user_epoch, _stop_user, _delete_user, _deactivate_client,
     _delete_client, _revoke_family],
)  # fmt: skip
def test_a_bearer_token_that_has_ended_binds_a_worker_that_remembers_it(
    world: World, change: Callable[[World], None]
) -> None:
    token = world.token(scope="ping")
    assert world.by_bearer(token).status == 200
    change(world)
    answer = world.by_bearer(token)
    assert (answer.status, answer.body["error"]) == (401, "invalid_token")


def test_policy_changes_bind_at_the_next_request(world: World) -> None:
    token = world.token(scope="orders.read")
    assert world.by_bearer(token).body["active"] is True
    Api.objects.get(name="Orders").introspectors.clear()
    server_settings.bump_policy_version()
    assert world.by_bearer(token).body == world.by_basic(token).body == {"active": False}
    Client.objects.filter(pk=world.reader.pk).update(allowed_scope="ping", revision=2)
    assert world.by_bearer(token).body["error"] == world.by_basic(token).body["error"] == "access_denied"


def test_a_token_without_the_scope_is_insufficient_also_for_a_client_that_may(world: World) -> None:
    world.bearer = world.token("reader", world.reader_secret, scope="ping")
    for _ in range(2):
        answer = world.by_bearer(world.token())
        assert (answer.status, answer.body["error"]) == (403, "insufficient_scope")
