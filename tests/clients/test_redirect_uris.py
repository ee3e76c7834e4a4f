"""R5 as a table: which redirect URIs may be registered, and how a bad line is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.rules.redirect_uris import LONGEST, faults, host_of, kept, line_faults, lines_of

GOOD = [
    "https://app.example.com/callback",
    "https://app.example.com",
    "https://app.example.com:8443/cb?tenant=1",
    "https://xn--bcher-kva.example/cb",
    "https://[2001:db8::1]/cb",
    "https://198.51.100.7/cb",
    "http://127.0.0.1/callback",
    "http://127.0.0.1:8400/callback",
    "http://127.8.9.10/callback",
    "http://[::1]:3000/callback",
    "http://localhost:3000/callback",
    "http://LOCALHOST/callback",
    "com.example.app:/callback",
    "com.example.app://oauth/callback",
    "https://app.example.com/a%20b",
    "https://app.example.com/.well-known/return",
    "https://app.example.com/a..b",
    "https://a.example/" + "x" * (LONGEST - 18),
]

BAD = [
    ("relative/path", "Begin with the scheme"),
    ("/callback", "Begin with the scheme"),
    ("//app.example.com/cb", "Begin with the scheme"),
    ("app.example.com/cb", "Begin with the scheme"),
    ("https://app.example.com/cb#done", "Remove the fragment #done."),
    ("https://app.example.com/cb#", "Remove the fragment #."),
    ("https://*.example.com/cb", "Wildcards are not allowed"),
    ("https://app.example.com/*", "Wildcards are not allowed"),
    ("https://app.example.com/cb?x=*", "Wildcards are not allowed"),
    ("javascript:alert(1)", "javascript: addresses are not allowed"),
    ("JavaScript:alert(1)//", "javascript: addresses are not allowed"),
    ("data:text/html,hi", "data: addresses are not allowed"),
    ("vbscript:x", "vbscript: addresses are not allowed"),
    ("file:///etc/passwd", "file: addresses are not allowed"),
    ("http://app.example.com/cb", "Use https://app.example.com/cb."),
    ("http://127.0.0.1.example.com/cb", "Plain http is for loopback addresses only"),
    ("http://localhost.example.com/cb", "Plain http is for loopback addresses only"),
    ("http://127.1/cb", "Plain http is for loopback addresses only"),
    ("http://2130706433/cb", "Plain http is for loopback addresses only"),
    ("http://[::ffff:127.0.0.1]/cb", "Plain http is for loopback addresses only"),
    ("http://0.0.0.0/cb", "Plain http is for loopback addresses only"),
    ("myapp://callback", "reversed domain name"),
    ("myapp:/callback", "reversed domain name"),
    ("ftp://files.example.com/cb", "reversed domain name"),
    ("com..app:/cb", "reversed domain name"),
    ("com.example.app:callback", "Write a path after the scheme"),
    ("https://", "Add the host"),
    ("https:///cb", "Add the host"),
    ("https:app.example.com", "Add the host"),
    ("https://user@app.example.com/cb", "Remove the user name before @"),
    ("https://app.example.com@evil.example/cb", "Remove the user name before @"),
    ("https://app.example.com/a/../b", "without . and .. segments"),
    ("https://app.example.com/a/%2e%2E/b", "without . and .. segments"),
    ("https://app.example.com/./b", "without . and .. segments"),
    ("https://app.example.com:99999/cb", "Correct the host or the port"),
    ("https://app.example.com:port/cb", "Correct the host or the port"),
    ("https://app.example.com:0/cb", "Correct the port"),
    ("https://[::1/cb", "Correct the host or the port"),
    ("https://[zz::1]/cb", "Correct the host or the port"),
    ("https://bücher.example/cb", "Remove or percent-encode ü"),
    ("https://app.example.com/a b", "U+0020"),
    ("https://app.example.com/\x00", "U+0000"),
    ("https://app.example.com/a\r\nSet-Cookie: x", "U+000D U+000A"),
    ("https://app.example.com\\@evil.example/", "\\"),
    ("https://app.example.com/<script>", "< >"),
    ("https://app.example.com/%zz", "%25"),
    ("https://app.example.com/%", "%25"),
    ("https://a.example/" + "x" * (LONGEST - 17), "Use at most 2000 characters; this has 2001."),
]


@pytest.mark.parametrize("uri", GOOD)
def test_r5_a_sound_redirect_uri_is_accepted(uri: str) -> None:
    assert line_faults(uri) == []


@pytest.mark.parametrize(("uri", "words"), BAD)
def test_r5_a_bad_redirect_uri_is_refused_with_the_way_to_mend_it(uri: str, words: str) -> None:
    assert any(words in message for message in line_faults(uri))


def test_r5_every_bad_line_is_reported_at_once_with_its_number() -> None:
    text = "\n".join(
        [
            "https://returns.example.com/cb",
            "http://returns.example.com/cb",
            "",
            "https://*.example.com/cb",
            "http://127.0.0.1/callback",
            "https://returns.example.com/cb#done",
            "https://returns.example.com/cb",
        ]
    )
    found = {fault.line: fault.message for fault in faults(lines_of(text))}
    assert sorted(found) == [2, 4, 6, 7]
    assert found[2] == (
        "Plain http is for loopback addresses only. Use https://returns.example.com/cb, which is already listed."
    )
    assert found[7] == "Remove it: line 1 is the same."


def test_r5_a_line_with_several_faults_names_them_all() -> None:
    (message,) = [fault.message for fault in faults(["http://*.example.com/a/../b#c"])]
    for words in ("Wildcards", "fragment #c", ".. segments", "Plain http"):
        assert words in message


def test_r5_two_hundred_lines_keep_their_numbers() -> None:
    lines = [f"https://app.example.com/cb/{number}" if number % 50 else "bad" for number in range(1, 201)]
    found = faults(lines)
    assert [fault.line for fault in found] == [50, 100, 150, 200]


def test_r5_line_ends_of_every_system_count_alike_and_blank_lines_are_dropped() -> None:
    assert lines_of(" https://a.example/\r\n\rhttps://b.example/\n") == (
        "https://a.example/", "", "https://b.example/", "",
    )  # fmt: skip
    assert kept(lines_of("https://a.example/\n\n")) == ("https://a.example/",)


def test_r5_other_line_separators_of_unicode_end_no_line_and_are_refused() -> None:
    (fault,) = faults(lines_of("https://a.example/\u2028https://b.example/"))
    assert "U+2028" in fault.message


@given(st.text(max_size=80))
def test_r5_whatever_is_typed_gets_an_answer_and_never_an_exception(text: str) -> None:
    for fault in faults(lines_of(text)):
        assert fault.message


@pytest.mark.parametrize(
    ("uri", "host"),
    [("https://App.example.com:8443/x", "app.example.com"), ("com.example.app:/cb", "com.example.app:")],
)
def test_the_list_shows_the_host_of_a_redirect_or_its_private_scheme(uri: str, host: str) -> None:
    assert host_of(uri) == host
