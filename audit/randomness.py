"""The one source of random text: every id, token, secret and reference of the server is drawn here."""

import secrets

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Crockford's alphabet without I, L, O, U: read aloud over a telephone without mistakes.
SPOKEN = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def random_text(length: int, *, alphabet: str = BASE62) -> str:
    """`length` characters, each drawn evenly; 43 of BASE62 hold 256 bits."""
    number = secrets.randbelow(len(alphabet) ** length)
    return digits(number, length=length, alphabet=alphabet)


def digits(number: int, *, length: int, alphabet: str = BASE62) -> str:
    """`number` written in `alphabet`, padded to `length` characters, the lowest digit first."""
    base, characters = len(alphabet), []
    for _ in range(length):
        number, digit = divmod(number, base)
        characters.append(alphabet[digit])
    return "".join(characters)


def new_reference() -> str:
    """A reference id as refusals carry it, for example `R-7QK2-9FXM` (40 bits: a name, not a secret)."""
    return f"R-{random_text(4, alphabet=SPOKEN)}-{random_text(4, alphabet=SPOKEN)}"
