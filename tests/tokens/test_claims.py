"""Which claims a client is told (OpenID Connect Core §5), as tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tokens import claims
from tokens.claims import Person, Requested

MARA = Person(
    sub="7d5b", username="mara", email="mara@example.com", given_name="Mara", family_name="Lindqvist",
    claims={"email_verified": True, "locale": "sv-SE", "address": {"country": "SE"}, "website": ""},
)  # fmt: skip
NOBODY = Person(sub="7d5c", username="tomas")


@pytest.mark.parametrize(
    ("person", "scopes", "said"),
    [
        (MARA, [], {}),
        (MARA, ["openid"], {}),
        (MARA, ["email"], {"email": "mara@example.com", "email_verified": True}),
        (MARA, ["address"], {"address": {"country": "SE"}}),
        (MARA, ["phone"], {}),
        (
            MARA,
            ["profile"],
            {"name": "Mara Lindqvist", "given_name": "Mara", "family_name": "Lindqvist", "locale": "sv-SE",
             "preferred_username": "mara"},
        ),
        (NOBODY, ["profile", "email", "address", "phone"], {"preferred_username": "tomas"}),
        (replace(MARA, claims={}), ["email"], {"email": "mara@example.com", "email_verified": False}),
        (replace(MARA, email=""), ["email"], {}),
    ],
)  # fmt: skip
def test_oidc_core_a_scope_tells_its_claims_and_leaves_out_what_is_not_known(
    person: Person, scopes: list[str], said: dict[str, Any]
) -> None:
    assert claims.userinfo(person, scopes=scopes) == {"sub": person.sub, **said}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", Requested()),
        ("{", Requested()),
        ("[]", Requested()),
        ('{"userinfo": 5, "id_token": []}', Requested()),
        ('{"id_token": {"email": null}}', Requested(id_token=frozenset({"email"}))),
        ('{"userinfo": {"name": {"essential": true}}}', Requested(userinfo=frozenset({"name"}))),
        ("[" * 100_000, Requested()),
    ],
)
def test_oidc_core_the_claims_parameter_is_read_and_what_is_no_such_thing_passed_over(
    text: str, wanted: Requested
) -> None:
    assert claims.requested(text) == wanted


def test_oidc_core_a_named_claim_needs_its_scope_and_is_told_only_under_it() -> None:
    wanted = Requested(id_token=frozenset({"email", "address", "sub", "unheard_of"}))
    assert claims.scopes_needed(wanted) == ("email", "address")
    assert claims.for_id_token(MARA, scopes=["openid", "email"], wanted=wanted).keys() == {"email"}
