"""Proof Key for Code Exchange (RFC 7636): S256 alone, since `plain` proves nothing to who sees the request. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode

METHOD = "S256"
# §4.2: the challenge is the base64url encoding of a SHA-256, always 43 characters.
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
# §4.1: code-verifier = 43*128unreserved
_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


def challenge_fault(challenge: str | None, method: str | None, *, required: bool) -> str | None:
    """Why an authorization request is refused (§4.4.1), or None. A method left out would mean `plain` (§4.3)."""
    if challenge is None:
        if method is not None:
            return "code_challenge_method comes without a code_challenge."
        return "PKCE is required: send a code_challenge, and S256 as its code_challenge_method." if required else None
    if method != METHOD:
        return "Only S256 is supported as code_challenge_method."
    if not _CHALLENGE.fullmatch(challenge):
        return "The code_challenge is no SHA-256 in base64url: 43 characters without padding."
    return None


def is_proof(verifier: str, *, challenge: str) -> bool:
    """§4.6: BASE64URL-ENCODE(SHA256(ASCII(code_verifier))) == code_challenge."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    computed = urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(computed, challenge)
