"""What the scripts of other sites may call and read (CORS), as applications in the browser need it."""

from __future__ import annotations

import pytest

from tests.protocol.caller import Caller, Response

OPEN = {
    "/token": "POST",
    "/revoke": "POST",
    "/userinfo": "GET, POST",
    "/jwks": "GET",
    "/.well-known/oauth-authorization-server": "GET",
    "/.well-known/openid-configuration": "GET",
}
CLOSED = (
    "/authorize",
    "/introspect",
    "/device_authorization",
    "/end_session",
    "/healthz/ready",
    "/sign-in/",
    "/clients/",
)


def preflight(machine: Caller, path: str) -> Response:
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    return machine.send("OPTIONS", path, headers=asked)


@pytest.mark.parametrize("path", OPEN)
def test_a_script_of_any_origin_may_call_what_an_application_in_the_browser_needs(machine: Caller, path: str) -> None:
    asked = preflight(machine, path)
    assert (asked.status, asked.text) == (204, "")
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert asked.headers["Access-Control-Allow-Methods"] == OPEN[path]
    assert asked.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
    # Refusals too: the application is to read the error.
    answer = machine.send(OPEN[path].partition(",")[0], path, headers={"Origin": "https://app.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    for response in (asked, answer):  # without it no browser sends or shows anything that it holds for this server
        assert response.headers["Access-Control-Allow-Credentials"] is None


@pytest.mark.parametrize("path", CLOSED)
def test_pages_and_what_servers_call_stay_closed_to_scripts_of_other_sites(machine: Caller, path: str) -> None:
    for response in (preflight(machine, path), machine.send("GET", path, headers={"Origin": "https://app.example"})):
        assert [name for name in response.headers if name.lower().startswith("access-control-")] == []


def test_a_plain_options_request_is_no_question_of_a_browser(machine: Caller) -> None:
    assert machine.send("OPTIONS", "/token").status == 405
