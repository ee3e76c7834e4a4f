"""What a process remembers between requests, to be forgotten between tests."""

from __future__ import annotations

import sys


def forget() -> None:
    """Counters of throttles, and the memories of rooms that this test has loaded."""
    from django.core.cache import cache

    cache.clear()
    if secrets := sys.modules.get("tokens.verified_secrets"):
        secrets.memory.clear()
    if snapshots := sys.modules.get("policies.snapshots"):
        snapshots._server_policy = None
    if refusals := sys.modules.get("audit.refusals"):
        refusals._worker = refusals.RefusalRecorder()
