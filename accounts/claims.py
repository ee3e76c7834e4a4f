"""The standard claims about a person that have no column of their own (OpenID Connect Core §5.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from accounts.faults import Fault

# `sub`, `email`, `given_name` and `family_name` come from the user itself.
STANDARD_CLAIMS = frozenset(
    {
        "name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website", "email_verified",
        "gender", "birthdate", "zoneinfo", "locale", "phone_number", "phone_number_verified", "address", "updated_at",
    }
)  # fmt: skip
ADDRESS_PARTS = frozenset({"formatted", "street_address", "locality", "region", "postal_code", "country"})


def faults(claims: Mapping[str, Any]) -> Iterator[Fault]:
    """Every claim that is none of the standard ones; their values' types are the documents' schema's business."""
    for name in sorted(set(claims) - STANDARD_CLAIMS):
        yield Fault(key=f"claims.{name[:100]}", message="It is no standard claim, or it has a key of its own.")
