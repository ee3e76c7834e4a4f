"""Pictures of pages, kept in `docs/screenshots/` by `make screenshots`."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
WANTED = "SCREENSHOTS"


def keep(page: Page, name: str) -> None:
    """A picture of the whole page as `name`.png, where pictures are wanted."""
    if os.environ.get(WANTED):
        FOLDER.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=FOLDER / f"{name}.png", full_page=True, animations="disabled")
