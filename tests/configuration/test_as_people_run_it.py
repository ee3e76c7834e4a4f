"""`manage.py apply` as a process of its own: exit codes, streams, files, two at once, and one that is killed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.configuration.test_apply import PASSWORD, WHOLE
from tests.ground.running import MakeServer
from tests.ground.server import MANAGE, Server, environment

ORDERS_SECRET = WHOLE["clients"][0]["clientSecret"]
FAULTY: dict[str, Any] = {**WHOLE, "scopes": [{"name": "a*"}], "users": [*WHOLE["users"], {"username": ""}]}
COUNT = """
from audit.models import Event
from clients.models import Client
print(Client.objects.count(), Event.objects.count())
"""
UNTIL_SOMEBODY_APPLIES = """
import time
from django.db import OperationalError, connection, transaction
from accounts.models import ServerSettings
if connection.vendor == "sqlite":
    connection.cursor().execute("PRAGMA busy_timeout = 0")
while True:
    try:
        with transaction.atomic():
            ServerSettings.objects.select_for_update(nowait=True).get(pk=1)
    except OperationalError:
        break
    time.sleep(0.1)
"""


@pytest.fixture(scope="module")
def store(server: MakeServer) -> Server:
    """A migrated store that no server runs on: `apply` works before the first `serve`."""
    return server(started=False)


def run(
    store: Server, *arguments: str, text: str | bytes = b"", shell: str | None = None
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, MANAGE, "apply", *arguments]
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {shell}', "sh", *command] if shell else command,
        env=environment(store.home, **store.variables),
        input=text.encode() if isinstance(text, str) else text,
        capture_output=True,
        check=False,
        timeout=120,
    )


def test_a_plan_goes_to_standard_output_alone_and_names_no_secret(store: Server) -> None:
    before = store.shell(COUNT)
    done = run(store, "-", "--plan", text=json.dumps(WHOLE))
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().rstrip().endswith("Plan: 7 to add, 3 to change.")
    assert PASSWORD.encode() not in done.stdout
    assert ORDERS_SECRET.encode() not in done.stdout
    assert store.shell(COUNT) == before


def test_faults_go_to_standard_error_with_exit_code_1_and_name_no_secret(store: Server, tmp_path: Path) -> None:
    before = store.shell(COUNT)
    file = tmp_path / "faulty.json"
    file.write_text(json.dumps(FAULTY))
    done = run(store, str(file))
    assert (done.returncode, done.stdout) == (1, b"")
    first, *faults = done.stderr.decode().splitlines()
    assert first == "CommandError: Nothing was changed. The document has faults:"
    assert [fault.split(": ")[0].strip() for fault in faults] == ["users[2].username", "scopes[0].name"]
    assert PASSWORD.encode() not in done.stderr
    assert ORDERS_SECRET.encode() not in done.stderr
    assert store.shell(COUNT) == before


@pytest.mark.parametrize(
    ("arguments", "shell", "code", "sentence"),
    [
        (("-",), "<&-", 1, "Standard input cannot be read"),
        (("-",), "</dev/null", 1, "not JSON"),
        (("/nowhere.json",), "", 1, "/nowhere.json cannot be read"),
        (("/",), "", 1, "/ cannot be read"),
        (("/dev/zero",), "", 1, "larger than"),
        ((), "", 2, "required: file"),
        (("-", "--dry-run"), "", 2, "unrecognized"),
    ],
)
def test_what_cannot_be_read_is_said_without_a_traceback(
    store: Server, arguments: tuple[str, ...], shell: str, code: int, sentence: str
) -> None:
    done = run(store, *arguments, shell=shell)
    assert done.returncode == code
    assert sentence in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_a_store_that_was_never_migrated_is_named(server: MakeServer) -> None:
    done = run(server(started=False, empty=True), "-", text=json.dumps(WHOLE))
    assert done.returncode == 1
    assert "has `manage.py migrate` run?" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def clients_of(letter: str, count: int) -> dict[str, Any]:
    """The same clients in another form, each with a key of its own."""
    rows = [
        {
            "clientId": f"c{number}",
            "name": f"C {number}",
            "owner": "eve",
            "grants": ["client_credentials"],
            "description": letter,
        }
        for number in range(count)
    ]
    return {"users": [{"username": "eve"}], "clients": rows, "scopes": [{"name": "shared", "description": letter}]}


def test_of_two_different_documents_at_once_the_later_one_stands_whole(server: MakeServer) -> None:
    one = server(started=False)
    documents = [json.dumps(clients_of(letter, 20)) for letter in "ab"]
    with ThreadPoolExecutor(2) as pool:
        outputs = list(pool.map(lambda text: one.manage("apply", "-", text=text), documents))
    assert sorted(output.splitlines()[-1] for output in outputs) == [
        "Applied: 0 added, 21 changed.",
        "Applied: 22 added, 0 changed.",
    ]
    stands = one.shell(
        "from clients.models import Client; from policies.models import Scope\n"
        "print(*{c.description for c in Client.objects.filter(client_id__startswith='c')}, "
        "Scope.objects.get(name='shared').description)"
    )
    assert stands in ("a a", "b b")


def test_killed_half_way_it_leaves_nothing_and_can_be_applied_again(server: MakeServer) -> None:
    one = server(started=False)
    before = one.shell(COUNT)
    process = subprocess.Popen(
        [sys.executable, MANAGE, "apply", "-"],
        env=environment(one.home, **one.variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(clients_of("a", 5000)).encode())
    process.stdin.close()
    one.shell(UNTIL_SOMEBODY_APPLIES)
    time.sleep(1)
    assert process.poll() is None, "It was done before it could be killed."
    process.kill()
    process.wait(10)
    assert one.shell(COUNT) == before
    one.manage("apply", "-", text=json.dumps(clients_of("b", 2)))


def test_it_works_while_the_server_runs_and_says_only_what_it_did(shared_server: Server) -> None:
    output = shared_server.manage("apply", "-", text='{"scopes": [{"name": "while.running"}]}')
    assert output.splitlines() == [
        "+ scopes while.running",
        '    description: ""',
        "    default: false",
        "    sensitive: false",
        "",
        "Applied: 1 added, 0 changed.",
    ]
