"""What holds of the evaluator for every question: it answers, always alike, and by its first denial."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.rules import grant_types
from policies import client_address
from policies.decision import Allow, Deny, Spent
from policies.evaluate import BY_ENDPOINT, Outcome, evaluate, settle
from policies.networks import compiled
from policies.question import ENDPOINTS, Question, TokenFacts
from policies.scopes import REGISTERED_CLIENT, AllowedScope
from tests.policies.test_evaluate import BILLING, NOW, ORDERS, SERVER, SERVICE

pytestmark = pytest.mark.once

GRANTS = (*(grant.value for grant in grant_types.GRANT_TYPES), grant_types.REFRESH_TOKEN)
SCOPES = ("orders.read", "billing.read", "openid", "authorization.introspect", "orders.*", "*", "nothing")
SCOPE_TEXTS = st.one_of(st.none(), st.text(max_size=30), st.lists(st.sampled_from(SCOPES), max_size=4).map(" ".join))
ADDRESSES = st.one_of(
    st.sampled_from(("", "no address", "10.1.2.3", "192.0.2.7", "::ffff:10.1.2.3")), st.ip_addresses().map(str)
)
RULES = st.lists(
    st.builds(
        "{} {}".format,
        st.sampled_from(("allow", "deny", "watch allow", "watch deny")),
        st.sampled_from(("10.0.0.0/8", "192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "::/0")),
    ),
    max_size=4,
    unique=True,
).map("\n".join)
CLIENTS = st.builds(
    lambda **changes: replace(SERVICE, **changes),
    confidential=st.booleans(),
    usable=st.booleans(),
    grants=st.frozensets(st.sampled_from(GRANTS), max_size=4),
    allowed_scope=st.lists(st.sampled_from(SCOPES), max_size=4).map(" ".join).map(AllowedScope),
    refresh_limit=st.one_of(st.none(), st.integers(0, 3)),
    auth_method=st.sampled_from(("", "client_secret_basic", "client_secret_post", "private_key_jwt")),
    networks=RULES.map(compiled),
    networks_at_authorize=st.booleans(),
)
TOKENS = st.one_of(
    st.none(),
    st.builds(
        TokenFacts,
        scopes=st.frozensets(st.sampled_from(SCOPES), max_size=3),
        audiences=st.frozensets(st.sampled_from((ORDERS, BILLING)), max_size=2),
        fault=st.sampled_from(("", "", "expired")),
    ),
)
QUESTIONS = st.builds(
    Question,
    server=st.builds(
        lambda **changes: replace(SERVER, **changes), https_required=st.booleans(), legacy_grants=st.booleans()
    ),
    client=CLIENTS,
    endpoint=st.sampled_from(sorted(ENDPOINTS)),
    now=st.just(NOW),
    grant_type=st.one_of(st.none(), st.sampled_from(GRANTS), st.text(max_size=8)),
    scope=SCOPE_TEXTS,
    resource=st.one_of(st.none(), st.sampled_from((ORDERS, BILLING, "https://elsewhere.example", "no uri"))),
    address=ADDRESSES.map(client_address.read),
    method=st.sampled_from(("GET", "POST", "DELETE")),
    authentication=st.sampled_from(("", "none", "bearer", "client_secret_basic", "client_secret_post")),
    https=st.booleans(),
    token=TOKENS,
)
MANY = settings(max_examples=300, deadline=None, derandomize=True, database=None)


@MANY
@given(question=QUESTIONS)
def test_r38_the_evaluator_is_total_and_deterministic_and_says_alike_whether_it_is_watched_or_not(
    question: Question,
) -> None:
    decision = evaluate(question)
    seen: list[Outcome] = []
    assert evaluate(question, seen=seen) == decision == evaluate(question)
    assert [outcome.stage for outcome in seen] == list(BY_ENDPOINT[question.endpoint])
    denials = [outcome.decision for outcome in seen if isinstance(outcome.decision, Deny)]
    assert isinstance(decision, Allow) if not denials else decision is not None and decision == denials[0]


@MANY
@given(question=QUESTIONS)
def test_r34_what_is_granted_is_allowed_to_the_client_and_stands_in_the_catalogue(question: Question) -> None:
    decision = evaluate(question)
    if isinstance(decision, Allow):
        granted = [name for name in decision.reach.scopes if name != REGISTERED_CLIENT]
        assert set(granted) <= set(question.server.catalogue)
        assert all(question.client.allowed_scope.allows(name) for name in granted)
        assert not question.scope or set(granted) <= set(question.scope.split()) or "*" in question.scope


@MANY
@given(question=QUESTIONS, moment=st.datetimes(timezones=st.just(UTC)))
def test_no_check_looks_at_a_clock(question: Question, moment: datetime) -> None:
    assert evaluate(replace(question, now=moment)) == evaluate(question)


@MANY
@given(question=QUESTIONS)
def test_r46_nothing_is_allowed_to_a_client_that_is_not_active(question: Question) -> None:
    assert isinstance(evaluate(replace(question, client=replace(question.client, usable=False))), Deny)


@MANY
@given(question=QUESTIONS, taken=st.integers(1, 6), watched=st.booleans())
def test_r41_a_budget_only_ever_takes_away_and_a_watched_one_takes_nothing(
    question: Question, taken: int, watched: bool
) -> None:
    decision = evaluate(question)
    spent = Spent(rule="any 3 per 60s", limit=3, taken=taken, resets_in=10, watched=watched)
    settled = settle(decision, spent)
    if isinstance(decision, Deny):
        assert settled == decision
    else:
        assert isinstance(settled, Deny) is (taken > 3 and not watched)
