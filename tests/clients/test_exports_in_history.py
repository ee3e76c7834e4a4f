"""An export stands in a client's timeline, and is no change of it (R10)."""

from __future__ import annotations

import pytest
from django.utils import timezone

import audit
from clients.changes.history import history_of
from clients.documents import exporting
from tests.clients.people import client_named

pytestmark = pytest.mark.django_db


def test_r10_and_r48_who_exports_a_client_did_not_change_it() -> None:
    client = client_named("Billing sync")
    exporting.export_one(client, by=audit.Actor(name="ann"), now=timezone.now())
    history = history_of(client)
    assert [entry.kind for entry in history.entries] == ["client.exported", "client.registered"]
    assert (history.changed_by, history.registered_by) == ("mara", "mara")
