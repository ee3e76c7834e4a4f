"""The list's columns (R50): what each shows, how it sorts, and what leaves as the page narrows.

What a cell looks like stands in `templates/clients/cells/`. A page costs a constant number of statements, whatever is
on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import F, Prefetch, QuerySet
from django.utils.html import format_html

from accounts.listing import PagedTable, column, heading
from accounts.models import User
from clients import credentials, grant_types, redirect_uris
from clients.actions import actions_for
from clients.models import Client, ClientSecret

NEWEST_FIRST = "-number"
REFRESH = ("refresh", "refresh_token", False)


@dataclass(frozen=True, kw_only=True)
class SecretCell:
    """R16: the state of a client's secrets, the date of the newest, and the end of the longest-lived."""

    state: credentials.SecretState
    set_on: datetime | None
    ends: datetime | None


def secret_cell(client: Client, *, now: datetime) -> SecretCell:
    """From the secrets that `rows` has prefetched."""
    secrets: list[ClientSecret] = client.unrevoked_secrets
    ends = [secret.expires_at for secret in secrets]
    return SecretCell(
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


def rows(clients: QuerySet[Client]) -> QuerySet[Client]:
    """With owner and live secrets, in two statements."""
    secrets = ClientSecret.objects.filter(revoked_at=None).only("client_id", "created", "expires_at", "revoked_at")
    return clients.select_related("owner").prefetch_related(
        Prefetch("secrets", queryset=secrets, to_attr="unrevoked_secrets")
    )


def _cell(name: str, css: str | Callable[..., str] = "", **options: Any) -> Any:
    """A column that `clients/cells/NAME.html` draws; no name: the plain value."""
    return column(f"clients/cells/{name}.html" if name else "", css, **options)


def _secret_class(record: Client, table: ClientTable) -> str:
    """On a phone only what needs somebody is shown."""
    needs = secret_cell(record, now=table.now).state in ("expiring", "expired")
    return "" if needs else "off-phone"


def _status_class(record: Client) -> str:
    return "off-phone" if record.is_active else ""


def _redirect_context(record: Client) -> dict[str, Any]:
    uris = redirects(record)
    return {"host": redirect_uris.host_of(uris[0]) if uris else "", "uris": uris, "more": len(uris) - 1}


class ClientTable(PagedTable):
    number = _cell("", "num muted off-phone", rank=2, head="num", accessor="pk", order_by="pk",
                   verbose_name=heading("#", "Sequence number, never reused"))  # fmt: skip
    name = _cell("name", "clip at-start", order_by=("name", "pk"))
    client_id = _cell("client_id", verbose_name="Client id")
    client_type = _cell("", "off-phone", rank=2, order_by=("client_type", "pk"), verbose_name="Type")
    grants = _cell("grants", "beside", rank=1, accessor="grant_types", orderable=False, verbose_name="Grants",
                   extra_context=lambda record: {"tags": grant_tags(record)})  # fmt: skip
    redirect = _cell("redirect", "off-phone", rank=3, accessor="redirect_uris", orderable=False,
                     verbose_name="Redirect", extra_context=_redirect_context)  # fmt: skip
    secret = _cell("secret", _secret_class, accessor="pk", orderable=False,
                   extra_context=lambda record, table: {"secret": secret_cell(record, now=table.now)})  # fmt: skip
    owner = _cell("owner", "off-phone", rank=3, order_by=("owner__username", "pk"))
    last_used = _cell("last_used", "num at-end", head="num", accessor="last_used_at", verbose_name="Last used")
    status = _cell("status", _status_class, accessor="is_active", order_by=("-is_active", "pk"), verbose_name="Status")
    actions = _cell("actions", "at-end corner", accessor="pk", orderable=False,
                    verbose_name=format_html('<span class="vh">{}</span>', "Actions"),
                    extra_context=lambda record, table: {"actions": actions_for(table.viewer, record)})  # fmt: skip

    class Meta:
        order_by_field = "sort"
        row_attrs: ClassVar[dict[str, Any]] = {"data-dim": lambda record: None if record.is_active else "true"}

    def __init__(self, data: QuerySet[Client], *, viewer: User, now: datetime, caption: str) -> None:
        self.viewer, self.now, self.caption = viewer, now, caption
        super().__init__(data, order_by=NEWEST_FIRST, template_name="elements/table.html")

    def order_last_used(self, clients: QuerySet[Client], descending: bool) -> tuple[QuerySet[Client], bool]:
        """Never used comes last either way round."""
        column = F("last_used_at")
        order = column.desc(nulls_last=True) if descending else column.asc(nulls_last=True)
        return clients.order_by(order, "-pk"), True
