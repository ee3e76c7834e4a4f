"""The parameter `resource` (RFC 8707): for which APIs a token is asked. Pure.

A token's audience follows from the APIs of its scopes. Naming resources narrows it: to the APIs that are named, and to
the scopes that belong to them or to no API at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from policies.scopes import REGISTERED_CLIENT, Catalogue

LONGEST = 2000  # characters, as an API's audience
MOST = 20


class ResourceRefused(Exception):
    """`invalid_target`, with a public sentence (RFC 8707 §2)."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What a token may do and where: scopes, and the audiences that they belong to."""

    scopes: tuple[str, ...]
    audiences: tuple[str, ...]


NOWHERE = Reach(scopes=(), audiences=())


def named(text: str | None) -> tuple[str, ...]:
    """The resources of a request, each once; `text` holds them separated by spaces, which no URI has."""
    uris = tuple(dict.fromkeys((text or "").split(" "))) if text else ()
    if len(uris) > MOST:
        raise ResourceRefused(f"More than {MOST} resources are named.")
    for uri in uris:
        _check(uri)
    return uris


def _check(uri: str) -> None:
    """§2: an absolute URI, which MUST NOT include a fragment component."""
    try:
        absolute = bool(urlsplit(uri).scheme)
    except ValueError:
        absolute = False
    if not absolute or "#" in uri or len(uri) > LONGEST:
        raise ResourceRefused("A resource is named by an absolute URI without a fragment.")


def narrowed(reach: Reach, *, to: tuple[str, ...], catalogue: Catalogue) -> Reach:
    """What is left of `reach` for the resources `to`, all of it where none is named. Raises ResourceRefused.

    A scope that has left the catalogue, or whose API is none of the audiences any more, is left out.
    """
    for uri in to:
        if uri not in reach.audiences:
            raise ResourceRefused(f"No scope of this request belongs to the resource {uri[:200]}.")
    audiences = to or reach.audiences
    scopes = tuple(name for name in reach.scopes if _belongs(name, audiences, catalogue))
    return Reach(scopes=scopes, audiences=audiences)


def _belongs(name: str, audiences: tuple[str, ...], catalogue: Catalogue) -> bool:
    facts = catalogue.get(name)
    if facts is None:
        return name == REGISTERED_CLIENT
    return facts.audience is None or facts.audience in audiences


def only_with(scopes: tuple[str, ...], *, of: Reach, catalogue: Catalogue) -> Reach:
    """What of a reach is left with some of its scopes: an API that none of them belongs to is no audience any more."""
    own = {facts.audience for name in scopes if (facts := catalogue.get(name)) is not None}
    return Reach(scopes=scopes, audiences=tuple(audience for audience in of.audiences if audience in own))
