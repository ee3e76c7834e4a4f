"""R15 over HTTP: an expired and a retired secret end at every worker's next request; the one beside it goes on."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol.caller import Caller, basic
from tests.protocol.conftest import DOCUMENT, SECRETS

ASK = {"grant_type": "client_credentials"}
TRIES = 16  # each over a connection of its own, so that both workers answer some
ROTATE = """
from datetime import timedelta
from django.utils import timezone
import audit
from clients.secrets import rotation
from clients.models import Client
client, now = Client.objects.get(client_id={client_id!r}), timezone.now()
print(rotation.standing(client)[0].key_id)
print(rotation.rotate(client=client, by=audit.SYSTEM, now=now, overlap=timedelta(hours=1)).secret)
"""
EXPIRE_SOON = """
from datetime import timedelta
from django.utils import timezone
from clients.models import ClientSecret
ClientSecret.objects.filter(client__client_id__in={client_ids!r}, custom=True).update(
    expires_at=timezone.now() + timedelta(seconds=1))
"""
RETIRE = """
from django.utils import timezone
import audit
from clients.secrets import rotation
from clients.models import Client
rotation.retire(client=Client.objects.get(client_id={client_id!r}), key_id={key_id!r}, by=audit.SYSTEM,
                now=timezone.now())
"""


AT_ONCE = """
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from django.db import connection
from django.utils import timezone
import audit
from clients.secrets import rotation
from clients.models import Client
from clients.writing import ChangedMeanwhile
seen = [Client.objects.get(client_id="poster") for _ in range(8)]
def rotate(client):
    try:
        rotation.rotate(client=client, by=audit.SYSTEM, now=timezone.now(), overlap=timedelta(hours=1))
        return "made"
    except ChangedMeanwhile:
        return "late"
    finally:
        connection.close()
with ThreadPoolExecutor(8) as pool:
    print(*sorted(pool.map(rotate, seen)), len(rotation.standing(seen[0])))
"""


@pytest.fixture(scope="module")
def two_workers(server: MakeServer) -> Server:
    running = server(workers=2)
    running.manage("apply", "-", text=json.dumps(DOCUMENT))
    return running


def statuses(running: Server, client_id: str, secret: str) -> set[int]:
    caller = Caller(running.url, authorization=basic(client_id, secret))
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(caller.post, "/token", ASK) for _ in range(TRIES)]
        return {one.result().status for one in asked}


def rotated(running: Server, client_id: str) -> tuple[str, str]:
    """The key id of the secret of before, and the new secret."""
    before, secret = running.shell(ROTATE.format(client_id=client_id)).splitlines()[-2:]
    return before, secret


def test_r15_a_retired_secret_is_refused_by_every_worker_that_remembers_it_and_the_other_goes_on(
    two_workers: Server,
) -> None:
    before, secret = rotated(two_workers, "reset-me")
    assert statuses(two_workers, "reset-me", SECRETS["reset-me"]) == {200}
    assert statuses(two_workers, "reset-me", secret) == {200}
    two_workers.shell(RETIRE.format(client_id="reset-me", key_id=before))
    assert statuses(two_workers, "reset-me", SECRETS["reset-me"]) == {401}
    assert statuses(two_workers, "reset-me", secret) == {200}


def test_r15_an_expired_secret_is_refused_by_workers_that_remember_it_and_by_those_that_never_saw_it(
    two_workers: Server,
) -> None:
    seen, unseen = "stranger", "forever"
    new = {client_id: rotated(two_workers, client_id)[1] for client_id in (seen, unseen)}
    assert statuses(two_workers, seen, SECRETS[seen]) == {200}
    two_workers.shell(EXPIRE_SOON.format(client_ids=[seen, unseen]))
    time.sleep(1.1)
    for client_id in (seen, unseen):
        assert statuses(two_workers, client_id, SECRETS[client_id]) == {401}
        assert statuses(two_workers, client_id, new[client_id]) == {200}
    refused = Caller(two_workers.url).post("/token", ASK, authorization=basic(seen, SECRETS[seen]))
    unknown = Caller(two_workers.url).post("/token", ASK, authorization=basic("nobody", SECRETS[seen]))
    assert [answer.json["error_description"] for answer in (refused, unknown)] == [
        refused.json["error_description"]
    ] * 2


def test_r15_of_eight_who_rotate_at_the_same_moment_one_makes_a_secret_and_the_others_are_told(
    two_workers: Server,
) -> None:
    assert two_workers.shell(AT_ONCE).splitlines()[-1] == "late " * 7 + "made 2"
