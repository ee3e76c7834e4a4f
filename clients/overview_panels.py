"""What upper apps add to a client's overview, above its facts."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from accounts.models import User
from accounts.owning import Panel
from clients.models import Client


class OffersPanel(Protocol):
    def __call__(self, viewer: User, client: Client, *, now: datetime) -> Panel: ...


# Filled by the apps above, in `AppConfig.ready`.
PANELS: list[OffersPanel] = []


def panels_for(viewer: User, client: Client, *, now: datetime) -> list[Panel]:
    return [offered(viewer, client, now=now) for offered in PANELS]
