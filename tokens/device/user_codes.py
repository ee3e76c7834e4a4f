"""The short code that a person types (RFC 8628 §6.1). Pure.

Eight of twenty consonants: no vowels, so that no words, and nothing that two eyes read differently. About 34 bits,
which live for minutes and may be guessed at a few times only (`tokens.device.guesses`).
"""

from __future__ import annotations

import hmac

from accounts.key_derivation import derived_keys
from audit.randomness import random_text

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8
LONGEST_TYPED = 64  # characters; more is not looked at


def generate() -> str:
    """A code without its hyphen."""
    return random_text(LENGTH, alphabet=ALPHABET)


def shown(code: str) -> str:
    """As people read it: `WDJB-MJHT`."""
    half = LENGTH // 2
    return f"{code[:half]}-{code[half:]}"


def typed(text: str) -> str | None:
    """Without regard to case, dashes and whatever else was typed between the letters (§6.1); None for no code."""
    if len(text) > LONGEST_TYPED:
        return None
    code = "".join(character for character in text.upper() if character.isalnum())
    return code if len(code) == LENGTH and all(character in ALPHABET for character in code) else None


def stored_hash(code: str) -> bytes:
    """Keyed, since so few bits could be tried one after the other by whoever reads the table."""
    return stored_hashes(code)[0]


def stored_hashes(code: str) -> list[bytes]:
    """By every key of the server, the making one first: a code outlives the change of a key."""
    return [hmac.digest(key, code.encode(), "sha256") for key in derived_keys("device user codes")]
