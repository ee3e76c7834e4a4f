"""The guarded door to what others publish: which addresses it asks, and what it puts up with. A real server answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import settings as django_settings

from policies import fetching
from policies.fetching import NotFetched, fetch, reachable

pytestmark = pytest.mark.once


class Publisher(BaseHTTPRequestHandler):
    """Answers by its path, as little servers of clients do, and as those should not."""

    seen: list[str]

    def do_GET(self) -> None:
        type(self).seen.append(self.path)
        getattr(self, "answer_" + self.path.strip("/").partition("?")[0])()

    def _send(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {"Content-Length": str(len(body)), **sent}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def answer_good(self) -> None:
        self._send(b'{"keys": []}')

    def answer_redirect(self) -> None:
        self._send(b"", 302, Location="/good")

    def answer_missing(self) -> None:
        self._send(b"{}", 404)

    def answer_compressed(self) -> None:
        self._send(b"x", Content_Encoding="gzip")

    def answer_huge(self) -> None:
        self._send(b"x" * 70_000)

    def answer_endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x" * 4096)
        except OSError:
            self.close_connection = True

    def answer_cut(self) -> None:
        self._send(b"{}", Content_Length="100")

    def answer_slow(self) -> None:
        """A byte now and then, which renews a socket's own time-out."""
        try:
            for byte in b"HTTP/1.1 200 OK\r\n" + b"X-More: 1\r\n" * 1000:
                self.wfile.write(bytes([byte]))
                time.sleep(0.1)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture(scope="module")
def publisher() -> Iterator[str]:
    Publisher.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no connection to give back."""
    monkeypatch.setattr(fetching, "give_back", lambda: None)


@pytest.fixture
def development(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_settings, "AUTHSERVER", replace(django_settings.AUTHSERVER, mode="development"))


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(django_settings, "AUTHSERVER", replace(django_settings.AUTHSERVER, mode="production"))


@pytest.mark.usefixtures("development")
def test_what_is_published_is_read(publisher: str) -> None:
    assert fetch(f"{publisher}/good?v=1") == b'{"keys": []}'


@pytest.mark.usefixtures("development")
@pytest.mark.parametrize(
    ("path", "why"),
    [("redirect", "302"), ("missing", "404"), ("compressed", "compressed"), ("huge", "too large"),
     ("endless", "too large"), ("cut", "ended before|Incomplete")],
)  # fmt: skip
def test_what_is_no_plain_answer_is_not_read(publisher: str, path: str, why: str) -> None:
    Publisher.seen.clear()
    with pytest.raises(NotFetched, match=why):
        fetch(f"{publisher}/{path}")
    assert Publisher.seen == [f"/{path}"]  # a redirect was not followed


@pytest.mark.usefixtures("development")
def test_a_sender_of_one_byte_at_a_time_is_left_when_the_time_is_over(publisher: str) -> None:
    began = time.monotonic()
    with pytest.raises(NotFetched):
        fetch(f"{publisher}/slow", longest=0.5)
    assert time.monotonic() - began < 3


@pytest.mark.usefixtures("development")
def test_a_name_server_that_stays_silent_is_left_too() -> None:
    def silent(host: str, port: int) -> list[str]:
        time.sleep(1)
        return ["127.0.0.1"]

    with pytest.raises(NotFetched, match="in time"):
        fetch("http://app.example/good", resolver=silent, longest=0.2)


@pytest.mark.usefixtures("development")
def test_the_address_that_was_looked_at_is_the_one_that_is_asked(publisher: str) -> None:
    """DNS rebinding: the second answer of a name server, an inner address, is never heard."""
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    port = publisher.rpartition(":")[2]
    assert fetch(f"http://app.example:{port}/good", resolver=rebinding) == b'{"keys": []}'
    assert asked == ["app.example"]


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::ffff:127.0.0.1"], ["169.254.169.254"], []]
)
def test_a_name_that_stands_for_an_inner_address_is_not_asked(addresses: list[str]) -> None:
    with pytest.raises(NotFetched, match="does not ask"):
        fetch("https://app.example/keys", resolver=lambda host, port: addresses)


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize("url", ["http://app.example/", "ftp://app.example/", "file:///etc/passwd", "https:///x"])
def test_in_production_only_https_is_asked(url: str, publisher: str) -> None:
    for one in (url, f"{publisher}/good"):
        with pytest.raises(NotFetched, match="no https"):
            fetch(one)


@pytest.mark.usefixtures("development")
def test_few_are_read_at_once(monkeypatch: pytest.MonkeyPatch, publisher: str) -> None:
    monkeypatch.setattr(fetching, "_turns", threading.BoundedSemaphore(1))
    with fetching._turns, pytest.raises(NotFetched, match="too many"):
        fetch(f"{publisher}/good")
    assert fetch(f"{publisher}/good")


@pytest.mark.parametrize(
    ("address", "outcome"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        *((address, False) for address in (
            "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "0.0.0.0", "255.255.255.255",
            "224.0.0.1", "192.0.2.1", "240.0.0.1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1",
            "2001:db8::1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::10.0.0.1", "2002:0a00:0001::1",
            "2001:0:53aa:64c:0:0:f5ff:fffe",
        )),
        *((address, None) for address in ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1")),
    ],
)  # fmt: skip
def test_only_public_addresses_are_reachable_and_loopback_in_development(address: str, outcome: bool | None) -> None:
    assert reachable(address, loopback=False) is bool(outcome)
    assert reachable(address, loopback=True) is (True if outcome is None else outcome)
