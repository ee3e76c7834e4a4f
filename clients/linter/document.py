"""A client's report as JSON, for pipelines and later the API, in the documents' words. Pure."""

from __future__ import annotations

from typing import Any

from clients.documents.document import timestamp
from clients.linter.findings import Finding
from clients.linter.judging import Dismissed, Report
from clients.models import Client


def report_document(client: Client, report: Report) -> dict[str, Any]:
    """One client with its score and findings; dismissed ones stand apart, with who, when and why. Reads the owner."""
    return {
        "id": client.pk,
        "clientId": client.client_id,
        "name": client.name,
        "version": client.version,
        "owner": client.owner.username if client.owner else None,
        "score": {"passed": report.score.passed, "applying": report.score.applying},
        "findings": [_finding(finding) for finding in report.findings],
        "dismissed": [_dismissed(dismissed) for dismissed in report.dismissed],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    """`fix` is a preview: `changes` as {document key: [old, new]}."""
    fix = finding.fix
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "title": finding.title,
        "words": list(finding.words),
        "explanation": finding.explanation,
        "reference": {"section": finding.reference.section, "quote": finding.reference.quote},
        "fix": {"label": fix.label, "effect": fix.effect, "changes": fix.changes} if fix else None,
    }


def _dismissed(dismissed: Dismissed) -> dict[str, Any]:
    why = dismissed.dismissal
    return {**_finding(dismissed.finding), "reason": why.reason, "by": why.by, "at": timestamp(why.at)}
