"""Fixtures of every test. The environment was set before Django loaded, by `tests.ground.plugin`."""

from __future__ import annotations

import pytest

pytest_plugins = ("tests.ground.people", "tests.ground.running", "tests.ground.browsers")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test with a browser runs once, on the first database; it takes long and asks nothing new of the second."""
    for item in items:
        if {"browser", "browser_page"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.once)
