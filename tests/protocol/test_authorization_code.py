"""RFC 6749 §4.1, RFC 7636: from the authorization request over consent to tokens, and what codes are refused."""

from __future__ import annotations

import pytest

from tests.protocol.authorizing import BACK, PROOF, Browser, Proof, is_active, redeem, refresh, request_of
from tests.protocol.caller import Caller
from tests.protocol.conftest import as_client
from tests.protocol.test_token_endpoint import is_refused


def test_r23_from_sign_in_over_consent_to_a_code_and_its_tokens(machine: Caller) -> None:
    browser = Browser(f"http://{machine.host}:{machine.port}")
    asked = browser.authorize(prompt="consent")
    assert asked.status == 302
    assert asked.location.startswith("/sign-in/?next=")
    back = browser.sign_in(at=asked.location)
    page = browser.get(back.location)
    assert "Returns portal" in page.text
    assert "web.example" in page.text
    answer = browser.allow(page)
    assert answer.status == 303
    assert answer.location.startswith(BACK + "?")
    assert set(answer.parameters) == {"code", "state", "iss"}
    assert answer.parameters["state"] == request_of()["state"]
    assert answer.parameters["iss"] == browser.url
    tokens = redeem(machine, answer.code)
    assert tokens.status == 200, tokens.text
    assert set(tokens.json) == {"access_token", "token_type", "expires_in", "scope", "refresh_token"}
    assert (tokens.headers["Cache-Control"], tokens.headers["Pragma"]) == ("no-store", "no-cache")
    said = machine.introspect(tokens.json["access_token"], authorization=as_client("reader"))
    assert (said["username"], said["client_id"], said["scope"]) == ("mara", "web", "ping")
    assert len(said["sub"]) == 36
    again = refresh(machine, tokens.json["refresh_token"])
    assert again.status == 200, again.text
    assert is_active(machine, again.json["access_token"])


def test_a_replayed_code_ends_everything_that_was_issued_from_it(machine: Caller, browser: Browser) -> None:
    """RFC 6749 §4.1.2: MUST deny the request and SHOULD revoke all tokens previously issued (§10.5)."""
    code = browser.code()
    tokens = redeem(machine, code).json
    newer = refresh(machine, tokens["refresh_token"]).json
    is_refused(redeem(machine, code), 400, "invalid_grant")
    assert not is_active(machine, tokens["access_token"])
    assert not is_active(machine, newer["access_token"])
    is_refused(refresh(machine, newer["refresh_token"]), 400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code": "asg_" + "0" * 52}, "invalid_grant"),
        ({"code": "rubbish"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"redirect_uri": BACK + "/"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"code_verifier": Proof().verifier}, "invalid_grant"),
        ({"code_verifier": PROOF.challenge}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_grant"),
        ({"code_verifier": "v" * 200}, "invalid_grant"),
        ({"code_verifier": "é" * 43}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"resource": "https://unknown.example"}, "invalid_target"),
    ],
)
def test_a_code_is_bound_to_what_it_was_asked_with_and_a_wrong_try_does_not_use_it_up(
    machine: Caller, browser: Browser, changes: dict[str, str | None], error: str
) -> None:
    """RFC 6749 §4.1.3, RFC 7636 §4.6."""
    code = browser.code()
    wrong = redeem(machine, code, **changes) if "code" not in changes else redeem(machine, changes["code"] or "")
    is_refused(wrong, 400, error)
    assert redeem(machine, code).status == 200


def test_another_clients_code_is_refused_and_stays_good(machine: Caller, browser: Browser) -> None:
    code = browser.code()
    is_refused(redeem(machine, code, authorization=as_client("thrice")), 400, "invalid_grant")
    is_refused(redeem(machine, code, client_id="phone"), 400, "invalid_grant")
    assert redeem(machine, code).status == 200


def test_rfc9700_a_verifier_without_a_challenge_is_refused(machine: Caller, browser: Browser) -> None:
    """§2.1.1: a token request with a verifier MUST be rejected where the code was asked without a challenge."""
    asked = {"client_id": "query", "redirect_uri": "https://q.example/back?a=1", "code_challenge": None,
             "code_challenge_method": None}  # fmt: skip
    code = browser.code(**asked)
    wrong = redeem(machine, code, authorization=as_client("query"), redirect_uri=asked["redirect_uri"])
    is_refused(wrong, 400, "invalid_grant")
    right = redeem(
        machine, code, authorization=as_client("query"), redirect_uri=asked["redirect_uri"], code_verifier=None
    )
    assert right.status == 200


