"""The evaluator's table: what each check lets through, what it denies in which words, and which one speaks first."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from policies import evaluate as room
from policies.decision import ALLOW, Decision, Deny
from policies.evaluate import (
    CHECKS,
    Question,
    client_is_active,
    evaluate,
    grant_is_selected,
    may_introspect,
    network_is_allowed,
)
from policies.networks import compiled
from policies.scopes import INTROSPECT, AllowedScope
from policies.snapshots import ClientPolicy

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
    delays=MappingProxyType({}),
    introspects=frozenset(),
)
READER = replace(SERVICE, client_id="reader", grants=frozenset(), allowed_scope=AllowedScope(INTROSPECT))
PUBLIC = replace(SERVICE, client_id="phone", confidential=False, grants=frozenset({"authorization_code"}))
CREDENTIALS = "client_credentials"
Denial = tuple[str, str, int] | None  # code, error, status


def ask(client: ClientPolicy, endpoint: str, grant: str | None = None, **changes: Any) -> Question:
    return Question(client=replace(client, **changes), endpoint=endpoint, grant_type=grant)


def said(decision: Decision) -> Denial:
    return (decision.code, decision.error, decision.status) if isinstance(decision, Deny) else None


INACTIVE = ("client-inactive", "invalid_client", 401)
NOT_SELECTED = ("grant-not-selected", "unauthorized_client", 400)
NETWORK = ("network-refused", "access_denied", 403)
MAY_NOT = ("may-not-introspect", "access_denied", 403)
IS_PUBLIC = ("public-client", "invalid_client", 401)
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
        (SERVICE, "introspect", None, None),
        (READER, "revoke", None, None),
    ],
)
def test_r21_only_a_selected_grant_is_let_through_and_only_the_token_endpoint_asks(
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
        (SERVICE, "revoke", "", None),
        (PUBLIC, "revoke", "", None),
        (SERVICE, "token", "", None),
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
    asked = replace(ask(SERVICE, endpoint, networks=compiled("allow 10.0.0.0/8 Sites")), address=address)
    decision = network_is_allowed(asked)
    assert said(decision) == denial
    if isinstance(decision, Deny):
        assert "rule" not in decision.sentence
        assert decision.detail == "network rules: no allow rule matches"


def test_r38_at_authorize_the_browser_is_let_through_where_the_client_says_so() -> None:
    rules: dict[str, Any] = {"networks": compiled("deny 0.0.0.0/0"), "networks_at_authorize": False}
    assert said(network_is_allowed(replace(ask(PUBLIC, "authorize", **rules), address="192.0.2.1"))) is None
    assert said(network_is_allowed(replace(ask(PUBLIC, "token", **rules), address="192.0.2.1"))) == NETWORK


@pytest.mark.parametrize(
    ("question", "denial"),
    [
        (ask(SERVICE, "token", CREDENTIALS), None),
        (replace(ask(SERVICE, "token", "password", networks=compiled("deny ::/0")), address="::1"), NETWORK),
        (ask(READER, "introspect"), None),
        (ask(PUBLIC, "revoke"), None),
        (ask(SERVICE, "token", "password", usable=False), INACTIVE),
        (ask(PUBLIC, "introspect", usable=False), INACTIVE),
        (ask(SERVICE, "token", "password"), LEGACY_OFF),
        (ask(SERVICE, "token", "password", grants=frozenset({"password"})), LEGACY_OFF),
        (ask(PUBLIC, "authorize", "implicit", grants=frozenset({"implicit"})), LEGACY_OFF_AT_AUTHORIZE),
        (ask(SERVICE, "introspect"), MAY_NOT),
    ],
)
def test_the_first_check_that_denies_speaks(question: Question, denial: Denial) -> None:
    assert said(evaluate(question)) == denial


def test_every_check_of_the_room_stands_in_the_table_and_each_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = {name for name, value in vars(room).items() if callable(value) and value.__module__ == room.__name__}
    checks = {name for name in ours if not name.startswith("_")}
    assert {check.__name__ for check in CHECKS} == checks - {"Question", "evaluate"}
    asked: list[int] = []

    def asking(number: int) -> Any:
        def check(_: Question) -> Decision:
            asked.append(number)
            return ALLOW

        return check

    monkeypatch.setattr(room, "CHECKS", tuple(asking(number) for number in range(3)))
    assert room.evaluate(ask(SERVICE, "token")) is ALLOW
    assert asked == [0, 1, 2]


def test_a_denial_keeps_its_private_detail_out_of_its_public_sentence() -> None:
    decision = grant_is_selected(ask(SERVICE, "token", "<script>"))
    assert isinstance(decision, Deny)
    assert decision.detail == "<script>"
    assert "script" not in decision.sentence


@pytest.mark.parametrize(
    ("delays", "method", "expected"),
    [
        ({}, "POST", None),
        ({"": (1, 2)}, "POST", (1, 2)),
        ({"": (1, 2), "POST": (3, 4)}, "POST", (3, 4)),
        ({"": (1, 2), "POST": (3, 4)}, "GET", (1, 2)),
        ({"": (1, 2), "POST": (0, 0)}, "POST", (0, 0)),
        ({"GET": (3, 4)}, "POST", None),
    ],
)
def test_r40_the_rule_of_a_method_goes_before_the_rule_of_any(
    delays: dict[str, tuple[int, int]], method: str, expected: tuple[int, int] | None
) -> None:
    assert replace(SERVICE, delays=MappingProxyType(delays)).delay_for(method) == expected
