"""What clients use is counted by day, from real requests; a narrower scope watches, and one press enforces it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from clients.linter.reading import report_on
from clients.models import Client
from policies import seen_networks, use
from policies.models import SeenNetwork, Use
from tests.clients.people import client_named, person
from tests.ground.running import MakeServer
from tests.tokens.registry import forget_everything, make_catalogue, make_client, post

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Browser]
GRANT = {"grant_type": "client_credentials"}
TODAY = timezone.now().date()


@pytest.fixture(autouse=True)
def catalogue() -> None:
    forget_everything()
    use._counts.clear()
    seen_networks._counts.clear()
    make_catalogue()


def counted(client: Client) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Everything that is written of a client: asked, granted, used by kind and name."""
    use.flush()
    rows = Use.objects.filter(client=client)
    return {(row.kind, row.name): (row.asked, row.granted, row.used) for row in rows}


def used(client: Client, name: str, *, kind: str = "scope", days: int = 0, granted: int = 1) -> None:
    Use.objects.create(client=client, kind=kind, name=name, day=TODAY - timedelta(days=days), granted=granted)


# ── Counting ──


def test_tokens_count_what_was_asked_granted_and_by_which_grant() -> None:
    client, secret = make_client("orders", allowed_scope="ping orders.*")
    for scope in ("ping", "ping orders.read", "unknown", ""):
        post("/token", {**GRANT, **({"scope": scope} if scope else {})}, client_id="orders", secret=secret)
    found = counted(client)
    assert found["scope", "ping"][:2] == (2, 3)  # a request that names no scope is granted the default one
    assert found["scope", "orders.read"] == (1, 1, 0)
    assert found["grant", "client_credentials"][1] == 3
    assert ("scope", "unknown") not in found  # only names of the catalogue become rows


def test_introspecting_and_checking_count_as_use(anonymous: Browser) -> None:
    client, secret = make_client("orders", allowed_scope="ping authorization.introspect")
    token = post("/token", {**GRANT, "scope": "ping"}, client_id="orders", secret=secret).body["access_token"]
    post("/introspect", {"token": token}, client_id="orders", secret=secret)
    anonymous.get("/check?scope=ping", headers={"authorization": f"Bearer {token}"})
    found = counted(client)
    assert found["scope", "ping"] == (1, 1, 2)
    assert found["scope", "authorization.introspect"] == (0, 0, 1)


def test_what_is_refused_counts_as_asked_alone() -> None:
    client, secret = make_client("orders", allowed_scope="ping")
    post("/token", {**GRANT, "scope": "orders.read"}, client_id="orders", secret=secret)
    assert counted(client) == {("scope", "orders.read"): (1, 0, 0)}


def test_a_flood_of_different_scopes_is_bounded_in_memory_and_in_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    client, _ = make_client("orders")
    monkeypatch.setattr(use, "MOST_IN_MEMORY", 50)
    for number in range(500):
        use.note(client.pk, use.SCOPE, use.ASKED, f"made-up-{number}", now=timezone.now())
    assert len(use._counts) == 50
    assert counted(client) == {}


def test_days_add_up_and_old_ones_go() -> None:
    client = client_named("Orders")
    for days in (0, 1, 40, 200):
        used(client, "ping", days=days)
    assert [(one.granted, one.last) for one in use.scopes_of(client, since=TODAY - timedelta(days=30))] == [(2, TODAY)]
    assert use.purge(timezone.now()) == 1
    assert Use.objects.count() == 3


def test_a_client_that_is_gone_meanwhile_is_left_out() -> None:
    use.note(987_654, use.SCOPE, use.GRANTED, "ping", now=timezone.now())
    assert use.flush() == 0


# ── Least privilege ──


