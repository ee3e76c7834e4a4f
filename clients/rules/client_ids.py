"""Client ids (R6): generated, or chosen once at creation and never changed. Pure, but for the random text."""

from __future__ import annotations

import re

from audit.randomness import random_text

LONGEST = 255
GENERATED_LENGTH = 16  # 95 bits: nobody meets one by trying, and it fits a column
# `sub` of a person is a UUID and of a client its id (contracts, Names and subjects): they must not be confused.
_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_UUID_FORM = re.compile(r"(?:urn:uuid:)?\{?" + _UUID + r"\}?", re.IGNORECASE)


def generate() -> str:
    """A new client id."""
    return random_text(GENERATED_LENGTH)


def client_id_fault(client_id: str) -> str | None:
    """Why `client_id` cannot be chosen, or None. Whether it is taken is asked elsewhere."""
    if not client_id or len(client_id) > LONGEST:
        return f"A client id has 1 to {LONGEST} characters."
    # RFC 6749 appendix A.1: client-id = *VSCHAR
    if not all(" " <= character <= "~" for character in client_id) or client_id != client_id.strip():
        return "Use printable ASCII characters, with no space at either end."
    if _UUID_FORM.fullmatch(client_id):
        return "Choose one that is not a UUID: people's subject identifiers look like that."
    return None
