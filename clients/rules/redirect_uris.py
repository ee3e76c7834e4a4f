"""Which redirect URIs may be registered (R5), line by line, every bad one at once. Pure.

Considered specifications: RFC 6749 §3.1.2, RFC 3986 §2 and §3, RFC 8252 §7, RFC 9700 §2.1 and §4.1. How a request's
redirect is compared with a registered one is decided elsewhere: exactly, but for the port of loopback addresses.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from clients.rules.text import named

LONGEST = 2000  # characters
LOOPBACK_NETWORK = ipaddress.ip_network("127.0.0.0/8")
# Schemes that make a browser run or show what stands in the address itself.
NEVER = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "view-source", "filesystem"})
_LINE_END = re.compile(r"\r\n|\n|\r")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# RFC 3986 §2: everything that may stand in a URI unescaped, and the percent sign.
_URI_CHARACTER = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DOT_SEGMENT = re.compile(r"(?:^|/)(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class LineFault:
    """What is wrong with one line, counted from 1, and how to mend it."""

    line: int
    message: str


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a many-line field, blank ones kept so that numbers stay true, spaces around them dropped."""
    return tuple(line.strip(" \t") for line in _LINE_END.split(text))


def kept(lines: Iterable[str]) -> tuple[str, ...]:
    """What is stored of `lines`: those that are not blank."""
    return tuple(line for line in lines if line)


def faults(lines: Sequence[str]) -> list[LineFault]:
    """Every bad line with all that is wrong with it; blank lines are passed over."""
    found: list[LineFault] = []
    first_at: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        earlier = first_at.setdefault(line, number)
        messages = [f"Remove it: line {earlier} is the same."] if earlier != number else line_faults(line, first_at)
        if messages:
            found.append(LineFault(number, " ".join(messages)))
    return found


def line_faults(uri: str, others: Collection[str] = ()) -> list[str]:
    """All that is wrong with one URI; what cannot be read at all hides the rest. `others`: what already stands."""
    for check in READABLE:
        if message := check(uri):
            return [message]
    parts = urlsplit(uri)
    found = [message for check in ACCEPTABLE if (message := check(uri, parts))]
    if message := _plain_http(parts, others):
        found.append(message)
    return found


def _length(uri: str) -> str | None:
    return f"Use at most {LONGEST} characters; this has {len(uri)}." if len(uri) > LONGEST else None


def _characters(uri: str) -> str | None:
    """RFC 3986 §2; an internationalised host is registered in its ASCII form, as browsers send it."""
    offending = list(dict.fromkeys(c for c in uri if not _URI_CHARACTER.fullmatch(c)))
    if not offending:
        return None
    return f"Remove or percent-encode {named(offending)}; write a host name with such letters in its xn-- form."


def _escapes(uri: str) -> str | None:
    return "Write each % as %25, or with two hexadecimal digits after it." if _BROKEN_ESCAPE.search(uri) else None


def _absolute(uri: str) -> str | None:
    """RFC 6749 §3.1.2: "The redirection endpoint URI MUST be an absolute URI"."""
    if _SCHEME.match(uri):
        return None
    return "Begin with the scheme, for example https:// — only absolute URIs can be compared."


def _never(uri: str) -> str | None:
    scheme = uri.partition(":")[0].lower()
    return f"{scheme}: addresses are not allowed. Use https." if scheme in NEVER else None


def _parses(uri: str) -> str | None:
    """A host in brackets that is no IPv6 address, or a port that is no number up to 65535."""
    try:
        parts = urlsplit(uri)
        port = parts.port
        if "[" in parts.netloc or "]" in parts.netloc:
            ipaddress.IPv6Address(parts.hostname or "")
    except ValueError:
        return "Correct the host or the port: they cannot be read."
    return "Correct the port: 0 is none." if port == 0 else None


READABLE: tuple[Callable[[str], str | None], ...] = (_length, _characters, _absolute, _never, _escapes, _parses)


def _fragment(uri: str, parts: SplitResult) -> str | None:
    """RFC 6749 §3.1.2: "The endpoint URI MUST NOT include a fragment component"."""
    return f"Remove the fragment #{parts.fragment}." if "#" in uri else None


def _wildcard(uri: str, _: SplitResult) -> str | None:
    """RFC 9700 §4.1.3: exact matching only."""
    return "Wildcards are not allowed. List each address in full." if "*" in uri else None


def _user_information(_: str, parts: SplitResult) -> str | None:
    return "Remove the user name before @: it can be taken for the host." if "@" in parts.netloc else None


def _dot_segments(_: str, parts: SplitResult) -> str | None:
    """RFC 3986 §6.2.2.3: browsers remove dot segments, so people would return elsewhere."""
    return "Write the path without . and .. segments." if _DOT_SEGMENT.search(parts.path) else None


def _host(_: str, parts: SplitResult) -> str | None:
    if parts.scheme in ("http", "https") and not parts.hostname:
        return f"Add the host after {parts.scheme}://."
    return None


def _private_scheme(_: str, parts: SplitResult) -> str | None:
    """RFC 8252 §7.1: apps MUST use a scheme based on a domain name under their control, in reverse order."""
    if parts.scheme in ("http", "https"):
        return None
    labels = parts.scheme.split(".")
    if len(labels) < 2 or not all(labels):
        return f"Use https, or a reversed domain name as the scheme such as com.example.app:, not {parts.scheme}:."
    if not parts.netloc and not parts.path.startswith("/"):
        return f"Write a path after the scheme: {parts.scheme}:/callback."
    return None


ACCEPTABLE: tuple[Callable[[str, SplitResult], str | None], ...] = (
    _fragment,
    _wildcard,
    _user_information,
    _dot_segments,
    _host,
    _private_scheme,
)


def _plain_http(parts: SplitResult, others: Collection[str]) -> str | None:
    """RFC 8252 §7.3 and §8.3: http only where it never leaves the machine."""
    if parts.scheme != "http" or not parts.hostname or is_loopback(parts.hostname):
        return None
    secure = parts._replace(scheme="https", fragment="").geturl()
    known = ", which is already listed" if secure in others else ""
    return f"Plain http is for loopback addresses only. Use {secure}{known}."


def is_loopback(host: str) -> bool:
    """`localhost`, 127.0.0.0/8 or ::1 (R5); nothing that merely resolves to them."""
    return host.lower() == "localhost" or is_loopback_literal(host)


def is_loopback_literal(host: str) -> bool:
    """An IP literal of this machine: only for these may the port differ at /authorize (RFC 8252 §7.3)."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address in LOOPBACK_NETWORK if address.version == 4 else address == ipaddress.IPv6Address("::1")


def host_of(uri: str) -> str:
    """The host of a registered URI as people read it, or its private scheme."""
    parts = urlsplit(uri)
    return parts.hostname or f"{parts.scheme}:"
