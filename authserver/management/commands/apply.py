"""`manage.py apply FILE [--plan] [--prune]`: make this server what a document says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.utils import timezone

import audit
from authserver.configuration import shape
from authserver.configuration.applying import apply_document
from authserver.configuration.changes import Outcome
from authserver.configuration.faults import MOST_LISTED, DocumentRefused
from authserver.configuration.plan_text import plan_text

LARGEST = 50 * 1024 * 1024  # bytes


class Command(BaseCommand):
    """All or nothing, idempotent; `--plan` says what would change and changes nothing. What the document does not name
    stays, unless `--prune` asks for more.
    """

    help = "Make this server what a JSON document says (docs/configuration.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the document's path, or - for standard input")
        parser.add_argument("--plan", action="store_true", help="only say what would change")
        parser.add_argument(
            "--prune",
            action="store_true",
            help="remove rows that a section of the document does not name; never protected or shipped ones",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            outcome = _apply(options["file"], plan_only=options["plan"], prune=options["prune"])
        except DocumentRefused as refused:
            raise CommandError(_listed(refused)) from refused
        except DatabaseError as error:
            message = f"Nothing was changed. The database cannot be used ({error}); has `manage.py migrate` run?"
            raise CommandError(message) from error
        for warning in outcome.warnings:
            self.stderr.write(f"Warning: {warning}")
        self.stdout.write(plan_text(outcome.changes, applied=not options["plan"]))


def _apply(name: str, *, plan_only: bool, prune: bool) -> Outcome:
    document, by = shape.parse(_read(name)), audit.Actor(name="apply")
    return apply_document(document, by=by, now=timezone.now(), plan_only=plan_only, prune=prune)


def _listed(refused: DocumentRefused) -> str:
    lines = [f"  {fault}" for fault in refused.faults[:MOST_LISTED]]
    more = len(refused.faults) - len(lines)
    counted = f"at least {more}" if len(refused.faults) == shape.MOST_FOUND else more
    return "\n".join(
        ["Nothing was changed. The document has faults:", *lines, *([f"  … and {counted} more."] if more else [])]
    )


def _read(name: str) -> str:
    """UTF-8, with a byte order mark or without."""
    try:
        if name == "-":
            if sys.stdin is None:  # the shell has closed it
                raise CommandError("Standard input cannot be read: it is closed.")
            data = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(LARGEST + 1)
        text = data.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise CommandError(f"{name} cannot be read: {error}.") from error
    if len(data) > LARGEST:
        raise CommandError(f"{name} is larger than {LARGEST} bytes.")
    return text
