"""What a client may do and has not done for a month: the less it may, the less a thief of its secret can. Pure.

Nothing is said before its use has been watched for that long, nor of a client that was not used at all: that one is
another rule's.
"""

from __future__ import annotations

from dataclasses import replace

from clients.facts import ClientFacts
from clients.linter.findings import Concern, Fix
from clients.linter.linted import Linted
from clients.rules import grant_types
from clients.rules.redirect_uris import host_of, is_loopback_literal
from clients.wording import counted

WATCHED_FOR = 30  # days
MOST_NAMED = 4
# Grants whose use leaves nothing to count: a token that a person makes, an answer without a request to /token.
UNSEEN = frozenset({grant_types.PERSONAL_ACCESS_TOKEN, grant_types.IMPLICIT})


def narrower_scope(client: Linted) -> str | None:
    """The allowed scope that would have sufficed, each pattern replaced by what was used of it; None where it is as
    narrow already, or nothing is known.
    """
    used = client.used
    if used is None or used.days < WATCHED_FOR or not used.scopes:
        return None
    names = {covered.pattern: covered.names for covered in client.covered}
    left: list[str] = []
    for element in client.facts.allowed_scope.split():
        within = names.get(element, (element,) if "*" not in element else tuple(sorted(used.scopes)))
        left += [name for name in within if name in used.scopes]
    narrow = " ".join(dict.fromkeys(left))
    return narrow if narrow != client.facts.allowed_scope else None


def unused_scopes(client: Linted) -> Concern | None:
    """RFC 9700 §2.3: the privileges of a token SHOULD be the minimum that is needed."""
    narrow = narrower_scope(client)
    if narrow is None:
        return None
    kept = set(narrow.split())
    idle = tuple(element for element in client.facts.allowed_scope.split() if element not in kept)
    return Concern(
        title="It may ask for scopes that it does not use",
        words=idle[:MOST_NAMED],
        explanation=f"In {WATCHED_FOR} days it was granted, or used, only {_named(sorted(kept))}.",
        fix=_fix(
            client,
            replace(client.facts, allowed_scope=narrow, watched_scope=""),
            label="Narrow it to what it uses",
            effect="Other scopes are refused from its next request on; tokens that are out keep what they have. "
            "To be sure first, let the narrower scope watch: see its tab Scopes.",
        ),
    )


def unused_grants(client: Linted) -> Concern | None:
    """RFC 9700 §2: every grant that is open is a way in. At least one stays, and all whose use cannot be seen."""
    used = client.used
    if used is None or used.days < WATCHED_FOR or not used.grants:
        return None
    idle = tuple(grant for grant in client.facts.grants if grant not in used.grants and grant not in UNSEEN)
    left = tuple(grant for grant in client.facts.grants if grant not in idle)
    if not idle or not left:
        return None
    return Concern(
        title="It has a grant that it does not use" if len(idle) == 1 else "It has grants that it does not use",
        words=idle,
        explanation=f"No token was issued by {'it' if len(idle) == 1 else 'them'} in {WATCHED_FOR} days.",
        fix=None
        if grant_types.needs_redirect(client.facts.grants) != grant_types.needs_redirect(left)
        else _fix(
            client,
            replace(client.facts, grants=left),
            label="Take it away" if len(idle) == 1 else f"Take the {counted(len(idle), 'grant')} away",
            effect="A request with it is refused with unauthorized_client from the next one on.",
        ),
    )


def unused_redirects(client: Linted) -> Concern | None:
    """RFC 9700 §4.1: each registered redirect URI is one more place to which a code can be sent."""
    used, registered = client.used, client.facts.redirect_uris
    if used is None or used.days < WATCHED_FOR or not used.redirects or len(registered) < 2:
        return None
    idle = tuple(uri for uri in registered if uri not in used.redirects and not is_loopback_literal(host_of(uri)))
    left = tuple(uri for uri in registered if uri not in idle)
    if not idle or not left:
        return None
    return Concern(
        title="Nobody returns to some of its redirect URIs" if len(idle) > 1 else "Nobody returns to a redirect URI",
        words=idle[:MOST_NAMED],
        explanation=f"No answer was sent there in {WATCHED_FOR} days.",
        fix=_fix(
            client,
            replace(client.facts, redirect_uris=left),
            label=f"Remove {counted(len(idle), 'redirect URI')}",
            effect="A request that names one of them is shown an error page from the next one on.",
        ),
    )


def _fix(client: Linted, after: ClientFacts, *, label: str, effect: str) -> Fix:
    return Fix(label=label, effect=effect, before=client.facts, after=after)


def _named(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more if names else "what every client may have"
