"""A call's parameters as the console's filters and forms read them, so that both narrow by the same code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from django.http import QueryDict

from accounts.rest.operations import Call


def query_of(values: Mapping[str, Any], names: Iterable[str] = ()) -> QueryDict:
    """What a browser would have sent: of `names` alone where they are given; false is a box that is not ticked."""
    query = QueryDict(mutable=True)
    for name in names or values:
        value = values.get(name, [])
        told = value if isinstance(value, list) else [] if value is False else ["on" if value is True else str(value)]
        query.setlist(name, told)
    return query


def viewed_by(call: Call) -> Any:
    """As much of a request as filters look at."""
    return SimpleNamespace(user=call.user)
