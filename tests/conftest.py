"""Fixtures of every test. The environment was set before Django loaded, by `tests.ground.plugin`."""

from __future__ import annotations

import pytest

from tests.ground.plugin import ON_POSTGRESQL

pytest_plugins = ("tests.ground.people", "tests.ground.running", "tests.ground.browsers")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test with a browser runs once, on the first database; it takes long and asks nothing new of the second."""
    for item in items:
        if _drives_a_browser(item):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.once)


def _drives_a_browser(item: pytest.Item) -> bool:
    """By where the fixture comes from: many tests have a `browser` of their own, which is Django's test client."""
    known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    found = (known[name][-1].func.__module__ for name in ("browser", "browser_page") if known.get(name))
    return "tests.ground.browsers" in found


@pytest.fixture(scope="session")
def django_db_modify_db_settings_xdist_suffix(request: pytest.FixtureRequest) -> None:
    """A database a process on PostgreSQL. On SQLite each has one in its own memory, and needs no name.

    pytest-django knows that of Django's own backend alone, and would make a file's name of ours.
    """
    from django.conf import settings

    worker = getattr(request.config, "workerinput", {}).get("workerid")
    if worker and ON_POSTGRESQL:
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"test_authserver_{worker}"
