"""A logo from outside: what it is, told from its bytes, and that nothing in it acts.

Browsers run no script of an image, and the server sends one with a policy that forbids everything. That an SVG with
script is refused all the same keeps it harmless where somebody opens or downloads it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

LARGEST = 32 * 1024  # bytes
SVG = "image/svg+xml"
TYPES = ("image/png", "image/jpeg", "image/webp", SVG)
_URI = re.compile(rf"data:({'|'.join(map(re.escape, TYPES))});base64,([A-Za-z0-9+/]+={{0,2}})")
_SVG_NAMESPACE = "{http://www.w3.org/2000/svg}"
_SHAPES = frozenset(
    {
        *("svg", "g", "defs", "symbol", "use", "title", "desc", "text", "tspan", "style"),
        *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern"),
    }
)
_REFERENCE = re.compile(r"url\(\s*['\"]?(?!#)|@import|javascript:|expression\(", re.IGNORECASE)


class LogoRefused(Exception):
    """The message is a public sentence."""


@dataclass(frozen=True, kw_only=True)
class Logo:
    """`media_type` is one of TYPES."""

    media_type: str
    content: bytes

    @property
    def uri(self) -> str:
        """As documents and the database write it (RFC 2397)."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.content).decode()}"

    @property
    def digest(self) -> str:
        """What its address is made of: another logo has another address."""
        return hashlib.sha256(self.content).hexdigest()[:16]

    def __str__(self) -> str:
        return f"{self.media_type}, {len(self.content):,} bytes, {self.digest}"


def of_bytes(content: bytes) -> Logo:
    """The logo in a file, whatever its name says. Raises LogoRefused."""
    if len(content) > LARGEST:
        raise LogoRefused(f"A logo has at most {LARGEST // 1024} KB; this one is larger.")
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return Logo(media_type="image/png", content=content)
    if content.startswith(b"\xff\xd8\xff"):
        return Logo(media_type="image/jpeg", content=content)
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return Logo(media_type="image/webp", content=content)
    if b"<svg" in content:
        _check_svg(content)
        return Logo(media_type=SVG, content=content)
    raise LogoRefused("A logo is a PNG, JPEG, WebP or SVG image; this is none.")


def of_uri(uri: str) -> Logo:
    """The logo in a `data:` URI. Raises LogoRefused."""
    found = _URI.fullmatch(uri)
    if found is None:
        raise LogoRefused("A logo is written data:image/png;base64,…; jpeg, webp and svg+xml stand where png does.")
    try:
        logo = of_bytes(base64.b64decode(found[2], validate=True))
    except binascii.Error as error:
        raise LogoRefused("What stands behind base64, is no base64.") from error
    if logo.media_type != found[1]:
        raise LogoRefused(f"It says {found[1]}, and is {logo.media_type}.")
    return logo


def _check_svg(content: bytes) -> None:
    if b"<!" in re.sub(rb"<!--.*?-->|<!\[CDATA\[", b"", content, flags=re.DOTALL):
        raise LogoRefused("An SVG with a document type or entities is not taken. Remove the line <!DOCTYPE …>.")
    if b"<?" in content.removeprefix(b"\xef\xbb\xbf").lstrip().removeprefix(b"<?xml "):
        raise LogoRefused("An SVG with a stylesheet of its own is not taken. Remove the line <?xml-stylesheet …?>.")
    try:
        root = ET.fromstring(content)  # noqa: S314 - without a document type nothing expands
    except (ET.ParseError, ValueError, LookupError) as error:
        raise LogoRefused("This SVG is not well-formed.") from error
    for element in root.iter():
        _check_element(element)


def _check_element(element: ET.Element) -> None:
    name = element.tag.removeprefix(_SVG_NAMESPACE)
    if name not in _SHAPES:
        if element.tag.startswith("{") and not element.tag.startswith(_SVG_NAMESPACE):
            name = element.tag.rpartition("}")[2]
        raise LogoRefused(f"An SVG is taken with shapes, text and gradients alone; this one holds <{name[:40]}>.")
    for attribute, value in element.attrib.items():
        plain = attribute.rpartition("}")[2].lower()
        if plain.startswith("on"):
            raise LogoRefused(f"An SVG with script is not taken; this one has {plain[:40]} on <{name}>.")
        if plain == "href" and not value.startswith("#"):
            raise LogoRefused("An SVG that fetches something is not taken; its href may name a part of itself alone.")
        if _REFERENCE.search(value):
            raise LogoRefused(f"An SVG that fetches something is not taken; look at {plain[:40]} on <{name}>.")
    if name == "style" and ("\\" in (element.text or "") or _REFERENCE.search(element.text or "")):
        raise LogoRefused("An SVG whose style fetches something is not taken.")
