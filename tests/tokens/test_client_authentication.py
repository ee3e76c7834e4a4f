"""R25: exactly one method of client authentication, decoded by RFC 6749 §2.3.1."""

from __future__ import annotations

import base64
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokens.client_authentication import presented
from tokens.errors import OAuthError


def basic(text: str | bytes, scheme: str = "Basic") -> str:
    raw = text.encode() if isinstance(text, str) else text
    return f"{scheme} {base64.b64encode(raw).decode()}"


@pytest.mark.parametrize(
    ("header", "client_id", "secret"),
    [
        (basic("app:secret"), "app", "secret"),
        (basic("app:secret", "basic"), "app", "secret"),
        (basic("app:secret", "BASIC"), "app", "secret"),
        (basic("app:a:b"), "app", "a:b"),
        (basic("app:%3A%25%2B+x"), "app", ":%+ x"),
        (basic("%C3%A9:%C3%BC"), "é", "ü"),
        (basic("é:ü"), "é", "ü"),
        (basic("app:"), "app", ""),
    ],
)
def test_r25_basic_credentials_are_form_decoded(header: str, client_id: str, secret: str) -> None:
    claim = presented(header, {})
    assert (claim.client_id, claim.secret, claim.method) == (client_id, secret, "client_secret_basic")


@given(st.text(min_size=1, max_size=20), st.text(max_size=20))
def test_r25_whatever_is_encoded_by_the_standard_comes_back(client_id: str, secret: str) -> None:
    try:
        claim = presented(basic(f"{quote_plus(client_id)}:{quote_plus(secret)}"), {})
    except (OAuthError, UnicodeEncodeError):
        assert "\x00" in client_id + secret or not (client_id + secret).isprintable()
    else:
        assert (claim.client_id, claim.secret) == (client_id, secret)


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic ", "Basic !!!", "Basic YWJj", basic(b"\xff\xfe:x"), basic("app:%zz"), basic("app:%ff"),
     basic("app:a%00"), basic(":secret"), "Bearer abc", "Digest x", "Basic YTpi, Basic YTpi", basic("a:" + "b" * 2000)],
)  # fmt: skip
def test_r25_what_cannot_be_read_is_invalid_client_with_a_challenge(header: str) -> None:
    with pytest.raises(OAuthError) as refusal:
        presented(header, {})
    assert (refusal.value.status, refusal.value.code) == (401, "invalid_client")
    assert refusal.value.headers["WWW-Authenticate"].startswith("Basic ")


def test_r25_two_methods_at_once_are_an_invalid_request() -> None:
    with pytest.raises(OAuthError) as refusal:
        presented(basic("app:secret"), {"client_id": "app", "client_secret": "secret"})
    assert (refusal.value.status, refusal.value.code) == (400, "invalid_request")


def test_r25_another_client_id_in_the_body_is_an_invalid_request() -> None:
    with pytest.raises(OAuthError, match="differs"):
        presented(basic("app:secret"), {"client_id": "other"})


def test_r25_the_body_authenticates_alone() -> None:
    claim = presented("", {"client_id": "app", "client_secret": "s"})
    assert (claim.client_id, claim.secret, claim.method) == ("app", "s", "client_secret_post")
    assert presented("", {"client_id": "app"}).method == "none"


def test_no_authentication_at_all_is_invalid_client() -> None:
    with pytest.raises(OAuthError) as refusal:
        presented("", {})
    assert refusal.value.code == "invalid_client"


def test_a_claim_does_not_print_its_secret() -> None:
    assert "hush" not in repr(presented("", {"client_id": "app", "client_secret": "hush"}))
