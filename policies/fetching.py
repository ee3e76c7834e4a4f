"""The one door through which this server asks others: for what they publish, such as a client's `jwks_uri`, and to
take what an administrator has delivered to them.

Whoever names an address could make this server ask its own network for it (OWASP ASVS 5.0 V1.3.6, SSRF). So: https;
every address that the name stands for must be public; the connection goes to the very address that was looked at, so
that a name server cannot answer twice (DNS rebinding); a redirect is an answer like any other that is not 200; and
time, size and number at once are bounded. No database connection is held meanwhile.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from accounts.connections import give_back

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Read = TypeVar("Read")
Resolver = Callable[[str, int], Sequence[str]]

LONGEST = 5.0  # seconds, from the first question to the last byte
LARGEST = 65_536  # bytes
MOST_AT_ONCE = 4  # a worker
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
HEADERS = {"Accept": "application/jwk-set+json, application/json", "Accept-Encoding": "identity"}

_turns = threading.BoundedSemaphore(MOST_AT_ONCE)


class NotFetched(Exception):
    """Nothing was read; the message is for logs and the audit trail, never for whoever named the address."""


def resolve(host: str, port: int) -> list[str]:
    """The addresses that a name stands for, as the system knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def fetch(url: str, *, resolver: Resolver = resolve, longest: float = LONGEST, largest: int = LARGEST) -> bytes:
    """The body at `url`. Raises NotFetched. In development plain http and loopback are let through, and only there."""
    give_back()
    if not _turns.acquire(blocking=False):
        raise NotFetched("too many at once")
    try:
        return _Fetch(urlsplit(url), resolver=resolver, until=time.monotonic() + longest, largest=largest).body()
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NotFetched(f"{type(error).__name__}: {error}"[:200]) from error
    finally:
        _turns.release()


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    networks: Sequence[Network] = (),
    resolver: Resolver = resolve,
    longest: float = LONGEST,
) -> int:
    """Send `body` to `url`; the status of the answer, whose body is not read. Raises NotFetched as `fetch` does.

    `networks`: those of the operator's own that may be asked although they are not public.
    """
    give_back()
    asked = _Request(method="POST", body=body, headers=headers)
    try:
        until = time.monotonic() + longest
        return _Fetch(urlsplit(url), resolver=resolver, until=until, largest=0, asked=asked, networks=networks).status()
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise NotFetched(f"{type(error).__name__}: {error}"[:200]) from error


def reachable(text: str, *, loopback: bool, networks: Sequence[Network] = ()) -> bool:
    """Whether an address is one of the public internet, looked at through every way of writing an IPv4 address; or one
    of the operator's `networks`.
    """
    address = _innermost(ipaddress.ip_address(text.partition("%")[0]))
    if any(address in network for network in networks):
        return True
    if address.is_loopback:
        return loopback
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _innermost(address: Address) -> Address:
    """The IPv4 address inside a mapped (RFC 4291 §2.5.5.2), 6to4, Teredo or NAT64 (RFC 6052) one."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None) or address


@dataclass(frozen=True, kw_only=True)
class _Limits:
    until: float

    @property
    def left(self) -> float:
        """Seconds. Raises NotFetched where there are none."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise NotFetched("it took too long")
        return left


@dataclass(frozen=True, kw_only=True)
class _Request:
    method: str = "GET"
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: HEADERS)


class _Fetch:
    """One reading, with one end of its time."""

    def __init__(
        self,
        parts: SplitResult,
        *,
        resolver: Resolver,
        until: float,
        largest: int,
        asked: _Request | None = None,
        networks: Sequence[Network] = (),
    ) -> None:
        self._asked, self._networks = asked or _Request(), networks
        self._parts, self._resolver, self._largest = parts, resolver, largest
        self._limits = _Limits(until=until)
        self._https = parts.scheme == "https"
        self._host, self._port = parts.hostname or "", parts.port or (443 if self._https else 80)

    def body(self) -> bytes:
        return self._within_time(self._read)

    def status(self) -> int:
        """Of the answer; nothing of its body is looked at."""
        return self._within_time(lambda connection: self._answer(connection).status)

    def _within_time(self, read: Callable[[http.client.HTTPConnection], Read]) -> Read:
        loopback = bool(settings.AUTHSERVER.development)
        if not self._host or not (self._https or (loopback and self._parts.scheme == "http")):
            raise NotFetched("it is no https address")
        address = self._address(loopback=loopback)
        connection = _Pinned(self._host, self._port, address=address, https=self._https, timeout=self._limits.left)
        # A sender of one byte at a time would renew the socket's own time-out for ever.
        alarm = threading.Timer(self._limits.left, connection.cut)
        alarm.daemon = True
        alarm.start()
        try:
            return read(connection)
        finally:
            alarm.cancel()
            connection.close()

    def _address(self, *, loopback: bool) -> str:
        """The first of the name's addresses. One that is not public condemns the name."""
        try:
            asked = _resolvers().submit(self._resolver, self._host, self._port)
            addresses = asked.result(timeout=self._limits.left)
        except TooLate as error:
            raise NotFetched("its name was not found in time") from error
        if not addresses or not all(
            reachable(address, loopback=loopback, networks=self._networks) for address in addresses
        ):
            raise NotFetched("its name stands for an address that this server does not ask")
        return addresses[0]

    def _answer(self, connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
        target = (self._parts.path or "/") + (f"?{self._parts.query}" if self._parts.query else "")
        connection.request(self._asked.method, target, body=self._asked.body, headers=dict(self._asked.headers))
        return connection.getresponse()

    def _read(self, connection: http.client.HTTPConnection) -> bytes:
        answer = self._answer(connection)
        if answer.status != 200:
            raise NotFetched(f"it was answered with {answer.status}")
        if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise NotFetched("it is compressed")
        body = answer.read(self._largest + 1)
        if len(body) > self._largest:
            raise NotFetched("it is too large")
        if answer.length:
            raise NotFetched("it ended before its announced length")
        _ = self._limits.left
        return body


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, whatever its name stands for by now; TLS still proves the name."""

    def __init__(self, host: str, port: int, *, address: str, https: bool, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self.default_port = 443 if https else 80
        self._address, self._https = address, https

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), timeout=self.timeout)
        if self._https:
            self.sock = _trust().wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        """End it from another thread: whoever reads or writes there gets an error, or the end."""
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that the system trusts; made once, which takes a moment."""
    return ssl.create_default_context()


@cache
def _resolvers() -> ThreadPoolExecutor:
    """Threads of their own, since a name server's silence cannot be interrupted."""
    return ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="resolver")
