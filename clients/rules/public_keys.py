"""A client's public keys (RFC 7517): what it signs its assertions with instead of showing a secret (RFC 7523). Pure.

Facts hold each key as one line of JSON, so that keys are compared, merged and told apart as redirect URIs are. A key
is for exactly one algorithm (RFC 8725 §3.1): the one that it names, else the usual one of its kind.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, RSAKey, import_key

from accounts.strict_json import NotRead, read, unstorable
from clients.rules.redirect_uris import is_loopback
from clients.rules.text import fault_of_line

Object = ECKey | RSAKey
# RFC 8725 §3.2: current algorithms only. RS256 is what OpenID Connect Core §9 lets every library assume.
ALGORITHMS = ("ES256", "PS256", "RS256")
USUAL = {"EC": "ES256", "RSA": "RS256"}
FITTING = {"EC": ("ES256",), "RSA": ("RS256", "PS256")}
MOST = 10
LONGEST_KEY = 4_000  # characters
LONGEST_KID = 255
LONGEST_ADDRESS = 2000
SMALLEST_RSA, LARGEST_RSA = 2048, 4096  # bits; RFC 7518 §3.3, and what a request may cost
PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")  # RFC 7518 §6.2.2, §6.3.2, §6.4.1


@dataclass(frozen=True, kw_only=True, eq=False)
class PublicKey:
    """A sound key; each is read once, and is itself and no other.

    `thumbprint`: RFC 7638, by which it is known also where it has no `kid`.
    """

    kid: str
    algorithm: str
    thumbprint: str
    key: Object


def kept(keys: Iterable[str]) -> tuple[str, ...]:
    """The same keys as they are stored and compared: each once, written in one way; what cannot be read stays."""
    return tuple(dict.fromkeys(_rewritten(key) for key in keys))


def lines_of(text: str) -> tuple[str, ...]:
    """The keys in a form's text: a JWK Set, or a single JWK. Anything else is one line, which the rules refuse."""
    text = text.strip()
    if not text:
        return ()
    try:
        value = read(text)
    except NotRead:
        return (text,)
    if isinstance(value, dict) and isinstance(value.get("keys"), list):
        return lines_of_set(value["keys"])
    return (_written(value),)


def lines_of_set(keys: Iterable[object]) -> tuple[str, ...]:
    """The members of a JWK Set's `keys`."""
    return tuple(_written(key) for key in keys)


def text_of(keys: Iterable[str]) -> str:
    """The JWK Set as a form shows it; what is no JSON, as it was typed."""
    keys = tuple(keys)
    if not keys or _value(keys[0]) is None:
        return "\n".join(keys)
    return json.dumps({"keys": [_value(key) for key in keys]}, indent=2, ensure_ascii=False)


def document_of(keys: Iterable[str]) -> dict[str, Any] | None:
    """The JWK Set as a document holds it; None where there are no keys."""
    keys = tuple(keys)
    return {"keys": [_value(key) for key in keys]} if keys else None


