"""The two servers of the benchmark, each with two workers and a database of its own on one durable PostgreSQL."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import urllib.request
from base64 import b64encode
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.bench.load import Target
from tests.ground import redis, shared
from tests.ground.postgresql import PostgreSQL
from tests.ground.processes import accepts, free_port, keep, wait_until

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
TOKENS = 200  # introspected in turn
ASK = "grant_type=client_credentials"


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server and what to send it: `targets` by the name of what is measured."""

    name: str
    database: str
    targets: dict[str, Target]


def ours(cluster: PostgreSQL) -> Server:
    """This server as `docs/operations.md` runs it."""
    return _server("ours", "ours", *_run_ours(cluster))


def ours_plain_and_ruled(cluster: PostgreSQL) -> tuple[Server, Server]:
    """The same server twice: as a plain client asks it, and as one under many rules does."""
    url, secret = _run_ours(cluster)
    plain, ruled = (_server("ours", "ours", url, secret, client_id=name) for name in ("bench", "ruled"))
    return replace(plain, name="bench"), replace(ruled, name="ruled")


def _run_ours(cluster: PostgreSQL) -> tuple[str, str]:
    """Where it answers, and the secret of its clients."""
    cluster.execute("CREATE DATABASE ours")
    port, secret = free_port(), f"{secrets.token_urlsafe(24)}-bench"
    environment = _environment(cluster, port)
    document = shared.folder() / "bench.json"
    document.write_text(json.dumps(_document(secret)))
    for arguments in (["migrate", "--verbosity", "0"], ["apply", str(document)]):
        subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, check=True)
    command = [sys.executable, str(ROOT / "manage.py"), "serve", "--bind", f"127.0.0.1:{port}"]
    _start([*command, "--workers", str(WORKERS)], environment, port, "ours.log")
    return f"http://127.0.0.1:{port}", secret


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
    subprocess.run(
        [*django, "shell", "-v0", "-c", _STOCK_CLIENT.format(secret=secret)], cwd=ROOT, env=environment, check=True
    )
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(WORKERS), "--blocking-threads", "4", "--no-ws", "--log-level", "error"]
    _start([*command, "tests.bench.stock.wsgi:application"], environment, port, "stock.log")
    return _server("stock", "stock", f"http://127.0.0.1:{port}/o", secret, token="/token/", introspect="/introspect/")


_STOCK_CLIENT = """
from oauth2_provider.models import Application
Application.objects.create(client_id="bench", client_secret="{secret}", client_type="confidential",
                           authorization_grant_type="client-credentials", name="bench")
"""


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


def _server(
    name: str,
    database: str,
    url: str,
    secret: str,
    *,
    token: str = "/token",
    introspect: str = "/introspect",
    client_id: str = "bench",
) -> Server:
    basic = "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()
    scopes = {"ours": "authorization.introspect", "stock": "introspection"}
    holder = _ask(url + token, basic, scopes[name])
    tokens = tuple(_ask(url + token, basic) for _ in range(TOKENS if name == "ours" else 4))
    bodies = tuple(f"token={one}" for one in tokens)
    targets = {
        "/token by Basic": Target(url=url + token, authorizations=(basic,), bodies=(ASK,)),
        "/introspect by Basic": Target(url=url + introspect, authorizations=(basic,), bodies=bodies),
        "/introspect by Bearer": Target(url=url + introspect, authorizations=(f"Bearer {holder}",), bodies=bodies),
    }
    if name == "ours":  # stock has nothing of the kind
        shown = tuple(f"Bearer {one}" for one in tokens)
        targets["/check by Bearer"] = Target(url=f"{url}/check?scope=orders.read", authorizations=shown, method="GET")
    return Server(name=name, database=database, targets=targets)


def _ask(url: str, authorization: str, scope: str | None = None) -> str:
    body = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
    request = urllib.request.Request(url, urlencode(body).encode(), {"Authorization": authorization})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(json.load(answer)["access_token"])
