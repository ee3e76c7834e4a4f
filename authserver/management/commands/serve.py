"""`manage.py serve`: the whole server with its maintenance loop."""

from __future__ import annotations

import argparse
import re
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.utils import timezone

from accounts.set_up import first_start_link
from authserver import checks, serving

log = structlog.get_logger("authserver.serving")
ADDRESS = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<name>[^\[\]:/\s]+)):(?P<port>\d{1,5})")


class Command(BaseCommand):
    help = "Serve until SIGTERM: HTTP by one worker process or more, and the maintenance loop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--bind", type=address, default=address("127.0.0.1:8000"), metavar="HOST:PORT", help="127.0.0.1:8000"
        )
        parser.add_argument("--workers", type=worker_count, default=1, metavar="N", help="worker processes, 1")

    def handle(self, *args: Any, **options: Any) -> None:
        (host, port), workers = options["bind"], options["workers"]
        try:
            checks.refuse_unready(workers=workers)
            listening = serving.listen(host, port, workers=workers)
        except checks.StartRefused as refusal:
            raise CommandError(f"authserver cannot start. {refusal}") from refusal
        except OSError as error:
            raise CommandError(f"authserver cannot listen on {host}, port {port}: {error.strerror}.") from error
        for sentence in checks.warnings(workers=workers):
            log.warning("start.warning", sentence=sentence)
        if link := first_start_link(timezone.now()):
            self.stdout.write(f"Set up this server: {link}")
        self.stdout.write(f"Serving on http://{_written(host)}:{port} with {workers} worker{'s' * (workers > 1)}.")
        self.stdout.flush()
        connections.close_all()
        serving.serve(listening)


def address(text: str) -> tuple[str, int]:
    """`HOST:PORT`, an IPv6 address in brackets."""
    found = ADDRESS.fullmatch(text)
    if found is None or not 1 <= int(found["port"]) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, for example 127.0.0.1:8000 or [::1]:8000.")
    return found["six"] or found["name"], int(found["port"])


def worker_count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of worker processes from 1 to 256.")
    return int(text)


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host
