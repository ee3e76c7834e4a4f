"""Ready text for developers: a `curl` for the client's grant, and an `.env` file. Pure.

Values are quoted for a POSIX shell; both halves of `--user` are form-encoded first (RFC 6749 §2.3.1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote_plus

from clients.rules import grant_types

_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523 §2.2
CONTINUED = " \\\n  "


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """A block of text with what it is for."""

    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What a snippet is about: plain values of one client at one issuer."""

    issuer: str
    client_id: str
    confidential: bool
    grants: tuple[str, ...]
    redirect_uri: str = ""
    by_keys: bool = False


def env_file(subject: Subject, *, secret: str | None) -> str:
    """What an application reads at its start; a public client has no third line."""
    lines = [f"OAUTH_ISSUER={_quoted(subject.issuer)}", f"OAUTH_CLIENT_ID={_quoted(subject.client_id)}"]
    if secret is not None:
        lines.append(f"OAUTH_CLIENT_SECRET={_quoted(secret)}")
    return "\n".join(lines)


def get_a_token(subject: Subject, *, secret: str | None = None) -> Snippet | None:
    """How this client gets its first token; None where a person makes it in the browser.

    `secret`: written out on the one page that shows it; elsewhere a shell variable stands for it.
    """
    if grant_types.CLIENT_CREDENTIALS in subject.grants:
        return _curl("Get a token", subject, secret, "/token", ("grant_type=client_credentials",))
    if grant_types.AUTHORIZATION_CODE in subject.grants:
        parts = ("code=$CODE", "code_verifier=$VERIFIER", f"redirect_uri={subject.redirect_uri}")
        return _curl("Exchange a code", subject, secret, "/token", ("grant_type=authorization_code", *parts))
    if grant_types.DEVICE_CODE in subject.grants:
        return _curl("Ask for a code to show", subject, secret, "/device_authorization", ())
    if grant_types.PASSWORD in subject.grants:
        parts = ("grant_type=password", "username=$NAME", "password=$PASSWORD")
        return _curl("Get a token", subject, secret, "/token", parts)
    return None


def _curl(title: str, subject: Subject, secret: str | None, path: str, data: tuple[str, ...]) -> Snippet:
    parts = [f"curl {_quoted(subject.issuer + path)}"]
    if subject.by_keys:
        data = (*data, f"client_assertion_type={ASSERTION_TYPE}", "client_assertion=$ASSERTION")
    elif subject.confidential:
        parts.append(f"--user {_user(subject.client_id, secret)}")
    else:
        data = (*data, f"client_id={subject.client_id}")
    parts += [f"{_option(pair)} {_in_quotes(pair)}" for pair in data]
    return Snippet(title=title, text=CONTINUED.join(parts))


def _user(client_id: str, secret: str | None) -> str:
    encoded = quote_plus(client_id)
    return f'"{encoded}:$CLIENT_SECRET"' if secret is None else _quoted(f"{encoded}:{quote_plus(secret)}")


def _option(pair: str) -> str:
    """Values from people or variables are encoded by curl itself."""
    return "--data" if pair.startswith("grant_type=") else "--data-urlencode"


def _in_quotes(pair: str) -> str:
    name, _, value = pair.partition("=")
    return f'"{name}={value}"' if value.startswith("$") or _PLAIN.fullmatch(value) else _quoted(pair)


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else "'" + text.replace("'", "'\\''") + "'"
