"""What is taken for a logo: told from its bytes; an SVG with anything that acts or fetches is refused."""

from __future__ import annotations

import base64

import pytest

from accounts.branding import brand, logo

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
JPEG, WEBP = b"\xff\xd8\xff\xe0rest", b"RIFF\x10\0\0\0WEBPVP8 "
OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">'
SVG = (
    f"<?xml version='1.0'?><!-- ours -->{OPEN}<style><![CDATA[.a {{ fill: url(#g) }}]]></style>"
    '<defs><linearGradient id="g"/></defs><use xlink:href="#g"/><path class="a" d="M0 0h9v9z"/></svg>'
).encode()
HOSTILE = {
    "script": f"{OPEN}<script>alert(1)</script></svg>",
    "script by another prefix": '<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:script/></s:svg>',
    "a handler": f'{OPEN}<path onclick="alert(1)"/></svg>',
    "a handler in capitals": '<svg xmlns="http://www.w3.org/2000/svg" OnLoad="alert(1)"></svg>',
    "foreign content": f'{OPEN}<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"/></foreignObject></svg>',
    "another language within": f'{OPEN}<h:iframe xmlns:h="http://www.w3.org/1999/xhtml" src="/"/></svg>',
    "an animation that sets an address": f'{OPEN}<set attributeName="href" to="javascript:alert(1)"/></svg>',
    "a link": f'{OPEN}<a xlink:href="javascript:alert(1)"><path/></a></svg>',
    "a part of another file": f'{OPEN}<use xlink:href="https://evil.example/x.svg#a"/></svg>',
    "an image from elsewhere": f'{OPEN}<image href="https://evil.example/x.png"/></svg>',
    "a fetching attribute": f'{OPEN}<path fill="url(https://evil.example/x)"/></svg>',
    "a fetching style": f"{OPEN}<style>@import '//evil.example/x.css';</style></svg>",
    "an escaped style": f"{OPEN}<style>@\\69mport '//evil.example/x.css';</style></svg>",
    "a stylesheet": f'<?xml version="1.0"?><?xml-stylesheet href="//evil.example/x.css"?>{OPEN}</svg>',
    "entities": f'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>{OPEN}<text>&b;</text></svg>',
    "a file of the server": f'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>{OPEN}<text>&a;</text></svg>',
    "half a file": f"{OPEN}<path",
    "another charset": f'<?xml version="1.0" encoding="no-such-charset"?>{OPEN}</svg>',
    "a page": "<!doctype html><title>x</title><svg></svg><script>alert(1)</script>",
    "plain words": "GIF89a",
    "nothing": "",
}


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(PNG, "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp"), (SVG, "image/svg+xml")],
    ids=["png", "jpeg", "webp", "svg"],
)
def test_a_logo_is_told_from_its_bytes_and_keeps_them(content: bytes, media_type: str) -> None:
    taken = logo.of_bytes(content)
    assert (taken.media_type, taken.content) == (media_type, content)
    assert logo.of_uri(taken.uri) == taken


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_acts_or_fetches_or_is_no_image_is_refused(content: str) -> None:
    with pytest.raises(logo.LogoRefused):
        logo.of_bytes(content.encode())


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/logo.png",
        "data:text/html;base64,PHNjcmlwdD4=",
        f"data:image/jpeg;base64,{base64.b64encode(PNG).decode()}",
        "data:image/png;base64,A",
        "data:image/png,plain",
    ],
)
def test_a_uri_that_says_something_else_than_it_holds_is_refused(uri: str) -> None:
    with pytest.raises(logo.LogoRefused):
        logo.of_uri(uri)


def test_a_large_one_is_refused_with_the_limit() -> None:
    with pytest.raises(logo.LogoRefused, match="at most 32 KB"):
        logo.of_bytes(PNG + bytes(logo.LARGEST))


@pytest.mark.parametrize("colour", ["", "red", "12345", "1234567", "ABCDEF", "12345\n", "0};body"])
def test_a_stylesheet_is_made_of_six_digits_alone(colour: str) -> None:
    with pytest.raises(ValueError, match="no colour"):
        brand.stylesheet(colour)
