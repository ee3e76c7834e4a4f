"""What a process remembers between requests, to be forgotten between tests."""

from __future__ import annotations

import sys
from typing import Any


def forget() -> None:
    """Counters of throttles, and the memories of rooms that this test has loaded."""
    from django.core.cache import cache

    cache.clear()
    loaded: dict[str, Any] = dict(sys.modules)
    if secrets := loaded.get("tokens.verified_secrets"):
        secrets.memory.clear()
    if snapshots := loaded.get("policies.snapshots"):
        snapshots._server_policy = None
    if clients := loaded.get("policies.client_memory"):
        clients.forget()
    if counting := loaded.get("policies.counters.counting"):
        counting.forget()
    if budgets := loaded.get("policies.budgets"):
        budgets._looker = budgets._Looker()
    if ring := loaded.get("tokens.signing_keys.ring"):
        ring.forget()
    if refusals := loaded.get("audit.refusals"):
        refusals._worker = refusals.RefusalRecorder()
