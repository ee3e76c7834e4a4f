"""`manage.py delete_user USERNAME [--new-owner USERNAME]`: delete a person, as super-administrator."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

import audit
from accounts.faults import ChangedMeanwhile as PersonChanged
from accounts.faults import Refused
from accounts.holdings import EVERYTHING
from accounts.models import User
from clients.life import leaving
from clients.ownership import HandOver, HandOverRefused
from clients.writing import ChangedMeanwhile


class Command(BaseCommand):
    """Protection does not stand in the way, as it does not for documents (R44); the clients' events say so."""

    help = "Delete a person. Clients that they own go to another owner first; none is deleted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="who is deleted; the name stays reserved")
        parser.add_argument("--new-owner", default="", metavar="USERNAME", help="who gets the clients that they own")

    def handle(self, *_: Any, **options: Any) -> None:
        username, new_owner = options["username"], options["new_owner"]
        person = User.objects.filter(username=username).first() if "\x00" not in username else None
        if person is None:
            raise CommandError(f"There is no user {username!r}.")
        try:
            number = leaving.delete(
                person=person,
                to=HandOver(rest=new_owner, protected_too=True),
                by=audit.Actor(name="delete_user"),
                giver=EVERYTHING,
                now=timezone.now(),
            )
        except HandOverRefused as refusal:
            raise CommandError(f"Nobody was deleted. {refusal}") from refusal
        except Refused as refusal:
            sentences = " ".join(fault.message for fault in refusal.faults)
            hint = "" if new_owner or "owns clients" not in sentences else " Add --new-owner USERNAME."
            raise CommandError(f"Nobody was deleted. {sentences}{hint}") from refusal
        except (ChangedMeanwhile, PersonChanged) as error:
            raise CommandError("Nobody was deleted: somebody else changed the same meanwhile; try again.") from error
        handed = f" {number} client{'' if number == 1 else 's'} handed over to {new_owner}." if number else ""
        self.stdout.write(f"{username} is deleted.{handed}")
