"""Probes are asked often and by anybody: they must cost little."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from authserver import health


@pytest.mark.django_db
def test_readiness_asks_the_database_once_when_migrations_have_been_seen() -> None:
    request = RequestFactory().get("/healthz/ready")
    health.ready(request)
    with CaptureQueriesContext(connection) as queries:
        assert json.loads(health.ready(request).content) == {"status": "ready"}
    assert len(queries) == 1
