"""Reading the environment: what is understood, and what is refused by the variable's name (contracts, Running)."""

from __future__ import annotations

from pathlib import Path

import pytest

from authserver.environment import EnvironmentFault, read_environment

KEY = "k" * 32
PRODUCTION = {"AUTHSERVER_ISSUER": "https://auth.example.com", "AUTHSERVER_SECRET_KEY": KEY}


def test_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    read = read_environment({**PRODUCTION, "AUTHSERVER_MODE": "", "AUTHSERVER_REDIS_URL": "  "}, base=tmp_path)
    assert (read.mode, read.redis_url, read.home) == ("production", "", tmp_path / "var")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AUTHSERVER_MODE", "staging"),
        ("AUTHSERVER_ISSUER", ""),
        ("AUTHSERVER_ISSUER", "auth.example.com"),
        ("AUTHSERVER_ISSUER", "http://auth.example.com"),
        ("AUTHSERVER_ISSUER", "https://auth.example.com/tenant"),
        ("AUTHSERVER_ISSUER", "https://auth.example.com?a=b"),
        ("AUTHSERVER_ISSUER", "https://auth.example.com#a"),
        ("AUTHSERVER_ISSUER", "https://me@auth.example.com"),
        ("AUTHSERVER_ISSUER", "https://auth.example.com:port"),
        ("AUTHSERVER_ALLOWED_HOSTS", "*"),
        ("AUTHSERVER_ALLOWED_HOSTS", ".example.com"),
        ("AUTHSERVER_SECRET_KEY", ""),
        ("AUTHSERVER_SECRET_KEY", "short"),
        ("AUTHSERVER_SECRET_KEY", f"{KEY},short"),
        ("AUTHSERVER_DATABASE_URL", "mysql://localhost/db"),
        ("AUTHSERVER_REDIS_URL", "http://localhost"),
        ("AUTHSERVER_TRUSTED_PROXIES", "10.0.0.5/8"),
        ("AUTHSERVER_TRUSTED_PROXIES", "proxy.example.com"),
    ],
)
def test_a_wrong_value_is_refused_with_its_variables_name(tmp_path: Path, variable: str, value: str) -> None:
    with pytest.raises(EnvironmentFault, match=f"^{variable}"):
        read_environment({**PRODUCTION, variable: value}, base=tmp_path)


@pytest.mark.parametrize(
    ("issuer", "host"),
    [("https://auth.example.com/", "auth.example.com"), ("http://127.0.0.1:8000", "127.0.0.1"),
     ("http://[::1]:8000", "[::1]"), ("https://auth.example.com:8443", "auth.example.com")],
)  # fmt: skip
def test_the_issuer_has_no_path_and_its_host_is_the_one_accepted(tmp_path: Path, issuer: str, host: str) -> None:
    read = read_environment({**PRODUCTION, "AUTHSERVER_ISSUER": issuer}, base=tmp_path)
    assert (read.issuer, read.issuer_host) == (issuer.rstrip("/"), host)


def test_development_makes_its_key_once_for_its_owner_alone(tmp_path: Path) -> None:
    first = read_environment({"AUTHSERVER_MODE": "development"}, base=tmp_path)
    assert read_environment({"AUTHSERVER_MODE": "development"}, base=tmp_path).secret_keys == first.secret_keys
    assert len(first.secret_keys[0]) >= 32
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o077 == 0