def from_document(value: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The keys of a document's JWK Set, whose shape has been looked at (`shape`)."""
    return lines_of_set(value["keys"]) if value else ()


def shape(value: object) -> str | None:
    """Why a document's value is no JWK Set (RFC 7517 §5), or None; null and {} are no keys."""
    if value is None or value == {}:
        return None
    if not isinstance(value, dict) or set(value) != {"keys"} or not isinstance(value["keys"], list):
        return 'It is a JWK Set, {"keys": [...]}, or null.'
    return None if all(isinstance(key, dict) for key in value["keys"]) else "Each of its keys is an object."


def faults(keys: Iterable[str]) -> Iterator[str]:
    """What is wrong with a client's keys, each by its place in the set and its `kid`."""
    keys = tuple(keys)
    if len(keys) > MOST:
        yield f"A client has at most {MOST} keys; these are {len(keys)}."
        return
    seen: dict[str, str] = {}
    for number, text in enumerate(keys, start=1):
        message = _fault(text)
        if message is None:
            one = read_key(text)
            message = _twin(one, seen)
        if message is not None:
            yield f"{_named(number, text)}: {message}" if _value(text) is not None else message


def _twin(one: PublicKey, seen: dict[str, str]) -> str | None:
    if one.thumbprint in seen.values():
        return "It stands in the set twice."
    if one.kid in seen:
        return "Another key has this kid; each needs its own, so that a signature says which one made it."
    seen[one.kid or one.thumbprint] = one.thumbprint
    return None


def _fault(text: str) -> str | None:
    if "PRIVATE KEY" in text:
        return "This is a private key. Keep it with the client, and give its public part as a JWK Set."
    value = _value(text)
    if value is None:
        return 'This is not a JWK Set. It begins with {"keys": [ and is JSON.'
    if len(text) > LONGEST_KEY:
        return f"Use at most {LONGEST_KEY} characters a key; this has {len(text)}."
    return _fault_of_use(value) or _fault_of_numbers(value)


def _fault_of_use(value: Mapping[str, Any]) -> str | None:
    """What a key says of itself."""
    kind, kid = value.get("kty"), value.get("kid", "")
    if any(unstorable(value, "")):
        return "It holds a NUL, half of a surrogate pair, or a number that is too large."
    if kind == "oct":
        return "A symmetric key (kty oct) is a secret. Give the public key of a pair."
    if private := [name for name in PRIVATE if name in value]:
        return (
            f"This is a private key: it holds {', '.join(private)}. Give the public part only, and make a new pair, "
            "since this one has left the client."
        )
    if not isinstance(kind, str) or kind not in USUAL:
        return "kty must be EC or RSA."
    if not isinstance(kid, str) or fault_of_line(kid, longest=LONGEST_KID):
        return f"kid is text of at most {LONGEST_KID} printable characters."
    if value.get("alg", USUAL[kind]) not in FITTING[kind]:
        return f"alg must be {' or '.join(FITTING[kind])} for a key of kty {kind}."
    if value.get("use", "sig") != "sig" or value.get("key_ops", ["verify"]) != ["verify"]:
        return 'It is not for verifying signatures: use must be "sig", and key_ops ["verify"], where they are given.'
    return None


def _fault_of_numbers(value: Mapping[str, Any]) -> str | None:
    """RFC 7518 §6.2.1, §6.3.1; RFC 8725 §3.4: what is computed with is validated first."""
    try:
        key = _imported(value)
    except (JoseError, ValueError, TypeError, OverflowError):
        return "Its numbers are not those of a public key."
    if isinstance(key, ECKey):
        return None if value.get("crv") == "P-256" else "crv must be P-256, which ES256 signs with."
    numbers = key.public_key.public_numbers()
    if not SMALLEST_RSA <= numbers.n.bit_length() <= LARGEST_RSA:
        return f"An RSA key has {SMALLEST_RSA} to {LARGEST_RSA} bits; this has {numbers.n.bit_length()}."
    if numbers.e < 65537 or numbers.e.bit_length() > 64 or not numbers.e % 2 or not numbers.n % 2:
        return "The exponent e of an RSA key is 65537 (AQAB)."
    return None


@lru_cache(maxsize=10_000)
def read_key(text: str) -> PublicKey:
    """A key that the rules have let through, with the object that verifies. Never parsed twice in a worker."""
    value = _value(text) or {}
    key = _imported(value)
    algorithm = value.get("alg", USUAL[value["kty"]])
    return PublicKey(kid=value.get("kid", ""), algorithm=algorithm, thumbprint=key.thumbprint(), key=key)


def address_fault(uri: str, *, loopback: bool) -> str | None:
    """Why a set of keys cannot be read at `uri` (RFC 7591 §2, `jwks_uri`), or None. `loopback`: it may be near."""
    if message := fault_of_line(uri, longest=LONGEST_ADDRESS):
        return message
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "This is not a URL."
    if not uri.isascii() or any(character in uri for character in ' \\<>"') or not host:
        return "Give an absolute https URL in ASCII, such as https://app.example/jwks.json."
    if parts.scheme != "https" and not (loopback and parts.scheme == "http" and is_loopback(host)):
        return "Keys are read over https only."
    if parts.username is not None or "#" in uri:
        return "It holds no user name, password or fragment."
    return "This server reads nothing from itself." if is_loopback(host) and not loopback else None


def sound(keys: Iterable[str]) -> tuple[str, ...]:
    """Those that this server can verify by, at most MOST: a set that a client publishes may hold others too."""
    fitting = (key for key in kept(keys) if _fault(key) is None)
    return tuple(key for key, _ in zip(fitting, range(MOST), strict=False))


def in_words(text: str) -> str:
    """A key in a line: `ES256 · 2026-11` or, without a kid, by its thumbprint."""
    if _fault(text) is not None:
        return text
    one = read_key(text)
    return f"{one.algorithm} · {one.kid or one.thumbprint}"


def _imported(value: Mapping[str, Any]) -> Object:
    """Only the members that make the key: the others are for people, and some libraries read them differently."""
    names = ("kty", "crv", "x", "y") if value["kty"] == "EC" else ("kty", "n", "e")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # the sizes are looked at here
        key = import_key({name: value[name] for name in names if name in value})
    if not isinstance(key, Object):
        raise TypeError("a kind of key that this server does not verify by")
    _ = key.public_key  # read at once: a point may lie beside its curve
    return key


def _named(number: int, text: str) -> str:
    kid = (_value(text) or {}).get("kid")
    shown = isinstance(kid, str) and kid and kid.isprintable() and len(kid) <= 60
    return f"Key {number} ({kid})" if shown else f"Key {number}"


def _written(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _rewritten(text: str) -> str:
    value = _value(text)
    return text if value is None else _written(value)


def _value(text: str) -> dict[str, Any] | None:
    try:
        value = read(text)
    except NotRead:
        return None
    return value if isinstance(value, dict) else None
