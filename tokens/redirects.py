"""Redirect URIs at the authorization endpoint: which one answers go to, and how an answer is carried there. Pure.

Considered specifications: RFC 6749 §3.1.2, RFC 8252 §7.3 and §8.4, RFC 9700 §4.1.3, RFC 9207 §2, OAuth 2.0 Multiple
Response Type Encoding Practices, OAuth 2.0 Form Post Response Mode.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import urlencode, urlsplit

from clients.rules.redirect_uris import is_loopback_literal

ResponseMode = Literal["query", "fragment", "form_post"]
RESPONSE_MODES: tuple[ResponseMode, ...] = ("query", "fragment", "form_post")
# scheme, host and what follows an optional port, taken apart as text: nothing is decoded or normalised.
_LOOPBACK = re.compile(r"(http://)(\[[0-9A-Fa-f:.]+\]|[0-9.]+)(?::(\d{1,5}))?((?:[/?].*)?)", re.DOTALL)


def chosen(requested: str | None, registered: Sequence[str]) -> str | None:
    """The URI to answer to, or None: none that is registered, or none named where there is more than one (§3.1.2.3)."""
    if requested is None:
        return registered[0] if len(registered) == 1 else None
    return requested if any(matches(requested, one) for one in registered) else None


def matches(requested: str, registered: str) -> bool:
    """RFC 9700 §4.1.3: exact string matching, "the only exception is port numbers in localhost redirection URIs".

    RFC 8252 §7.3 speaks of loopback IP literals; `localhost` is none, since it can be made to resolve elsewhere.
    """
    if requested == registered:
        return True
    asked, known = _loopback_parts(requested), _loopback_parts(registered)
    return asked is not None and asked == known


def _loopback_parts(uri: str) -> tuple[str, str, str] | None:
    """All of a loopback URI but its port."""
    found = _LOOPBACK.fullmatch(uri)
    if found is None or not is_loopback_literal(found[2].strip("[]")):
        return None
    if found[3] is not None and not 1 <= int(found[3]) <= 65535:
        return None
    return found[1], found[2], found[4]


def answer_url(redirect_uri: str, parameters: Mapping[str, str], *, mode: ResponseMode) -> str:
    """RFC 6749 §4.1.2 and appendix B: a query that the URI has MUST be retained."""
    encoded = urlencode(parameters)
    if mode == "fragment":
        return f"{redirect_uri}#{encoded}"
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{encoded}"


def form_action_source(redirect_uri: str) -> str:
    """What the Content-Security-Policy's `form-action` must hold, for a form whose answer leads to this URI."""
    parts = urlsplit(redirect_uri)
    if parts.scheme not in ("http", "https") or "[" in parts.netloc:
        return f"{parts.scheme}:"  # an IPv6 address cannot be written as a host there
    return f"{parts.scheme}://{parts.netloc}"
