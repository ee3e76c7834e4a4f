"""The index that search over the list stands on: the trigrams of every client's search text."""

from audit.trigram_index import TrigramIndex

INDEX = TrigramIndex(
    name="clients_by_search",
    table="clients_client",
    columns=frozenset({"search_text"}),
    expressions=("search_text",),
)
