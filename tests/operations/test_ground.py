"""The ground that tests stand on says what is missing, and leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.ground import parts
from tests.ground.parts import Part
from tests.ground.processes import alive, children, wait_until
from tests.ground.server import ROOT

pytestmark = pytest.mark.once

ABSENT = Part(
    name="absent", title="A program", programs=("no-such-program",), choices=(("no-such-package",),), tests="nothing"
)


def test_a_test_that_is_left_out_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setitem(parts.PARTS, "absent", ABSENT)
    with pytest.raises(pytest.skip.Exception, match="apt-get install no-such-package"):
        parts.need("absent")


def test_with_ci_set_a_test_that_is_left_out_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setitem(parts.PARTS, "absent", ABSENT)
    with pytest.raises(pytest.fail.Exception, match="left out: A program is missing"):
        parts.need("absent")


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_missing_parts_are_named_and_count_in_ci(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ci: str, code: int
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(parts, "PARTS", {"absent": ABSENT})
    monkeypatch.setattr(parts, "_install", lambda _: None)
    assert parts.bring() == code
    assert "Left out: nothing. A program is missing; on Debian: apt-get install" in capsys.readouterr().out


SESSION = """
import time
from tests.ground import redis, shared
from tests.ground.server import new_server
redis.new_database()
server = new_server(on_postgresql=False).start()
print(server.pid, shared.folder(), flush=True)
time.sleep(600)
"""


def test_a_killed_test_session_leaves_no_server_behind(tmp_path_factory: pytest.TempPathFactory) -> None:
    parts.need("redis")
    environment = {"PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path_factory.mktemp("session"))}
    with subprocess.Popen(
        [sys.executable, "-c", SESSION], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as session:
        assert session.stdout is not None
        pid = int(session.stdout.readline().split()[0])
        family = [pid, *children(session.pid), *children(pid)]
        session.kill()
    wait_until(lambda: not any(alive(one) for one in family), seconds=20, what="every server has ended")
