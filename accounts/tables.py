"""The columns of the lists of people and groups. A page costs a constant number of statements.

What a cell looks like stands in `templates/people/cells/`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import Count, F, IntegerField, Prefetch, QuerySet, Value

from accounts.listing import PagedTable, column
from accounts.models import Group, User
from accounts.owning import Owned

PEOPLE_FIRST = ("kind", "name")


def _cell(name: str, css: str | Callable[..., str] = "", **options: Any) -> Any:
    """A column that `people/cells/NAME.html` draws; no name: the plain value."""
    return column(f"people/cells/{name}.html" if name else "", css, **options)


def people_rows(people: QuerySet[User], *, owned: Owned | None) -> QuerySet[User]:
    """With roles and, where the viewer may know, how much each owns; in two statements."""
    roles = Prefetch("groups", queryset=Group.objects.only("name").order_by("name"), to_attr="roles")
    count = owned.count() if owned else Value(None, output_field=IntegerField())
    return people.defer("claims", "permissions", "password").annotate(owned=count).prefetch_related(roles)


def _off_phone_when_active(record: User) -> str:
    return "off-phone" if record.is_active else "at-end"


class PeopleTable(PagedTable):
    name = _cell("name", "clip at-start", accessor="username", order_by=("username", "pk"), verbose_name="Name")
    email = _cell("email", "off-phone", rank=2, orderable=False, verbose_name="E-mail")
    kind = _cell("kind", "off-phone", rank=2, order_by=("kind", "username"), verbose_name="Kind")
    roles = _cell("roles", "beside", accessor="pk", orderable=False, verbose_name="Roles")
    owned = _cell("owned", "num off-phone", rank=3, head="num", orderable=False, verbose_name="Owns")
    last_login = _cell("last_sign_in", "num at-end", rank=1, head="num", verbose_name="Last sign-in")
    status = _cell("status", _off_phone_when_active, accessor="is_active", order_by=("-is_active", "pk"),
                   verbose_name="Status")  # fmt: skip

    class Meta:
        order_by_field = "sort"
        row_attrs: ClassVar[dict[str, Any]] = {"data-dim": lambda record: None if record.is_active else "true"}

    def __init__(self, data: QuerySet[User], *, caption: str, owned: Owned | None) -> None:
        self.caption = caption
        super().__init__(
            data,
            order_by=PEOPLE_FIRST,
            template_name="elements/table.html",
            exclude=() if owned else ("owned",),
        )

    def order_last_login(self, people: QuerySet[User], descending: bool) -> tuple[QuerySet[User], bool]:
        """Never comes last either way round."""
        moment = F("last_login")
        order = moment.desc(nulls_last=True) if descending else moment.asc(nulls_last=True)
        return people.order_by(order, "-pk"), True


def group_rows() -> QuerySet[Group]:
    """With the number of members, deleted people left out by having no groups."""
    return Group.objects.annotate(member_count=Count("members"))


class GroupTable(PagedTable):
    name = _cell("group_name", "clip at-start", order_by=("name",), verbose_name="Group")
    permissions = _cell("group_permissions", "off-phone", orderable=False, verbose_name="Permissions")
    allowed_scope = _cell("group_scope", "off-phone", rank=2, orderable=False, verbose_name="Allowed scope")
    members = _cell("group_members", "num at-end", head="num", accessor="member_count",
                    order_by=("member_count", "name"), verbose_name="Members")  # fmt: skip

    class Meta:
        order_by_field = "sort"

    def __init__(self, data: QuerySet[Group]) -> None:
        self.caption = "Groups"
        super().__init__(data, order_by="name", template_name="elements/table.html")
