"""R37: how network rules are written, what they decide, and what looks mistaken. Held against `ipaddress`."""

from __future__ import annotations

import ipaddress
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.rules import network_rules
from clients.rules.network_rules import NetworkRule, NotANetwork, rule_of
from policies import networks
from policies.client_address import Address, read
from policies.network_advice import proposed, warnings
from policies.networks import RuleSet, compiled, verdict

pytestmark = pytest.mark.once

SITES = "allow 10.0.0.0/8 Sites\nallow 2001:db8:40::/48\ndeny 10.9.0.0/16 Guests"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("192.0.2.7", "192.0.2.7/32"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("2001:db8::1", "2001:db8::1/128"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::/0", "::/0"),
        ("::ffff:0:0/95", "::fffe:0:0/95"),
    ],
)
def test_r37_a_network_is_read_in_either_family(text: str, expected: str) -> None:
    if text == "::ffff:0:0/95":
        with pytest.raises(NotANetwork, match="::fffe:0:0/95"):
            network_rules.network_of(text)
    else:
        assert str(network_rules.network_of(text)) == expected


@pytest.mark.parametrize(
    ("text", "message", "meant"),
    [
        ("10.0.0.5/8", "write 10.0.0.0/8 for the network, or 10.0.0.5/32", ("10.0.0.0/8", "10.0.0.5/32")),
        ("2001:db8::1/32", "write 2001:db8::/32", ("2001:db8::/32", "2001:db8::1/128")),
        ("::ffff:10.0.0.0/104", "write 10.0.0.0/8", ("10.0.0.0/8",)),
        ("::ffff:10.0.0.5/104", "write 10.0.0.0/8", ("10.0.0.0/8",)),
        ("::ffff:192.0.2.1", "write 192.0.2.1/32", ("192.0.2.1/32",)),
        ("fe80::1%eth0", "zone id", ()),
        ("fe80::%eth0/64", "zone id", ()),
        ("10.0.0.0/255.0.0.0", "number of leading bits", ()),
        ("10.0.0.0/0.255.255.255", "number of leading bits", ()),
        ("10.0.0.0/", "number of leading bits", ()),
        ("10.0.0.0/-1", "number of leading bits", ()),
        ("10.0.0.0/٨", "number of leading bits", ()),
        ("10.0.0.0/33", "is no network", ()),
        ("2001:db8::/129", "is no network", ()),
        ("010.0.0.0/8", "is no network", ()),
        ("10.0.0/8", "is no network", ()),
        ("167772160", "is no network", ()),
        ("[2001:db8::1]:443", "is no network", ()),
        ("10.0.0.1:443", "is no network", ()),
        ("*", "is no network", ()),
        ("example.com", "is no network", ()),
        ("10.0.0.0/8/8", "number of leading bits", ()),
        ("/8", "is no network", ()),
        ("1" * 5000 + "/8", "is no network", ()),
    ],
)
def test_r37_what_is_no_network_is_refused_with_what_was_probably_meant(
    text: str, message: str, meant: tuple[str, ...]
) -> None:
    with pytest.raises(NotANetwork, match=message.replace("(", r"\(")) as refusal:
        network_rules.network_of(text)
    assert refusal.value.meant == meant
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize(
    ("line", "normal"),
    [
        ("allow 10.0.0.0/8", "allow 10.0.0.0/8"),
        ("  Allow\t10.0.0.0/8   Batch  hosts ", "allow 10.0.0.0/8 Batch  hosts"),
        ("DENY 192.0.2.1", "deny 192.0.2.1/32"),
        ("watch deny 192.0.2.1 watch me", "watch deny 192.0.2.1/32 watch me"),
        ("allow 10.0.0.0/8 watch", "allow 10.0.0.0/8 watch"),
    ],
)
def test_a_line_is_spelt_in_one_way_and_stays_so(line: str, normal: str) -> None:
    assert network_rules.normal([line]) == (normal,)
    assert rule_of(normal).line == normal


