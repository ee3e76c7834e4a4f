"""Which machine addresses the scripts of other sites may call: those that an application in the browser needs.

None of them looks at cookies, and credentials of the browser's own are never allowed, so that a script reads only what
it brought the code or token for: any origin may. `/authorize` and `/device` are pages; `/introspect` and
`/device_authorization` are for callers without a browser. Pure.

Considered specifications: Fetch §3.3 (CORS protocol); OAuth 2.0 for Browser-Based Applications, which asks for this at
the token endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

METHODS = {
    "/token": "POST",
    "/revoke": "POST",
    "/userinfo": "GET, POST",
    "/jwks": "GET",
    "/.well-known/oauth-authorization-server": "GET",
    "/.well-known/openid-configuration": "GET",
}
# Beside what every script may read.
READABLE = "RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Reference"
REMEMBERED = 7200  # seconds; Chromium keeps no answer longer
Headers = tuple[tuple[str, str], ...]


def headers(path: str) -> Headers:
    """What lets scripts read an answer of `path`. Always sent, so that a cached document serves every reader alike."""
    if path not in METHODS:
        return ()
    return (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", READABLE))


def preflight(environ: Mapping[str, Any]) -> dict[str, str] | None:
    """What a browser hears that asks before it sends (Fetch §4.8); None for any other request."""
    methods = METHODS.get(environ.get("PATH_INFO", ""))
    asks = environ.get("REQUEST_METHOD") == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
    if methods is None or not asks:
        return None
    return {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": "Authorization, Content-Type",
        "Access-Control-Max-Age": str(REMEMBERED),
    }
