"""`manage.py initial_access_token`: make a token by which applications register themselves (RFC 7591 §3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

import audit
from accounts import server_settings
from accounts.holdings import EVERYTHING
from clients.acting import OPERATOR
from clients.rules import grant_types
from tokens.registering import initial_tokens
from tokens.registering.initial_tokens import Limits


class Command(BaseCommand):
    """The last line of its output is the token; it is shown only there."""

    help = "Make an initial access token, by which applications register clients at /register."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", default="command line", help="what the trail calls it")
        parser.add_argument("--owner", help="who answers for the clients; else the first super-administrator")
        parser.add_argument("--grant", action="append", help="a grant type that may be registered; several times")
        parser.add_argument("--scope", default="openid", help="the most that a client may be allowed, R33's syntax")
        parser.add_argument("--redirect-host", action="append", help="a host, or *.example.com; several times")
        parser.add_argument("--clients", type=int, default=1, help="how many it registers (default 1)")
        parser.add_argument("--days", type=int, default=7, help="how long it lasts (default 7)")

    def handle(self, *_: Any, **said: Any) -> None:
        limits = Limits(
            name=said["name"],
            owner=said["owner"] or OPERATOR.default_owner(),
            grants=tuple(said["grant"] or [grant_types.AUTHORIZATION_CODE]),
            allowed_scope=said["scope"],
            redirect_hosts=tuple(said["redirect_host"] or ()),
            clients=said["clients"],
            lasts=timedelta(days=said["days"]),
        )
        by = audit.Actor(name="initial_access_token")
        try:
            made = initial_tokens.make(limits, by=by, giver=EVERYTHING, now=timezone.now())
        except initial_tokens.NotMade as refused:
            lines = "\n".join(f"  {fault.field}: {fault.message}" for fault in refused.faults)
            raise CommandError(f"No token was made:\n{lines}") from refused
        if not server_settings.current().dynamic_registration:
            self.stderr.write("Dynamic registration is off: turn dynamicRegistration on before it is used.")
        self.stdout.write(f"It registers {limits.clients} and lasts {said['days']} days. It is shown only now:")
        self.stdout.write(made.value)