def test_rfc8252_a_public_client_redeems_by_naming_itself_and_is_asked_for_consent_each_time(
    machine: Caller, browser: Browser
) -> None:
    """§8.6, §8.4; RFC 6749 §3.2.1."""
    redirect = "http://127.0.0.1:50123/back"
    code = browser.code(client_id="phone", redirect_uri=redirect)
    is_refused(
        redeem(machine, code, client_id="phone", redirect_uri="http://127.0.0.1:50124/back"), 400, "invalid_grant"
    )
    tokens = redeem(machine, code, client_id="phone", redirect_uri=redirect)
    assert tokens.status == 200, tokens.text
    assert refresh(machine, tokens.json["refresh_token"], client_id="phone").status == 200
    assert browser.authorize(client_id="phone", redirect_uri=redirect).status == 200
    is_refused(redeem(machine, "x", client_id="phone", client_secret="x"), 401, "invalid_client")


def test_r62_public_clients_use_pkce_always(browser: Browser) -> None:
    answer = browser.authorize(
        client_id="phone", redirect_uri="https://phone.example/back", code_challenge=None, code_challenge_method=None
    )
    assert answer.parameters["error"] == "invalid_request"


def test_a_confidential_client_must_still_authenticate(machine: Caller, browser: Browser) -> None:
    code = browser.code()
    is_refused(redeem(machine, code, client_id="web"), 401, "invalid_client")
    is_refused(redeem(machine, code, authorization=""), 401, "invalid_client")
    assert redeem(machine, code).status == 200


def test_r21_r30_a_client_without_the_grant_or_without_refreshing_is_unauthorized(machine: Caller) -> None:
    is_refused(redeem(machine, "x", authorization=as_client("service")), 400, "unauthorized_client")
    is_refused(refresh(machine, "x", authorization=as_client("service")), 400, "unauthorized_client")
    is_refused(refresh(machine, "x", authorization=as_client("query")), 400, "unauthorized_client")


def test_r29_r30_no_refresh_token_where_the_limit_is_nought_or_the_grant_has_none(
    machine: Caller, browser: Browser
) -> None:
    asked = {"client_id": "query", "redirect_uri": "https://q.example/back?a=1"}
    tokens = redeem(
        machine, browser.code(**asked), authorization=as_client("query"), redirect_uri=asked["redirect_uri"]
    )
    assert "refresh_token" not in tokens.json
    assert "refresh_token" not in machine.post("/token", {"grant_type": "client_credentials"}).json


def test_duplicates_at_the_token_endpoint_are_refused_but_for_resource(machine: Caller, browser: Browser) -> None:
    code = browser.code(scope="ping orders.read mail.send")
    form = (
        f"grant_type=authorization_code&code={code}&redirect_uri={BACK}&code_verifier={PROOF.verifier}"
        "&resource=https://orders.example&resource=https://mail.example"
    )
    twice = machine.post("/token", f"{form}&code={code}".encode(), authorization=as_client("web"))
    is_refused(twice, 400, "invalid_request")
    response = machine.post("/token", form.encode(), authorization=as_client("web"))
    assert response.json["scope"] == "ping orders.read mail.send"


# ── Introspection and revocation of what users allowed (R56, R57) ──


@pytest.mark.parametrize("half", ["access_token", "refresh_token"])
def test_r57_revoking_either_half_ends_both(machine: Caller, browser: Browser, half: str) -> None:
    tokens = redeem(machine, browser.code()).json
    newer = refresh(machine, tokens["refresh_token"]).json
    assert machine.post("/revoke", {"token": newer[half]}, authorization=as_client("thrice")).status == 200
    assert is_active(machine, newer["access_token"])
    assert machine.post("/revoke", {"token": newer[half]}, authorization=as_client("web")).status == 200
    for token in (tokens["access_token"], newer["access_token"]):
        assert not is_active(machine, token)
    is_refused(refresh(machine, newer["refresh_token"]), 400, "invalid_grant")


def test_r57_a_public_client_revokes_its_refresh_token(machine: Caller, browser: Browser) -> None:
    redirect = "https://phone.example/back"
    code = browser.code(client_id="phone", redirect_uri=redirect)
    tokens = redeem(machine, code, client_id="phone", redirect_uri=redirect).json
    form = {"token": tokens["refresh_token"], "token_type_hint": "refresh_token", "client_id": "phone"}
    assert machine.post("/revoke", form, authorization="").status == 200
    assert not is_active(machine, tokens["access_token"])


def test_rfc7662_a_refresh_token_is_nobodys_but_its_clients(machine: Caller, browser: Browser) -> None:
    """A resource server that is given one must not take it for access (RFC 7662 §4)."""
    tokens = redeem(machine, browser.code()).json
    assert not is_active(machine, tokens["refresh_token"])
