"""Reading JSON that people send as documents: strictly by RFC 8259, and nothing that could not be stored. Pure."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from math import isfinite
from typing import Any, NoReturn

from audit.storable import storable_text

LARGEST_NUMBER = 2**63 - 1
MOST_NESTED = 50  # a document that means something needs six


class NotRead(ValueError):
    """It is no JSON, names a key twice or is nested too deeply; the message is a public sentence."""


class Fraction(float):
    """A number written with a fraction or an exponent: 3600.0 is no whole number of seconds."""

    def is_integer(self) -> bool:
        return False


def decode(data: bytes) -> str:
    """UTF-8, with a byte order mark or without. Raises NotRead."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotRead("It is not UTF-8 text.") from error


def read(text: str) -> Any:
    """The value in `text`. Raises NotRead."""
    try:
        value = json.loads(text, object_pairs_hook=_without_twins, parse_float=_fraction, parse_constant=_no_constant)
    except RecursionError as error:
        raise NotRead("It is nested too deeply.") from error
    except ValueError as error:
        raise NotRead(f"It is not JSON: {error}.") from error
    if _nested_too_deeply(value):
        raise NotRead("It is nested too deeply.")
    return value


def _nested_too_deeply(value: Any) -> bool:
    """Level by level: how deeply Python may recurse differs between its versions, and is not ours to find out."""
    level = [value]
    for _ in range(MOST_NESTED):
        objects = [inner.values() for inner in level if isinstance(inner, dict)]
        lists = [inner for inner in level if isinstance(inner, list)]
        level = [*chain.from_iterable(objects), *chain.from_iterable(lists)]
        if not level:
            return False
    return True


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    twins = [key for key, times in Counter(key for key, _ in pairs).items() if times > 1]
    if twins:
        raise ValueError(f"the key {twins[0][:100]!r} stands twice in one object")
    return dict(pairs)


def _fraction(text: str) -> Fraction:
    value = Fraction(text)
    return value if isfinite(value) else _no_constant(text[:40])


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def unstorable(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """NUL and halves of surrogate pairs cannot be stored as text anywhere; neither can a very large number."""
    if isinstance(value, str):
        if storable_text(value) != value:
            yield path, "It holds a NUL or half of a surrogate pair."
    elif isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        yield path, "The number is too large."
    elif isinstance(value, dict):
        for key, inner in value.items():
            inside = f"{path}.{key[:100]}" if path else key[:100]
            if storable_text(key) != key:
                yield inside, "The key holds a NUL or half of a surrogate pair."
            yield from unstorable(inner, inside)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from unstorable(inner, f"{path}[{number}]")
