"""`manage.py maintain`: the maintenance loop alone. `serve` runs it beside its workers."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from authserver.maintenance import Maintenance

WATCH = 0.5  # seconds


class Command(BaseCommand):
    help = "Run the maintenance loop until SIGTERM. One runs at a time, however many are started; others stand by."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--parent", type=int, help="end when this is no longer the parent process")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        if options["parent"]:
            threading.Thread(target=_end_with, args=(options["parent"], stop), daemon=True).start()
        Maintenance(stop=stop).run()


def _end_with(parent: int, stop: threading.Event) -> None:
    """A parent that was killed cannot stop us; the system then gives us another parent."""
    while not stop.wait(WATCH):
        if os.getppid() != parent:
            stop.set()
