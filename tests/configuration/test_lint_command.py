"""`manage.py lint`: what it says of all clients, to people and to pipelines, and how it ends."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients.linter.dismissals import dismiss
from clients.linter.rules import RULES
from clients.models import Client, ClientSecret
from tests.clients.people import BY, client_named

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parent.parent.parent
PUBLIC: dict[str, Any] = {"type": "public", "grants": ("personal_access_token",)}
SOUND: dict[str, Any] = {**PUBLIC, "description": "For people's scripts. Ask Mara."}


def lint(*arguments: str) -> str:
    output = io.StringIO()
    call_command("lint", *arguments, stdout=output)
    return output.getvalue()


def lint_json(*arguments: str) -> Any:
    return json.loads(lint("--format", "json", *arguments))


def failed(*arguments: str) -> tuple[int, str, str]:
    """How it ends, what it complains of, and what it had written until then."""
    output = io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command("lint", *arguments, stdout=output)
    return error.value.returncode, str(error.value), output.getvalue()


# ── For people ──


def test_without_a_finding_it_says_how_many_were_linted() -> None:
    client_named("Scripts", **SOUND)
    assert lint() == "1 client linted: 0 danger, 0 warn, 0 info; 0 dismissed.\n"


def test_each_client_with_findings_is_a_block_the_worst_first() -> None:
    client_named("Scripts", **SOUND)
    wide = client_named("Wide", client_id="wide", version="2", **PUBLIC, allowed_scope="*")
    assert lint().splitlines() == [
        f"#{wide.pk} wide (Wide 2), owner mara: 8 of 10",
        "  danger  any-scope                       Any scope is allowed (RFC 9700 §2.3)",
        "  info    no-description                  It has no description (Own rule)",
        "",
        "2 clients linted: 1 danger, 0 warn, 1 info; 0 dismissed.",
    ]


def test_one_client_can_be_asked_for() -> None:
    client_named("Wide", client_id="wide", **PUBLIC, allowed_scope="*")
    client_named("Scripts", client_id="scripts", **SOUND)
    assert "any-scope" in lint("--client", "wide")
    assert lint("--client", "scripts").startswith("1 client linted: 0 danger")


# ── For pipelines ──


def test_as_json_every_finding_has_its_section_and_its_fix() -> None:
    client = client_named("Für immer", client_id="ever", **SOUND, access_token_lifetime="never")
    answer = lint_json()
    (found,) = answer["clients"]
    assert {key: found[key] for key in ("id", "clientId", "name", "version", "owner")} == {
        "id": client.pk, "clientId": "ever", "name": "Für immer", "version": "", "owner": "mara",
    }  # fmt: skip
    assert found["score"]["applying"] - found["score"]["passed"] == 1
    assert found["findings"] == [
        {
            "rule": "never-expiring-tokens",
            "severity": "danger",
            "title": "Its access tokens never expire",
            "words": [],
            "explanation": "A stolen one works until somebody notices and revokes it.",
            "reference": {
                "section": "RFC 6750 §5.3",
                "quote": "Token servers SHOULD issue short-lived (one hour or less) bearer tokens",
            },
            "fix": {
                "label": "Use the global setting, 1 hour",
                "effect": "Tokens issued from then on live 1 hour. Tokens that live now stay until they are revoked.",
                "changes": {"accessTokenLifetime": ["never", "global"]},
            },
        }
    ]
    assert answer["summary"] == {
        "clients": 1,
        "findings": {"info": 0, "warn": 0, "danger": 1},
        "dismissed": 0,
        "failOn": None,
        "failing": 0,
    }


def test_as_json_clients_without_findings_are_counted_and_not_listed() -> None:
    for number in range(3):
        client_named(f"Scripts {number}", **SOUND)
    for number in range(2):
        client_named(f"Silent {number}", **PUBLIC)
    answer = lint_json()
    assert [found["name"] for found in answer["clients"]] == ["Silent 0", "Silent 1"]
    assert answer["summary"]["clients"] == 5


def test_as_json_an_empty_registry_is_an_empty_list() -> None:
    assert lint_json()["clients"] == []


def test_as_json_a_dismissed_finding_stands_apart_with_its_reason() -> None:
    client = client_named("Silent", **PUBLIC)
    dismiss(client=client, rule="no-description", reason="Everybody knows it.", by=BY, now=timezone.now())
    answer = lint_json("--fail-on", "info")
    (found,) = answer["clients"]
    assert found["findings"] == []
    (gone,) = found["dismissed"]
    assert (gone["rule"], gone["reason"], gone["by"]) == ("no-description", "Everybody knows it.", "mara")
    assert gone["at"].endswith("Z")
    assert answer["summary"]["dismissed"] == 1


def test_r16_nothing_secret_is_written() -> None:
    client = client_named("Billing")
    ClientSecret.objects.filter(client=client).update(created=timezone.now() - timedelta(days=400))
    for output in (lint(), lint("--format", "json")):
        assert "old-secret" in output
        assert "argon2" not in output


# ── How it ends ──


@pytest.mark.parametrize(
    ("level", "failing"), [("info", "3 findings at or above info."), ("warn", "2 findings at or above warn."),
                           ("danger", "1 finding at or above danger.")],
)  # fmt: skip
@pytest.mark.parametrize("form", ["text", "json"])
def test_it_fails_where_a_finding_at_or_above_the_level_stands(level: str, failing: str, form: str) -> None:
    client_named("Wide", **PUBLIC, allowed_scope="*", access_token_lifetime=86_401)
    code, complaint, output = failed("--fail-on", level, "--format", form)
    assert (code, complaint) == (1, failing)
    if form == "json":
        assert json.loads(output)["summary"]["failing"] == int(failing[0])
    else:
        assert output.splitlines()[-1] == "1 client linted: 1 danger, 1 warn, 1 info; 0 dismissed."


@pytest.mark.parametrize("level", ["warn", "danger"])
def test_it_does_not_fail_for_what_is_below_the_level(level: str) -> None:
    client_named("Silent", **PUBLIC)
    assert "no-description" in lint("--fail-on", level)


def test_without_a_level_it_never_fails() -> None:
    client_named("Wide", **PUBLIC, allowed_scope="*")
    assert "any-scope" in lint()


def test_what_was_dismissed_does_not_fail_it() -> None:
    client = client_named("Wide", **PUBLIC, allowed_scope="*")
    for rule in ("any-scope", "no-description"):
        dismiss(client=client, rule=rule, reason="By design.", by=BY, now=timezone.now())
    assert lint("--fail-on", "info") == "1 client linted: 0 danger, 0 warn, 0 info; 2 dismissed.\n"


@pytest.mark.parametrize("arguments", [("--fail-on", "fatal"), ("--format", "xml"), ("--fail-on",), ("--fail-on", "")])
def test_a_wrong_level_or_format_is_named(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=f"argument {arguments[0]}: ") as error:
        lint(*arguments)
    assert arguments[-1] in str(error.value)


@pytest.mark.parametrize("client_id", ["nobody", "", "nul\x00", "half\ud83d", "ü"])
def test_a_client_that_is_not_there_is_named(client_id: str) -> None:
    code, complaint, output = failed("--client", client_id)
    assert (code, output) == (2, "")
    assert complaint == f"There is no client {client_id!r}."


def test_r61_the_servers_own_clients_are_not_linted() -> None:
    code, complaint, _ = failed("--client", "admin")
    assert code == 2
    assert "belongs to the server itself" in complaint
    assert Client.objects.filter(client_id="admin", secrets=None).exists()
    assert lint().startswith("0 clients linted")


def test_a_store_that_cannot_be_used_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**_: object) -> None:
        raise OperationalError("no such table: clients_client")

    monkeypatch.setattr("authserver.management.commands.lint.every_report", unreachable)
    code, complaint, _ = failed()
    assert code == 2
    assert "has `manage.py migrate` run?" in complaint


def test_the_number_of_clients_does_not_change_the_number_of_statements() -> None:
    client_named("First", **PUBLIC)
    with CaptureQueriesContext(connection) as few:
        lint()
    for number in range(10):
        client_named(f"Client {number}", **PUBLIC, owner=f"owner-{number}", allowed_scope=f"a{number}.*")
    with CaptureQueriesContext(connection) as many:
        lint("--format", "json")
    assert len(few) == len(many) == 8


def test_the_guide_names_every_rule_with_its_severity_and_section() -> None:
    text = (ROOT / "docs" / "linter.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{rule.name}` | {rule.severity} | {rule.kept} | {rule.reference.section} |" for rule in RULES]


@pytest.mark.once
def test_a_wrong_level_ends_the_process_with_two(tmp_path: Path) -> None:
    """A pipeline tells a finding (1) from a wrong call."""
    environment = {**os.environ, "AUTHSERVER_MODE": "development", "AUTHSERVER_HOME": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "manage.py", "lint", "--fail-on", "fatal"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert "argument --fail-on: invalid choice: 'fatal'" in ended.stderr
