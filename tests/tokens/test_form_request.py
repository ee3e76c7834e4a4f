"""Reading a machine request's form (RFC 6749 §3.2, appendix B)."""

from __future__ import annotations

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokens import form_request
from tokens.errors import OAuthError


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded; charset=UTF-8",
     'application/x-www-form-urlencoded;charset="utf-8"'],
)  # fmt: skip
def test_r25_a_form_in_utf_8_is_read(content_type: str) -> None:
    form_request.check_media_type(content_type)


@pytest.mark.parametrize(
    "content_type",
    ["", "application/json", "multipart/form-data; boundary=x", "text/plain",
     "application/x-www-form-urlencoded; charset=utf-16"],
)  # fmt: skip
def test_r25_any_other_media_type_is_415(content_type: str) -> None:
    with pytest.raises(OAuthError) as refusal:
        form_request.check_media_type(content_type)
    assert (refusal.value.status, refusal.value.code) == (415, "invalid_request")


def test_parameters_without_a_value_count_as_omitted() -> None:
    assert form_request.parse(b"grant_type=client_credentials&scope=&state") == {"grant_type": "client_credentials"}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"scope=a&scope=b", "scope comes more than once"),
        (b"scope=&scope=b", "scope comes more than once"),
        (b"a=%zz", "percent-encoding"),
        (b"a=%4", "percent-encoding"),
        (b"a=%ff", "not UTF-8"),
        (b"a=%00", "NUL"),
        (b"&".join(b"p%d=1" % i for i in range(101)), "More than 100"),
        ("grant_type=x".encode("utf-16"), "not UTF-8|NUL"),
    ],
)
def test_a_bad_body_is_named(body: bytes, why: str) -> None:
    with pytest.raises(OAuthError, match=why):
        form_request.parse(body)


@given(st.binary(max_size=200))
def test_no_body_can_do_worse_than_be_refused(body: bytes) -> None:
    with contextlib.suppress(OAuthError):
        form = form_request.parse(body)
        assert all(value and "\x00" not in name + value for name, value in form.items())


def test_a_body_that_ends_early_is_refused() -> None:
    with pytest.raises(OAuthError, match="ended before"):
        form_request.read_body(io.BytesIO(b"abc"), content_length="4", chunked=False)


def test_a_chunked_body_is_read_up_to_the_bound() -> None:
    assert form_request.read_body(io.BytesIO(b"a=b"), content_length="", chunked=True) == b"a=b"
    with pytest.raises(OAuthError) as refusal:
        form_request.read_body(io.BytesIO(b"a" * (form_request.LARGEST_BODY + 1)), content_length="", chunked=True)
    assert refusal.value.status == 413


@pytest.mark.parametrize("query", ["client_secret=x", "a=b&token=t", "grant_type=client_credentials"])
def test_secrets_in_the_query_are_refused(query: str) -> None:
    with pytest.raises(OAuthError, match="never in the URL"):
        form_request.check_query(query)
