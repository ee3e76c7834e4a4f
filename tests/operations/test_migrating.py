"""Migrating to and fro: every step of ours can be taken back, and what a version ships is there when it is reached."""

from __future__ import annotations

from tests.ground.running import MakeServer


def test_an_earlier_state_and_back_again_leave_what_the_version_ships(own_server: MakeServer) -> None:
    server = own_server(started=False)
    for app in ("tokens", "policies", "clients", "audit", "accounts"):
        server.manage("migrate", app, "0001", "--verbosity", "0")
    server.manage("migrate", "--verbosity", "0")
    shipped = server.shell(
        "from accounts.models import Group; from clients.models import Client; from policies.models import Scope\n"
        "print(Group.objects.filter(shipped=True).count(), Client.objects.filter(is_system=True).count(), "
        "Scope.objects.filter(shipped=True).count())"
    )
    roles, clients, scopes = map(int, shipped.split())
    assert (roles, clients) == (4, 3)  # the third is the test client of development mode
    assert scopes >= 8
    assert "No changes detected" in server.manage("makemigrations", "--check", "--dry-run")
