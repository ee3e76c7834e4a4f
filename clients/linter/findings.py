"""What the linter says: a finding, the section it comes from, and a fix where one press can mend it. Values only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from clients.facts import ClientFacts, differences

Severity = Literal["info", "warn", "danger"]
SEVERITIES: tuple[Severity, ...] = ("info", "warn", "danger")  # rising


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The section that a rule rests on, with the sentence of it that counts."""

    section: str
    quote: str


@dataclass(frozen=True, kw_only=True)
class Fix:
    """A change of the facts that mends the finding and breaks as little as it says.

    `label` is the button's, `effect` what will be different afterwards. `after` are the whole facts: carry them out
    by `clients.registration.edit` with the revision that was linted, so that nobody's change in between is lost.
    """

    label: str
    effect: str
    before: ClientFacts
    after: ClientFacts

    @property
    def changes(self) -> dict[str, list[Any]]:
        """The preview, as `{document key: [old, new]}`."""
        return differences(self.before, self.after)


@dataclass(frozen=True, kw_only=True)
class Concern:
    """What one rule has against one client. `words`: what it is about, such as URIs."""

    title: str
    explanation: str
    words: tuple[str, ...] = ()
    fix: Fix | None = None


@dataclass(frozen=True, kw_only=True)
class Finding(Concern):
    """A concern with the name, severity and section of the rule that raised it."""

    rule: str
    severity: Severity
    reference: Reference


def at_or_above(findings: Iterable[Finding], level: Severity) -> list[Finding]:
    """Those that are at least as severe as `level`."""
    lowest = SEVERITIES.index(level)
    return [finding for finding in findings if SEVERITIES.index(finding.severity) >= lowest]
