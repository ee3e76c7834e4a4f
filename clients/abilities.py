"""What a client with certain facts will be able to do, in sentences. Pure.

Shown beside the form while it is filled in, so the facts need not be sound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from clients import wording
from clients.facts import ClientFacts
from clients.rules import grant_types, redirect_uris
from clients.rules.validation import LARGEST_NUMBER

Tone = Literal["info", "warn", "quiet"]
MOST_NAMED = 6
MOST_PLACES = 3


@dataclass(frozen=True, kw_only=True)
class Ability:
    """One thing it can do; `tone` warns of what should be thought about twice. `words`: names to show in mono."""

    title: str
    text: str = ""
    words: tuple[str, ...] = ()
    tone: Tone = "info"


def abilities(facts: ClientFacts, *, global_lifetime: int) -> list[Ability]:
    """Everything that `facts` come to."""
    facts = facts.normal()
    if not facts.grants:
        return [Ability(title="Nothing yet", text="Choose how it may obtain tokens.", tone="quiet")]
    return [*_by_grant(facts), *_scope(facts), *_time(facts, global_lifetime)]


def _by_grant(facts: ClientFacts) -> Iterator[Ability]:
    if grant_types.needs_redirect(facts.grants):
        yield Ability(title="Send people here to sign in", text=_return_to(facts.redirect_uris))
    if grant_types.CLIENT_CREDENTIALS in facts.grants:
        yield Ability(title="Act as itself", text="Through its service account, with nobody signed in.")
    if grant_types.DEVICE_CODE in facts.grants:
        yield Ability(title="Show a short code", text="People confirm it on another screen, signed in here.")
    if grant_types.PERSONAL_ACCESS_TOKEN in facts.grants:
        yield Ability(title="Take personal access tokens", text="People make them here, for themselves.")
    if grant_types.PASSWORD in facts.grants:
        yield Ability(
            title="See people's passwords",
            text="They type them into the client. Nothing else lets it do so.",
            tone="warn",
        )
    if grant_types.IMPLICIT in facts.grants:
        yield Ability(title="Receive tokens in the address bar", text="They end up in histories and logs.", tone="warn")


def _return_to(uris: tuple[str, ...]) -> str:
    places = (_place(redirect_uris.host_of(uri)) for uri in uris if not redirect_uris.line_faults(uri))
    named = list(dict.fromkeys(places))
    if not named:
        return "Where they come back to is not said yet."
    if len(named) > MOST_PLACES:
        named = [*named[:MOST_PLACES], wording.counted(len(named) - MOST_PLACES, "other place")]
    *others, last = named
    return f"They come back to {', '.join(others)} or {last}." if others else f"They come back to {last}."


def _place(host: str) -> str:
    if redirect_uris.is_loopback_literal(host):
        return "this machine on any port"
    return f"the app {host[:-1]}" if host.endswith(":") else host


def _scope(facts: ClientFacts) -> Iterator[Ability]:
    elements = facts.allowed_scope.split()
    if not elements:
        text = "No scope is allowed beyond being a registered client."
        yield Ability(title="Prove that it is registered, and no more", text=text, tone="quiet")
    elif "*" in elements:
        text = "A lone * allows every scope, those that will be added later too."
        yield Ability(title="Ask for any scope", text=text, tone="warn")
    else:
        left = len(elements) - MOST_NAMED
        yield Ability(
            title=f"Ask for {wording.counted(len(elements), 'scope')}"
            if "*" not in facts.allowed_scope
            else "Ask for the scopes that match",
            text=f"and {left} more" if left > 0 else "",
            words=tuple(elements[:MOST_NAMED]),
        )


def _time(facts: ClientFacts, global_lifetime: int) -> Iterator[Ability]:
    lifetime = facts.access_token_lifetime
    if lifetime == "never":
        yield Ability(
            title="Hold tokens that never expire", text="A stolen one works until somebody revokes it.", tone="warn"
        )
        return
    seconds = global_lifetime if lifetime == "global" else int(lifetime)
    if not 1 <= seconds <= LARGEST_NUMBER:
        return
    if facts.refresh_limit == 0 or not grant_types.may_refresh(facts.grants):
        yield Ability(title=f"Use a token for {wording.duration(seconds)}", text="Then it has to ask again.")
    elif facts.refresh_limit == "unlimited":
        text = f"{wording.duration(seconds)} a token, renewed as often as it likes.".capitalize()
        yield Ability(title="Stay signed in for up to 30 days", text=text)
    else:
        together = min(seconds * (facts.refresh_limit + 1), 30 * 86400)
        text = f"{wording.duration(seconds)} a token, {wording.counted(facts.refresh_limit, 'refresh', 'refreshes')}."
        yield Ability(title=f"Stay signed in for up to {wording.duration(together)}", text=text.capitalize())
