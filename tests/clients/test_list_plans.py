"""The list's questions are answered by the indexes that were made for them (R51): the database's own plans."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import User
from clients import access
from clients.listing.address import parse
from clients.listing.conditions import Asking, narrow
from clients.listing.paging import parts_of
from clients.models import Client, ClientSecret
from tests.bench import many_clients

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="plans are looked at on PostgreSQL"),
]
ROWS = 6_000
# What an address asks → the index that answers "newest first" or how many.
FACETS = {
    "": "clients_by_all",
    "type=public": "clients_by_type",
    "grant=password": "clients_by_grants",
    "status=inactive": "clients_by_active",
    "status=protected": "clients_by_protected",
    "protected=yes": "clients_by_protected",
    "lifetime=never": "clients_by_never",
    "use=stale": "clients_by_idleness",
    "risk=danger": "clients_by_level",
    "owner=person-0007": "clients_by_owner",
    "q=billing+osaka": "clients_by_search",
    "q=zq": "clients_by_search",
    "secret=expired": "clients_secret_ending",
    "secret=expiring": "clients_secret_ending",
}
ORDERS = {
    "number": "clients_by_all",
    "name": "clients_by_name",
    "client_id": "clients_by_client_id",
    "client_type": "clients_by_type",
    "status": "clients_by_active",
    "last_used": "clients_by_last_used",
    "owner": "clients_by_owner",
}


@pytest.fixture(scope="module")
def many(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Enough clients, committed and vacuumed, or the planner would not know that an index alone answers."""
    with django_db_blocker.unblock():
        before = set(User.objects.values_list("pk", flat=True))
        many_clients.make(ROWS, now=timezone.now())
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        yield
        ClientSecret.objects.filter(client__owner__isnull=False).delete()
        Client.objects.filter(owner__isnull=False).delete()
        User.objects.exclude(pk__in=before).delete()


@pytest.fixture
def asking(many: None, db: None) -> Asking:
    """On a few thousand rows the planner would still read them all now and then; here only need may lead to that."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    return Asking(viewer=User.objects.create_user("bench", is_superuser=True), now=timezone.now())


def plan(clients: QuerySet[Client]) -> str:
    return clients.explain()


def indexes(text: str) -> set[str]:
    return set(re.findall(r"(?:using|on) (clients_[a-z_0-9]+|accounts_[a-z_0-9]+)(?= |$|\n)", text))


def test_r51_every_facet_is_answered_by_its_index(asking: Asking) -> None:
    visible = access.visible_to(asking.viewer)
    for query, index in FACETS.items():
        counted = plan(narrow(visible, parse(query), asking).order_by().values_list("pk", flat=True)[:10_001])
        assert index in indexes(counted), f"{query}\n{counted}"
        assert "Seq Scan" not in counted, f"{query}\n{counted}"


@pytest.mark.parametrize("sign", ["", "-"])
def test_r51_every_order_walks_along_its_index_at_any_depth(sign: str, asking: Asking) -> None:
    visible = access.visible_to(asking.viewer)
    for name, index in ORDERS.items():
        for start in (0, ROWS - 1_000):
            part = parts_of(sign + name)[0]
            walked = visible.filter(part.only).order_by(*part.order).values_list("pk", flat=True)[start : start + 50]
            text = plan(walked)
            assert index in indexes(text), f"{sign}{name} from {start}\n{text}"
            assert "Index Only Scan" in text, f"{sign}{name} from {start}\n{text}"
            assert not re.search(r"-> +Sort  ", text), f"{sign}{name} from {start}\n{text}"


def test_r51_narrowed_and_ordered_at_once_still_reads_no_whole_table(asking: Asking) -> None:
    visible = access.visible_to(asking.viewer)
    for query in FACETS:
        for name in ORDERS:
            part = parts_of(name)[0]
            clients = narrow(visible, parse(query), asking).filter(part.only).order_by(*part.order)
            text = plan(clients.values_list("pk", flat=True)[:50])
            assert "Seq Scan on clients_client" not in text, f"{query} by {name}\n{text}"
