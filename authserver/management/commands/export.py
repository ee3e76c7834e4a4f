"""`manage.py export [FILE] [--section NAME]`: this server's configuration as the document that `apply` reads."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.utils import timezone

import audit
from authserver.configuration.exporting import SECTIONS, export


class Command(BaseCommand):
    """Without passwords and secrets; rows by name, so that two exports differ only where the servers do."""

    help = "Write this server's configuration as a JSON document (docs/configuration.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default="-", help="where it is written; - or nothing: standard output")
        parser.add_argument(
            "--section", action="append", choices=SECTIONS, metavar="NAME", help=f"one of {', '.join(SECTIONS)}"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        sections = options["section"] or SECTIONS
        pieces = export(sections=sections, by=audit.Actor(name="export"), now=timezone.now())
        try:
            if options["file"] == "-":
                for piece in pieces:
                    self.stdout.write(piece, ending="")
            else:
                _write(Path(options["file"]), pieces)
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be written: {error}.") from error
        except DatabaseError as error:
            message = f"The database cannot be read ({error}); has `manage.py migrate` run?"
            raise CommandError(message) from error


def _write(path: Path, pieces: Iterable[str]) -> None:
    """The whole file or the one that was there; for its owner alone, since it says who may do what."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(pieces)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
