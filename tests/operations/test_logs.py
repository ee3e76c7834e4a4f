"""Nothing secret reaches the log (R16): by name, by form, or inside an exception."""

from __future__ import annotations

import json
import logging

import pytest
from django.test import RequestFactory

from authserver.logs import HIDDEN, hide_secrets
from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol.caller import Caller, basic

SECRET = "asc_0123456789abcdefghijklmnop"


@pytest.mark.parametrize(
    "name",
    ["client_secret", "clientSecret", "password", "new_password1", "access_token", "refresh_token", "id_token",
     "authorization", "HTTP_AUTHORIZATION", "cookie", "Set-Cookie", "client_assertion", "code_verifier", "code",
     "private_key", "sessionid", "AUTHSERVER_SECRET_KEY"],
)  # fmt: skip
def test_r16_a_value_under_a_secret_name_is_hidden(name: str) -> None:
    assert hide_secrets(None, "", {name: "whatever it is"}) == {name: HIDDEN}


@pytest.mark.parametrize(
    "text",
    [f"refused {SECRET}", "asa_0123456789abcdefghijklmnop", "Authorization: Basic YWxhZGRpbjpvcGVu",
     "authorization: bearer abcdefghijklmnop", f"https://auth.example.com/set-up/asu_{'x' * 43}/"],
)  # fmt: skip
def test_r16_a_credential_inside_another_value_is_hidden(text: str) -> None:
    shown = hide_secrets(None, "", {"event": text})["event"]
    assert HIDDEN in shown
    assert not any(part in shown for part in (SECRET, "0123456789abcdefgh", "YWxhZGRpbjpvcGVu", "abcdefghijklmnop"))


def test_r16_a_credential_in_an_object_that_is_logged_is_hidden() -> None:
    """Django logs the request that it refuses: the set-up link stands in its path."""
    request = RequestFactory().post(f"/set-up/asu_{'x' * 43}/")
    assert "x" * 16 not in str(hide_secrets(None, "", {"event": "Forbidden", "request": request}))


def test_what_a_sender_chose_stays_one_line_of_bounded_length() -> None:
    path = "/clients/\r\n2026 [info] forged\x00\u2028" + "a" * 60_000
    shown = hide_secrets(None, "", {"path": path, "exception": "Traceback\n  line\n" * 10_000})
    assert len(shown["path"]) < 1100
    assert shown["path"].isprintable()
    assert len(shown["exception"]) <= 20_000
    assert "\n" in shown["exception"]


@pytest.mark.parametrize("name", ["client_id", "status", "path", "error_code", "reference"])
def test_what_is_no_secret_stays(name: str) -> None:
    assert hide_secrets(None, "", {name: "as it is"}) == {name: "as it is"}


@pytest.mark.once
def test_r16_a_secret_inside_an_exception_is_hidden_in_production_lines(capsys: pytest.CaptureFixture[str]) -> None:
    from authserver.logs import logging_settings

    try:
        logging_settings(development=False)
        try:
            raise ValueError(f"bad secret {SECRET}")
        except ValueError:
            logging.getLogger("authserver.test").exception("It went wrong with %s.", SECRET)
    finally:
        logging_settings(development=True)
    line = json.loads(capsys.readouterr().err.strip().splitlines()[-1])
    assert SECRET not in json.dumps(line)
    assert "ValueError" in line["exception"]
    assert line["level"] == "error"


@pytest.mark.once
def test_r16_requests_with_secrets_leave_none_in_the_log(shared_server: Server) -> None:
    caller = Caller(shared_server.url)
    form = {"grant_type": "client_credentials", "client_secret": SECRET, "client_id": "nobody"}
    assert caller.post("/token", form).status == 401
    assert caller.post("/token", {"grant_type": "client_credentials"}, authorization=basic("x", SECRET)).status == 401
    assert caller.send("POST", f"/token?client_secret={SECRET}", b"", {}).status in (400, 415)
    assert caller.send("GET", f"/nowhere/{SECRET}/").status in (302, 404)
    assert caller.post("/sign-in/", {"username": "ada", "password": SECRET}).status in (200, 302, 403)
    log = shared_server.log_text()
    assert SECRET not in log
    assert SECRET[4:] not in log


@pytest.mark.once
def test_every_page_request_is_one_line_with_its_request_id(shared_server: Server) -> None:
    response = Caller(shared_server.url).send("GET", "/sign-in/")
    request_id = response.headers["X-Request-Id"]
    lines = [line for line in shared_server.log_text().splitlines() if request_id in line]
    assert len(lines) == 1
    assert "path=/sign-in/" in lines[0]
    assert "status=200" in lines[0]


def test_every_event_of_the_trail_is_one_line_once_it_stands(server: MakeServer) -> None:
    """And none that was rolled back."""
    running = server(started=False)
    code = (
        "import audit, contextlib; from django.db import transaction\n"
        "mara, client = audit.Actor('mara', 7, '192.0.2.1'), audit.Subject('client', 3, 'C')\n"
        "audit.record('client.changed', actor=mara, subject=client)\n"
        "with contextlib.suppress(ZeroDivisionError), transaction.atomic():\n"
        "    audit.record('client.deleted', actor=audit.SYSTEM)\n"
        "    1 / 0\n"
    )
    said = running.run("shell", "--no-imports", "-c", code)
    assert said.returncode == 0, said.stderr
    (line,) = [line for line in said.stderr.splitlines() if "audit.event" in line]
    assert "client.changed" in line
    assert "mara" in line
    assert "192.0.2.1" in line
