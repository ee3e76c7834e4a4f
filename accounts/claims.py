"""The standard claims about a person that have no column of their own (OpenID Connect Core §5.1). Pure."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from accounts.faults import Fault
from accounts.usernames import has_unseen

# `sub`, `email`, `given_name` and `family_name` come from the user itself.
STANDARD_CLAIMS = frozenset(
    {
        "name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website", "email_verified",
        "gender", "birthdate", "zoneinfo", "locale", "phone_number", "phone_number_verified", "address", "updated_at",
    }
)  # fmt: skip
ADDRESS_PARTS = frozenset({"formatted", "street_address", "locality", "region", "postal_code", "country"})
# §5.1.1: these may hold several lines.
IN_SEVERAL_LINES = frozenset({"formatted", "street_address"})
LONGEST = 2000
_LOCALE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*")
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]*(;ext=[0-9]+)?")


def faults(claims: Mapping[str, Any]) -> Iterator[Fault]:
    """Every claim that is none of the standard ones, and every text that could not be one's value.

    The values' types are the documents' schema's business.
    """
    for name in sorted(claims):
        if name not in STANDARD_CLAIMS:
            yield Fault(key=f"claims.{name[:100]}", message="It is no standard claim, or it has a key of its own.")
        elif name == "address":
            yield from _address_faults(claims[name])
        elif isinstance(claims[name], str):
            message = _text_fault(claims[name]) or _FORMS.get(name, _any_form)(claims[name])
            yield from [Fault(key=f"claims.{name}", message=message)] if message else ()


def _address_faults(parts: Mapping[str, Any]) -> Iterator[Fault]:
    for part in sorted(parts):
        text = str(parts[part])
        if part not in ADDRESS_PARTS:
            yield Fault(key=f"claims.address.{part[:100]}", message="It is no part of an address.")
        elif message := _text_fault(text.replace("\n", " ") if part in IN_SEVERAL_LINES else text):
            yield Fault(key=f"claims.address.{part}", message=message)


def _text_fault(text: str) -> str | None:
    if len(text) > LONGEST:
        return f"Use at most {LONGEST} characters; this has {len(text)}."
    return "It holds control characters or invisible ones." if has_unseen(text) else None


def _any_form(_: str) -> str | None:
    return None


def _url(text: str) -> str | None:
    """What a person's picture or page is fetched from by others: a web address, never `javascript:`."""
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("https", "http") and bool(parts.hostname) and " " not in text
    except ValueError:
        sound = False
    return None if sound else "It is a web address: https://…"


def _birthdate(text: str) -> str | None:
    """§5.1: YYYY-MM-DD, the year 0000 where it is left out, or the year alone."""
    if re.fullmatch(r"[0-9]{4}", text) and text != "0000":
        return None
    try:
        sound = bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text))
        date.fromisoformat(f"2000{text[4:]}" if text.startswith("0000-") else text)
    except ValueError:
        sound = False
    return None if sound else "It is a date such as 1980-12-31, 0000-12-31 without the year, or the year alone."


def _zone(text: str) -> str | None:
    return None if text in _zones() else "It is a time zone's name, such as Europe/Paris."


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _locale(text: str) -> str | None:
    return None if _LOCALE.fullmatch(text) else "It is a language tag, such as en-GB."


def _phone(text: str) -> str | None:
    """§5.1 recommends E.164; what people write between the digits is let through."""
    return None if _PHONE.fullmatch(text) else "It is a telephone number, such as +44 20 7946 0000."


_FORMS: Mapping[str, Callable[[str], str | None]] = {
    "profile": _url,
    "picture": _url,
    "website": _url,
    "birthdate": _birthdate,
    "zoneinfo": _zone,
    "locale": _locale,
    "phone_number": _phone,
}
