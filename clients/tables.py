"""The list's columns and rows (R50): what each head sorts by, and what a row knows beside its client.

`authserver.templatetags.client_rows` draws them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from accounts.models import User
from clients.actions import Actions, actions_for
from clients.listing.address import Address
from clients.models import Client, ClientSecret
from clients.rules import grant_types, redirect_uris
from clients.secrets import credentials

MENU = "clients/listing/row_menu.html"
_NUMBER, _URL = "@number@", "@url@"
REFRESH = ("refresh", "refresh_token", False)


@dataclass(frozen=True, kw_only=True)
class SecretCell:
    """R16: the state of a client's secrets, the date of the newest, and the end of the longest-lived.

    `by_keys`: the client proves itself by its keys (R25) and has no secrets to look after.
    """

    by_keys: bool
    state: credentials.SecretState
    set_on: datetime | None
    ends: datetime | None

    @property
    def needs_somebody(self) -> bool:
        """On a phone only such a secret is shown."""
        return self.state in ("expiring", "expired")


@dataclass(frozen=True, kw_only=True)
class Row:
    """A client as the list shows it. `redirect`: the first one's host, empty where none is shown.

    `url`: its page's; `owner_url`: its owner's, for viewers who may see people.
    """

    client: Client
    secret: SecretCell
    tags: list[tuple[str, str, bool]]
    uris: list[str]
    redirect: str
    url: str
    owner_url: str
    menu: SafeString

    @property
    def more_redirects(self) -> int:
        return len(self.uris) - 1


@dataclass(frozen=True, kw_only=True)
class Head:
    """A column's head. `sort`: the order's name in the address; `rank`: when the column leaves as the page narrows."""

    label: str
    title: str = ""
    sort: str = ""
    css: str = ""
    rank: int = 0


HEADS = (
    Head(label="#", title="Sequence number, never reused", sort="number", css="num", rank=2),
    Head(label="Name", sort="name"),
    Head(label="Client id", sort="client_id"),
    Head(label="Type", sort="client_type", rank=2),
    Head(label="Grants", rank=1),
    Head(label="Redirect", rank=3),
    Head(label="Secret"),
    Head(label="Owner", sort="owner", rank=3),
    Head(label="Last used", sort="last_used", css="num"),
    Head(label="Status", sort="status"),
)


@dataclass(frozen=True, kw_only=True)
class SortingHead:
    """A head as this address shows it: what it links to, and how the list stands now (`aria-sort`)."""

    head: Head
    query: str
    sorted: str


def heads(to: Address) -> Iterator[SortingHead]:
    """Every head; pressing one that sorts already turns the order round."""
    for head in HEADS:
        up, down = head.sort, f"-{head.sort}"
        standing = {up: "ascending", down: "descending"}.get(to.sort, "") if head.sort else ""
        following = down if to.sort == up else up
        yield SortingHead(head=head, query=to.sorted_by(following).query if head.sort else "", sorted=standing)


def rows(clients: list[Client], *, viewer: User, now: datetime) -> list[Row]:
    """Of clients that `clients.listing.paging` has read."""
    bases, menus = (reverse("client_list"), reverse("people_list")), _Menus()
    return [_row(client, menus, bases=bases, viewer=viewer, now=now) for client in clients]


def _row(client: Client, menus: _Menus, *, bases: tuple[str, str], viewer: User, now: datetime) -> Row:
    base, people = bases
    uris, url = redirects(client), f"{base}{client.pk}/"
    return Row(
        client=client,
        secret=secret_cell(client, now=now),
        tags=grant_tags(client),
        uris=uris,
        redirect=redirect_uris.host_of(uris[0]) if uris else "",
        url=url,
        owner_url=f"{people}{client.owner_id}/" if client.owner_id else "",
        menu=menus.of(client, actions_for(viewer, client), url=url),
    )


class _Menus:
    """The rows' menus of one page. Most clients allow the same, so a menu is drawn once for all that are alike."""

    def __init__(self) -> None:
        self._drawn: dict[tuple[Actions, bool, bool], str] = {}

    def of(self, client: Client, actions: Actions, *, url: str) -> SafeString:
        alike = (actions, client.is_active, client.is_protected)
        if alike not in self._drawn:
            shown = {"actions": actions, "active": client.is_active, "protected": client.is_protected}
            self._drawn[alike] = render_to_string(MENU, {**shown, "number": _NUMBER, "url": _URL})
        # What is put in is a number and an address made of it.
        return mark_safe(self._drawn[alike].replace(_NUMBER, str(client.pk)).replace(_URL, url))  # noqa: S308


def secret_cell(client: Client, *, now: datetime) -> SecretCell:
    """From the secrets that were read with the client."""
    secrets: list[ClientSecret] = client.unrevoked_secrets
    ends = [secret.expires_at for secret in secrets]
    return SecretCell(
        by_keys=client.by_keys,
        state=credentials.secret_state(secrets, now=now),
        set_on=max((secret.created for secret in secrets), default=None),
        ends=None if None in ends else max((end for end in ends if end), default=None),
    )


def grant_tags(client: Client) -> list[tuple[str, str, bool]]:
    """(word, full name, legacy) of each grant; refreshing is shown as one where the limit gives it (R29, R30)."""
    known = [grant_types.BY_VALUE[value] for value in client.grants if value in grant_types.BY_VALUE]
    tags = [(grant.tag, grant.value, grant.legacy) for grant in known]
    return [*tags, REFRESH] if client.refresh_limit != 0 and grant_types.may_refresh(client.grants) else tags


def redirects(client: Client) -> list[str]:
    """R50: filled only with authorization code or implicit."""
    return client.redirect_uris.split() if grant_types.needs_redirect(client.grants) else []
