"""The columns of the lists of scopes and APIs. Cells are drawn by `templates/policies/catalogue/cells/`."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.listing import PagedTable, column
from accounts.models import User
from policies.catalogue import reach
from policies.models import Api, Scope
from policies.scopes import REGISTERED_CLIENT


def _cell(name: str, css: str = "", **options: Any) -> Any:
    return column(f"policies/catalogue/cells/{name}.html", css, **options)


class ScopeTable(PagedTable):
    name = _cell("scope_name", "clip at-start", order_by=("name",), verbose_name="Scope")
    description = _cell("described", "prose along", rank=2, orderable=False, verbose_name="Description")
    api = _cell("scope_api", "along", order_by=("api__name", "name"), verbose_name="API")
    marks = _cell("marks", "beside", rank=1, accessor="pk", orderable=False, verbose_name="Marks")
    clients = _cell("scope_clients", "num at-end", head="num", accessor="pk", orderable=False, verbose_name="Clients")

    class Meta:
        order_by_field = "sort"

    def __init__(self, data: QuerySet[Scope]) -> None:
        self.caption = "Scopes"
        self.counts: Counter[str] = Counter()
        super().__init__(data.select_related("api"), order_by="name", template_name="elements/table.html")

    def count_for(self, viewer: User) -> None:
        """The clients of the rows of this page; every client may have `RegisteredClient` (R34)."""
        names = [row.record.name for row in self.paginated_rows]
        self.counts = reach.counts((name for name in names if name != REGISTERED_CLIENT), viewer)
        for row in self.paginated_rows:
            row.record.clients = None if row.record.name == REGISTERED_CLIENT else self.counts[row.record.name]


class ApiTable(PagedTable):
    name = _cell("api_name", "clip at-start", order_by=("name",), verbose_name="API")
    audience = _cell("audience", "along", rank=1, order_by=("audience",), verbose_name="Audience")
    description = _cell("described", "prose along", rank=2, orderable=False, verbose_name="Description")
    introspected = _cell("introspected", "num along", head="num", orderable=False, verbose_name="May introspect")
    scopes = _cell("api_scopes", "num at-end", head="num", accessor="scope_count",
                   order_by=("scope_count", "name"), verbose_name="Scopes")  # fmt: skip

    class Meta:
        order_by_field = "sort"

    def __init__(self, data: QuerySet[Api]) -> None:
        self.caption = "APIs"
        super().__init__(data, order_by="name", template_name="elements/table.html")


def api_rows() -> QuerySet[Api]:
    """With the numbers of scopes and introspectors."""
    living = Count("introspectors", filter=Q(introspectors__deleted_at=None), distinct=True)
    return Api.objects.annotate(scope_count=Count("scopes", distinct=True), introspected=living)
