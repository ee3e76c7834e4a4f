"""Reads the server's environment into one frozen value, and refuses what it cannot understand.

Every variable of the contract is read here and nowhere else. An empty variable counts as unset.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

Mode = Literal["production", "development"]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
SHORTEST_KEY = 32  # characters
DEVELOPMENT_ISSUER = "http://127.0.0.1:8000"


class EnvironmentFault(Exception):
    """A variable holds a value that the server cannot run with; the message begins with its name."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What the machine says about this server. `secret_keys`: the first makes, all verify and decrypt."""

    home: Path
    mode: Mode
    issuer: str
    allowed_hosts: tuple[str, ...]
    secret_keys: tuple[str, ...]
    database_url: str
    redis_url: str
    trusted_proxies: tuple[Network, ...]
    webhook_networks: tuple[Network, ...] = ()

    @property
    def development(self) -> bool:
        return self.mode == "development"

    @property
    def issuer_host(self) -> str:
        """The issuer's host as a Host header writes it, without the port."""
        host = urlsplit(self.issuer).hostname or ""
        return f"[{host}]" if ":" in host else host

    @property
    def https(self) -> bool:
        return self.issuer.startswith("https://")


def read_environment(variables: Mapping[str, str], *, base: Path) -> Environment:
    """Read `variables` (normally `os.environ`); relative paths are taken from `base`.

    Raises EnvironmentFault, naming the variable, for a value that is wrong or (in production) missing.
    """
    values = {name: value.strip() for name, value in variables.items() if value.strip()}
    mode = _mode(values.get("AUTHSERVER_MODE", "production"))
    home = (base / values.get("AUTHSERVER_HOME", "var")).resolve()
    return Environment(
        home=home,
        mode=mode,
        issuer=_issuer(values.get("AUTHSERVER_ISSUER"), mode=mode),
        allowed_hosts=_hosts(values.get("AUTHSERVER_ALLOWED_HOSTS", "")),
        secret_keys=_secret_keys(values.get("AUTHSERVER_SECRET_KEY"), mode=mode, home=home),
        database_url=_url("AUTHSERVER_DATABASE_URL", values, schemes=("postgres", "postgresql")),
        redis_url=_url("AUTHSERVER_REDIS_URL", values, schemes=("redis", "rediss", "valkey", "unix")),
        trusted_proxies=_networks("AUTHSERVER_TRUSTED_PROXIES", values),
        webhook_networks=_networks("AUTHSERVER_WEBHOOK_NETWORKS", values),
    )


def _mode(text: str) -> Mode:
    if text not in ("production", "development"):
        raise EnvironmentFault(f"AUTHSERVER_MODE must be production or development, not {text!r}.")
    return cast(Mode, text)


def _issuer(text: str | None, *, mode: Mode) -> str:
    """RFC 8414 §2: the issuer is a URL without query or fragment; ours has no path either."""
    if text is None:
        if mode == "development":
            return DEVELOPMENT_ISSUER
        raise EnvironmentFault(
            "AUTHSERVER_ISSUER is not set. Production needs it, for example https://auth.example.com."
        )
    fault = (
        f"AUTHSERVER_ISSUER must be a URL like https://auth.example.com without path, query or fragment, not {text!r}."
    )
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise EnvironmentFault(fault) from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise EnvironmentFault(fault)
    if parts.path not in ("", "/") or parts.query or parts.fragment or "?" in text or "#" in text:
        raise EnvironmentFault(fault)
    if parts.scheme == "http" and mode == "production" and not is_loopback(parts.hostname):
        raise EnvironmentFault(f"AUTHSERVER_ISSUER must begin with https:// in production, not {text!r}.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")


def is_loopback(host: str) -> bool:
    """Whether a host name or address literal names this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(host.strip().lower() for host in text.split(",") if host.strip())
    for host in hosts:
        if "*" in host or "/" in host or host.startswith("."):
            raise EnvironmentFault(f"AUTHSERVER_ALLOWED_HOSTS must list plain host names; {host!r} is not one.")
    return hosts


def _secret_keys(text: str | None, *, mode: Mode, home: Path) -> tuple[str, ...]:
    if text is None:
        if mode == "production":
            raise EnvironmentFault("AUTHSERVER_SECRET_KEY is not set. Production needs at least 32 random characters.")
        return (_development_key(home / "secret_key"),)
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    for number, key in enumerate(keys, start=1):
        if len(key) < SHORTEST_KEY:
            raise EnvironmentFault(f"AUTHSERVER_SECRET_KEY: key {number} is shorter than {SHORTEST_KEY} characters.")
    return keys


def _development_key(path: Path) -> str:
    """Made once and kept in AUTHSERVER_HOME; exclusive creation, so that two starting processes agree."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _kept_key(path)
    with os.fdopen(descriptor, "w") as file:
        key = secrets.token_urlsafe(48)
        file.write(key + "\n")
    return key


def _kept_key(path: Path) -> str:
    """The key in `path`, waiting a moment for the process that is writing it: nobody runs with an empty one."""
    for _ in range(100):
        key = path.read_text().strip()
        if len(key) >= SHORTEST_KEY:
            return key
        time.sleep(0.02)
    raise EnvironmentFault(f"AUTHSERVER_HOME: {path} holds no key. Remove it, and a new one is made.")


def _url(name: str, values: Mapping[str, str], *, schemes: tuple[str, ...]) -> str:
    text = values.get(name, "")
    if text and urlsplit(text).scheme not in schemes:
        raise EnvironmentFault(f"{name} must begin with one of {', '.join(s + '://' for s in schemes)}.")
    return text


def _networks(name: str, values: Mapping[str, str]) -> tuple[Network, ...]:
    networks = []
    for part in (part.strip() for part in values.get(name, "").split(",")):
        if not part:
            continue
        try:
            networks.append(ipaddress.ip_network(part))
        except ValueError as error:
            raise EnvironmentFault(f"{name}: {part!r} is not a network: {error}.") from error
    return tuple(networks)
