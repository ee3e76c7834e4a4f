"""Setting a finding aside with a reason, and taking that back. Atomic, and audited in the same breath.

It changes no fact of the client, so its revision stays and protection does not bind it (R43); who may do it is
decided by the caller, as for an edit.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

import audit
from clients import writing
from clients.linter.reading import is_linted, report_on
from clients.linter.rules import BY_NAME
from clients.models import Client, FindingDismissal
from clients.rules.text import forbidden_characters, named, normal_lines

LONGEST_REASON = 500


class NotDismissed(Exception):
    """The finding cannot be set aside or taken back; the message is a public sentence. Nothing was written."""


@transaction.atomic
def dismiss(*, client: Client, rule: str, reason: str, by: audit.Actor, now: datetime) -> FindingDismissal:
    """Set aside what `rule` finds in `client`, or change the reason why it is. Raises NotDismissed."""
    reason = normal_lines(reason).strip()
    _demand_reason(reason)
    _demand_finding(client, rule, now=now)
    earlier = FindingDismissal.objects.filter(client=client, rule=rule).first()
    row, _ = FindingDismissal.objects.update_or_create(
        client=client, rule=rule, defaults={"reason": reason, "by": by.name[:255], "at": now}
    )
    changes = {"reason": [earlier.reason, reason]} if earlier is not None else {}
    _record("client.finding_dismissed", client, rule, by=by, now=now, reason=reason, changes=changes)
    return row


@transaction.atomic
def restore(*, client: Client, rule: str, by: audit.Actor, now: datetime) -> None:
    """Let the finding stand again. Raises NotDismissed where it was not set aside."""
    gone, _ = FindingDismissal.objects.filter(client=client, rule=rule).delete()
    if not gone:
        raise NotDismissed("This finding is not dismissed.")
    _record("client.finding_restored", client, rule, by=by, now=now)


def _demand_reason(reason: str) -> None:
    if not reason:
        raise NotDismissed("Say why: a reason is required.")
    if offending := forbidden_characters(reason, several_lines=True):
        raise NotDismissed(f"Remove {named(offending)}: control characters are not allowed.")
    if len(reason) > LONGEST_REASON:
        raise NotDismissed(f"Use at most {LONGEST_REASON} characters; this has {len(reason)}.")


def _demand_finding(client: Client, rule: str, *, now: datetime) -> None:
    """Only what is there can be set aside, or a finding could be silenced before anybody has seen it."""
    if rule not in BY_NAME:
        raise NotDismissed(f"There is no rule {rule[:64]!r}.")
    report = report_on(client, now=now)
    there = {finding.rule for finding in report.findings} | {gone.finding.rule for gone in report.dismissed}
    if not is_linted(client) or rule not in there:
        raise NotDismissed("This client has no such finding.")


def _record(kind: str, client: Client, rule: str, *, by: audit.Actor, now: datetime, **details: object) -> None:
    writing.follow_up(client, now)
    subject = audit.Subject("client", client.pk, f"{client.name} ({client.client_id})")
    audit.record(kind, actor=by, subject=subject, at=now, detail={"rule": rule}, **details)
