"""An import as its pages show it: per client what comes, what changes, and what the linter says of new ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clients.changes.change_words import Change, in_words
from clients.documents.importing import ImportPlan
from clients.documents.planning import ClientPlan
from clients.linter.findings import Finding
from clients.linter.reading import reports_on_new
from clients.models import Client, PendingImport

OPEN_UP_TO = 20  # rows whose differences stand open; beyond, they unfold


@dataclass(frozen=True, kw_only=True)
class ShownRow:
    """One client of an import. `deed`: added, changed, restored or deleted."""

    deed: str
    tone: str
    plan: ClientPlan
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def name(self) -> str:
        return self.plan.row.facts.name

    @property
    def without_secret(self) -> bool:
        """A new confidential client gets a secret only from whoever resets it."""
        return self.plan.action == "add" and self.plan.row.facts.confidential and self.plan.row.secret is None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Everything that a preview says. `unchanged`: client ids."""

    rows: tuple[ShownRow, ...]
    unchanged: tuple[str, ...]

    def count(self, deed: str) -> int:
        return sum(row.deed == deed for row in self.rows)

    @property
    def counts(self) -> list[tuple[str, int]]:
        return [(deed, self.count(deed)) for deed in ("added", "changed", "restored", "deleted")]

    @property
    def folded(self) -> bool:
        return len(self.rows) > OPEN_UP_TO


def shown(planned: ImportPlan, *, now: datetime) -> Shown:
    """The preview of `planned`."""
    new = [plan for plan in planned.plans if plan.action == "add"]
    reports = dict(zip(map(id, new), reports_on_new((plan.row.facts for plan in new), now=now), strict=True))
    rows = []
    for plan in planned.plans:
        if plan.action == "none":
            continue
        report = reports.get(id(plan))
        deed, tone = _deed(plan)
        findings = tuple(finding for finding in report.findings if finding.severity != "info") if report else ()
        rows.append(ShownRow(deed=deed, tone=tone, plan=plan, changes=in_words(plan.changes), findings=findings))
    unchanged = tuple(plan.client_id for plan in planned.plans if plan.action == "none")
    return Shown(rows=tuple(rows), unchanged=unchanged)


def _deed(plan: ClientPlan) -> tuple[str, str]:
    if plan.action == "add":
        return "added", "ok"
    if plan.restores:
        return "restored", "ok"
    return ("deleted", "danger") if plan.deletes else ("changed", "info")


def outcome_of(pending: PendingImport) -> dict[str, Any]:
    """What was done: how many of each, and the new confidential clients that have no secret yet."""
    done: list[list[Any]] = pending.outcome or []
    added = [number for action, number in done if action == "add"]
    new = Client.objects.filter(pk__in=added, deleted_at=None).order_by("pk")
    return {
        "added": len(added),
        "changed": sum(action == "change" for action, _ in done),
        "unchanged": sum(action == "none" for action, _ in done),
        "new": list(new),
        "without_secret": list(
            new.filter(client_type=Client.CLIENT_CONFIDENTIAL).exclude(secrets__revoked_at=None, secrets__isnull=False)
        ),
    }