@pytest.mark.parametrize(
    ("lines", "faults"),
    [
        (["", "allow 10.0.0.0/8", " "], []),
        (["10.0.0.0/8"], [(1, "Write it as")]),
        (["allow"], [(1, "Write it as")]),
        (["watch"], [(1, "Write it as")]),
        (["permit 10.0.0.0/8"], [(1, "Write it as")]),
        (["allow 10.0.0.5/8", "", "deny x"], [(1, "10.0.0.0/8"), (3, "is no network")]),
        (["allow 10.0.0.0/8", "deny 10.0.0.0/8"], []),
        (["allow 10.0.0.0/8", "watch allow 10.0.0.0/8 again"], [(2, "line 1 says the same")]),
        (["allow 10.0.0.0/8 " + "x" * 255], []),
        (["allow 10.0.0.0/8 " + "x" * 256], [(1, "at most 255")]),
        (["allow 10.0.0.0/8 " + "x" * 9000], [(1, "at most 255")]),
        (["allow 10.0.0.0/8 a\x00b"], [(1, "control characters")]),
        (["allow 10.0.0.0/8 a\nallow 0.0.0.0/0"], [(1, "control characters")]),
        ([f"allow 10.0.{n // 256}.{n % 256}" for n in range(500)], []),
        ([f"allow 10.0.{n // 256}.{n % 256}" for n in range(502)], [(501, "at most 500")]),
    ],
)
def test_r37_every_bad_line_is_named_at_once(lines: list[str], faults: list[tuple[int, str]]) -> None:
    found = network_rules.faults(lines)
    assert [fault.line for fault in found] == [line for line, _ in faults]
    assert all(words in fault.message for fault, (_, words) in zip(found, faults, strict=True))


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("10.1.2.3", False),
        ("10.9.2.3", True),
        ("::ffff:10.1.2.3", False),
        ("::ffff:10.9.2.3", True),
        ("10.1.2.3:4711", False),
        ("192.0.2.1", True),
        ("2001:db8:40::1", False),
        ("2001:db8:41::1", True),
        ("2001:db8:40::1%eth0", False),
        ("", True),
        ("rubbish", True),
        ("0.0.0.0", True),
    ],
)
def test_r37_allowed_by_one_and_denied_by_none(address: str, refused: bool) -> None:
    assert compiled(SITES).refuses(read(address)) is refused
    assert not compiled("").refuses(read(address))
    assert compiled("deny 10.9.0.0/16").refuses(read(address)) is address.endswith("10.9.2.3")


def test_a_watched_rule_refuses_nobody_and_says_whom_it_would() -> None:
    watching = compiled("watch allow 10.0.0.0/8\nwatch deny 10.9.0.0/16")
    assert [watching.refuses(read(one)) for one in ("10.1.1.1", "10.9.1.1", "192.0.2.1")] == [False, False, False]
    assert [watching.would_refuse(read(one)) for one in ("10.1.1.1", "10.9.1.1", "192.0.2.1")] == [False, True, True]


@pytest.mark.parametrize(
    ("text", "address", "allowed", "reason"),
    [
        ("", "192.0.2.1", True, "no network rule speaks of it"),
        (SITES, "10.9.1.1", False, "network rule: deny 10.9.0.0/16 Guests"),
        (SITES, "192.0.2.1", False, "network rules: no allow rule matches"),
        (SITES, "10.1.1.1", True, "network rule: allow 10.0.0.0/8 Sites"),
        ("allow 0.0.0.0/0\nallow 10.0.0.0/8", "10.1.1.1", True, "network rule: allow 10.0.0.0/8"),
    ],
)
def test_a_verdict_names_the_rule_that_fired(text: str, address: str, allowed: bool, reason: str) -> None:
    said = verdict(compiled(text).rules, ipaddress.ip_address(address))
    assert (said.allowed, said.reason) == (allowed, reason)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SITES, []),
        ("allow 0.0.0.0/0\nallow 10.0.0.0/8", ["every IPv4 address", "0.0.0.0/0 holds all of it"]),
        ("allow ::/0", ["every IPv6 address"]),
        ("allow 10.1.0.0/16\nallow 192.0.2.0/24\ndeny 10.0.0.0/8", ["10.0.0.0/8 denies all of it"]),
        ("allow 10.1.0.0/16\ndeny 10.0.0.0/8", ["denies all of it", "Nobody is let in"]),
        ("allow 10.0.0.0/8\ndeny 10.0.0.0/9\ndeny 10.128.0.0/9", ["10.0.0.0/8 denies all of it", "Nobody is let in"]),
        ("allow 10.0.0.0/8\ndeny 192.0.2.0/24", ["Refuses nobody"]),
        ("deny 10.0.0.0/8\ndeny 10.1.0.0/16", ["10.0.0.0/8 holds all of it"]),
        ("watch deny 10.0.0.0/8\ndeny 10.1.0.0/16", []),
        ("deny 10.0.0.0/8\nwatch deny 10.1.0.0/16", ["10.0.0.0/8 holds all of it"]),
    ],
)
def test_rules_that_can_never_decide_are_warned_of(text: str, said: list[str]) -> None:
    found = [one.message for one in warnings(compiled(text).rules)]
    assert len(found) == len(said), found
    assert all(words in message for message, words in zip(found, said, strict=True))


