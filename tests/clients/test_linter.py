"""The linter's rules, each over plain values: what it finds, what it leaves alone, and what its fix makes of it."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clients import presets
from clients.facts import ClientFacts
from clients.linter import references
from clients.linter.catalogue import Covered
from clients.linter.findings import SEVERITIES, Finding, at_or_above
from clients.linter.judging import Dismissal, judge
from clients.linter.linted import Linted, LintedSecret, Server, Used
from clients.linter.places import PLACES
from clients.linter.rules import BY_NAME, RULES
from clients.rules import validation

NOW = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def secret(key_id: str = "k7q2", *, age: int = 10, ends: float | None = None, used: int | None = None) -> LintedSecret:
    """`age`, `ends` and `used` in days: before now, after now, before now."""
    return LintedSecret(
        key_id=key_id,
        created=NOW - age * DAY,
        expires_at=None if ends is None else NOW + ends * DAY,
        last_used_at=None if used is None else NOW - used * DAY,
    )


SERVICE = Linted(
    facts=ClientFacts(
        name="Billing sync",
        owner="mara",
        description="Copies invoices every night. Ask Treasury.",
        grants=("client_credentials",),
        allowed_scope="orders.read",
    ),
    server=Server(access_token_lifetime=3600, legacy_grants=True),
    now=NOW,
    created=NOW - 10 * DAY,
    secrets=(secret(),),
)
WEB = replace(
    SERVICE,
    facts=replace(
        SERVICE.facts, grants=("authorization_code",), redirect_uris=("https://shop.example/cb",), refresh_limit=11
    ),
)
APP = replace(WEB, facts=replace(WEB.facts, type="public"), secrets=())
FACTS = {field.name for field in fields(ClientFacts)}
RETURNS = Covered(pattern="returns.*", names=("returns.list", "returns.refund"), sensitive=("returns.refund",))
COVERED = (Covered(pattern="orders.read", names=("orders.read",), sensitive=()), RETURNS)
# Counted for long; what WEB and SERVICE did in that time.
LONG = Used(
    days=90,
    scopes=frozenset({"orders.read"}),
    grants=frozenset({"authorization_code"}),
    redirects=frozenset({"https://shop.example/cb"}),
)
GONE = Covered(pattern="orders.raed", names=(), sensitive=())
LOCAL = "http://localhost:3000/cb"


def changed(base: Linted, **changes: Any) -> Linted:
    """`base` with some of its facts or circumstances changed."""
    of_facts = {name: value for name, value in changes.items() if name in FACTS}
    others = {name: value for name, value in changes.items() if name not in FACTS}
    return replace(base, facts=replace(base.facts, **of_facts), **others)


def report_rules(client: Linted) -> set[str]:
    return {finding.rule for finding in judge(client, {}).findings}


def finding_of(client: Linted, rule: str) -> Finding:
    return next(finding for finding in judge(client, {}).findings if finding.rule == rule)


FIRES: list[tuple[str, Linted, dict[str, Any]]] = [
    ("password-grant", SERVICE, {"grants": ("client_credentials", "password")}),
    ("password-grant", SERVICE, {"grants": ("password",)}),
    (
        "password-grant",
        SERVICE,
        {"grants": ("password",), "server": Server(access_token_lifetime=1, legacy_grants=False)},
    ),
    ("implicit-grant", APP, {"grants": ("authorization_code", "implicit")}),
    ("implicit-grant", APP, {"grants": ("implicit",)}),
    ("pkce-not-required", WEB, {"pkce_required": False}),
    ("never-expiring-tokens", SERVICE, {"access_token_lifetime": "never"}),
    ("long-lived-tokens", SERVICE, {"access_token_lifetime": 86_401}),
    ("long-lived-tokens", SERVICE, {"server": Server(access_token_lifetime=604_800, legacy_grants=False)}),
    ("unlimited-refresh", APP, {"refresh_limit": "unlimited"}),
    ("long-grace", APP, {"refresh_limit": 5, "refresh_grace": 61}),
    ("any-scope", SERVICE, {"allowed_scope": "*"}),
    ("any-scope", SERVICE, {"allowed_scope": "openid **"}),
    ("sensitive-wildcard", SERVICE, {"allowed_scope": "returns.* orders.read", "covered": (RETURNS,)}),
    ("loopback-on-server", WEB, {"redirect_uris": ("https://shop.example/cb", LOCAL)}),
    ("loopback-on-server", WEB, {"redirect_uris": ("http://127.0.0.1/cb", "http://[::1]/cb")}),
    ("several-hosts", WEB, {"redirect_uris": ("https://shop.example/cb", "https://staging.shop.example/cb")}),
    ("private-scheme-on-confidential", WEB, {"redirect_uris": ("https://shop.example/cb", "com.example.app:/cb")}),
    ("private-scheme", APP, {"redirect_uris": ("com.example.app:/cb",)}),
    ("localhost-by-name", APP, {"redirect_uris": (LOCAL,)}),
    ("localhost-by-name", APP, {"redirect_uris": ("https://LOCALHOST/cb",)}),
    ("idle-redirects", SERVICE, {"redirect_uris": ("https://shop.example/cb",)}),
    ("secret-missing", SERVICE, {"secrets": ()}),
    ("secret-expired", SERVICE, {"secrets": (secret(ends=-1),)}),
    ("secret-expired", SERVICE, {"secrets": (secret(ends=-1), secret("b1x9", ends=-40))}),
    ("secret-expiring", SERVICE, {"secrets": (secret(ends=9),)}),
    ("secret-expiring", SERVICE, {"secrets": (secret(ends=0.5), secret("b1x9", ends=-1))}),
    ("unmoved-secret", SERVICE, {"secrets": (secret(age=1), secret("b1x9", ends=6.9, used=0))}),
    ("unmoved-secret", SERVICE, {"secrets": (secret(age=1), secret("b1x9", ends=-1, used=2))}),
    ("old-secret", SERVICE, {"secrets": (secret(age=366, used=0),)}),
    ("forgotten-secret", SERVICE, {"secrets": (secret(used=0), secret("b1x9", age=200, used=91))}),
    ("forgotten-secret", SERVICE, {"secrets": (secret(used=0), secret("b1x9", age=91))}),
    ("open-network", SERVICE, {"network_rules": ("allow 10.0.0.0/8", "allow ::/0")}),
    ("unbound-service", SERVICE, {"used_from": ("192.0.2.18/32",), "created": NOW - 14 * DAY}),
    ("unused-client", SERVICE, {"created": NOW - 400 * DAY, "last_used_at": NOW - 91 * DAY}),
    ("unused-client", APP, {"created": NOW - 91 * DAY}),
    ("owner-gone", SERVICE, {"owner_active": False}),
    ("owner-gone", SERVICE, {"owner_active": False, "active": False}),
    ("no-description", SERVICE, {"description": " \n"}),
    ("idle-refreshes", SERVICE, {"refresh_limit": 5}),
    ("idle-refreshes", SERVICE, {"refresh_limit": "unlimited"}),
    ("secret-in-body", SERVICE, {"token_endpoint_auth_method": "client_secret_post"}),
    ("unknown-scope", SERVICE, {"allowed_scope": "orders.raed openid", "covered": (GONE,)}),
    ("unused-scopes", SERVICE, {"allowed_scope": "orders.read returns.*", "covered": COVERED, "used": LONG}),
    ("unused-scopes", SERVICE, {"allowed_scope": "*", "used": LONG}),
    ("unused-grants", WEB, {"grants": ("authorization_code", "client_credentials"), "used": LONG}),
    ("unused-redirects", WEB, {"redirect_uris": ("https://shop.example/cb", "https://shop.example/old"), "used": LONG}),
]

QUIET: list[tuple[str, Linted, dict[str, Any]]] = [
    ("password-grant", SERVICE, {}),
    ("implicit-grant", APP, {}),
    ("pkce-not-required", WEB, {}),
    ("pkce-not-required", SERVICE, {"pkce_required": False}),  # no authorization code that it could guard
    ("never-expiring-tokens", SERVICE, {"access_token_lifetime": 2_147_483_647}),
    ("long-lived-tokens", SERVICE, {"access_token_lifetime": 86_400}),
    ("long-lived-tokens", SERVICE, {"access_token_lifetime": "never"}),  # that is another finding
    ("unlimited-refresh", APP, {"refresh_limit": 500}),
    ("unlimited-refresh", SERVICE, {"refresh_limit": "unlimited"}),  # R30: client credentials never refresh
    ("long-grace", APP, {"refresh_limit": 5, "refresh_grace": 60}),
    ("long-grace", SERVICE, {"refresh_grace": 600}),  # R30: client credentials never refresh
    ("any-scope", SERVICE, {"allowed_scope": "orders.*"}),
    ("any-scope", SERVICE, {"allowed_scope": ""}),
    ("sensitive-wildcard", SERVICE, {"allowed_scope": "returns.*", "covered": (replace(RETURNS, sensitive=()),)}),
    ("sensitive-wildcard", SERVICE, {"allowed_scope": "* returns.*", "covered": (RETURNS,)}),  # any-scope says more
    ("loopback-on-server", WEB, {"redirect_uris": ("https://localhost/cb",)}),
    ("loopback-on-server", APP, {"redirect_uris": ("http://127.0.0.1/cb",)}),
    ("several-hosts", WEB, {"redirect_uris": ("https://shop.example/a", "https://SHOP.example/b", LOCAL)}),
    ("private-scheme-on-confidential", WEB, {}),
    ("private-scheme", APP, {"redirect_uris": ("https://app.example/cb",)}),
    ("private-scheme", WEB, {"redirect_uris": ("com.example.app:/cb",)}),  # that is the finding above
    ("localhost-by-name", APP, {"redirect_uris": ("http://127.0.0.1/cb",)}),
    ("idle-redirects", WEB, {}),
    ("idle-redirects", SERVICE, {}),
    ("secret-missing", APP, {}),
    ("secret-missing", SERVICE, {"secrets": (), "active": False}),
    ("secret-missing", SERVICE, {"secrets": (), "registered": False}),
    ("secret-expired", SERVICE, {"secrets": (secret(ends=-1), secret("b1x9", ends=1))}),
    ("secret-expiring", SERVICE, {"secrets": (secret(ends=9), secret("b1x9"))}),
    ("secret-expiring", SERVICE, {"secrets": (secret(ends=31),)}),
    ("unmoved-secret", SERVICE, {"secrets": (secret(age=1), secret("b1x9", ends=7.1, used=0))}),
    ("unmoved-secret", SERVICE, {"secrets": (secret(age=1, used=0), secret("b1x9", ends=1, used=0))}),
    ("unmoved-secret", SERVICE, {"secrets": (secret(age=1), secret("b1x9", ends=1))}),
    ("unmoved-secret", SERVICE, {"secrets": (secret("b1x9", ends=1, used=0),)}),
    ("old-secret", SERVICE, {"secrets": (secret(age=365),)}),
    ("old-secret", SERVICE, {"secrets": (secret(age=800, ends=-1), secret("b1x9"))}),
    ("forgotten-secret", SERVICE, {"secrets": (secret(age=200, used=91),)}),
    ("forgotten-secret", SERVICE, {"secrets": (secret(used=0), secret("b1x9", age=89))}),
    ("open-network", SERVICE, {"network_rules": ("allow 10.0.0.0/8", "deny 0.0.0.0/0")}),
    ("unbound-service", SERVICE, {"used_from": ("192.0.2.18/32",), "created": NOW - 13 * DAY}),
    ("unbound-service", SERVICE, {"created": NOW - 90 * DAY}),
    ("unbound-service", SERVICE, {"used_from": ("a", "b", "c", "d", "e"), "created": NOW - 90 * DAY}),
    (
        "unbound-service",
        SERVICE,
        {"used_from": ("192.0.2.18/32",), "created": NOW - 90 * DAY, "network_rules": ("allow 192.0.2.0/24",)},
    ),
    ("unbound-service", WEB, {"used_from": ("192.0.2.18/32",), "created": NOW - 90 * DAY}),
    ("unused-client", SERVICE, {"created": NOW - 400 * DAY, "last_used_at": NOW - 90 * DAY}),
    ("unused-client", SERVICE, {"created": NOW - 400 * DAY, "active": False}),
    ("owner-gone", SERVICE, {}),
    ("no-description", SERVICE, {}),
    ("idle-refreshes", SERVICE, {}),
    ("idle-refreshes", APP, {"refresh_limit": 5}),
    ("secret-in-body", SERVICE, {"token_endpoint_auth_method": "client_secret_basic"}),
    ("secret-in-body", SERVICE, {}),
    ("unknown-scope", SERVICE, {"allowed_scope": "returns.*", "covered": (RETURNS,)}),
    ("unknown-scope", SERVICE, {"allowed_scope": "gone.*", "covered": (replace(GONE, pattern="gone.*"),)}),
    ("unknown-scope", SERVICE, {"allowed_scope": "* orders.raed", "covered": (GONE,)}),  # a lone star says more
    ("unused-scopes", SERVICE, {"covered": COVERED, "used": LONG}),
    ("unused-scopes", SERVICE, {"allowed_scope": "*", "used": replace(LONG, days=29)}),
    ("unused-scopes", SERVICE, {"allowed_scope": "*", "used": Used(days=90)}),  # not used at all: another rule's
    ("unused-grants", WEB, {"used": LONG}),
    ("unused-grants", WEB, {"grants": ("authorization_code", "personal_access_token"), "used": LONG}),
    ("unused-redirects", WEB, {"redirect_uris": ("https://shop.example/cb", "http://127.0.0.1/cb"), "used": LONG}),
    ("unused-redirects", WEB, {"redirect_uris": ("https://shop.example/old",), "used": LONG}),
]


def named(cases: list[tuple[str, Linted, dict[str, Any]]]) -> list[Any]:
    return [pytest.param(*case, id=f"{case[0]} {case[2]}"[:90]) for case in cases]


@pytest.mark.parametrize(("rule", "base", "changes"), named(FIRES))
def test_a_rule_finds_what_it_is_there_for(rule: str, base: Linted, changes: dict[str, Any]) -> None:
    finding = finding_of(changed(base, **changes), rule)
    assert finding.title
    assert finding.explanation.endswith(".")
    assert (finding.severity, finding.reference) == (BY_NAME[rule].severity, BY_NAME[rule].reference)


@pytest.mark.parametrize(("rule", "base", "changes"), named(QUIET))
def test_a_rule_leaves_alone_what_is_well(rule: str, base: Linted, changes: dict[str, Any]) -> None:
    assert rule not in report_rules(changed(base, **changes))


@pytest.mark.parametrize("client", [SERVICE, WEB, APP], ids=["service", "web", "app"])
def test_a_sound_client_has_no_finding(client: Linted) -> None:
    assert judge(client, {}).findings == ()


def test_every_rule_is_tried_both_ways() -> None:
    assert {case[0] for case in FIRES} == {case[0] for case in QUIET} == set(BY_NAME)
    assert len(BY_NAME) == len(RULES)


def test_every_rule_leads_to_where_a_person_can_mend_it() -> None:
    assert set(PLACES) == set(BY_NAME)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_quotes_its_section(rule: Any) -> None:
    assert rule.reference.section == references.OWN or "§" in rule.reference.section
    assert len(rule.reference.quote) > 20


def fixable() -> list[Any]:
    return named([case for case in FIRES if finding_of(changed(case[1], **case[2]), case[0]).fix])


@pytest.mark.parametrize(("rule", "base", "changes"), fixable())
def test_a_fix_ends_its_finding_and_makes_sound_facts(rule: str, base: Linted, changes: dict[str, Any]) -> None:
    """It changes something, says what, and what it comes to could be saved."""
    client = changed(base, **changes)
    fix = finding_of(client, rule).fix
    assert fix is not None
    mended = replace(client, facts=fix.after, covered=())
    assert rule not in report_rules(mended)
    assert fix.before == client.facts
    assert fix.changes
    assert fix.label
    assert fix.effect.endswith(".")
    assert validation.faults(fix.after, validation.Circumstances(held_grants=client.facts.grants)) == []


@pytest.mark.parametrize(
    ("rule", "base", "changes", "expected"),
    [
        ("password-grant", SERVICE, {"grants": ("client_credentials", "password")},
         {"grants": [["client_credentials", "password"], ["client_credentials"]]}),
        ("pkce-not-required", WEB, {"pkce_required": False}, {"pkceRequired": [False, True]}),
        ("never-expiring-tokens", SERVICE, {"access_token_lifetime": "never"},
         {"accessTokenLifetime": ["never", "global"]}),
        ("long-lived-tokens", SERVICE, {"server": Server(access_token_lifetime=604_800, legacy_grants=False)},
         {"accessTokenLifetime": ["global", 3600]}),
        ("sensitive-wildcard", SERVICE, {"allowed_scope": "openid returns.* orders.read", "covered": (RETURNS,)},
         {"allowedScope": ["openid returns.* orders.read", "openid returns.list returns.refund orders.read"]}),
        ("loopback-on-server", WEB, {"redirect_uris": ("https://shop.example/cb", LOCAL)},
         {"redirectUris": [["https://shop.example/cb", LOCAL], ["https://shop.example/cb"]]}),
        ("idle-redirects", SERVICE, {"redirect_uris": ("https://a.example/",)},
         {"redirectUris": [["https://a.example/"], []]}),
        ("long-grace", APP, {"refresh_limit": 5, "refresh_grace": 600}, {"refreshGrace": [600, 10]}),
        ("idle-refreshes", SERVICE, {"refresh_limit": "unlimited"}, {"refreshLimit": ["unlimited", 0]}),
        ("secret-in-body", SERVICE, {"token_endpoint_auth_method": "client_secret_post"},
         {"tokenEndpointAuthMethod": ["client_secret_post", ""]}),
        ("unknown-scope", SERVICE, {"allowed_scope": "orders.raed openid", "covered": (GONE,)},
         {"allowedScope": ["orders.raed openid", "openid"]}),
        ("unused-scopes", SERVICE, {"allowed_scope": "orders.read returns.*", "covered": COVERED, "used": LONG},
         {"allowedScope": ["orders.read returns.*", "orders.read"]}),
        ("unused-grants", WEB, {"grants": ("authorization_code", "client_credentials"), "used": LONG},
         {"grants": [["authorization_code", "client_credentials"], ["authorization_code"]]}),
    ],
)  # fmt: skip
def test_a_fix_changes_no_more_than_it_must(
    rule: str, base: Linted, changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    fix = finding_of(changed(base, **changes), rule).fix
    assert fix is not None
    assert fix.changes == expected


@pytest.mark.parametrize(
    ("rule", "base", "changes"),
    [
        ("password-grant", SERVICE, {"grants": ("password",)}),
        ("implicit-grant", APP, {"grants": ("implicit",)}),
        ("loopback-on-server", WEB, {"redirect_uris": (LOCAL,)}),
        ("any-scope", SERVICE, {"allowed_scope": "*"}),
        ("sensitive-wildcard", SERVICE, {"allowed_scope": "r*", "covered": (
            Covered(pattern="r*", names=tuple(f"r{n:096}" for n in range(120)), sensitive=("r",)),)}),
    ],
)  # fmt: skip
def test_there_is_no_fix_where_one_press_would_take_too_much(rule: str, base: Linted, changes: dict[str, Any]) -> None:
    assert finding_of(changed(base, **changes), rule).fix is None


def test_a_legacy_grant_that_is_off_is_said_to_be_off() -> None:
    """R20."""
    off = Server(access_token_lifetime=3600, legacy_grants=False)
    finding = finding_of(changed(SERVICE, grants=("client_credentials", "password"), server=off), "password-grant")
    assert "off for this server" in finding.explanation
    assert finding.fix is not None
    assert finding.fix.effect.startswith("Nothing stops working")


@pytest.mark.parametrize("preset", [p for p in presets.PRESETS if not p.needs_legacy], ids=lambda p: p.value)
def test_what_a_preset_suggests_is_at_most_hinted_at(preset: presets.Preset) -> None:
    """A fresh form must not scold; the legacy preset may."""
    facts = replace(
        preset.facts, name="New", owner="mara", redirect_uris=preset.facts.redirect_uris or ("https://a.example/",)
    )
    if preset.facts.grants == ("client_credentials",) or "device_code" in preset.facts.grants[0]:
        facts = replace(facts, redirect_uris=())
    draft = replace(SERVICE, facts=facts, registered=False, secrets=())
    assert {finding.severity for finding in judge(draft, {}).findings} <= {"info"}


UNSOUND = ("https://[::1", "javascript:alert(1)", "http://", "*", "\x00", "", "http://a:99999/", "é://")


def test_facts_that_no_form_would_accept_are_looked_at_without_an_error() -> None:
    facts = ClientFacts(
        name="", type="neither", grants=("nothing", "authorization_code"), redirect_uris=UNSOUND,
        allowed_scope="* \x00", access_token_lifetime=-1, refresh_limit=-1,
    )  # fmt: skip
    assert "any-scope" in report_rules(replace(SERVICE, facts=facts, registered=False))


def test_the_score_counts_the_rules_that_apply_and_what_was_dismissed_in_neither() -> None:
    whole = judge(SERVICE, {})
    assert whole.score.passed == whole.score.applying == len(whole.kept) > 10
    client = changed(SERVICE, description="", allowed_scope="*")
    report = judge(client, {})
    assert (report.score.applying - report.score.passed, report.worst) == (2, "danger")
    # The lone star hides what the two narrower rules would ask.
    assert report.score.applying == whole.score.applying - 2
    aside = Dismissal(reason="By design.", by="mara", at=NOW)
    set_aside = judge(client, {"any-scope": aside, "old-secret": aside})
    assert [d.finding.rule for d in set_aside.dismissed] == ["any-scope"]
    assert (set_aside.score.passed, set_aside.score.applying) == (report.score.passed, report.score.applying - 1)
    assert (set_aside.worst, str(set_aside.score)) == ("info", f"{report.score.passed} of {report.score.applying - 1}")


def test_the_worst_finding_comes_first() -> None:
    client = changed(SERVICE, description="", allowed_scope="*", owner_active=False, access_token_lifetime="never")
    ranks = [SEVERITIES.index(finding.severity) for finding in judge(client, {}).findings]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == 3


@pytest.mark.parametrize(("level", "expected"), [("info", 3), ("warn", 2), ("danger", 1)])
def test_findings_are_counted_from_a_level_upwards(level: Any, expected: int) -> None:
    client = changed(SERVICE, description="", allowed_scope="*", owner_active=False)
    assert len(at_or_above(judge(client, {}).findings, level)) == expected
