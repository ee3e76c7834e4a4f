"""The API held to its own schema by schemathesis, with every check on, on PostgreSQL: what it sends, sound and unsound,
it makes from the schema. No answer may be a fault of ours, or another than the schema says.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.permissions import Permission, scope_of
from authserver.api import OPERATIONS
from tests.ground.running import MakeServer
from tests.ground.server import Server
from tests.protocol.caller import Caller, basic

pytestmark = pytest.mark.once
SECRET = "a-secret-of-a-role-42"
# The administrator meets every edge of every schema, the others a few requests of each operation.
PHASES = {
    "Administrator": ("examples,coverage,fuzzing,stateful", 4),
    "Client manager": ("fuzzing,stateful", 3),
    "Auditor": ("fuzzing,stateful", 3),
    "Developer": ("fuzzing,stateful", 3),
}
# What the schema cannot say, such as that an owner exists, is refused by a rule: 400 is no less an answer to it.
CONFIGURATION = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "412", "429"]
[checks.missing_required_header]
expected-statuses = [428, 400, 401, 403, 404]
"""


def name_of(role: str) -> str:
    return f"as-{role.lower().replace(' ', '-')}"


@pytest.fixture(scope="module")
def running(server: MakeServer) -> Server:
    """A caller of each role, whose own client nobody ends: it is protected, and that binds the API here."""
    one = server(on_postgresql=True)
    clients = [
        {"clientId": name_of(role), "name": role, "grants": ["client_credentials"], "owner": "mara",
         "clientSecret": SECRET, "allowedScope": "*"}
        for role in PHASES
    ]  # fmt: skip
    accounts = [{"username": name_of(role), "groups": [role], "allowedScope": "*"} for role in PHASES]
    mara = {"username": "mara", "isSuperuser": True}
    document = {"users": [mara, *accounts], "clients": clients, "settings": {"protectionBindsApi": True}}
    one.manage("apply", "-", text=json.dumps(document))
    one.shell("from clients.models import Client; Client.objects.filter(client_id__startswith='as-').update("
              "is_protected=True, protected_reason='They call.')")  # fmt: skip
    return one


@pytest.mark.parametrize("role", PHASES)
def test_every_operation_keeps_to_the_schema_as_each_role(running: Server, role: str, tmp_path: Path) -> None:
    scope = " ".join(scope_of(permission) for permission in Permission)
    form = {"grant_type": "client_credentials", "scope": scope}
    token = Caller(running.url, authorization=basic(name_of(role), SECRET)).post("/token", form).json["access_token"]
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    phases, examples = PHASES[role]
    done = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run",
         f"{running.url}/api/schema", "--header", f"Authorization: Bearer {token}", "--checks", "all",
         "--phases", phases, "--max-examples", str(examples), "--seed", "1", "--no-color", "--warnings", "off",
         "--suppress-health-check", "all", "--generation-database", "none", "--continue-on-failure"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert f"Tested: {len(OPERATIONS)}" in done.stdout
