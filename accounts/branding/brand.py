"""The brand as pages show it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from accounts.models import ServerSettings

USUAL_NAME = "authserver"


@dataclass(frozen=True, kw_only=True)
class Brand:
    """`colour`: `#rrggbb`, empty for the product's own. `logo`: the digest of one, empty for the product's own."""

    name: str = USUAL_NAME
    colour: str = ""
    logo: str = ""
    privacy_url: str = ""
    support_url: str = ""

    @property
    def hex(self) -> str:
        return self.colour.removeprefix("#")


_COLUMNS = ("brand_name", "brand_colour", "logo_digest", "privacy_url", "support_url")
_known = Brand()


def current() -> Brand:
    """As the database has it now (one statement)."""
    global _known
    row = ServerSettings.objects.filter(pk=1).values_list(*_COLUMNS).first()
    if row is not None:
        name, colour, logo, privacy, support = row
        _known = Brand(name=name or USUAL_NAME, colour=colour, logo=logo, privacy_url=privacy, support_url=support)
    return _known


def last_known() -> Brand:
    """What this process read last, for the page that says that the database is away."""
    return _known


def stylesheet(colour: str) -> str:
    """The product's accents in the hue of `colour` (`rrggbb`).

    Only hue and strength are taken. Lightness stays the product's own, by day and by night: whatever somebody
    chooses, text and controls keep their contrast (WCAG 2.2, 1.4.3). Raises ValueError.
    """
    if not re.fullmatch("[0-9a-f]{6}", colour):
        raise ValueError(f"{colour!r} is no colour.")
    day, night = f"oklch(from #{colour} 0.46 min(c, 0.14) h)", f"oklch(from #{colour} 0.8 min(c, 0.1) h)"
    fill, fill_night = f"oklch(from #{colour} 0.44 min(c, 0.14) h)", f"oklch(from #{colour} 0.52 min(c, 0.12) h)"
    hover, hover_night = f"oklch(from #{colour} 0.385 min(c, 0.12) h)", f"oklch(from #{colour} 0.545 min(c, 0.12) h)"
    return (
        "@layer tokens {\n  :root {\n"
        f"    --accent: light-dark({day}, {night});\n"
        f"    --accent-fill: light-dark({fill}, {fill_night});\n"
        f"    --accent-fill-hover: light-dark({hover}, {hover_night});\n"
        "  }\n}\n"
    )
