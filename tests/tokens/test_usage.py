"""Tokens issued a day: what is counted, how it is written, and the line that is drawn of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from clients.models import Client
from tests.tokens.registry import forget_everything, make_catalogue, make_client, post
from tokens import daily_counts
from tokens.daily_counts import Count
from tokens.models import DailyCount
from tokens.usage import DAYS, first_day, usage

TODAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.once
def test_the_line_has_a_point_a_day_its_highest_near_the_top_and_days_without_tokens_at_the_bottom() -> None:
    shown = usage({TODAY: Count(issued=8, refused=1), TODAY - timedelta(days=1): Count(issued=4)}, today=TODAY)
    assert (shown.issued, shown.refused, shown.idle_days, shown.width) == (12, 1, DAYS - 2, DAYS - 1)
    assert shown.days[0].day == first_day(TODAY) == date(2026, 10, 23)
    assert shown.line.startswith("M0 40.0L1 40.0L2")
    assert shown.line.endswith("L27 40.0L28 21.0L29 2.0")
    assert shown.area == f"{shown.line}V40H0z"


@pytest.mark.once
def test_of_two_equal_days_the_later_is_told_of_and_of_none_today() -> None:
    equal = {TODAY - timedelta(days=3): Count(issued=5), TODAY - timedelta(days=2): Count(issued=5)}
    assert usage(equal, today=TODAY).most.day == TODAY - timedelta(days=2)
    assert usage({}, today=TODAY).line == "M" + "L".join(f"{x} 40.0" for x in range(DAYS))


@pytest.fixture
def service(db: None) -> tuple[Client, str]:
    forget_everything()
    make_catalogue()
    daily_counts.flush()
    return make_client("service")


def today_of(client: Client) -> tuple[int, int]:
    daily_counts.flush()
    count = daily_counts.since(client, timezone.now().date()).get(timezone.now().date(), Count())
    return count.issued, count.refused


def test_tokens_and_refusals_of_a_client_that_proved_itself_are_counted_and_nobody_elses(
    service: tuple[Client, str],
) -> None:
    client, secret = service
    form = {"grant_type": "client_credentials", "scope": "ping"}
    for _ in range(3):
        assert post("/token", form, client_id="service", secret=secret).status == 200
    assert post("/token", {**form, "scope": "billing"}, client_id="service", secret=secret).status == 400
    assert post("/token", form, client_id="service", secret="wrong").status == 401
    assert post("/introspect", {"token": "x"}, client_id="service", secret=secret).status == 200
    assert today_of(client) == (3, 1)
    post("/token", form, client_id="service", secret=secret)
    assert today_of(client) == (4, 1)


def test_what_one_worker_gathered_is_added_to_what_another_wrote(service: tuple[Client, str]) -> None:
    client, _ = service
    DailyCount.objects.create(client=client, day=timezone.now().date(), issued=40, refused=2)
    daily_counts.note_issued(client.pk, now=timezone.now())
    daily_counts.note_refused(client.pk, now=timezone.now())
    assert today_of(client) == (41, 3)


def test_a_client_that_is_gone_meanwhile_loses_its_counts_and_nobody_elses(service: tuple[Client, str]) -> None:
    client, _ = service
    daily_counts.note_issued(2**40, now=NOON)
    daily_counts.note_issued(client.pk, now=NOON)
    assert daily_counts.flush() == 1
    assert list(DailyCount.objects.values_list("client", "day", "issued")) == [(client.pk, NOON.date(), 1)]


def test_memory_is_bounded_and_those_that_are_known_go_on_counting(
    service: tuple[Client, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, _ = service
    monkeypatch.setattr(daily_counts, "MOST_IN_MEMORY", 1)
    for pk in (client.pk, client.pk + 1, client.pk):
        daily_counts.note_issued(pk, now=NOON)
    assert daily_counts.flush() == 1
    assert DailyCount.objects.get().issued == 2


def test_days_that_no_page_shows_any_more_are_deleted(service: tuple[Client, str]) -> None:
    client, _ = service
    for age in (0, 99, 100, 101, 400):
        DailyCount.objects.create(client=client, day=TODAY - timedelta(days=age))
    assert daily_counts.purge(NOON) == 2
    assert DailyCount.objects.count() == 3


def test_the_servers_days_are_the_sum_of_the_clients_and_go_with_them(service: tuple[Client, str]) -> None:
    other, _ = make_client("other")
    for one, times in ((service[0], 3), (other, 4)):
        for _ in range(times):
            daily_counts.note_issued(one.pk, now=NOON)
    daily_counts.note_refused(other.pk, now=NOON)
    daily_counts.flush()
    assert daily_counts.of_server(TODAY)[TODAY] == Count(issued=7, refused=1)
    assert [(row.client_id, row.issued) for row in daily_counts.busiest(TODAY, most=1)] == [(other.pk, 4)]
    daily_counts.purge(NOON + daily_counts.KEPT_FOR + timedelta(days=1))
    assert daily_counts.of_server(TODAY) == {}
