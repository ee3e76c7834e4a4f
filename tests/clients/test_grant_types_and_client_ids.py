"""R6 and R18–R20 as tables."""

from __future__ import annotations

import uuid

import pytest

from clients.rules import grant_types
from clients.rules.client_ids import client_id_fault, generate
from clients.rules.grant_types import GRANT_TYPES, faults, in_order, may_refresh, needs_redirect


def test_r18_the_grants_are_those_of_the_documents_and_refresh_is_not_among_them() -> None:
    assert {grant.value for grant in GRANT_TYPES} == {
        "authorization_code",
        "implicit",
        "client_credentials",
        "password",
        "urn:ietf:params:oauth:grant-type:device_code",
        "personal_access_token",
    }


def test_r18_authorization_code_comes_first_and_is_labelled_the_most_secure() -> None:
    assert GRANT_TYPES[0].value == "authorization_code"
    assert "most secure" in GRANT_TYPES[0].explanation


def test_r18_at_least_one_is_required() -> None:
    assert faults((), client_type="confidential", legacy_grants=True) == ["Choose at least one grant."]


def test_r18_personal_access_tokens_alone_are_enough() -> None:
    assert faults(("personal_access_token",), client_type="public", legacy_grants=False) == []


def test_r18_an_unknown_grant_is_refused_by_name() -> None:
    (fault,) = faults(("refresh_token",), client_type="public", legacy_grants=False)
    assert "refresh_token" in fault


@pytest.mark.parametrize("value", ["client_credentials", "password"])
def test_r19_what_needs_a_secret_cannot_be_given_to_a_public_client(value: str) -> None:
    (fault,) = faults((value,), client_type="public", legacy_grants=True)
    assert "confidential" in fault
    assert faults((value,), client_type="confidential", legacy_grants=True) == []


@pytest.mark.parametrize("value", ["implicit", "password"])
def test_r20_legacy_grants_are_refused_until_the_server_allows_them(value: str) -> None:
    (fault,) = faults((value,), client_type="confidential", legacy_grants=False)
    assert "Legacy, off for this server." in fault
    assert faults((value,), client_type="confidential", legacy_grants=True) == []


def test_r20_a_legacy_grant_that_a_client_holds_may_stay_while_they_are_off() -> None:
    assert faults(("password",), client_type="confidential", legacy_grants=False, held=("password",)) == []


def test_grants_are_stored_in_one_order_each_once() -> None:
    assert in_order(["client_credentials", "authorization_code", "client_credentials", "unheard-of"]) == (
        "authorization_code",
        "client_credentials",
    )


@pytest.mark.parametrize(
    ("value", "redirect", "refresh"),
    [
        (grant_types.AUTHORIZATION_CODE, True, True),
        (grant_types.IMPLICIT, True, False),
        (grant_types.CLIENT_CREDENTIALS, False, False),
        (grant_types.PASSWORD, False, True),
        (grant_types.DEVICE_CODE, False, True),
        (grant_types.PERSONAL_ACCESS_TOKEN, False, False),
    ],
)
def test_r5_and_r30_say_which_grants_need_a_redirect_and_which_can_refresh(
    value: str, redirect: bool, refresh: bool
) -> None:
    assert (needs_redirect([value]), may_refresh([value])) == (redirect, refresh)


def test_r6_generated_ids_are_sound_and_differ() -> None:
    ids = {generate() for _ in range(100)}
    assert len(ids) == 100
    assert all(client_id_fault(client_id) is None for client_id in ids)


@pytest.mark.parametrize("client_id", ["a", "billing-sync", "https://app.example.com/id", "a b", "~" * 255, "0" * 32])
def test_r6_a_custom_id_is_printable_ascii(client_id: str) -> None:
    assert client_id_fault(client_id) is None


@pytest.mark.parametrize("client_id", ["", "ü", "a\x00b", "a\nb", "a\x7f", "🚀", " a", "a ", "a" * 256, "\u202ea"])
def test_r6_anything_else_is_refused(client_id: str) -> None:
    assert client_id_fault(client_id) is not None


@pytest.mark.parametrize("form", ["{}", "urn:uuid:{}", "{{{}}}"])
def test_r6_an_id_that_could_be_taken_for_a_persons_subject_is_refused(form: str) -> None:
    client_id = form.format(uuid.uuid4())
    for variant in (client_id, client_id.upper()):
        fault = client_id_fault(variant)
        assert fault is not None
        assert "UUID" in fault