ADDRESSES = st.one_of(st.ip_addresses(v=4, network="10.0.0.0/28"), st.ip_addresses(v=6, network="2001:db8::/124"))


@st.composite
def rules(draw: st.DrawFn) -> list[NetworkRule]:
    def one() -> NetworkRule:
        address = draw(ADDRESSES)
        prefix = draw(st.integers(24, 32) if address.version == 4 else st.integers(120, 128))
        network = ipaddress.ip_network(f"{address}/{prefix}", strict=False)
        return NetworkRule(
            network=network, action=draw(st.sampled_from(["allow", "deny"])), watched=draw(st.booleans())
        )

    return [one() for _ in range(draw(st.integers(0, 6)))]


def plainly_refused(written: list[NetworkRule], address: Address) -> bool:
    """R37 word by word."""
    allowed = [rule for rule in written if rule.action == "allow"]
    if allowed and not any(address in rule.network for rule in allowed):
        return True
    return any(address in rule.network for rule in written if rule.action == "deny")


@settings(max_examples=300, deadline=None)
@given(rules(), ADDRESSES)
def test_r37_ranges_and_verdicts_agree_with_ipaddress(written: list[NetworkRule], address: Address) -> None:
    ready, enforced = RuleSet(written), [rule for rule in written if not rule.watched]
    assert ready.refuses(address) is plainly_refused(enforced, address)
    assert ready.would_refuse(address) is plainly_refused(written, address)
    assert verdict(written, address).allowed is not plainly_refused(enforced, address)
    assert verdict(written, address).would_refuse is plainly_refused(written, address)


@settings(max_examples=200, deadline=None)
@given(st.lists(ADDRESSES, max_size=12))
def test_what_is_proposed_lets_in_all_that_was_seen(addresses: list[Address]) -> None:
    seen = [networks.seen_as(address) for address in addresses]
    ready = RuleSet([NetworkRule(network=network, action="allow") for network in proposed(seen)])
    assert not any(ready.refuses(address) for address in addresses)


def test_several_hosts_of_a_24_speak_for_all_of_it_and_two_for_themselves() -> None:
    texts = ("192.0.2.1", "192.0.2.99", "192.0.2.200", "198.51.100.4", "198.51.100.9", "2001:db8::1:2:3:4")
    seen = [networks.seen_as(ipaddress.ip_address(one)) for one in texts]
    assert [str(one) for one in proposed(seen)] == [
        "192.0.2.0/24", "198.51.100.4/32", "198.51.100.9/32", "2001:db8::/64",
    ]  # fmt: skip


def test_five_hundred_rules_cost_a_request_next_to_nothing() -> None:
    ready = compiled("\n".join(f"allow 10.{n // 250}.{n % 250}.0/25" for n in range(500)))
    began = time.perf_counter()
    for n in range(10_000):
        ready.refuses(read(f"10.1.7.{n % 100}"))
    assert time.perf_counter() - began < 0.5  # 50 µs each would be far too many; it is about two
    began = time.perf_counter()
    warnings(ready.rules)
    assert time.perf_counter() - began < 3
