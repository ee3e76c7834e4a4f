"""`manage.py audit verify`: whether the audit trail is as it was written."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.verification import Verification, verify


class Command(BaseCommand):
    help = "Verify the hash chain over the audit trail. Ends with 1 where it does not hold."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["verify"], help="verify: walk the chain and compare every hash")

    def handle(self, *args: Any, **options: Any) -> None:
        result = verify()
        if result.broken is not None:
            raise CommandError(f"{result.broken.how} {_events(result.held)} before it hold.")
        self.stdout.write(_sentence(result))


def _sentence(result: Verification) -> str:
    """What holds, with the last hash: whoever keeps it elsewhere can tell a chain that was wholly rewritten."""
    waiting = f" Not sealed yet: {_events(result.unsealed)}." if result.unsealed else ""
    if not result.held:
        return f"No event is sealed yet.{waiting}"
    return f"{_events(result.held)} hold. The last one's hash is {result.last_hash}.{waiting}"


def _events(count: int) -> str:
    return f"{count:,} event{'' if count == 1 else 's'}"
