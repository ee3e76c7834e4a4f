"""A page looked at in every look: one visit, since the looks differ by style sheet alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.screenshots import keep
from tests.ground.browsers import LOOKS

LookAt = Callable[..., list[str]]
# How each look is named in a picture's file.
NAMES = {"light": "light-1440", "dark": "dark-1440", "phone": "light-390", "phone-dark": "dark-390"}
MOST_TRANSFERRED = 150_000  # bytes of a page with everything that it brings, as they travel
TRANSFERRED = """["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
    .reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""
FITS = "document.documentElement.scrollWidth <= innerWidth"


@pytest.fixture(scope="session")
def look_at(accessibility_faults: Callable[..., list[str]]) -> LookAt:
    """`look_at(page, name, pictures=…)`: what is wrong in any look, one line each; a picture of each look named.

    By day axe looks at everything, on a screen and on a phone; by night only the colours are others. No page weighs
    more than MOST_TRANSFERRED. The page is left as it was found: wide and light.
    """

    def every_look(page: Page, name: str, *, pictures: tuple[str, ...] = tuple(LOOKS)) -> list[str]:
        page.wait_for_load_state()
        weight = page.evaluate(TRANSFERRED)
        faults = [f"{name} is {weight} bytes"] if weight > MOST_TRANSFERRED else []
        for look in ("phone-dark", "phone", "dark", "light"):
            page.set_viewport_size(LOOKS[look]["viewport"])
            page.emulate_media(color_scheme=LOOKS[look]["color_scheme"])
            if look != "phone-dark":
                only = ("color-contrast",) if look == "dark" else ()
                faults += [f"{name} {look} {fault}" for fault in accessibility_faults(page, only=only)]
            if not page.evaluate(FITS):
                faults.append(f"{name} {look} scrolls sideways")
            if look in pictures:
                keep(page, f"{name}-{NAMES[look]}")
        return faults

    return every_look
