"""`manage.py rotate_keys`: the next signing keys become current at once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from django.utils import timezone

import audit
from tokens.models import SigningKey
from tokens.signing_keys import rotation


class Command(BaseCommand):
    help = "Let the next signing keys sign at once; the current ones stay published while their tokens live."

    def handle(self, *_: Any, **__: Any) -> None:
        try:
            rotation.rotate(by=audit.Actor(name="rotate_keys"), now=timezone.now())
        except rotation.ChangedMeanwhile as error:
            raise CommandError("Another process rotated the keys at this moment. Nothing was changed.") from error
        except DatabaseError as error:
            message = f"Nothing was changed. The database cannot be used ({error}); has `manage.py migrate` run?"
            raise CommandError(message) from error
        for key in SigningKey.objects.filter(state="current").order_by("algorithm"):
            self.stdout.write(f"{key.algorithm} is signed by {key.kid}.")
