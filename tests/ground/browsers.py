"""Debian's Chromium, driven by Playwright, in the looks that pages must hold in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.ground import parts

FLAGS = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync")
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": WIDE, "color_scheme": "light"},
    "dark": {"viewport": WIDE, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "color_scheme": "light", "has_touch": True},
    "phone-dark": {"viewport": PHONE, "color_scheme": "dark", "has_touch": True},
}
NewPage = Callable[..., Page]
# Of what axe has found, the faults alone leave the browser: to write down all that passed takes longer than to look.
VIOLATIONS = "options => axe.run(options).then(found => found.violations)"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium a test process."""
    # Playwright runs an event loop in this thread, which Django takes for asynchronous code; it is not.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    path = parts.need("chromium")
    as_root = ("--no-sandbox",) if os.getuid() == 0 else ()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(path), args=[*FLAGS, *as_root])
        yield chromium
        chromium.close()


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[NewPage]:
    """`browser_page("dark", base_url=server.url)`: a page in a browser profile of its own.

    Looks: light, dark, phone, phone-dark. Whatever the page's scripts, its CSP or its console call an error
    fails the test in the end, unless the test empties `page.faults`.
    """
    contexts = []
    faults: list[str] = []

    def new_page(look: str = "light", **options: Any) -> Page:
        context = browser.new_context(**{**LOOKS[look], "reduced_motion": "reduce", **options})
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        page.on("console", lambda message: _note(faults, page, message))
        page.faults = faults  # type: ignore[attr-defined]
        return page

    yield new_page
    for context in contexts:
        context.close()
    assert faults == []


def _note(faults: list[str], page: Page, message: Any) -> None:
    """Failed loads are the tests' own business: an error page is a failed load too."""
    if message.type == "error" and not message.text.startswith("Failed to load resource"):
        faults.append(f"{page.url}: {message.text}")


@pytest.fixture(scope="session")
def accessibility_faults() -> Callable[..., list[str]]:
    """`accessibility_faults(page, only=())`: what axe calls serious or critical, one line each; `only`: these rules."""
    from axe_playwright_python.sync_playwright import Axe

    script = Axe().axe_script

    def faults(page: Page, *, only: tuple[str, ...] = ()) -> list[str]:
        if not page.evaluate("'axe' in window"):
            page.evaluate(script)
        rules = {"runOnly": {"type": "rule", "values": list(only)}} if only else {}
        found = page.evaluate(VIOLATIONS, {"resultTypes": ["violations"], **rules})
        return [
            f"{fault['id']}: {fault['help']}: {node['target']}"
            for fault in found
            if fault["impact"] in ("serious", "critical")
            for node in fault["nodes"]
        ]

    return faults
