"""What attackers send to the edge: lengths, charsets and cookies that lie, slow bodies, floods, an absent database.

Each case here once was a fault: a 500, a worker that stalled for everybody, or words that gave something away.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.ground.processes import wait_until
from tests.ground.running import MakeCluster, MakeServer
from tests.ground.server import Server
from tests.protocol.caller import FORM, Caller, basic
from tests.protocol.conftest import as_client

ASK = b"grant_type=client_credentials"
PROMPT = 2.0  # seconds, on a machine that also runs the other tests


def raw(caller: Caller, head: str, body: bytes = b"") -> bytes:
    """Send exactly this; the answer's first bytes."""
    with socket.create_connection((caller.host, caller.port), timeout=30) as wire:
        wire.sendall(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n" + body)
        return wire.recv(4096)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize("path", ["/token", "/sign-in/"])
@pytest.mark.parametrize("length", ["0" * 5000 + "29", "9" * 19, "+29", "29, 29", "-1", "2_9"])
def test_a_content_length_that_is_no_length_is_refused_and_no_fault(machine: Caller, path: str, length: str) -> None:
    head = f"POST {path} HTTP/1.1\nHost: {machine.host}\nContent-Type: {FORM}\nContent-Length: {length}\n"
    assert status(raw(machine, head, ASK)) in (400, 413)


@pytest.mark.parametrize(
    "parameters",
    ["charset=hex", "charset=idna", "CHARSET = utf-7", 'x=1; charset="utf-16"', "charset=utf-8; charset=rot13",
     "charset*=utf-8''hex", "x*=nonsense'en'foo", "charset*0=he; charset*1=x", "x=" + "a" * 300, 'x="' + ";" * 50_000],
)  # fmt: skip
@pytest.mark.parametrize(("method", "path"), [("GET", "/sign-in/"), ("POST", "/sign-in/"), ("POST", "/token")])
def test_a_content_type_that_is_not_plain_utf_8_is_refused_at_once(
    machine: Caller, method: str, path: str, parameters: str
) -> None:
    head = f"{method} {path}?next=%ff%41 HTTP/1.1\nHost: {machine.host}\nContent-Type: {FORM}; {parameters}\n"
    begun = time.monotonic()
    assert status(raw(machine, head + f"Content-Length: {len(ASK)}\n", ASK)) == 415
    assert time.monotonic() - begun < PROMPT


@pytest.mark.parametrize(
    "cookie", ['session="\\000abcdefghijk"', 'csrf="\\000' + "a" * 32 + '"', "session=" + "x" * 30_000]
)
def test_a_cookie_is_nobodys_and_no_fault(machine: Caller, cookie: str) -> None:
    response = machine.send("GET", "/clients/", headers={"Cookie": cookie})
    assert (response.status, response.headers["Location"]) == (302, "/sign-in/?next=/clients/")


def test_escapes_in_cookies_take_no_time(machine: Caller) -> None:
    begun = time.monotonic()
    assert machine.send("GET", "/sign-in/", headers={"Cookie": 'a="' + "\\\\" * 30_000 + '"'}).status == 200
    assert time.monotonic() - begun < PROMPT


def test_a_head_that_never_ends_is_refused_before_it_fills_memory(machine: Caller) -> None:
    head = f"GET /healthz/live HTTP/1.1\nHost: {machine.host}\nX-Long: {'a' * 200_000}\n"
    assert status(raw(machine, head)) == 431


def test_a_page_acts_on_no_part_of_a_body(machine: Caller) -> None:
    with socket.create_connection((machine.host, machine.port), timeout=30) as wire:
        head = f"POST /sign-in/ HTTP/1.1\r\nHost: {machine.host}\r\nContent-Type: {FORM}\r\nContent-Length: 100\r\n\r\n"
        wire.sendall(head.encode() + b"login=somebody")
        wire.shutdown(socket.SHUT_WR)
        answer = wire.recv(4096)
    assert status(answer) == 400


@pytest.mark.parametrize("path", ["/.well-known/oauth-authorization-server", "/jwks"])
def test_the_public_documents_refuse_like_every_endpoint(machine: Caller, path: str) -> None:
    response = machine.send("POST", path, b"", {"Content-Type": FORM})
    assert (response.status, response.error, response.headers["Allow"]) == (405, "invalid_request", "GET, HEAD")
    assert response.headers["X-Reference"] == response.json["reference"]


@pytest.mark.parametrize("member", ["client_secret", "access_token"])
def test_r56_a_bearer_token_and_a_credential_in_the_body_are_two_methods(machine: Caller, member: str) -> None:
    """RFC 6750 §2: clients MUST NOT use more than one method in each request."""
    token = machine.token(scope="authorization.introspect", authorization=as_client("inner"))
    form = {"token": token}
    assert machine.post("/introspect", form, authorization=f"Bearer {token}").status == 200
    refused = machine.post("/introspect", {**form, member: token}, authorization=f"Bearer {token}")
    assert (refused.status, refused.error) == (400, "invalid_request")


@pytest.fixture(scope="module")
def strict(server: MakeServer) -> Caller:
    """A production server whose issuer is https, as its trusted proxy calls it."""
    one = server(
        started=False,
        mode="production",
        ISSUER="https://auth.example",
        SECRET_KEY="k" * 40,
        TRUSTED_PROXIES="127.0.0.1",
    )
    one.start(wait=False)
    wait_until(lambda: one.answers("/healthz/live"), seconds=30, what="the server lives")
    return Caller(one.url)


@pytest.mark.parametrize("path", ["/.well-known/oauth-authorization-server", "/jwks", "/sign-in/"])
def test_r62_nothing_but_health_is_answered_by_http_where_https_is_required(strict: Caller, path: str) -> None:
    by_http = strict.send("GET", path, headers={"Host": "auth.example"})
    by_https = strict.send("GET", path, headers={"Host": "auth.example", "X-Forwarded-Proto": "https"})
    assert (by_http.status, by_https.status) == (400, 200)
    assert by_http.headers["Strict-Transport-Security"] is None  # RFC 6797 §7.2
    assert by_https.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.fixture(scope="module")
def pooled(server: MakeServer) -> Server:
    """One worker whose few database connections are pooled."""
    return server(workers=1, on_postgresql=True)


@pytest.fixture
def slow_pages(pooled: Server) -> Iterator[None]:
    """More pages than there are pooled connections, whose senders stop in the middle of a form."""
    with ExitStack() as stack:
        for _ in range(8):
            wire = stack.enter_context(socket.create_connection(("127.0.0.1", pooled.port), timeout=30))
            head = (
                f"POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {FORM}\r\nContent-Length: 500\r\n"
                f"Cookie: session={'b' * 32}; csrf={'a' * 32}\r\n\r\nlogin=some"
            )
            wire.sendall(head.encode())
        time.sleep(0.5)
        yield


@pytest.mark.once
def test_senders_of_slow_pages_hold_no_database_connection(pooled: Server, slow_pages: None) -> None:
    begun = time.monotonic()
    assert Caller(pooled.url).send("GET", "/.well-known/oauth-authorization-server").status == 200
    assert time.monotonic() - begun < PROMPT


@pytest.mark.once
def test_a_flood_of_made_up_secrets_leaves_threads_and_connections_to_others(pooled: Server) -> None:
    """Guesses beyond a bound are told to come back, so that few wait for Argon2, and those without a connection."""
    with ExitStack() as stack:
        wires = [
            stack.enter_context(socket.create_connection(("127.0.0.1", pooled.port), timeout=60)) for _ in range(300)
        ]
        for number, wire in enumerate(wires):
            head = (
                f"POST /token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {FORM}\r\nContent-Length: {len(ASK)}\r\n"
                f"Authorization: {basic('somebody', f'made-up-secret-{number}')}\r\n\r\n"
            )
            wire.sendall(head.encode() + ASK)
        begun = time.monotonic()
        assert Caller(pooled.url).send("GET", "/.well-known/oauth-authorization-server").status == 200
        assert time.monotonic() - begun < 3 * PROMPT
        answers = [status(wire.recv(4096)) for wire in wires]
    assert set(answers) == {401, 503}
    assert answers.count(503) > len(wires) / 2
    assert megabytes(pooled.worker_pids()[0]) < 300


def megabytes(pid: int) -> int:
    """What a process holds of the machine's memory."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) // 1024


@pytest.mark.once
def test_while_the_database_is_away_every_request_is_told_so_and_the_process_lives(
    own_server: MakeServer, own_cluster: MakeCluster
) -> None:
    """More requests than threads: were each to wait for the database, nothing else would be answered."""
    cluster = own_cluster()
    one = own_server(on_postgresql=True, cluster=cluster)
    caller = Caller(one.url)

    def ask(_: int) -> tuple[int, str]:
        response = caller.send("GET", "/.well-known/oauth-authorization-server")
        return response.status, response.headers["Retry-After"]

    cluster.kill()
    with ThreadPoolExecutor(80) as pool:
        assert set(pool.map(ask, range(80))) == {(503, "5")}
        begun = time.monotonic()
        again = [pool.submit(ask, number) for number in range(160)]
        assert caller.send("GET", "/healthz/live").status == 200
        assert time.monotonic() - begun < PROMPT
        assert {answer.result() for answer in again} == {(503, "5")}
    cluster.start()
    wait_until(one.answers, seconds=15, what="the server has found its database again")


@pytest.mark.once
def test_a_database_that_reads_only_is_away_and_no_fault_of_ours(
    own_server: MakeServer, own_cluster: MakeCluster
) -> None:
    """As a standby does before its promotion."""
    cluster = own_cluster()
    one = own_server(on_postgresql=True, cluster=cluster)
    cluster.execute("ALTER SYSTEM SET default_transaction_read_only = on")
    cluster.execute("SELECT pg_reload_conf()")
    caller = Caller(one.url)
    wait_until(lambda: caller.post("/token", ASK, authorization=basic("test", "test")).status == 503, seconds=10,
               what="the database reads only")  # fmt: skip
    response = caller.post("/token", ASK, authorization=basic("test", "test"))
    assert (response.status, response.error, response.headers["Retry-After"]) == (503, "temporarily_unavailable", "5")


def test_style_sheets_are_for_pages_of_this_server(machine: Caller) -> None:
    assert machine.send("GET", "/static/css/base.css").headers["Access-Control-Allow-Origin"] is None
