"""`manage.py apply FILE [--plan]`: make this server what a document says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

import audit
from authserver.configuration import shape
from authserver.configuration.applying import apply_document
from authserver.configuration.faults import DocumentRefused
from authserver.configuration.plan_text import plan_text

LARGEST = 50 * 1024 * 1024  # bytes


class Command(BaseCommand):
    """All or nothing, idempotent; `--plan` says what would change and changes nothing."""

    help = "Make this server what a JSON document says (docs/configuration.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the document's path, or - for standard input")
        parser.add_argument("--plan", action="store_true", help="only say what would change")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            document = shape.parse(_read(options["file"]))
            actor = audit.Actor(name="apply")
            changes = apply_document(document, by=actor, now=timezone.now(), plan_only=options["plan"])
        except DocumentRefused as refused:
            listed = "\n".join(f"  {fault}" for fault in refused.faults)
            raise CommandError(f"Nothing was changed. The document has faults:\n{listed}") from refused
        self.stdout.write(plan_text(changes))


def _read(name: str) -> str:
    try:
        data = sys.stdin.buffer.read(LARGEST + 1) if name == "-" else Path(name).read_bytes()
        if len(data) > LARGEST:
            raise CommandError(f"{name} is larger than {LARGEST} bytes.")
        return data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{name} cannot be read: {error}.") from error
