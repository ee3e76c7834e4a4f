"""`manage.py export`: the whole configuration as the document that `apply` reads; and onto an empty server with it."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import User
from audit.models import Event
from authserver.configuration.shape import schema
from clients.models import Client
from tests.configuration.conftest import Apply
from tests.configuration.test_apply import PASSWORD, WHOLE
from tests.ground.running import MakeServer

MORE: dict[str, Any] = {
    "groups": [{"name": "Ops", "description": "Night shift"}],
    "namespaces": [{"name": "eu", "description": "Europe", "administrators": ["ada"]}, {"name": "us"}],
    "clients": [
        {
            "clientId": "orders",
            "namespaces": ["eu", "us"],
            "primaryNamespace": "eu",
            "allowedIpRules": [{"cidr": "10.0.0.0/8", "action": "allow", "note": "Inside"}],
            "rateLimitRules": [{"method": "any", "limit": 9, "period": 60, "minDelay": 0, "maxDelay": 0}],
            "apiPermissions": ["audit.view"],
            "active": False,
        },
        {"clientId": "phone", "accessTokenLifetime": "never", "refreshLimit": "unlimited"},
    ],
}


def exported(*arguments: str) -> dict[str, Any]:
    output = io.StringIO()
    call_command("export", *arguments, stdout=output)
    document: dict[str, Any] = json.loads(output.getvalue())
    return document


def settled(document: dict[str, Any]) -> dict[str, Any]:
    """Without what each server gives by itself: sequence numbers and times."""
    clients = [{key: value for key, value in row.items() if key not in ("id", "meta")} for row in document["clients"]]
    return {**document, "clients": clients}


def test_the_export_applied_to_an_empty_server_gives_an_equal_export(server: MakeServer) -> None:
    """Issue 7, 3: by processes of their own, on two stores; and applied again it plans nothing."""
    full, empty = server(started=False), server(started=False)
    for document in (WHOLE, MORE):
        full.manage("apply", "-", text=json.dumps(document))
    text = full.manage("export")
    assert "Plan: 9 to add" in empty.manage("apply", "-", "--plan", text=text)
    empty.manage("apply", "-", text=text)
    again = empty.manage("export")
    assert settled(json.loads(again)) == settled(json.loads(text))
    assert "Nothing to change" in empty.manage("apply", "-", "--plan", "--prune", text=text)
    assert "Nothing to change" in full.manage("apply", "-", "--plan", "--prune", text=again)


def test_no_password_secret_or_hash_leaves(apply: Apply) -> None:
    apply(WHOLE)
    text = json.dumps(exported())
    assert PASSWORD not in text
    assert "argon2" not in text
    assert WHOLE["clients"][0]["clientSecret"] not in text
    assert "clientSecret" not in {key for row in exported()["clients"] for key in row}


def test_the_keys_are_those_of_the_schema_and_rows_stand_by_name(apply: Apply) -> None:
    apply(WHOLE)
    apply(MORE)
    document = exported()
    assert list(document) == ["settings", "groups", "users", "namespaces", "apis", "scopes", "clients"]
    for section, shape in schema()["properties"].items():
        keys = set((shape.get("items") or shape)["properties"])
        rows = document[section] if isinstance(document[section], list) else [document[section]]
        assert {key for row in rows for key in row} <= keys, section
    assert [row["clientId"] for row in document["clients"]] == ["admin", "orders", "phone", "push", "reports"]
    assert list(document["clients"][0])[:4] == ["id", "name", "clientId", "clientSecretEncoded"]  # R48
    assert [row["username"] for row in document["users"]] == ["ada", "reports"]
    assert document["users"][1] == {"username": "reports", "groups": ["Ops"], "allowedScope": "orders.read"}


def test_many_rows_come_in_batches_and_each_once(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("authserver.configuration.exporting.BATCH", 3)
    User.objects.bulk_create(User(username=f"person {number}") for number in range(10))
    assert [row["username"] for row in exported("--section", "users")["users"]] == [f"person {n}" for n in range(10)]


def test_deleted_rows_and_the_development_client_stay_behind(apply: Apply) -> None:
    """R61: a document from development must not bring `test` to production."""
    apply(WHOLE)
    apply({"clients": [{"clientId": "phone", "softDeleted": True}]})
    assert Client.objects.filter(client_id__in=["phone", "test"]).count() == 2
    assert [row["clientId"] for row in exported()["clients"]] == ["admin", "orders", "push", "reports"]


def test_a_section_alone_and_the_event(apply: Apply) -> None:
    apply(WHOLE)
    assert list(exported("--section", "scopes", "--section", "apis")) == ["apis", "scopes"]
    event = Event.objects.get(kind="configuration.exported")
    assert (event.actor_name, event.detail) == ("export", {"sections": ["scopes", "apis"]})
    with pytest.raises(CommandError, match="invalid choice"):
        exported("--section", "secrets")


def test_a_file_is_written_whole_for_its_owner_alone(db: None, tmp_path: Path) -> None:
    file = tmp_path / "server.json"
    file.write_text("before")
    call_command("export", str(file))
    assert json.loads(file.read_text())["groups"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export", str(tmp_path / "nowhere" / "server.json"))
