"""RFC 7636, RFC 8252 §7.3, RFC 8707: the rules alone, without a database."""

from __future__ import annotations

import pytest

from policies.resources import Reach, ResourceRefused, named, narrowed, only_with
from policies.scopes import ScopeFacts
from tokens import pkce, redirects

pytestmark = pytest.mark.once
# RFC 7636 appendix B
VERIFIER, CHALLENGE = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_rfc7636_the_example_of_the_standard_is_a_proof() -> None:
    assert pkce.is_proof(VERIFIER, challenge=CHALLENGE)


@pytest.mark.parametrize(
    "verifier", [VERIFIER[:-1], VERIFIER + "x", "", "short", CHALLENGE, VERIFIER[:-1] + "é", "a" * 129]
)
def test_rfc7636_anything_else_is_none(verifier: str) -> None:
    assert not pkce.is_proof(verifier, challenge=CHALLENGE)


@pytest.mark.parametrize(
    ("challenge", "method", "required", "refused"),
    [
        (CHALLENGE, "S256", True, False),
        (CHALLENGE, "S256", False, False),
        (None, None, False, False),
        (None, None, True, True),
        (None, "S256", False, True),
        (CHALLENGE, None, False, True),
        (CHALLENGE, "plain", False, True),
        (CHALLENGE, "s256", False, True),
        ("", "S256", False, True),
        ("a", "S256", False, True),
        (CHALLENGE + "=", "S256", False, True),
        (CHALLENGE + "\n", "S256", False, True),
    ],
)
def test_r62_only_s256_in_its_one_form(
    challenge: str | None, method: str | None, required: bool, refused: bool
) -> None:
    assert bool(pkce.challenge_fault(challenge, method, required=required)) is refused


@pytest.mark.parametrize(
    ("requested", "registered", "same"),
    [
        ("https://a.example/b", "https://a.example/b", True),
        ("https://a.example:444/b", "https://a.example/b", False),
        ("http://127.0.0.1:1/b", "http://127.0.0.1/b", True),
        ("http://127.0.0.1:1/b", "http://127.0.0.1:2/b", True),
        ("http://127.0.0.1/b", "http://127.0.0.1:2/b", True),
        ("http://127.0.0.1:1", "http://127.0.0.1", True),
        ("http://127.0.0.1:1?x", "http://127.0.0.1?x", True),
        ("http://127.9.0.1:1/b", "http://127.9.0.1/b", True),
        ("http://127.0.0.1:/b", "http://127.0.0.1/b", False),
        ("http://127.0.0.1:65536/b", "http://127.0.0.1/b", False),
        ("http://[::1]:1/b", "http://[::1]/b", True),
        ("http://[::1]:1/b", "http://127.0.0.1/b", False),
        ("http://[0:0:0:0:0:0:0:1]:1/b", "http://[::1]/b", False),
        ("http://[::1:1/b", "http://[::1]/b", False),
        ("http://10.0.0.1:1/b", "http://10.0.0.1/b", False),
        ("http://2130706433:1/b", "http://127.0.0.1/b", False),
        ("http://localhost:1/b", "http://localhost/b", False),
        ("HTTP://127.0.0.1:1/b", "http://127.0.0.1/b", False),
        ("https://127.0.0.1:1/b", "https://127.0.0.1/b", False),
        ("http://127.0.0.1:1/b\n", "http://127.0.0.1/b", False),
        ("http://127.0.0.1:1@evil.example/b", "http://127.0.0.1/b", False),
    ],
)
def test_r5_redirects_are_the_same_text_but_for_the_port_of_a_loopback_literal(
    requested: str, registered: str, same: bool
) -> None:
    assert redirects.matches(requested, registered) is same


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        ("https://a.example/b?c", "https://a.example"),
        ("https://a.example:444/b", "https://a.example:444"),
        ("http://127.0.0.1:5/b", "http://127.0.0.1:5"),
        ("http://[::1]:5/b", "http:"),
        ("com.example.app:/b", "com.example.app:"),
    ],
)
def test_the_form_action_source_of_a_redirect(uri: str, source: str) -> None:
    assert redirects.form_action_source(uri) == source


ORDERS, MAIL = "https://orders.example", "https://mail.example"
CATALOGUE = {
    name: ScopeFacts(is_default=False, is_sensitive=False, audience=audience)
    for name, audience in {"ping": None, "orders.read": ORDERS, "mail.send": MAIL}.items()
}
WHOLE = Reach(scopes=("ping", "orders.read", "mail.send"), audiences=(ORDERS, MAIL))


@pytest.mark.parametrize(
    ("to", "scopes"),
    [
        ((), ("ping", "orders.read", "mail.send")),
        ((ORDERS,), ("ping", "orders.read")),
        ((MAIL, ORDERS), ("ping", "orders.read", "mail.send")),
    ],
)
def test_rfc8707_naming_resources_leaves_their_scopes_and_those_of_no_api(
    to: tuple[str, ...], scopes: tuple[str, ...]
) -> None:
    left = narrowed(WHOLE, to=to, catalogue=CATALOGUE)
    assert (left.scopes, left.audiences) == (scopes, to or WHOLE.audiences)


def test_rfc8707_a_resource_that_no_scope_belongs_to_is_an_invalid_target() -> None:
    with pytest.raises(ResourceRefused):
        narrowed(only_with(("ping",), of=WHOLE, catalogue=CATALOGUE), to=(ORDERS,), catalogue=CATALOGUE)


@pytest.mark.parametrize(
    "text", ["orders", "/orders", "https://a.example#x", "https://[::1", "x:" + "y" * 2000, "a:b " * 30]
)
def test_rfc8707_a_resource_is_an_absolute_uri_without_a_fragment(text: str) -> None:
    """§2: it MUST be an absolute URI and MUST NOT include a fragment component."""
    with pytest.raises(ResourceRefused):
        named(text)


def test_rfc8707_a_scope_whose_api_has_another_audience_now_is_left_out() -> None:
    """Else the token would lose its audience and be seen by everybody who introspects."""
    moved = {
        **CATALOGUE,
        "orders.read": ScopeFacts(is_default=False, is_sensitive=False, audience="https://new.example"),
    }
    held = only_with(WHOLE.scopes, of=WHOLE, catalogue=moved)
    assert narrowed(held, to=(), catalogue=moved) == Reach(scopes=("ping", "mail.send"), audiences=(MAIL,))
