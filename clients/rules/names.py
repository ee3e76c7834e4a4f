"""Names and versions of clients (R1–R3). Pure.

A name with its version is unique without regard to case, compared by a stored key.
"""

from __future__ import annotations

import hashlib
import unicodedata

from clients.rules.text import fault_of_line, forbidden_characters, named

LONGEST = 255
REFUSED = frozenset("&()\\;,/\":'<>")  # R2
# Database indexes bound the size of an entry; a longer key is replaced by its hash.
LONGEST_KEY = 1000  # bytes
_SEPARATOR = "\n"  # no name holds one, and normalising makes none


def name_fault(name: str) -> str | None:
    """Why `name` cannot be a client's name (R1, R2), naming every offending character; None if it can."""
    if not name.strip():
        return "A name is required."
    return _fault(name, what="A name")


def version_fault(version: str) -> str | None:
    """Why `version` cannot be one (R2); blank is fine."""
    return _fault(version, what="A version")


def _fault(text: str, *, what: str) -> str | None:
    offending = [character for character in dict.fromkeys(text) if character in REFUSED]
    offending += forbidden_characters(text)
    if offending:
        return f"Remove {named(offending)}. {what} cannot hold {'it' if len(offending) == 1 else 'them'}."
    return fault_of_line(text, longest=LONGEST)


def name_key(name: str, version: str) -> str:
    """What two clients may not share (R3): name and version, NFKC-casefolded."""
    key = folded(name) + _SEPARATOR + folded(version)
    if len(key.encode()) <= LONGEST_KEY:
        return key
    return "sha256 " + hashlib.sha256(key.encode()).hexdigest()


def folded(text: str) -> str:
    """Unicode's toNFKC_Casefold: folding can undo the normal form, so it is taken again."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())
