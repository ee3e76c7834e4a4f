"""Reading what the rules look at, many clients at a time: six statements a batch, and two before the first.

System clients (R61) are left out: nobody can change them, so nobody could mend what was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import prefetch_related_objects

from accounts import server_settings
from clients.facts import ClientFacts, facts_of
from clients.linter.catalogue import READERS, USE_READERS, USED_READERS, Cover, Covered
from clients.linter.judging import Dismissal, Report, judge
from clients.linter.linted import Linted, LintedSecret, Server, Used
from clients.linter.scope_rules import is_lone_star
from clients.models import Client, ClientSecret, FindingDismissal

if TYPE_CHECKING:
    from django.db.models import QuerySet

BATCH = 500  # clients


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What is the same for all clients of a pass, read once."""

    server: Server
    covers: tuple[Cover, ...]

    def covered(self, allowed_scope: str) -> tuple[Covered, ...]:
        """What each element of an allowed scope covers; a lone `*` covers all and is not asked about."""
        patterns = [element for element in allowed_scope.split() if not is_lone_star(element)]
        return tuple(cover(pattern) for pattern in patterns for cover in self.covers)


def lintable() -> QuerySet[Client]:
    """The clients that are linted, with their owners."""
    clients: QuerySet[Client] = Client.objects.filter(deleted_at=None, is_system=False).select_related("owner")
    return clients


def is_linted(client: Client) -> bool:
    """The same of one client."""
    return not client.is_system and client.deleted_at is None


def every_report(*, now: datetime, client_id: str | None = None, batch: int = BATCH) -> Iterator[tuple[Client, Report]]:
    """Every client with its report, by number; `client_id` keeps to one."""
    surroundings, last = _surroundings(), 0
    clients = lintable().order_by("pk")
    if client_id is not None:
        clients = clients.filter(client_id=client_id)
    while some := list(clients.filter(pk__gt=last)[:batch]):
        yield from _reports(some, surroundings, now=now)
        if len(some) < batch:
            return
        last = some[-1].pk


def reports_on(clients: Sequence[Client], *, now: datetime) -> dict[int, Report]:
    """The reports of some clients by number, as a page of the list shows them; read them with their owners."""
    own = [client for client in clients if is_linted(client)]
    return {client.pk: report for client, report in _reports(own, _surroundings(), now=now)} if own else {}


def report_on(client: Client, *, now: datetime, facts: ClientFacts | None = None) -> Report:
    """One client's report. `facts`: as they would be, from a form that edits it."""
    ((_, report),) = _reports([client], _surroundings(), now=now, facts=facts)
    return report


def report_on_new(facts: ClientFacts, *, now: datetime) -> Report:
    """The report of facts that are being filled in; nothing is registered yet."""
    return _judge_new(facts.normal(), _surroundings(), now=now)


def reports_on_new(several: Iterable[ClientFacts], *, now: datetime) -> list[Report]:
    """The reports of facts that are to be registered, in their order; two statements for all of them."""
    surroundings = _surroundings()
    return [_judge_new(facts.normal(), surroundings, now=now) for facts in several]


def _judge_new(facts: ClientFacts, surroundings: Surroundings, *, now: datetime) -> Report:
    client = Linted(
        facts=facts,
        server=surroundings.server,
        now=now,
        created=now,
        covered=surroundings.covered(facts.allowed_scope),
        registered=False,
    )
    return judge(client, {})


def _surroundings() -> Surroundings:
    """The settings, and what the readers of the catalogue need: one statement each."""
    stored = server_settings.current()
    server = Server(access_token_lifetime=stored.access_token_lifetime, legacy_grants=stored.legacy_grants)
    return Surroundings(server=server, covers=tuple(read() for read in READERS))


def _reports(
    clients: Sequence[Client], surroundings: Surroundings, *, now: datetime, facts: ClientFacts | None = None
) -> Iterator[tuple[Client, Report]]:
    """Five statements, however many clients."""
    prefetch_related_objects(clients, "namespaces")
    numbers = [client.pk for client in clients]
    secrets, dismissals = _secrets(numbers), _dismissals(numbers)
    used_from, used = _used_from(numbers, now=now), _used(numbers, now=now)
    for client in clients:
        linted = _linted(client, facts or facts_of(client), secrets.get(client.pk, []), surroundings, now=now)
        linted = replace(linted, used_from=used_from.get(client.pk, ()), used=used.get(client.pk))
        yield client, judge(linted, dismissals.get(client.pk, {}))


def _linted(
    client: Client, facts: ClientFacts, secrets: list[LintedSecret], surroundings: Surroundings, *, now: datetime
) -> Linted:
    facts, owner = facts.normal(), client.owner
    return Linted(
        facts=facts,
        server=surroundings.server,
        now=now,
        created=client.created,
        covered=surroundings.covered(facts.allowed_scope),
        active=client.is_active,
        last_used_at=client.last_used_at,
        owner_active=owner is not None and owner.is_active and owner.deleted_at is None,
        secrets=tuple(secrets),
    )


def _secrets(numbers: list[int]) -> dict[int, list[LintedSecret]]:
    """Those not revoked, the newest first."""
    found: dict[int, list[LintedSecret]] = {}
    rows = ClientSecret.objects.filter(client__in=numbers, revoked_at=None).order_by("-created", "-pk")
    for row in rows.only("client_id", "key_id", "created", "expires_at", "last_used_at"):
        secret = LintedSecret(
            key_id=row.key_id, created=row.created, expires_at=row.expires_at, last_used_at=row.last_used_at
        )
        found.setdefault(row.client_id, []).append(secret)
    return found


def _dismissals(numbers: list[int]) -> dict[int, dict[str, Dismissal]]:
    found: dict[int, dict[str, Dismissal]] = {}
    for row in FindingDismissal.objects.filter(client__in=numbers):
        found.setdefault(row.client_id, {})[row.rule] = Dismissal(reason=row.reason, by=row.by, at=row.at)
    return found


def _used_from(numbers: list[int], *, now: datetime) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for read in USE_READERS:
        for number, networks in read(numbers, now).items():
            found[number] = (*found.get(number, ()), *networks)
    return found


def _used(numbers: list[int], *, now: datetime) -> dict[int, Used]:
    found: dict[int, Used] = {}
    for read in USED_READERS:
        found.update(read(numbers, now))
    return found
