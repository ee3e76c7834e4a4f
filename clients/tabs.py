"""The tabs of one client: a page each, of whichever app owns it, joined here by the names of their URLs.

A tab that the viewer may not use is not shown (R59); its page refuses by itself all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from accounts.models import User
from clients.models import Client

Shown = Callable[[User, Client], bool]


def to_everyone(viewer: User, client: Client) -> bool:
    """To everybody who may see the client at all: nobody else reaches its pages."""
    return True


@dataclass(frozen=True, kw_only=True)
class Tab:
    """`page`: the name of a URL that takes the client's number. `shown` decides by viewer and client."""

    label: str
    page: str
    shown: Shown = to_everyone


TABS = [
    Tab(label="Overview", page="client_overview"),
    Tab(label="Credentials", page="client_secrets"),
    Tab(label="Activity", page="client_activity"),
]


def offer(tab: Tab, *, before: str = "", after: str = "") -> None:
    """An upper app's tab, in `AppConfig.ready`: ahead of the one whose page is `before`, or behind `after`."""
    pages = [one.page for one in TABS]
    if tab.page not in pages:
        TABS.insert(pages.index(after) + 1 if after else pages.index(before), tab)


def tabs_for(viewer: User, client: Client) -> list[Tab]:
    """Those that `viewer` may use, in the table's order."""
    return [tab for tab in TABS if tab.shown(viewer, client)]
