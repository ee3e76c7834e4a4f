"""The evaluator's table: what each check lets through, what it denies in which words, and which one speaks first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from policies import checks, client_address
from policies import evaluate as room
from policies.checks import (
    authentication_is_accepted,
    client_is_active,
    grant_is_selected,
    may_introspect,
    network_is_allowed,
    scope_is_allowed,
    token_has_scope,
    token_holds,
    token_is_meant_for_api,
    transport_is_safe,
)
from policies.decision import ALLOW, Allow, Decision, Deny, Spent, Watched
from policies.evaluate import BUDGET, CHECKS, Check, Outcome, evaluate, settle
from policies.networks import compiled
from policies.question import ENDPOINTS, Question, TokenFacts
from policies.resources import Reach
from policies.scopes import INTROSPECT, AllowedScope, ScopeFacts
from policies.snapshots import ClientPolicy, ServerPolicy

NOW = datetime(2026, 11, 26, 4, tzinfo=UTC)
ORDERS, BILLING = "https://orders.example", "https://billing.example"
SERVER = ServerPolicy(
    version=1,
    https_required=True,
    access_token_lifetime=3600,
    authorization_code_lifetime=60,
    refresh_token_lifetime=86400,
    pkce_required=True,
    legacy_grants=False,
    address_budget=600_000,
    allow_without_counters=False,
    catalogue={
        "orders.read": ScopeFacts(is_default=True, is_sensitive=False, audience=ORDERS),
        "billing.read": ScopeFacts(is_default=False, is_sensitive=False, audience=BILLING),
        "openid": ScopeFacts(is_default=False, is_sensitive=False, audience=None),
        INTROSPECT: ScopeFacts(is_default=False, is_sensitive=True, audience=None),
    },
)
SERVICE = ClientPolicy(
    pk=1,
    client_id="service",
    revision=1,
    policy_version=1,
    confidential=True,
    usable=True,
    grants=frozenset({"client_credentials"}),
    allowed_scope=AllowedScope("orders.read"),
    lifetime=None,
    never_expires=False,
    token_format="opaque",
    access_token_alg="ES256",
    id_token_alg="RS256",
    refresh_limit=0,
    auth_method="",
    public_keys=(),
    keys_address="",
    introspects=frozenset(),
)
READER = replace(SERVICE, client_id="reader", grants=frozenset(), allowed_scope=AllowedScope(INTROSPECT))
PUBLIC = replace(SERVICE, client_id="phone", confidential=False, grants=frozenset({"authorization_code"}))
CREDENTIALS = "client_credentials"
Denial = tuple[str, str, int] | None  # code, error, status


def ask(client: ClientPolicy, endpoint: str, grant: str | None = None, **changes: Any) -> Question:
    kind = "client_secret_basic" if client.confidential else "none"
    changed = replace(client, **changes)
    return Question(server=SERVER, client=changed, endpoint=endpoint, grant_type=grant, now=NOW, authentication=kind)


def at(address: str) -> dict[str, Any]:
    return {"address": client_address.read(address)}


def said(decision: Decision) -> Denial:
    return (decision.code, decision.error, decision.status) if isinstance(decision, Deny) else None


INACTIVE = ("client-inactive", "invalid_client", 401)
NOT_SELECTED = ("grant-not-selected", "unauthorized_client", 400)
NETWORK = ("network-refused", "access_denied", 403)
MAY_NOT = ("may-not-introspect", "access_denied", 403)
IS_PUBLIC = ("public-client", "invalid_client", 401)
SCOPE = ("scope-refused", "invalid_scope", 400)
TARGET = ("resource-refused", "invalid_target", 400)
INSECURE = ("https-required", "invalid_request", 400)
AUTHENTICATION = ("authentication-refused", "invalid_client", 401)
NO_TOKEN = ("no-token", "", 401)
INVALID_TOKEN = ("token-invalid", "invalid_token", 401)
LACKS = ("insufficient-scope", "insufficient_scope", 403)
LEGACY_OFF = ("legacy-grants-off", "unsupported_grant_type", 400)
LEGACY_OFF_AT_AUTHORIZE = ("legacy-grants-off", "unsupported_response_type", 400)


@pytest.mark.parametrize("endpoint", ["token", "introspect", "revoke", "anything"])
@pytest.mark.parametrize(("usable", "denial"), [(True, None), (False, INACTIVE)])
def test_r46_an_inactive_client_is_denied_at_every_endpoint(endpoint: str, usable: bool, denial: Denial) -> None:
    for client in (SERVICE, READER, PUBLIC):
        assert said(client_is_active(ask(client, endpoint, usable=usable))) == denial


@pytest.mark.parametrize(
    ("client", "endpoint", "grant", "denial"),
    [
        (SERVICE, "token", CREDENTIALS, None),
        (SERVICE, "token", "authorization_code", NOT_SELECTED),
        (SERVICE, "token", "Client_Credentials", NOT_SELECTED),
        (SERVICE, "token", "", NOT_SELECTED),
        (SERVICE, "token", None, NOT_SELECTED),
        (READER, "token", CREDENTIALS, NOT_SELECTED),
        (PUBLIC, "token", "authorization_code", None),
        (PUBLIC, "token", CREDENTIALS, NOT_SELECTED),
        (replace(SERVICE, grants=frozenset({"authorization_code"}), refresh_limit=3), "token", "refresh_token", None),
        (replace(SERVICE, grants=frozenset({"authorization_code"})), "token", "refresh_token", NOT_SELECTED),
        (replace(SERVICE, refresh_limit=3), "token", "refresh_token", NOT_SELECTED),
    ],
)
def test_r21_only_a_selected_grant_is_let_through(
    client: ClientPolicy, endpoint: str, grant: str | None, denial: Denial
) -> None:
    """RFC 6749 §5.2 `unauthorized_client`."""
    assert said(grant_is_selected(ask(client, endpoint, grant))) == denial


def test_r19_a_public_client_never_gets_client_credentials_whatever_is_stored() -> None:
    """RFC 6749 §4.4: "The client credentials grant type MUST only be used by confidential clients"."""
    question = ask(PUBLIC, "token", CREDENTIALS, grants=frozenset({CREDENTIALS}))
    assert said(grant_is_selected(question)) == NOT_SELECTED


@pytest.mark.parametrize(
    ("client", "endpoint", "allowed", "denial"),
    [
        (READER, "introspect", INTROSPECT, None),
        (READER, "introspect", "*", None),
        (READER, "introspect", "authorization.*", None),
        (READER, "introspect", "orders.* authorization.introspect", None),
        (READER, "introspect", "", MAY_NOT),
        (READER, "introspect", "authorization", MAY_NOT),
        (READER, "introspect", "authorization.introspect2 xauthorization.introspect", MAY_NOT),
        (READER, "introspect", "Authorization.Introspect", MAY_NOT),
        (PUBLIC, "introspect", INTROSPECT, IS_PUBLIC),
        (PUBLIC, "introspect", "*", IS_PUBLIC),
        (PUBLIC, "introspect", "", IS_PUBLIC),
    ],
)
def test_r56_only_a_confidential_client_with_the_scope_introspects(
    client: ClientPolicy, endpoint: str, allowed: str, denial: Denial
) -> None:
    """RFC 7662 §2.1: the endpoint MUST also require some form of authorization."""
    assert said(may_introspect(ask(client, endpoint, allowed_scope=AllowedScope(allowed)))) == denial


@pytest.mark.parametrize("endpoint", ["authorize", "token", "introspect", "revoke", "device_authorization", "userinfo"])
@pytest.mark.parametrize(("address", "denial"), [("10.0.0.7", None), ("192.0.2.7", NETWORK), ("", NETWORK)])
def test_r38_network_rules_guard_every_endpoint_and_tell_nobody_which_rule_fired(
    endpoint: str, address: str, denial: Denial
) -> None:
    asked = replace(ask(SERVICE, endpoint, networks=compiled("allow 10.0.0.0/8 Sites")), **at(address))
    decision = network_is_allowed(asked)
    assert said(decision) == denial
    if isinstance(decision, Deny):
        assert "rule" not in decision.sentence
        assert decision.detail == "network rules: no allow rule matches"


def test_r38_at_authorize_the_browser_is_let_through_where_the_client_says_so() -> None:
    rules: dict[str, Any] = {"networks": compiled("deny 0.0.0.0/0"), "networks_at_authorize": False}
    assert said(network_is_allowed(replace(ask(PUBLIC, "authorize", **rules), **at("192.0.2.1")))) is None
    assert said(network_is_allowed(replace(ask(PUBLIC, "token", **rules), **at("192.0.2.1")))) == NETWORK


@pytest.mark.parametrize(
    ("question", "denial"),
    [
        (ask(SERVICE, "token", CREDENTIALS), None),
        (replace(ask(SERVICE, "token", "password", networks=compiled("deny ::/0")), **at("::1")), NETWORK),
        (ask(READER, "introspect"), None),
        (ask(PUBLIC, "revoke"), None),
        (ask(SERVICE, "token", "password", usable=False), INACTIVE),
        (ask(PUBLIC, "introspect", usable=False), INACTIVE),
        (ask(SERVICE, "token", "password"), LEGACY_OFF),
        (ask(SERVICE, "token", "password", grants=frozenset({"password"})), LEGACY_OFF),
        (ask(SERVICE, "token", "authorization_code"), NOT_SELECTED),
        (replace(ask(SERVICE, "token", "password"), server=replace(SERVER, legacy_grants=True)), NOT_SELECTED),
        (ask(PUBLIC, "authorize", "implicit", grants=frozenset({"implicit"})), LEGACY_OFF_AT_AUTHORIZE),
        (ask(SERVICE, "introspect"), MAY_NOT),
        (replace(ask(SERVICE, "token", CREDENTIALS), scope="billing.read"), SCOPE),
        (replace(ask(SERVICE, "token", "password", usable=False), https=False), INSECURE),
        (replace(ask(SERVICE, "token", CREDENTIALS, usable=False), authentication="private_key_jwt"), AUTHENTICATION),
        (replace(ask(SERVICE, "check"), token=None), NO_TOKEN),
    ],
)
def test_the_first_check_that_denies_speaks(question: Question, denial: Denial) -> None:
    assert said(evaluate(question)) == denial


def test_every_check_of_the_room_stands_in_the_table() -> None:
    ours = {name: value for name, value in vars(checks).items() if getattr(value, "__module__", "") == checks.__name__}
    rules = {value for name, value in ours.items() if not name.startswith("_") and name != "needed_scopes"}
    assert {check.decide for check in CHECKS} == rules
    names = [check.name for check in (*CHECKS, BUDGET)]
    assert len(set(names)) == len(names)
    assert all(check.at <= ENDPOINTS for check in CHECKS)


def test_production_asks_no_further_than_the_first_denial_and_a_collector_hears_every_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def asking(name: str, decision: Decision) -> Check:
        def decide(_: Question) -> Decision:
            asked.append(name)
            return decision

        return Check(name, name, decide)

    no = Deny(code="no", error="no", sentence="No.")
    watched = Watched(check="b", rule="watch", would=no)
    table = (asking("a", Allow(reach=REACH)), asking("b", Allow(watched=(watched,))), asking("c", no), asking("d", no))
    monkeypatch.setattr(room, "BY_ENDPOINT", {"token": table, "revoke": table[:2]})
    assert room.evaluate(ask(SERVICE, "token")) is no
    assert asked == ["a", "b", "c"]
    seen: list[Outcome] = []
    assert room.evaluate(ask(SERVICE, "token"), seen=seen) is no
    assert [(one.stage.name, one.decision) for one in seen] == [(c.name, c.decide(ask(SERVICE, ""))) for c in table]
    assert room.evaluate(ask(SERVICE, "revoke")) == Allow(reach=REACH, watched=(watched,))


REACH = Reach(scopes=("orders.read",), audiences=(ORDERS,))


def test_nothing_to_say_is_always_the_one_allow_so_that_a_client_without_rules_pays_nothing() -> None:
    assert evaluate(ask(READER, "introspect")) is ALLOW
    assert evaluate(ask(SERVICE, "token", CREDENTIALS)) == Allow(reach=REACH)


@pytest.mark.parametrize(
    ("required", "https", "denial"), [(True, True, None), (True, False, INSECURE), (False, False, None)]
)
def test_r62_plain_http_is_denied_where_https_is_required(required: bool, https: bool, denial: Denial) -> None:
    asked = replace(ask(SERVICE, "token"), server=replace(SERVER, https_required=required), https=https)
    assert said(transport_is_safe(asked)) == denial


@pytest.mark.parametrize(
    ("client", "kind", "denial"),
    [
        (SERVICE, "client_secret_basic", None),
        (SERVICE, "client_secret_post", None),
        (SERVICE, "private_key_jwt", AUTHENTICATION),
        (SERVICE, "none", AUTHENTICATION),
        (SERVICE, "", AUTHENTICATION),
        (replace(SERVICE, auth_method="client_secret_post"), "client_secret_post", None),
        (replace(SERVICE, auth_method="client_secret_post"), "client_secret_basic", AUTHENTICATION),
        (replace(SERVICE, auth_method="private_key_jwt"), "private_key_jwt", None),
        (replace(SERVICE, auth_method="private_key_jwt"), "client_secret_basic", AUTHENTICATION),
        (PUBLIC, "none", None),
        (PUBLIC, "client_secret_basic", AUTHENTICATION),
        (SERVICE, "bearer", None),
    ],
)
def test_r25_a_client_proves_itself_its_own_way_alone(client: ClientPolicy, kind: str, denial: Denial) -> None:
    assert said(authentication_is_accepted(replace(ask(client, "token"), authentication=kind))) == denial


@pytest.mark.parametrize(
    ("client", "grant", "scope", "resource", "expected"),
    [
        (SERVICE, CREDENTIALS, None, None, REACH),
        (SERVICE, CREDENTIALS, "orders.read", ORDERS, REACH),
        (SERVICE, CREDENTIALS, "orders.read", BILLING, TARGET),
        (SERVICE, CREDENTIALS, "billing.read", None, SCOPE),
        (SERVICE, CREDENTIALS, "*", None, SCOPE),
        (SERVICE, "authorization_code", "billing.read", None, Reach(scopes=(), audiences=())),
        (READER, CREDENTIALS, None, None, Reach(scopes=("RegisteredClient",), audiences=())),
    ],
)
def test_r33_r34_what_is_granted_is_what_is_asked_and_allowed(
    client: ClientPolicy, grant: str, scope: str | None, resource: str | None, expected: Reach | Denial
) -> None:
    decision = scope_is_allowed(replace(ask(client, "token", grant), scope=scope, resource=resource))
    assert (decision.reach if isinstance(decision, Allow) else said(decision)) == expected


def acting(*scopes: str, audiences: tuple[str, ...] = (), fault: str = "") -> TokenFacts:
    return TokenFacts(scopes=frozenset(scopes), audiences=frozenset(audiences), fault=fault)


@pytest.mark.parametrize(
    ("endpoint", "token", "needed", "denial"),
    [
        ("check", None, None, NO_TOKEN),
        ("userinfo", None, None, NO_TOKEN),
        ("introspect", None, None, None),
        ("check", acting(fault="expired"), None, INVALID_TOKEN),
        ("check", acting(), None, None),
        ("check", acting("orders.read", audiences=(ORDERS,)), "orders.read", None),
        ("check", acting("orders.read", audiences=(ORDERS,)), "orders.read billing.read", LACKS),
        ("check", acting("orders.read", audiences=(BILLING,)), "orders.read", LACKS),
        ("check", acting("openid"), "openid", None),
        ("check", acting("gone"), "gone", None),
        ("userinfo", acting("orders.read"), "orders.read", LACKS),
        ("userinfo", acting("openid"), None, None),
        ("introspect", acting("openid"), None, LACKS),
        ("introspect", acting(INTROSPECT), None, None),
    ],
)
def test_r54_a_token_is_held_to_its_scopes_and_audiences(
    endpoint: str, token: TokenFacts | None, needed: str | None, denial: Denial
) -> None:
    asked = replace(ask(READER, endpoint), token=token, scope=needed)
    decisions = [check(asked) for check in (token_holds, token_has_scope, token_is_meant_for_api)]
    denials = [one for one in decisions if isinstance(one, Deny)]
    assert (said(denials[0]) if denials else None) == denial
    if denials and denials[0].code == "insufficient-scope":
        assert denials[0].needs == {"check": needed, "userinfo": "openid", "introspect": INTROSPECT}[endpoint]


def test_r46_a_token_of_an_inactive_client_does_not_hold() -> None:
    asked = replace(ask(SERVICE, "check", usable=False), token=acting("openid"), scope="openid")
    assert said(evaluate(asked)) == INVALID_TOKEN


def spent(taken: int, *, watched: bool = False) -> Spent:
    return Spent(rule="POST 2 in 60 s", limit=2, taken=taken, resets_in=17, watched=watched)


def test_r41_a_budget_that_is_used_up_denies_what_the_table_allowed_and_nothing_else() -> None:
    no = Deny(code="no", error="no", sentence="No.")
    over = settle(ALLOW, spent(3))
    assert said(over) == ("budget-spent", "slow_down", 429)
    assert isinstance(over, Deny)
    assert (over.retry_after, over.detail) == (17, "rate rule: POST 2 in 60 s")
    assert settle(ALLOW, spent(2)) is ALLOW
    assert settle(ALLOW, None) is ALLOW
    assert settle(no, spent(3)) is no
    seen: list[Outcome] = []
    settle(no, spent(3), seen=seen)
    assert seen == [Outcome(BUDGET, over)]


def test_a_watched_budget_denies_nothing_and_reports_what_it_would_have_denied() -> None:
    settled = settle(Allow(reach=REACH), spent(3, watched=True))
    assert isinstance(settled, Allow)
    assert settled.reach == REACH
    assert [(one.check, one.rule, one.would.status) for one in settled.watched] == [("budget", "POST 2 in 60 s", 429)]
    assert settle(ALLOW, spent(2, watched=True)) is ALLOW


def test_a_denial_keeps_its_private_detail_out_of_its_public_sentence() -> None:
    decision = grant_is_selected(ask(SERVICE, "token", "<script>"))
    assert isinstance(decision, Deny)
    assert decision.detail == "<script>"
    assert "script" not in decision.sentence
