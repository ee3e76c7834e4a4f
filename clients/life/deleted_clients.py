"""The list of deleted clients: what each row shows, newest deletion first."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, QuerySet, Value

from accounts.authorization import may
from accounts.listing import PagedTable, column, heading
from accounts.models import User
from accounts.permissions import Permission
from clients.life.lifecycle import RESTORABLE_FOR
from clients.models import Client

LATEST_FIRST = "-deleted"
CELLS = "clients/cells/"


def rows(clients: QuerySet[Client]) -> QuerySet[Client]:
    """With their owners, and with when each is purged."""
    window = Value(RESTORABLE_FOR, output_field=DurationField())
    until = ExpressionWrapper(F("deleted_at") + window, output_field=DateTimeField())
    listed: QuerySet[Client] = clients.select_related("owner").annotate(purged_from=until)
    return listed


class DeletedTable(PagedTable):
    number = column("", "num muted off-phone", rank=2, head="num", accessor="pk", order_by="pk",
                    verbose_name=heading("#", "Sequence number, never reused"))  # fmt: skip
    name = column(f"{CELLS}deleted_name.html", "clip at-start", order_by=("name", "pk"))
    client_id = column(f"{CELLS}client_id.html", verbose_name="Client id", order_by="client_id")
    owner = column(f"{CELLS}owner.html", "off-phone", rank=3, order_by=("owner__username", "pk"))
    by = column(
        f"{CELLS}deleted_by.html",
        "",
        rank=1,
        accessor="deleted_by",
        verbose_name="Deleted by",
        order_by=("deleted_by", "pk"),
    )
    deleted = column(f"{CELLS}deleted_at.html", "num", head="num", accessor="deleted_at", verbose_name="Deleted",
                     order_by=("deleted_at", "pk"))  # fmt: skip
    purged = column(f"{CELLS}purged_from.html", "num at-end", head="num", accessor="purged_from", orderable=False,
                    verbose_name="Purged")  # fmt: skip
    actions = column(f"{CELLS}restore.html", "num", accessor="pk", orderable=False, verbose_name="",
                     extra_context=lambda record, table: {"may_restore": table.may_restore(record)})  # fmt: skip

    class Meta:
        order_by_field = "sort"
        row_attrs: ClassVar[dict[str, Any]] = {}

    def __init__(self, data: QuerySet[Client], *, viewer: User) -> None:
        self.viewer, self.caption = viewer, "Deleted clients"
        super().__init__(data, order_by=LATEST_FIRST, template_name="elements/table.html")

    def may_restore(self, client: Client) -> bool:
        return may(self.viewer, Permission.CLIENTS_DELETE, client)