def test_what_was_not_used_for_a_month_is_a_finding_whose_fix_narrows() -> None:
    """Patterns become the names that were used of them."""
    client = client_named("Orders", allowed_scope="orders.* ping", grants=("client_credentials",))
    used(client, "orders.read", days=31)
    used(client, "orders.read", days=2)
    finding = next(one for one in report_on(client, now=timezone.now()).findings if one.rule == "unused-scopes")
    assert finding.words == ("orders.*", "ping")
    assert finding.fix is not None
    assert finding.fix.changes == {"allowedScope": ["orders.* ping", "orders.read"]}


@pytest.mark.parametrize(
    "days",
    [(), (5,), (29,)],
    ids=["nothing is known", "it is watched for days", "for less than a month"],
)
def test_before_a_month_has_passed_nothing_is_said(days: tuple[int, ...]) -> None:
    client = client_named("Orders", allowed_scope="orders.* ping")
    for one in days:
        used(client, "orders.read", days=one)
    assert "unused-scopes" not in {one.rule for one in report_on(client, now=timezone.now()).findings}


def test_grants_and_redirects_that_nobody_uses_are_found() -> None:
    client = client_named(
        "Web",
        grants=("authorization_code", "client_credentials"),
        redirect_uris=("https://a.example/back", "https://a.example/old"),
        allowed_scope="ping",
    )
    used(client, "authorization_code", kind="grant", days=31)
    for kind, name in (("grant", "authorization_code"), ("redirect", "https://a.example/back"), ("scope", "ping")):
        used(client, name, kind=kind, days=1)
    found = {one.rule: one for one in report_on(client, now=timezone.now()).findings}
    assert found["unused-grants"].words == ("client_credentials",)
    assert found["unused-redirects"].words == ("https://a.example/old",)
    for rule in ("unused-grants", "unused-redirects"):
        fix = found[rule].fix
        assert fix is not None
        assert fix.changes


# ── Watching ──


def test_a_watched_scope_refuses_nothing_and_counts_whom_it_would_have_refused() -> None:
    client, secret = make_client("orders", allowed_scope="ping orders.*", watched_scope="ping")
    for scope in ("ping", "orders.read", "orders.read ping"):
        answer = post("/token", {**GRANT, "scope": scope}, client_id="orders", secret=secret)
        assert (answer.status, answer.body["scope"]) == (200, scope)
    seen_networks.flush()
    row = SeenNetwork.objects.get(client=client)
    assert (row.uses, row.refused, row.watched_scopes) == (3, 0, 2)


def test_what_was_counted_for_another_wording_is_not_counted_on() -> None:
    client, secret = make_client("orders", allowed_scope="ping orders.*", watched_scope="ping")
    ask = {**GRANT, "scope": "orders.read"}
    post("/token", ask, client_id="orders", secret=secret)
    seen_networks.flush()
    Client.objects.filter(pk=client.pk).update(watched_scope="ping other", revision=client.revision + 1)
    post("/token", ask, client_id="orders", secret=secret)
    seen_networks.flush()
    row = SeenNetwork.objects.get(client=client)
    assert (row.watched_scopes, row.scope_mark) == (1, seen_networks.mark_of("ping other"))


@pytest.fixture
def browser(sign_in: SignIn) -> Browser:
    return sign_in(person("ada", "Administrator"))


def pressed(browser: Browser, client: Client, **form: str) -> Any:
    client.refresh_from_db()
    return browser.post(
        reverse("client_scopes_watch", args=[client.pk]), {"revision": client.revision, **form}, follow=True
    )


