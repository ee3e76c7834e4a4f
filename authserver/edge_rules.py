"""What a request must be before any view sees it: the right host, a body of bounded size in a plain media type.

One set of rules for pages (called by the middleware) and machine addresses (called by the edge).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port

from authserver.environment import LOOPBACK_NAMES

LARGEST_BODY = 1024 * 1024  # bytes
MOST_DIGITS = 20  # of a Content-Length: leading zeros are allowed (RFC 9110 §8.6), thousands of them are no number
LONGEST_CONTENT_TYPE = 200
UNREADABLE = "*/*"  # stands in for a Content-Type that must not reach Django; refused like the one it replaces
UTF_8 = ("utf-8", "us-ascii")
_CHARSET = re.compile(r"charset\s*=\s*\"?([^\";\s]*)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Refused(Exception):
    """A request that goes no further. `error` is an OAuth error code for machine addresses."""

    status: int
    error: str
    sentence: str


def check_host(environ: Mapping[str, Any], *, machine: bool) -> None:
    """The issuer's host alone, with AUTHSERVER_ALLOWED_HOSTS for machine addresses, loopback in development."""
    host, _ = split_domain_port(str(environ.get("HTTP_HOST", "")))
    allowed = {settings.AUTHSERVER.issuer_host}
    if machine:
        allowed.update(settings.AUTHSERVER.allowed_hosts)
    if settings.AUTHSERVER.development:
        allowed.update(LOOPBACK_NAMES)
    if host not in allowed:
        raise Refused(
            status=400,
            error="invalid_request",
            sentence=f"This server answers to {settings.AUTHSERVER.issuer_host}, not to the host of this request.",
        )


def check_size(environ: Mapping[str, Any]) -> None:
    """RFC 9110 §15.5.14: a body that is announced as too large is refused before it is read."""
    length = str(environ.get("CONTENT_LENGTH") or "0")
    if not (length.isdecimal() and length.isascii() and len(length) <= MOST_DIGITS):
        raise Refused(status=400, error="invalid_request", sentence="Content-Length is not a number.")
    if int(length) > LARGEST_BODY:
        raise Refused(status=413, error="invalid_request", sentence=f"The body is larger than {LARGEST_BODY} bytes.")


def check_content_type(environ: Mapping[str, Any]) -> None:
    """Short, plain, and UTF-8 where it names a charset.

    Python reads parameters in quadratic time (60 kB of them took eight seconds) and follows RFC 2231, which `*` marks;
    Django then decodes query and form by any codec that is named, `hex` and `idna` too.
    """
    given = str(environ.get("CONTENT_TYPE") or "")
    plain = len(given) <= LONGEST_CONTENT_TYPE and given.isascii() and "*" not in given
    if not plain or any(charset.lower() not in UTF_8 for charset in _CHARSET.findall(given)):
        raise Refused(status=415, error="invalid_request", sentence="Send a plain Content-Type, in UTF-8.")


def check_complete(body: bytes, environ: Mapping[str, Any]) -> None:
    """RFC 9112 §8: a body that is shorter than announced is incomplete, and nothing may act on a part of it."""
    if len(body) < int(environ.get("CONTENT_LENGTH") or 0):
        raise Refused(status=400, error="invalid_request", sentence="The body ended before its announced length.")
