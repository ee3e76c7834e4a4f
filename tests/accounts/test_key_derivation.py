"""Every key follows from AUTHSERVER_SECRET_KEY by HKDF (RFC 5869), a different one for each use."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from django.conf import settings

from accounts.key_derivation import derive, derived_keys

SECRET = "a secret of thirty-two characters"


def hkdf(secret: str, *, info: bytes, length: int) -> bytes:
    """RFC 5869 §2.2 and §2.3, written out; without a salt there are zeros in its place."""
    pseudorandom_key = hmac.digest(bytes(32), secret.encode(), hashlib.sha256)
    output, block = b"", b""
    for number in range(1, -(-length // 32) + 1):
        block = hmac.digest(pseudorandom_key, block + info + bytes([number]), hashlib.sha256)
        output += block
    return output[:length]


@pytest.mark.parametrize("length", [16, 32, 33, 100])
@pytest.mark.parametrize("label", ["", "client secret tag", "ä"])
def test_rfc5869_a_key_is_extracted_and_expanded_with_its_label(label: str, length: int) -> None:
    expected = hkdf(SECRET, info=f"authserver {label}".encode(), length=length)
    assert derive(SECRET, label=label, length=length) == expected


def test_rfc5869_the_written_out_form_is_the_standards() -> None:
    """Appendix A.3: the test case without salt and info."""
    key = bytes([0x0B] * 22).decode("latin-1")
    expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    assert hkdf(key, info=b"", length=42).hex() == expected


def test_different_uses_and_different_secrets_have_different_keys() -> None:
    keys = {derive(secret, label=label) for secret in (SECRET, SECRET + "x") for label in ("a", "b", "ab")}
    assert len(keys) == 6


def test_the_first_secret_makes_and_all_verify() -> None:
    keys = derived_keys("some use")
    assert keys == tuple(derive(secret, label="some use") for secret in settings.AUTHSERVER.secret_keys)
    assert keys[0] == derive(settings.AUTHSERVER.secret_keys[0], label="some use")
