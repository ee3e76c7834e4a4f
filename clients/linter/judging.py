"""From one client and what people dismissed to a report: what stands, what was set aside, what is well. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from clients.linter.findings import SEVERITIES, Finding, Severity
from clients.linter.linted import Linted
from clients.linter.rules import RULES, Rule


@dataclass(frozen=True, kw_only=True)
class Dismissal:
    """Who set a finding aside, when and why."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Dismissed:
    """A finding that somebody set aside."""

    finding: Finding
    dismissal: Dismissal


@dataclass(frozen=True, kw_only=True)
class Score:
    """Rules passed, of those that apply. What was dismissed counts in neither: it is neither well nor held against."""

    passed: int
    applying: int

    def __str__(self) -> str:
        return f"{self.passed} of {self.applying}"


@dataclass(frozen=True, kw_only=True)
class Report:
    """`findings` stand, the worst first."""

    findings: tuple[Finding, ...]
    dismissed: tuple[Dismissed, ...]
    kept: tuple[Rule, ...]

    @property
    def score(self) -> Score:
        return Score(passed=len(self.kept), applying=len(self.kept) + len(self.findings))

    @property
    def worst(self) -> Severity | None:
        """The severity of the worst finding that stands."""
        return self.findings[0].severity if self.findings else None


def judge(client: Linted, dismissals: Mapping[str, Dismissal]) -> Report:
    """Ask every rule that applies. `dismissals` are by rule; one whose finding is gone means nothing meanwhile."""
    asked = [(rule, rule.finding(client)) for rule in RULES if rule.applies(client)]
    found = [finding for _, finding in asked if finding is not None]
    return Report(
        findings=tuple(_worst_first(finding for finding in found if finding.rule not in dismissals)),
        dismissed=tuple(
            Dismissed(finding=finding, dismissal=dismissals[finding.rule])
            for finding in found
            if finding.rule in dismissals
        ),
        kept=tuple(rule for rule, finding in asked if finding is None),
    )


def _worst_first(findings: Iterator[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: -SEVERITIES.index(finding.severity))
