"""The client's address, decided once: the sole reader of forwarding headers (R39).

The peer must be a trusted proxy, or its forwarding headers are ignored. Then the hops are walked from the right,
while each is a trusted proxy itself; the first that is not is the client. django-ipware's parser reads the
addresses (ports, brackets, IPv4-mapped IPv6); its own trust logic is not used, since it never looks at the peer.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from python_ipware.modern.parsers import parse_ip

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

ENVIRON_KEY = "authserver.client_address"  # where the decided address stands on a request
MOST_HOPS = 20
LONGEST_HOP = 100  # characters; what is remembered is bounded in size, too
UNKNOWN = ipaddress.IPv4Address("0.0.0.0")  # noqa: S104 - a name for "no address", nothing is bound to it


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a request came from: the client's address, and whether it reached us by https."""

    address: Address
    https: bool


def decide(meta: Mapping[str, str], *, trusted: Sequence[Network]) -> Origin:
    """Read a WSGI environ. Never raises: an unreadable peer is `UNKNOWN`, an unreadable hop ends the walk."""
    peer = read(meta.get("REMOTE_ADDR", ""))
    https = meta.get("wsgi.url_scheme") == "https"
    if not _in(peer, trusted):
        return Origin(address=peer, https=https)
    proto = meta.get("HTTP_X_FORWARDED_PROTO", "").strip().lower()
    return Origin(
        address=_walk(peer, meta.get("HTTP_X_FORWARDED_FOR", ""), trusted),
        https=proto == "https" if proto else https,
    )


def _walk(peer: Address, header: str, trusted: Sequence[Network]) -> Address:
    """The rightmost hop that is no trusted proxy; the last readable one where a hop cannot be read."""
    address = peer
    for hop in reversed(header.split(",")[-MOST_HOPS:]):
        parsed = parse(hop)
        if parsed is None:
            return address
        address = parsed
        if not _in(address, trusted):
            return address
    return address


def parse(text: str) -> Address | None:
    """An address as headers write it, IPv4-mapped IPv6 made IPv4; None for anything else."""
    return _parse(text) if len(text) <= LONGEST_HOP else None


def read(text: str) -> Address:
    """The same, where nothing readable is `UNKNOWN`."""
    return parse(text) or UNKNOWN


@lru_cache(maxsize=4096)
def _parse(text: str) -> Address | None:
    address = parse_ip(text.strip().split("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
