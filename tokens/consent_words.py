"""What is asked of a person, in words: scopes and for how long (R64). For the consent page and the device page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clients import wording
from clients.facts import Lifetime
from clients.models import Client
from clients.rules import grant_types
from policies.models import Scope
from policies.scopes import Catalogue
from policies.snapshots import ServerPolicy

ICONS = {"openid": "person", "profile": "person", "email": "person", "address": "person", "phone": "person",
         "offline_access": "clock"}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class AskedScope:
    """A scope in words. `choice`: the person may leave it out."""

    name: str
    words: str
    icon: str
    choice: bool


def asked_scopes(asked: Sequence[str], catalogue: Catalogue) -> tuple[AskedScope, ...]:
    """The scopes in words, those that are a choice last. One statement."""
    choices = choices_among(asked, catalogue)
    words = dict(Scope.objects.filter(name__in=asked).values_list("name", "description"))
    return tuple(
        AskedScope(
            name=name,
            words=words.get(name, "").strip().rstrip(".") or name,
            icon="warning" if name in choices else ICONS.get(name, "scopes"),
            choice=name in choices,
        )
        for name in sorted(asked, key=lambda name: name in choices)
    )


def choices_among(asked: Sequence[str], catalogue: Catalogue) -> frozenset[str]:
    """Sensitive scopes asked beside others are the person's to add; one that is asked alone is itself the question."""
    if len(asked) < 2:
        return frozenset()
    return frozenset(name for name in asked if (facts := catalogue.get(name)) is not None and facts.is_sensitive)


def lifetime(client: Client, policy: ServerPolicy) -> str:
    """R27, R29: "For 1 hour at a time, at most 30 days"."""
    if client.access_tokens_never_expire:
        return "Until it is withdrawn."
    own: Lifetime | None = client.access_token_lifetime
    seconds = policy.access_token_lifetime if own is None else int(own)
    once = wording.duration(seconds)
    if client.refresh_limit == 0 or not grant_types.may_refresh(client.grants):
        return f"For {once}."
    whole = policy.refresh_token_lifetime
    if client.refresh_limit is not None:
        whole = min(whole, seconds * client.refresh_limit) + seconds
    return f"For {once} at a time, at most {wording.duration(whole)}."
