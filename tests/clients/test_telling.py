"""What pages tell about a client, as tables: abilities, words for lifetimes, lines for secrets."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clients import wording
from clients.abilities import abilities
from clients.facts import ClientFacts
from clients.life.lifelines import lifeline, lifelines
from clients.models import ClientSecret
from clients.rules.network_rules import rules_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WEB = ClientFacts(
    name="Web",
    grants=("authorization_code",),
    redirect_uris=("https://returns.example.com/cb", "http://127.0.0.1/cb"),
    allowed_scope="openid orders.read",
    refresh_limit=11,
)


def told(**changes: Any) -> list[str]:
    return [f"{ability.title}: {ability.text}" for ability in abilities(replace(WEB, **changes), global_lifetime=3600)]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Send people here to sign in: They come back to returns.example.com or this machine on any port."),
        ({"redirect_uris": ("bad",)}, "Send people here to sign in: Where they come back to is not said yet."),
        ({"redirect_uris": ("com.example.app:/cb",)},
         "Send people here to sign in: They come back to the app com.example.app."),
        ({"redirect_uris": tuple(f"https://{n}.example/" for n in "abcde")},
         "Send people here to sign in: They come back to a.example, b.example, c.example or 2 other places."),
        ({"grants": ("client_credentials",)}, "Act as itself: Through its service account, with nobody signed in."),
        ({"grants": ()}, "Nothing yet: Choose how it may obtain tokens."),
        ({"allowed_scope": "*"}, "Ask for any scope: A lone * allows every scope, those that will be added later too."),
        ({"allowed_scope": ""},
         "Prove that it is registered, and no more: No scope is allowed beyond being a registered client."),
        ({}, "Stay signed in for up to 12 hours: 1 hour a token, 11 refreshes."),
        ({"refresh_limit": 0}, "Use a token for 1 hour: Then it has to ask again."),
        ({"refresh_limit": 100_000}, "Stay signed in for up to 30 days: 1 hour a token, 100,000 refreshes."),
        ({"refresh_limit": "unlimited"}, "Stay signed in for up to 30 days: 1 hour a token, renewed as often as it "
         "likes."),
        ({"access_token_lifetime": 90}, "Stay signed in for up to 18 minutes: 90 seconds a token, 11 refreshes."),
        ({"access_token_lifetime": "never"}, "Hold tokens that never expire: A stolen one works until somebody revokes "
         "it."),
    ],
)  # fmt: skip
def test_r28_and_r29_the_effect_of_the_facts_is_told_in_sentences(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in told(**changes)


@pytest.mark.parametrize("lifetime", [-1, 0, 2_147_483_648])
def test_unsound_facts_are_told_of_as_far_as_they_go(lifetime: int) -> None:
    assert not [sentence for sentence in told(access_token_lifetime=lifetime) if "token" in sentence.lower()]


def test_r20_and_r28_what_should_be_thought_about_twice_warns() -> None:
    risky = replace(WEB, grants=("password",), allowed_scope="*", access_token_lifetime="never")
    assert [ability.tone for ability in abilities(risky, global_lifetime=3600)] == ["warn", "warn", "warn"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (90, "90 seconds"),
        (3600, "1 hour"),
        (5400, "90 minutes"),
        (86400, "1 day"),
        (2_592_000, "30 days"),
        (100_000, "about 28 hours"),
        (2_147_483_647, "about 24,855 days"),
    ],
)
def test_r27_lengths_of_time_read_in_their_largest_unit(seconds: int, words: str) -> None:
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "Any address"),
        (["allow 10.0.0.0/8"], "1 rule: 1 to allow"),
        (["allow 10.0.0.0/8", "allow 192.0.2.1", "deny ::/0 all else"], "3 rules: 2 to allow, 1 to deny"),
        (["watch deny 10.0.0.0/8"], "1 rule: 1 watched"),
    ],
)
def test_r37_the_overview_says_which_network_rules_bind_a_client(lines: list[str], words: str) -> None:
    assert wording.networks(rules_of(lines)) == words


def secret(**fields: Any) -> ClientSecret:
    return ClientSecret(key_id="k", **{"created": NOW - timedelta(days=75), **fields})


@pytest.mark.parametrize(
    ("fields", "spent", "used", "tone", "left"),
    [
        ({"expires_at": NOW + timedelta(days=225), "last_used_at": NOW}, "25.0%", "25.0%", "ok", "225 days left"),
        ({"expires_at": NOW + timedelta(days=25), "last_used_at": NOW - timedelta(days=75)}, "75.0%", "0.0%", "warn",
         "25 days left"),
        ({"expires_at": NOW + timedelta(hours=5)}, "99.7%", None, "warn", "less than a day left"),
        ({"expires_at": NOW - timedelta(days=1)}, "100.0%", None, "danger", "expired"),
        ({}, "82.0%", None, "quiet", "no expiry"),
        ({"created": NOW}, "82.0%", None, "ok", "no expiry"),
        ({"last_used_at": NOW}, "82.0%", "82.0%", "ok", "no expiry"),
    ],
)  # fmt: skip
def test_r16_a_secrets_life_is_a_line_from_creation_to_expiry(
    fields: dict[str, Any], spent: str, used: str | None, tone: str, left: str
) -> None:
    line = lifeline(secret(**fields), now=NOW)
    assert (line.spent, line.used, line.tone, line.left_in_words) == (spent, used, tone, left)


def test_r16_revoked_secrets_have_no_line_and_the_newest_comes_first() -> None:
    old, new, gone = secret(), secret(created=NOW), secret(revoked_at=NOW)
    assert [line.secret for line in lifelines([old, gone, new], now=NOW)] == [new, old]
