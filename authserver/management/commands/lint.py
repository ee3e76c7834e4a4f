"""`manage.py lint [--fail-on LEVEL] [--format text|json] [--client ID]`: the linter over every client.

Ends with 1 where a finding at or above LEVEL stands (dismissed ones do not count), with 2 where nothing could be
linted, else with 0. Clients are written out as they are read, so that their number does not matter.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.utils import timezone

from clients.linter.document import report_document
from clients.linter.findings import SEVERITIES, Severity, at_or_above
from clients.linter.judging import Report
from clients.linter.reading import every_report, lintable
from clients.linter.rules import RULES
from clients.models import Client
from clients.rules.client_ids import client_id_fault
from clients.wording import counted

COULD_NOT = 2  # as for a wrong argument: 1 is kept for findings
WIDTHS = (max(map(len, SEVERITIES)), max(len(rule.name) for rule in RULES))
Write = Callable[[str], Any]


@dataclass
class Tally:
    """What a pass came across; `failing` are the findings at or above `fail_on`."""

    fail_on: Severity | None
    clients: int = 0
    dismissed: int = 0
    failing: int = 0
    findings: Counter[Severity] = field(default_factory=Counter)

    def add(self, report: Report) -> None:
        self.clients += 1
        self.dismissed += len(report.dismissed)
        self.findings.update(finding.severity for finding in report.findings)
        if self.fail_on is not None:
            self.failing += len(at_or_above(report.findings, self.fail_on))

    @property
    def summary(self) -> dict[str, Any]:
        by_severity = {severity: self.findings[severity] for severity in SEVERITIES}
        counts = {"clients": self.clients, "findings": by_severity, "dismissed": self.dismissed}
        return {**counts, "failOn": self.fail_on, "failing": self.failing}

    def __str__(self) -> str:
        found = ", ".join(f"{self.findings[severity]:,} {severity}" for severity in reversed(SEVERITIES))
        return f"{counted(self.clients, 'client')} linted: {found}; {self.dismissed:,} dismissed."


class Command(BaseCommand):
    help = "Lint every client against RFC 9700 and this server's own rules (docs/linter.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        fails = f"end with 1 where a finding of this level or above stands: {', '.join(SEVERITIES)}"
        parser.add_argument("--fail-on", metavar="LEVEL", choices=SEVERITIES, help=fails)
        parser.add_argument("--format", choices=FORMATS, default="text", help="text for people, json for pipelines")
        parser.add_argument("--client", metavar="ID", help="only the client of this client id")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            if options["client"] is not None:
                _demand_client(options["client"])
            tally = Tally(fail_on=options["fail_on"])
            reports = every_report(now=timezone.now(), client_id=options["client"])
            FORMATS[options["format"]](_counted(reports, tally), tally, self.stdout.write)
        except DatabaseError as error:
            message = f"Nothing was linted. The database cannot be used ({error}); has `manage.py migrate` run?"
            raise CommandError(message, returncode=COULD_NOT) from error
        if tally.failing:
            raise CommandError(f"{counted(tally.failing, 'finding')} at or above {tally.fail_on}.")


def _demand_client(client_id: str) -> None:
    if not client_id_fault(client_id):
        if lintable().filter(client_id=client_id).exists():
            return
        if Client.objects.filter(client_id=client_id, is_system=True).exists():
            message = f"The client {client_id} belongs to the server itself; nobody can change it, so it is not linted."
            raise CommandError(message, returncode=COULD_NOT)
    raise CommandError(f"There is no client {client_id[:255]!r}.", returncode=COULD_NOT)


def _counted(reports: Iterable[tuple[Client, Report]], tally: Tally) -> Iterator[tuple[Client, Report]]:
    """Those with something to say; all of them are counted."""
    for client, report in reports:
        tally.add(report)
        if report.findings or report.dismissed:
            yield client, report


def write_text(reports: Iterable[tuple[Client, Report]], tally: Tally, write: Write) -> None:
    """A block a client; what was dismissed is only counted."""
    for client, report in reports:
        if report.findings:
            write("\n".join([_heading(client, report), *_rows(report)]))
            write("")
    write(str(tally))


def _heading(client: Client, report: Report) -> str:
    name = f"{client.name} {client.version}".strip()
    owner = client.owner.username if client.owner else "nobody"
    return f"#{client.pk} {client.client_id} ({name}), owner {owner}: {report.score}"


def _rows(report: Report) -> Iterator[str]:
    for finding in report.findings:
        columns = (f"{text:<{width}}" for text, width in zip((finding.severity, finding.rule), WIDTHS, strict=True))
        yield f"  {'  '.join(columns)}  {finding.title} ({finding.reference.section})"


def write_json(reports: Iterable[tuple[Client, Report]], tally: Tally, write: Write) -> None:
    """One object; its summary comes last, when everything is known."""
    write('{"clients": [')
    separator = ""
    for client, report in reports:
        write(separator + json.dumps(report_document(client, report), ensure_ascii=False))
        separator = ","
    write(f'], "summary": {json.dumps(tally.summary)}}}')


FORMATS = {"text": write_text, "json": write_json}
