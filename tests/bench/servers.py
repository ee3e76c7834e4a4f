"""The two servers of the benchmark, each with two workers and a database of its own on one durable PostgreSQL."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import targets
from tests.bench.load import Target
from tests.bench.proof import REDIRECT
from tests.bench.targets import Asked
from tests.ground import redis, shared
from tests.ground.postgresql import PostgreSQL
from tests.ground.processes import accepts, free_port, keep, wait_until

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server and what to send it: `targets` by the name of what is measured."""

    name: str
    database: str
    targets: dict[str, Target]


def ours(cluster: PostgreSQL) -> Server:
    """This server as `docs/operations.md` runs it."""
    asked = _run_ours(cluster)
    return Server(name="ours", database="ours", targets=targets.of_both(asked) | targets.of_ours(asked, "bench"))


def ours_plain_and_ruled(cluster: PostgreSQL) -> tuple[Server, Server]:
    """The same server twice: as a plain client asks it, and as one under many rules does."""
    asked = _run_ours(cluster)

    def of(name: str) -> Server:
        rows = targets.of_client_credentials(asked, name) | targets.of_ours(asked, name)
        return Server(name=name, database="ours", targets=rows)

    return of("bench"), of("ruled")


def _run_ours(cluster: PostgreSQL) -> Asked:
    cluster.execute("CREATE DATABASE ours")
    port, secret = free_port(), f"{secrets.token_urlsafe(24)}-bench"
    environment = _environment(cluster, port)
    document = shared.folder() / "bench.json"
    document.write_text(json.dumps(_document(secret)))
    manage = [sys.executable, str(ROOT / "manage.py")]
    for arguments in (["migrate", "--verbosity", "0"], ["apply", str(document)]):
        subprocess.run([*manage, *arguments], cwd=ROOT, env=environment, check=True)
    _start([*manage, "serve", "--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS)], environment, port, "ours.log")

    def mint(what: str, count: int) -> list[str]:
        return _printed([*manage, "shell", "--no-imports"], environment, "tests.bench.once", what, count)

    return Asked(url=f"http://127.0.0.1:{port}", secret=secret, mint=mint)


def stock(cluster: PostgreSQL) -> Server:
    """django-oauth-toolkit as it comes, under the same granian with as many threads as suit it best."""
    cluster.execute("CREATE DATABASE stock")
    port, secret = free_port(), secrets.token_urlsafe(24)
    environment = {
        **_without_ours(),
        "DJANGO_SETTINGS_MODULE": "tests.bench.stock.settings",
        "STOCK_DATABASE_URL": cluster.url("stock"),
        "PYTHONPATH": str(ROOT),
    }
    django = [sys.executable, "-m", "django"]
    subprocess.run([*django, "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, check=True)
    clients = _STOCK_CLIENTS.format(secret=secret, redirect=REDIRECT)
    subprocess.run([*django, "shell", "-v0", "-c", clients], cwd=ROOT, env=environment, check=True)
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(WORKERS), "--blocking-threads", "4", "--no-ws", "--log-level", "error"]
    _start([*command, "tests.bench.stock.wsgi:application"], environment, port, "stock.log")

    def mint(what: str, count: int) -> list[str]:
        return _printed([*django, "shell", "--no-imports"], environment, "tests.bench.stock.once", what, count)

    asked = Asked(
        url=f"http://127.0.0.1:{port}/o", slash="/", secret=secret, mint=mint, introspecting="introspection",
        tokens=4, rate=40,
    )  # fmt: skip
    return Server(name="stock", database="stock", targets=targets.of_both(asked))


_STOCK_CLIENTS = """
from oauth2_provider.models import Application
for name, grant in (("bench", "client-credentials"), ("bench-jwt", "client-credentials"),
                    ("bench-web", "authorization-code")):
    Application.objects.create(client_id=name, client_secret="{secret}", client_type="confidential",
                               authorization_grant_type=grant, redirect_uris="{redirect}", name=name)
"""


def _printed(shell: list[str], environment: dict[str, str], room: str, what: str, count: int) -> list[str]:
    """What a function of `room` printed, line by line."""
    code = f"from {room} import {what}; {what}({count})"
    env = {**environment, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([*shell, "-v0", "-c", code], cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.split()


def _environment(cluster: PostgreSQL, port: int) -> dict[str, str]:
    return {
        **_without_ours(),
        "AUTHSERVER_MODE": "production",
        "AUTHSERVER_HOME": str(shared.folder() / "ours"),
        "AUTHSERVER_ISSUER": f"http://127.0.0.1:{port}",
        "AUTHSERVER_SECRET_KEY": secrets.token_urlsafe(48),
        "AUTHSERVER_DATABASE_URL": cluster.url("ours"),
        "AUTHSERVER_REDIS_URL": redis.new_database(),
    }


def _without_ours() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("AUTHSERVER", "DJANGO"))}


def _document(secret: str) -> dict[str, Any]:
    return {
        "settings": {"requireHttps": False, "addressBudget": 2147483647},  # all of it comes from one address
        "users": [{"username": "bench-owner", "password": secrets.token_urlsafe(24), "isSuperuser": True}],
        "scopes": [{"name": "orders.read", "description": "Read orders", "default": True}],
        "clients": [
            {"clientId": "bench", "name": "bench", "type": "confidential", "grants": ["client_credentials"],
             "allowedScope": "orders.* authorization.introspect", "owner": "bench-owner", "clientSecret": secret},
            {"clientId": "bench-jwt", "name": "bench-jwt", "type": "confidential", "grants": ["client_credentials"],
             "allowedScope": "orders.*", "tokenFormat": "jwt", "owner": "bench-owner", "clientSecret": secret},
            {"clientId": "bench-web", "name": "bench-web", "type": "confidential", "grants": ["authorization_code"],
             "redirectUris": [REDIRECT], "allowedScope": "orders.*", "refreshLimit": "unlimited",
             "owner": "bench-owner", "clientSecret": secret},
            {**RULED, "clientSecret": secret},
        ],
    }  # fmt: skip


# Twenty network rules, a budget that is counted and never met, and thirty elements of allowed scope.
RULED = {
    "clientId": "ruled", "name": "ruled", "type": "confidential", "grants": ["client_credentials"],
    "owner": "bench-owner",
    "allowedIpRules": [
        *({"cidr": f"10.{n}.0.0/16", "action": "allow", "note": f"Site {n}"} for n in range(9)),
        *({"cidr": f"2001:db8:{n}::/48", "action": "allow", "note": f"Site {n}"} for n in range(5)),
        {"cidr": "127.0.0.0/8", "action": "allow", "note": "Where the benchmark runs"},
        *({"cidr": f"127.9.{n}.0/24", "action": "deny", "note": "Never"} for n in range(5)),
    ],
    "rateLimitRules": [{"method": "any", "limit": 1_000_000, "period": 60}],
    "allowedScope": " ".join(["orders.*", "authorization.introspect", *(f"part{n}.*.read" for n in range(28))]),
}  # fmt: skip


def _start(command: list[str], environment: dict[str, str], port: int, log: str) -> None:
    saved = dict(os.environ)
    os.environ.clear()
    os.environ.update({**environment, "PYTHONPATH": str(ROOT)})
    try:
        keep(command, owner=shared.owner(), log=shared.folder() / log)
    finally:
        os.environ.clear()
        os.environ.update(saved)
    wait_until(lambda: accepts(port), seconds=60, what=f"{log.removesuffix('.log')} answers")
