"""What no text of a client may hold: characters that databases, logs, headers or readers' eyes trip over.

Pure. Letters of every script, emoji and right-to-left text are welcome; invisible commands are not.
"""

from __future__ import annotations

import unicodedata

# They reorder what follows, so that a name can read as another one. Right-to-left letters need none of them.
BIDI_COMMANDS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Control characters, halves of surrogate pairs (no UTF-8 holds them), line and paragraph separators.
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_IN_SEVERAL_LINES = frozenset("\n\t")


def forbidden_characters(text: str, *, several_lines: bool = False) -> list[str]:
    """The forbidden characters of `text`, each once, in order of appearance.

    `several_lines` lets line feeds and tabs through; other line ends belong to `normal_lines`.
    """
    allowed = _IN_SEVERAL_LINES if several_lines else frozenset()
    return list(dict.fromkeys(c for c in text if c not in allowed and _is_forbidden(c)))


def _is_forbidden(character: str) -> bool:
    return character in BIDI_COMMANDS or unicodedata.category(character) in _FORBIDDEN_CATEGORIES


def normal_lines(text: str) -> str:
    """Browsers send CRLF at line ends; documents may hold either. Kept is LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def shown(character: str) -> str:
    """A character as a message names it: itself, or its code point where it could not be seen."""
    return character if character.isprintable() and character != " " else f"U+{ord(character):04X}"


def named(characters: list[str]) -> str:
    """Several characters for a message, separated by spaces."""
    return " ".join(shown(character) for character in characters)


def fault_of_line(text: str, *, longest: int) -> str | None:
    """Why `text` cannot stand on one line of at most `longest` characters, or None."""
    if offending := forbidden_characters(text):
        return f"Remove {named(offending)}: control characters are not allowed."
    if len(text) > longest:
        return f"Use at most {longest} characters; this has {len(text)}."
    return None
