"""Reading a machine request's form: method, media type, size, encoding and duplicates (RFC 6749 §3.2, App. B).

Pure: bytes and header values in, a mapping or an OAuthError out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import BinaryIO
from urllib.parse import unquote_plus, unquote_to_bytes

from tokens.errors import OAuthError, invalid_request

MEDIA_TYPE = "application/x-www-form-urlencoded"
LARGEST_BODY = 1024 * 1024  # bytes
MOST_FIELDS = 100
# Parameters that would be a secret in a log line of every proxy on the way.
NEVER_IN_QUERY = frozenset(
    {"client_secret", "client_assertion", "token", "code", "refresh_token", "password", "code_verifier",
     "device_code", "access_token", "grant_type"}
)  # fmt: skip
# The one parameter that may come more than once (RFC 8707 §2); its values are kept separated by spaces.
REPEATABLE = frozenset({"resource"})
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")

Form = Mapping[str, str]
NO_FORM: Form = MappingProxyType({})


def check_method(method: str, *, allowed: Sequence[str] = ("POST",)) -> None:
    """RFC 9110 §15.5.6: a 405 lists what is allowed."""
    if method not in allowed:
        raise invalid_request(f"Use {allowed[0]}.", status=405, headers={"Allow": ", ".join(allowed)})


def check_media_type(content_type: str) -> None:
    """RFC 6749 §3.2 and appendix B: a form in UTF-8, and nothing else."""
    essence, _, parameters = content_type.partition(";")
    charset = dict(p.strip().lower().split("=", 1) for p in parameters.split(";") if "=" in p).get("charset", "utf-8")
    if essence.strip().lower() != MEDIA_TYPE or charset.strip('"') not in ("utf-8", "us-ascii"):
        raise invalid_request(f"Send the parameters as {MEDIA_TYPE} in UTF-8.", status=415)


def check_query(query: str) -> None:
    """RFC 6749 §2.3.1: credentials MUST NOT be included in the request URI."""
    names = {unquote_plus(pair.partition("=")[0]) for pair in query.split("&")}
    for name in sorted(names & NEVER_IN_QUERY):
        raise invalid_request(f"Send {name} in the body, never in the URL.")


def read_body(stream: BinaryIO, *, content_length: str, chunked: bool) -> bytes:
    """The whole body, bounded; what was announced must arrive."""
    if chunked and not content_length:
        body = stream.read(LARGEST_BODY + 1)
        if len(body) > LARGEST_BODY:
            raise invalid_request(f"The body is larger than {LARGEST_BODY} bytes.", status=413)
        return body
    length = int(content_length) if content_length.isdecimal() else 0
    if length > LARGEST_BODY:
        raise invalid_request(f"The body is larger than {LARGEST_BODY} bytes.", status=413)
    body = stream.read(length) if length else b""
    if len(body) < length:
        raise invalid_request("The body ended before its announced length.")
    return body


def parse(body: bytes) -> Form:
    """The parameters; those without a value count as omitted (RFC 6749 §3.1), none may come twice (§3.2)."""
    pairs = read_pairs(body)
    if twins := repeated(pairs):
        raise invalid_request(f"The parameter {twins[0][:60]} comes more than once.")
    return as_form(pairs)


def read_pairs(text: bytes) -> list[tuple[str, str]]:
    """Names and values in their order, of a body or a query."""
    pairs = text.split(b"&", MOST_FIELDS) if text else []
    if len(pairs) > MOST_FIELDS:
        raise invalid_request(f"More than {MOST_FIELDS} parameters.")
    read = []
    for pair in pairs:
        name, _, value = pair.partition(b"=")
        read.append((_decode(name), _decode(value)))
    return read


def repeated(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """The names that come more than once and must not."""
    counts = Counter(name for name, _ in pairs)
    return [name for name, count in counts.items() if count > 1 and name not in REPEATABLE]


def as_form(pairs: Sequence[tuple[str, str]]) -> Form:
    form: dict[str, str] = {}
    for name, value in pairs:
        if value:
            form[name] = f"{form[name]} {value}" if name in form and name in REPEATABLE else value
    return form


def _decode(raw: bytes) -> str:
    if _BAD_ESCAPE.search(raw):
        raise invalid_request("The body holds a broken percent-encoding.")
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError as error:
        raise invalid_request("The body is not UTF-8.") from error
    if "\x00" in text:
        raise invalid_request("A parameter holds a NUL character.")
    return text


def required(form: Form, name: str) -> str:
    """The parameter's value, or `invalid_request` naming it."""
    value = form.get(name)
    if value is None:
        raise OAuthError("invalid_request", f"The parameter {name} is missing.")
    return value
