"""How a client's network rules are written (R37), line by line, every bad one at once. Pure.

A line is `allow 10.0.0.0/8 note`, or `deny …`; `watch` before it makes a rule that refuses nobody yet. What rules
decide about an address is `policies.networks`' business.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clients.rules.redirect_uris import LineFault
from clients.rules.text import fault_of_line

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
ACTIONS = ("allow", "deny")
WATCH = "watch"
MODES = ("enforce", WATCH)  # as documents say it; left out: enforce
KEYS = ("cidr", "action", "note", "mode")
MOST = 500
LONGEST_NOTE = 255
LONGEST_LINE = 400
MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")  # RFC 4291 §2.5.5.2
HOW = "Write it as allow 10.0.0.0/8 note, or deny, a rule a line."


class NotANetwork(ValueError):
    """What is wrong with one network, as a public sentence. `meant`: what could be written instead."""

    def __init__(self, message: str, *, meant: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.meant = tuple(meant)


@dataclass(frozen=True, kw_only=True)
class NetworkRule:
    """One rule. `watched`: it only records whom it would refuse."""

    network: Network
    action: str
    note: str = ""
    watched: bool = False

    @property
    def line(self) -> str:
        """The rule as it is stored, compared and shown in a text of rules."""
        words = [WATCH] if self.watched else []
        return " ".join([*words, self.action, str(self.network), *([self.note] if self.note else [])])


def network_of(text: str) -> Network:
    """R37: a network in CIDR notation, or one address. Raises NotANetwork."""
    if "%" in text:
        raise NotANetwork("A zone id such as %eth0 means something on one machine only: leave it out.")
    address, slash, prefix = text.partition("/")
    if slash and not (prefix.isascii() and prefix.isdigit()):
        raise NotANetwork("After the slash comes the number of leading bits, such as 8 in 10.0.0.0/8.")
    try:
        network: Network = ipaddress.ip_network(text, strict=False)
        host = ipaddress.ip_address(address)
    except ValueError as error:
        raise NotANetwork(f"{text[:60]!r} is no network: write an address and a length, as 10.0.0.0/8.") from error
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(MAPPED):
        plain = _unmapped(network)
        raise NotANetwork(f"IPv4 inside IPv6 is seen as IPv4 here: write {plain}.", meant=[str(plain)])
    if host != network.network_address:
        single = ipaddress.ip_network(host)
        message = f"{text} names a host and a network at once: write {network} for the network, or {single}."
        raise NotANetwork(message, meant=[str(network), str(single)])
    return network


def _unmapped(network: ipaddress.IPv6Network) -> ipaddress.IPv4Network:
    low = int(network.network_address) & 0xFFFF_FFFF
    return ipaddress.IPv4Network((low, network.prefixlen - 96))


def rule_of(line: str) -> NetworkRule:
    """A line as a rule. Raises NotANetwork."""
    if len(line) > LONGEST_LINE:
        raise NotANetwork(f"Use at most {LONGEST_NOTE} characters for the note.")
    words = line.split(None, 1)
    watched = len(words) == 2 and words[0].lower() == WATCH
    parts = (words[1] if watched else line).split(None, 2)
    if len(parts) < 2 or parts[0].lower() not in ACTIONS:
        raise NotANetwork(HOW)
    note = parts[2].strip() if len(parts) == 3 else ""
    if message := fault_of_line(note, longest=LONGEST_NOTE):
        raise NotANetwork(f"In the note: {message}")
    return NetworkRule(network=network_of(parts[1]), action=parts[0].lower(), note=note, watched=watched)


def faults(lines: Sequence[str]) -> list[LineFault]:
    """Every bad line; blank lines are passed over. What is too many is the fault of the first line too many."""
    found: list[LineFault] = []
    first_at: dict[tuple[Network, str], int] = {}
    counted = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        counted += 1
        if counted == MOST + 1:
            found.append(LineFault(number, f"A client has at most {MOST} rules."))
            break
        try:
            rule = rule_of(line)
        except NotANetwork as error:
            found.append(LineFault(number, str(error)))
            continue
        earlier = first_at.setdefault((rule.network, rule.action), number)
        if earlier != number:
            found.append(LineFault(number, f"Remove it: line {earlier} says the same."))
    return found


def normal(lines: Iterable[str]) -> tuple[str, ...]:
    """Lines as they are stored: the sound ones spelt in one way, the others as they came, blank ones dropped."""
    return tuple(_normal(line) for line in lines if line.strip())


def _normal(line: str) -> str:
    try:
        return rule_of(line).line
    except NotANetwork:
        return line.strip()


def rules_of(lines: Iterable[str]) -> tuple[NetworkRule, ...]:
    """The rules of sound lines. Raises NotANetwork."""
    return tuple(rule_of(line) for line in lines)


def to_documents(lines: Iterable[str]) -> list[dict[str, str]]:
    """Rules as `allowedIpRules` says them; `mode` stands only where it is not enforce."""
    return [
        {"cidr": str(rule.network), "action": rule.action, "note": rule.note}
        | ({"mode": WATCH} if rule.watched else {})
        for rule in rules_of(lines)
    ]


def from_documents(entries: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Lines of entries whose shape has been looked at (`shape_faults`)."""
    return tuple(
        " ".join(
            [*([WATCH] if entry.get("mode") == WATCH else []), entry["action"], entry["cidr"], entry.get("note", "")]
        ).strip()
        for entry in entries
    )


def shape_faults(value: object) -> list[tuple[str, str]]:
    """What is wrong with the shape of `allowedIpRules`, as (path within it, sentence)."""
    if not isinstance(value, list):
        return [("", "It is a list of network rules.")]
    found: list[tuple[str, str]] = []
    for index, entry in enumerate(value):
        found += [(f"[{index}]{path}", message) for path, message in _entry_faults(entry)]
    return found


def _entry_faults(entry: object) -> list[tuple[str, str]]:
    if not isinstance(entry, Mapping):
        return [("", "A network rule is an object with cidr and action.")]
    unknown = [str(key) for key in entry if key not in KEYS]
    found = [(f".{key[:60] if key.isprintable() else '?'}", "There is no such key.") for key in unknown]
    found += [(f".{key}", "It is required.") for key in ("cidr", "action") if key not in entry]
    cidr = entry.get("cidr", "0.0.0.0/0")
    if not isinstance(cidr, str) or not cidr or len(cidr) > LONGEST_LINE - LONGEST_NOTE or cidr.split() != [cidr]:
        found.append((".cidr", "It is a network, such as 10.0.0.0/8."))
    for key, words in (("action", ACTIONS), ("mode", MODES)):
        if key in entry and not (isinstance(entry[key], str) and entry[key] in words):
            found.append((f".{key}", f'It is "{words[0]}" or "{words[1]}".'))
    if not isinstance(note := entry.get("note", ""), str):
        found.append((".note", "It is text."))
    elif message := fault_of_line(note, longest=LONGEST_NOTE):
        found.append((".note", message))
    return found
