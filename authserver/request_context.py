"""What every request carries, pages and machine addresses alike: an id, the client's address, https or not.

Set on the WSGI environ before Django sees it. Forwarding headers are read here through `policies.client_address`
and then removed, so that nothing behind this point can trust one by mistake; escapes in cookies go, too.
"""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings

from audit.randomness import random_text
from audit.recording import REQUEST_ID
from policies import client_address

ADDRESS = client_address.ENVIRON_KEY
FORWARDING = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT",
              "HTTP_FORWARDED", "HTTP_X_REAL_IP")  # fmt: skip
_REQUEST_ID = re.compile(r"[0-9A-Za-z._-]{8,64}")


def prepare(environ: dict[str, Any]) -> None:
    """Decide the request's address, scheme and id; harmless when called twice."""
    if ADDRESS in environ:
        return
    origin = client_address.decide(environ, trusted=settings.AUTHSERVER.trusted_proxies)
    environ[ADDRESS] = str(origin.address)
    environ["wsgi.url_scheme"] = "https" if origin.https else "http"
    environ[REQUEST_ID] = _request_id(environ)
    for name in FORWARDING:
        environ.pop(name, None)
    _take_escapes_from_cookies(environ)


def _take_escapes_from_cookies(environ: dict[str, Any]) -> None:
    """None of our cookies holds a backslash. Python unquotes them in quadratic time (CVE-2024-7592; 60 kB took half a
    minute), and `\\000` would become a NUL, at which PostgreSQL fails.
    """
    if "\\" in (cookies := str(environ.get("HTTP_COOKIE", ""))):
        environ["HTTP_COOKIE"] = cookies.replace("\\", "")


def _request_id(environ: dict[str, Any]) -> str:
    """The id that a trusted proxy gave (the peer decides), else a new one."""
    given = str(environ.get("HTTP_X_REQUEST_ID", ""))
    peer = client_address.parse(str(environ.get("REMOTE_ADDR", "")))
    trusted = peer is not None and any(peer in network for network in settings.AUTHSERVER.trusted_proxies)
    return given if trusted and _REQUEST_ID.fullmatch(given) else random_text(16)
