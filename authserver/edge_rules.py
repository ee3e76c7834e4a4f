"""What a request must be before any view sees it: the right host, and a body of bounded size.

One set of rules for pages (called by the middleware) and machine addresses (called by the edge).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port

from authserver.environment import LOOPBACK_NAMES

LARGEST_BODY = 1024 * 1024  # bytes


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
    if not length.isdecimal():
        raise Refused(status=400, error="invalid_request", sentence="Content-Length is not a number.")
    if int(length) > LARGEST_BODY:
        raise Refused(status=413, error="invalid_request", sentence=f"The body is larger than {LARGEST_BODY} bytes.")
