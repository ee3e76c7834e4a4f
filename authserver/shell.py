"""The console's furniture: what stands around a page, decided from one table and the viewer's permissions.

An entry that the viewer may not use is not shown (R59). Nothing here asks the database for more than the
viewer's permissions and groups, and only when a console page is rendered: public and error pages never do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from accounts.authorization import may, role_names
from accounts.branding import brand
from accounts.branding.brand import Brand
from accounts.models import User
from accounts.permissions import Permission


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A line of the navigation to the URL name `page`, for holders of any one of `needs` (none: for all)."""

    label: str
    icon: str
    page: str
    needs: tuple[Permission, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Section:
    """Entries under one heading; the first section has none."""

    title: str
    entries: tuple[Entry, ...]


MAY_SEE_NAMESPACES = (Permission.CLIENTS_VIEW, Permission.NAMESPACES_EDIT)
MAY_SEE_CLIENTS = (Permission.CLIENTS_VIEW, Permission.CLIENTS_OWN)
MAY_SEE_TOKENS = (Permission.TOKENS_VIEW, Permission.CLIENTS_OWN)

NAVIGATION = (
    Section(title="", entries=(Entry(label="Dashboard", icon="dashboard", page="dashboard"),)),
    Section(
        title="Registry",
        entries=(
            Entry(label="Clients", icon="clients", page="client_list", needs=MAY_SEE_CLIENTS),
            Entry(label="Scopes and APIs", icon="scopes", page="scope_list", needs=(Permission.CATALOGUE_VIEW,)),
            Entry(label="Namespaces", icon="namespaces", page="namespace_list", needs=MAY_SEE_NAMESPACES),
            Entry(label="Policies", icon="policies", page="policy_simulator", needs=MAY_SEE_CLIENTS),
        ),
    ),
    Section(
        title="Organisation",
        entries=(Entry(label="People", icon="people", page="people_list", needs=(Permission.PEOPLE_VIEW,)),),
    ),
    Section(
        title="Activity",
        entries=(
            Entry(label="Tokens", icon="tokens", page="token_list", needs=MAY_SEE_TOKENS),
            Entry(label="Audit", icon="audit", page="audit", needs=(Permission.AUDIT_VIEW,)),
        ),
    ),
    Section(
        title="Server",
        entries=(
            Entry(label="Settings", icon="settings", page="settings", needs=(Permission.SETTINGS_VIEW,)),
            Entry(label="Signing keys", icon="key", page="key_list", needs=(Permission.KEYS_VIEW,)),
            Entry(label="API reference", icon="code", page="api_docs", needs=tuple(Permission)),
        ),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Link:
    """An entry as it is shown: `current` is the value of `aria-current`, empty elsewhere."""

    label: str
    icon: str
    url: str
    current: str


@dataclass(frozen=True, kw_only=True)
class Server:
    """What every page may say about this server."""

    name: str
    host: str
    version: str
    mode: str
    brand: Brand


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Who is signed in, in words."""

    name: str
    username: str
    role: str


@dataclass(frozen=True, kw_only=True)
class Shell:
    """What `templates/console.html` shows around a page. `search` is where the top bar's search goes.

    `sees_people`: whether people's names lead to their pages.
    """

    viewer: Viewer
    sections: tuple[tuple[str, tuple[Link, ...]], ...]
    search: str
    sees_people: bool


def console(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `server` for every page, `shell` for those of the console; each built when first used."""
    return {
        "server": SimpleLazyObject(lambda: server(brand.current())),
        "shell": SimpleLazyObject(lambda: build(request)),
    }


def server(shown: Brand) -> Server:
    """For an error page, which may have to do without the database, `shown` is the brand that was last known."""
    return Server(
        name=shown.name,
        host=urlsplit(settings.AUTHSERVER.issuer).netloc,
        version=settings.VERSION,
        mode=settings.AUTHSERVER.mode,
        brand=shown,
    )


def build(request: HttpRequest) -> Shell:
    """The shell around `request`'s page, for its signed-in viewer."""
    user = request.user
    if not isinstance(user, User):
        raise TypeError("A page of the console needs a signed-in viewer; a public page extends public.html.")
    return Shell(
        viewer=Viewer(name=user.display_name, username=user.username, role=role_of(user)),
        sections=navigation(user, path=request.path),
        search=reverse("client_list") if may_any(user, MAY_SEE_CLIENTS) else "",
        sees_people=may(user, Permission.PEOPLE_VIEW),
    )


def navigation(user: User, *, path: str) -> tuple[tuple[str, tuple[Link, ...]], ...]:
    """The sections that hold at least one entry for `user`, each entry marked where `path` lies in it.

    Raises NoReverseMatch for an entry whose page does not exist: a mistake in the table must not hide.
    """
    lies_in = max((url for url in map(_url, _entries()) if current(url, path=path)), key=len, default="")
    sections = ((section.title, tuple(_links(section.entries, user, path, lies_in))) for section in NAVIGATION)
    return tuple((title, links) for title, links in sections if links)


def _entries() -> Iterable[Entry]:
    return (entry for section in NAVIGATION for entry in section.entries)


def _url(entry: Entry) -> str:
    return reverse(entry.page)


def _links(entries: Iterable[Entry], user: User, path: str, lies_in: str) -> Iterable[Link]:
    """`lies_in`: the entry that `path` lies in most closely, since one page can stand below another's address."""
    for entry in entries:
        url = _url(entry)
        if may_any(user, entry.needs):
            marked = current(url, path=path) if url == lies_in else ""
            yield Link(label=entry.label, icon=entry.icon, url=url, current=marked)


def current(url: str, *, path: str) -> str:
    """`page` for the page itself, `true` for a page below it (the dashboard, at the root, has none below)."""
    if path == url:
        return "page"
    return "true" if url != "/" and path.startswith(url) else ""


def may_any(user: User, needs: tuple[Permission, ...]) -> bool:
    """Whether `user` holds one of `needs`, or nothing is needed."""
    return not needs or any(may(user, permission) for permission in needs)


def role_of(user: User) -> str:
    """The viewer's roles as the account menu names them."""
    if user.is_superuser:
        return "Super-administrator"
    return ", ".join(role_names(user)) or "No role"
