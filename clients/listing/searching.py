"""Search over the list (R51): one stored text for each client, folded like names are, and how words are looked up.

Every word of a search must stand somewhere in the text: part of a name, version, display name, client id or redirect
URI. PostgreSQL answers from an index of trigrams where it has one; SQLite reads the texts. One or two Latin letters
make no trigram, and would find nearly everything: they must begin a word.
"""

from __future__ import annotations

from django.db.models import Q

from clients.models import Client
from clients.rules.names import folded
from clients.rules.text import forbidden_characters

LONGEST = 255  # characters of a search
MOST_WORDS = 8
TRIGRAM = 3
LARGEST_NUMBER = 2**63 - 1


def text_of(client: Client) -> str:
    """What `client` is found by: a field a line, so that nothing is found across two, and a space before each word."""
    fields = (f"{client.name} {client.version}", client.display_name, client.client_id, client.redirect_uris)
    return "\n".join(f" {text}" for field in fields if (text := folded(field)))


def condition(search: str) -> Q | None:
    """What a search asks of a client; None where nothing can match it. `#12` asks for a number alone."""
    search = search.strip()[:LONGEST]
    if forbidden_characters(search):
        return None  # nothing holds such a character
    if search.startswith("#") and (number := _number(search[1:])) is not None:
        return Q(pk=number)
    wanted = Q()
    for word in folded(search).split()[:MOST_WORDS]:
        short = len(word) < TRIGRAM and word.isascii()
        wanted &= Q(search_text__contains=f" {word}" if short else word)
    number = _number(search)
    return wanted if number is None else wanted | Q(pk=number)


def _number(text: str) -> int | None:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
    return number if number is not None and number <= LARGEST_NUMBER else None