def test_the_suggestion_is_watched_first_and_enforced_by_one_press(browser: Browser) -> None:
    client = client_named("Orders", allowed_scope="orders.* ping")
    for days in (31, 2):
        used(client, "orders.read", days=days)
    page = browser.get(reverse("client_scopes", args=[client.pk])).text
    assert "Watch it first" in page
    assert '<input type="hidden" name="watched" value="orders.read">' in page
    pressed(browser, client, watched="orders.read", then="watch")
    client.refresh_from_db()
    assert (client.allowed_scope, client.watched_scope) == ("orders.* ping", "orders.read")
    mark = seen_networks.mark_of("orders.read")
    SeenNetwork.objects.create(
        client=client, network="192.0.2.7/32", last_seen=timezone.now(), watched_scopes=3, scope_mark=mark
    )
    page = browser.get(reverse("client_scopes", args=[client.pk])).text
    assert "<strong>3 requests</strong> from <code>192.0.2.7</code> (3)" in page
    pressed(browser, client, then="enforce")
    client.refresh_from_db()
    assert (client.allowed_scope, client.watched_scope) == ("orders.read", "")
    changes = Event.objects.filter(kind="client.changed").order_by("-pk")[0].changes
    assert changes == {"allowedScope": ["orders.* ping", "orders.read"], "watchedScope": ["orders.read", ""]}


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"watched": "", "then": "watch"}, "Write the narrower scope"),
        ({"watched": 'a"b', "then": "watch"}, "is not a scope or a pattern"),
        ({"then": "enforce"}, "Write the narrower scope"),
        ({"then": "nonsense"}, "Write the narrower scope"),
        ({"watched": "ping", "then": "watch", "revision": "0"}, "Somebody else changed this client"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_changed(browser: Browser, form: dict[str, str], words: str) -> None:
    client = client_named("Orders", allowed_scope="ping")
    assert words in pressed(browser, client, **form).text
    client.refresh_from_db()
    assert (client.allowed_scope, client.watched_scope) == ("ping", "")


def test_r36_enforcing_a_scope_that_is_wider_needs_that_it_is_held(sign_in: SignIn) -> None:
    """A document may let anything watch; what a person enforces is bounded as if they gave it."""
    olga = person("olga", "Developer", allowed_scope="ping")
    client = client_named("Orders", owner="olga", allowed_scope="ping")
    Client.objects.filter(pk=client.pk).update(watched_scope="ping orders.*")
    pressed(sign_in(olga), client, then="enforce")
    client.refresh_from_db()
    assert client.allowed_scope == "ping"


def test_the_scopes_page_says_when_each_client_was_last_granted_it(browser: Browser) -> None:
    from policies.models import Scope

    client = client_named("Orders", allowed_scope="ping")
    page = reverse("scope", args=[Scope.objects.get(name="ping").pk])
    assert "not lately" in browser.get(page).text
    used(client, "ping", days=3)
    day = TODAY - timedelta(days=3)
    assert f"{day.day} {day:%b %Y}" in browser.get(page).text


@pytest.mark.once
@pytest.mark.parametrize("on_postgresql", [False, True])
def test_several_processes_that_write_at_once_lose_nothing(server: MakeServer, on_postgresql: bool) -> None:
    """Each adds to the same row; the sum is exact."""
    store = server(on_postgresql=on_postgresql, started=False)
    store.shell(
        "from tests.clients.people import client_named; from policies import catalogue_changes\n"
        "from tests.clients.people import BY; from django.utils import timezone\n"
        "catalogue_changes.save_scope('ping', {}, by=BY, now=timezone.now()); client_named('Orders')"
    )
    script = (
        "from concurrent.futures import ProcessPoolExecutor\n"
        "import subprocess, sys\n"
        "code = '''\n"
        "import django; django.setup()\n"
        "from django.utils import timezone; from clients.models import Client; from policies import use\n"
        'pk = Client.objects.get(name="Orders").pk\n'
        "for _ in range(20):\n"
        '    use.note(pk, use.SCOPE, use.GRANTED, "ping", now=timezone.now()); use.flush()\n'
        "'''\n"
        "running = [subprocess.Popen([sys.executable, '-c', code]) for _ in range(4)]\n"
        "print([one.wait() for one in running])\n"
        "from policies.models import Use\n"
        "print([(row.name, row.granted) for row in Use.objects.all()])"
    )
    assert store.shell(script).splitlines()[-2:] == ["[0, 0, 0, 0]", "[('ping', 80)]"]
