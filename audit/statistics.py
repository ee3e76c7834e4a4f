"""Figures about the trail, for pages."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.db.models import BigIntegerField, Count, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from audit.kinds import REFUSALS
from audit.models import Event
from audit.refusal_windows import REPEATED


def refusals_since(moment: datetime) -> Counter[str]:
    """How often each kind of refusal happened, repeats included as far as their windows have closed; one statement."""
    rows = (
        Event.objects.filter(at__gte=moment, kind__in=(*REFUSALS, REPEATED))
        .values("kind", of=KeyTextTransform("of", "detail"))
        .annotate(
            events=Count("pk"), repeats=Sum(Cast(KeyTextTransform("repeats", "detail"), output_field=BigIntegerField()))
        )
        .order_by()
    )
    counted: Counter[str] = Counter()
    for row in rows:
        if row["kind"] == REPEATED:
            counted[str(row["of"])] += row["repeats"] or 0
        else:
            counted[row["kind"]] += row["events"]
    return counted
