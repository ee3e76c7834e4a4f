"""The one rule set about a client's facts: every rule as rows of a table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clients.facts import ClientFacts
from clients.rules.validation import LARGEST_NUMBER, Circumstances, Fault, faults

SOUND = ClientFacts(name="Billing", owner="mara", grants=("client_credentials",))
PUBLIC = ClientFacts(
    name="Phone",
    owner="mara",
    type="public",
    grants=("authorization_code",),
    redirect_uris=("com.example.app:/cb",),
)


def found(facts: ClientFacts, **circumstances: Any) -> list[Fault]:
    return faults(facts, Circumstances(**circumstances))


def fields(facts: ClientFacts, **circumstances: Any) -> set[str]:
    return {fault.field for fault in found(facts, **circumstances)}


@pytest.mark.parametrize("facts", [SOUND, PUBLIC])
def test_sound_facts_have_no_fault(facts: ClientFacts) -> None:
    assert found(facts) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a&b"}, "name"),
        ({"name": "a" * 256}, "name"),
        ({"version": "1/2"}, "version"),
        ({"display_name": "a" * 256}, "display_name"),
        ({"display_name": "two\nlines"}, "display_name"),
        ({"description": "nul\x00"}, "description"),
        ({"description": "a" * 2001}, "description"),
        ({"owner": ""}, "owner"),
        ({"type": "secret"}, "type"),
        ({"type": ""}, "type"),
        ({"grants": ()}, "grants"),
        ({"grants": ("token",)}, "grants"),
        ({"grants": ("password",)}, "grants"),
        ({"grants": ("authorization_code",)}, "redirect_uris"),
        ({"redirect_uris": ("javascript:x",)}, "redirect_uris"),
        ({"allowed_scope": 'a"b'}, "allowed_scope"),
        ({"allowed_scope": "a\\b"}, "allowed_scope"),
        ({"allowed_scope": "a\x00b"}, "allowed_scope"),
        ({"allowed_scope": "é"}, "allowed_scope"),
        ({"allowed_scope": "a" * 10_001}, "allowed_scope"),
        ({"access_token_lifetime": 0}, "access_token_lifetime"),
        ({"access_token_lifetime": -1}, "access_token_lifetime"),
        ({"access_token_lifetime": 2_147_483_648}, "access_token_lifetime"),
        ({"refresh_limit": -1}, "refresh_limit"),
        ({"refresh_limit": 2_147_483_648}, "refresh_limit"),
        ({"refresh_grace": -1}, "refresh_grace"),
        ({"refresh_grace": 601}, "refresh_grace"),
        ({"token_format": "paseto"}, "token_format"),
        ({"id_token_signed_response_alg": "none"}, "id_token_signed_response_alg"),
        ({"id_token_signed_response_alg": "HS256"}, "id_token_signed_response_alg"),
        ({"id_token_signed_response_alg": ""}, "id_token_signed_response_alg"),
        ({"access_token_signed_response_alg": "es256"}, "access_token_signed_response_alg"),
        ({"post_logout_redirect_uris": ("https://a.example/#x",)}, "post_logout_redirect_uris"),
        ({"post_logout_redirect_uris": ("javascript:x",)}, "post_logout_redirect_uris"),
        ({"token_endpoint_auth_method": "none"}, "token_endpoint_auth_method"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "client_jwks"),
        ({"client_jwks": ("{}",)}, "client_jwks"),
        ({"client_jwks_uri": "http://app.example/keys"}, "client_jwks_uri"),
    ],
)
def test_each_rule_names_its_field_and_nothing_else(change: dict[str, Any], field: str) -> None:
    assert fields(replace(SOUND, **change)) == {field}


@pytest.mark.parametrize(
    "change",
    [
        {"access_token_lifetime": 1},
        {"access_token_lifetime": LARGEST_NUMBER},
        {"access_token_lifetime": "never"},
        {"refresh_limit": 0},
        {"refresh_limit": LARGEST_NUMBER},
        {"refresh_limit": "unlimited"},
        {"refresh_grace": 600},
        {"allowed_scope": "*"},
        {"allowed_scope": "send* *.read a*b*c"},
        {"description": "line one\r\nline two\ttabbed"},
        {"display_name": 'Anything "goes" & <b>is shown as it is</b>'},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"pkce_required": False},
        {"token_format": "jwt", "access_token_signed_response_alg": "RS256"},
        {"id_token_signed_response_alg": "ES256"},
        {"post_logout_redirect_uris": ("https://a.example/bye", "com.example.app:/bye", "http://127.0.0.1/bye")},
    ],
)
def test_r27_r28_r29_and_r33_bounds_are_inclusive(change: dict[str, Any]) -> None:
    assert found(replace(SOUND, **change)) == []


def test_r28_a_jwt_may_not_live_for_ever() -> None:
    facts = replace(SOUND, token_format="jwt", access_token_lifetime="never")
    assert any("JWT" in fault.message and fault.field == "access_token_lifetime" for fault in found(facts))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"grants": ("client_credentials",)}, "grants"),
        ({"pkce_required": False}, "pkce_required"),
        ({"token_endpoint_auth_method": "client_secret_basic"}, "token_endpoint_auth_method"),
    ],
)
def test_r19_a_public_client_cannot_have_what_needs_a_secret(change: dict[str, Any], field: str) -> None:
    assert fields(replace(PUBLIC, **change)) == {field}


def test_every_fault_is_reported_at_once() -> None:
    bad = replace(SOUND, name="&", version="<", description="\x00", grants=(), redirect_uris=("x",), refresh_limit=-1)
    assert fields(bad) == {"name", "version", "description", "grants", "redirect_uris", "refresh_limit"}


def test_r20_legacy_grants_are_sound_once_the_server_allows_them() -> None:
    assert found(replace(SOUND, grants=("password",)), legacy_grants=True) == []


def test_no_message_carries_a_control_character_back() -> None:
    hostile = replace(
        SOUND, name="\x00\x1b", version="\r", display_name="\n", grants=("\x00",), redirect_uris=("\x07",),
        allowed_scope="\x1b", token_endpoint_auth_method="\x00", type="\x00",
    )  # fmt: skip
    messages = [fault.message for fault in found(hostile)]
    assert messages
    assert all(message.isprintable() for message in messages)
