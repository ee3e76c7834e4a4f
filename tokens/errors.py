"""Refusals as the RFCs spell them: a stable code, a public sentence, a private detail (RFC 6749 §5.2).

The reference id is a member beside `error` and a header, never part of `error_description`.
"""

from __future__ import annotations

from collections.abc import Mapping

from policies import rate_limits
from policies.decision import Deny
from policies.rate_limits import Charge

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749 §5.1, on errors too


class OAuthError(Exception):
    """An answer that grants nothing. `description` is public; `detail` goes to the audit trail alone."""

    def __init__(
        self,
        code: str,
        description: str,
        *,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(code, description)
        self.code = code
        self.description = description
        self.status = status
        self.headers = dict(headers or {})
        self.detail = detail


class Settled(OAuthError):
    """A refusal that has left something behind, such as a poll that counts: it is never decided a second time."""


def invalid_request(description: str, *, status: int = 400, headers: Mapping[str, str] | None = None) -> OAuthError:
    return OAuthError("invalid_request", description, status=status, headers=headers)


def invalid_client(detail: str) -> OAuthError:
    """One answer for every failed authentication, so that it tells nothing about the client (RFC 6749 §5.2)."""
    return OAuthError(
        "invalid_client",
        "Client authentication failed.",
        status=401,
        headers={"WWW-Authenticate": 'Basic realm="authserver", charset="UTF-8"'},
        detail=detail,
    )


def invalid_grant(detail: str) -> OAuthError:
    """One answer for every code and refresh token that does not hold; why it does not is for the trail alone."""
    description = "What was presented is invalid, expired, used, revoked, or another client's."
    return OAuthError("invalid_grant", description, detail=detail)


def invalid_token(detail: str) -> OAuthError:
    """RFC 6750 §3.1, for a bearer token that does not hold."""
    return OAuthError(
        "invalid_token",
        "The access token is invalid, expired or revoked.",
        status=401,
        headers={"WWW-Authenticate": 'Bearer realm="authserver", error="invalid_token"'},
        detail=detail,
    )


def no_token() -> OAuthError:
    """RFC 6750 §3.1: without authentication neither challenge nor body name an error (R54)."""
    return OAuthError("", "", status=401, headers={"WWW-Authenticate": 'Bearer realm="authserver"'}, detail="no token")


def bearer_invalid_request(description: str) -> OAuthError:
    """RFC 6750 §3.1, for a token that came in a wrong way, or twice."""
    challenge = 'Bearer realm="authserver", error="invalid_request"'
    return invalid_request(description, headers={"WWW-Authenticate": challenge})


def insufficient_scope(scope: str) -> OAuthError:
    """RFC 6750 §3.1: the scope that is needed stands in the answer, so that a client can find it out (R55)."""
    challenge = f'Bearer realm="authserver", error="insufficient_scope", scope="{scope}"'
    return OAuthError(
        "insufficient_scope",
        f"The access token lacks the scope {scope}.",
        status=403,
        headers={"WWW-Authenticate": challenge},
    )


def denied(decision: Deny) -> OAuthError:
    """What the evaluator denied, in the protocol's words."""
    if decision.error == "insufficient_scope":
        error = insufficient_scope(decision.needs)
    elif decision.error == "invalid_token":
        error = invalid_token("")
    elif not decision.error:
        error = no_token()
    else:
        headers = invalid_client("").headers if decision.status == 401 else {}
        error = OAuthError(decision.error, decision.sentence, status=decision.status, headers=headers)
    if decision.retry_after:
        error.headers["Retry-After"] = str(decision.retry_after)
    error.detail = decision.detail or decision.code
    return error


def too_many(charge: Charge) -> OAuthError:
    """R41, RFC 6585 §4: an address has used up its budget."""
    return OAuthError(
        "slow_down",
        "Too many requests from this address.",
        status=429,
        headers={**rate_limits.headers(charge), "Retry-After": str(charge.seconds)},
        detail=f"address budget: {charge.budget.limit} in {charge.budget.period} s",
    )


def unavailable(description: str, *, detail: str = "") -> OAuthError:
    """Ours for a moment when nothing can be decided; the client may simply try again."""
    headers = {"Retry-After": "2"}
    return OAuthError("temporarily_unavailable", description, status=503, headers=headers, detail=detail)


def error_body(code: str, description: str, reference: str | None = None) -> dict[str, str]:
    """The JSON of an error, where there is one; RFC 6749 §5.2 allows no other characters in the description."""
    body = {"error": code, "error_description": _printable(description)} if code else {}
    return body if reference is None else body | {"reference": reference}


def _printable(text: str) -> str:
    """RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E."""
    return "".join(c if " " <= c <= "~" and c not in '"\\' else "?" for c in text)
