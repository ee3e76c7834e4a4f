"""R39: one room decides the client's address, and only a trusted peer's headers are read."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from policies import client_address

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"),
        ("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "fe80::1%eth0", "fe80::1"),
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "6.6.6.6, rubbish, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", ", ".join(["10.1.1.1"] * 40), "10.1.1.1"),
        ("10.0.0.1", ", ".join(["198.51.100.1", *["10.1.1.1"] * 19]), "198.51.100.1"),  # twenty hops
        ("10.0.0.1", ", ".join(["198.51.100.1", *["10.1.1.1"] * 20]), "10.1.1.1"),
        ("10.0.0.1", "[::ffff:198.51.100.1]:4711", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1%eth0", "198.51.100.1"),
        ("10.0.0.1", "0xc6336401", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1" + " " * 200, "10.0.0.1"),  # longer than any address
        ("", "198.51.100.1", "0.0.0.0"),
        ("not an address", "198.51.100.1", "0.0.0.0"),
        ("2001:db8:1::1", "2001:db8:ffff::9", "2001:db8:ffff::9"),
    ],
)
def test_r39_the_rightmost_hop_that_is_no_trusted_proxy(peer: str, forwarded: str, expected: str) -> None:
    meta = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded, "wsgi.url_scheme": "http"}
    assert str(client_address.decide(meta, trusted=TRUSTED).address) == expected


@pytest.mark.parametrize(
    ("peer", "scheme", "proto", "https"),
    [
        ("203.0.113.9", "http", "https", False),
        ("10.0.0.1", "http", "https", True),
        ("10.0.0.1", "http", "HTTPS", True),
        ("10.0.0.1", "https", "http", False),
        ("10.0.0.1", "http", "", False),
        ("203.0.113.9", "https", "http", True),
    ],
)
def test_r62_https_is_what_the_connection_is_or_a_trusted_proxy_says(
    peer: str, scheme: str, proto: str, https: bool
) -> None:
    meta = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_PROTO": proto, "wsgi.url_scheme": scheme}
    assert client_address.decide(meta, trusted=TRUSTED).https is https


def test_without_trusted_proxies_no_header_counts() -> None:
    meta = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "6.6.6.6", "HTTP_X_REAL_IP": "6.6.6.6"}
    assert str(client_address.decide(meta, trusted=()).address) == "10.0.0.1"
