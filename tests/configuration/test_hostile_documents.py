"""Documents made to hurt: large, deep, doubled, of no character set. Each is refused in bounded time, or read."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authserver.configuration import shape
from authserver.configuration.faults import DocumentRefused
from clients.models import Client
from clients.rules import redirect_uris
from tests.configuration.conftest import Apply
from tests.configuration.test_apply import snapshot
from tests.configuration.test_refused_documents import NOT_YET, Refusal, client, user

MEGABYTE = 1024 * 1024


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Generous: only growth faster than the document's own length fails here."""
    begun = time.process_time()
    yield
    assert time.process_time() - begun < seconds


def repeated(item: str, *, megabytes: int = 1) -> str:
    return ",".join([item] * (megabytes * MEGABYTE // (len(item) + 1)))


# (text, part of the first fault)
LARGE: dict[str, Callable[[], tuple[str, str]]] = {
    "one long text": lambda: (json.dumps(user(username="x" * 10 * MEGABYTE)), "at most 255 characters"),
    "rows without a name": lambda: (f'{{"users": [{repeated("{}")}]}}', "users[0].username: It is required."),
    "rows of numbers": lambda: (f'{{"scopes": [{repeated("1", megabytes=10)}]}}', "scopes[0]: It is an object."),
    "clients of numbers": lambda: (f'{{"clients": [{repeated("1")}]}}', "clients[0]: It is an object."),
    "numbers among texts": lambda: (f'{{"users": [{{"username": "eve", "groups": [{repeated("1,2")}]}}]}}', "text"),
    "the same row": lambda: (f'{{"groups": [{repeated(json.dumps({"name": "g"}))}]}}', "groups[1].name: It is named"),
    "unknown keys": lambda: (
        json.dumps({f"k{n:06}": 1 for n in range(MEGABYTE // 14)}),
        "k000000: There is no such key.",
    ),
    "NULs": lambda: (f'{{"users": [{repeated(chr(34) + "a" + chr(92) + "u0000" + chr(34))}]}}', "users[0]"),
}


@pytest.mark.once
@pytest.mark.parametrize("name", LARGE)
def test_megabytes_are_refused_in_bounded_time(name: str) -> None:
    text, sentence = LARGE[name]()
    with within(30):
        faults = shape.faults_of(shape.parse(text))
    assert sentence in str(faults[0])
    assert len(faults) <= shape.MOST_FOUND


def test_with_thousands_of_faults_no_row_is_tried(refusal: Refusal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound nobody has looked, so that no row may count as sound."""
    monkeypatch.setattr(shape, "MOST_FOUND", 250)
    with CaptureQueriesContext(connection) as statements:
        faults = refusal({"users": [*[{}] * 300, {"username": "eve\ud800"}]})
    assert len(statements) == 0
    assert faults[-1] == "… and at least 50 more."


@pytest.mark.once
def test_many_texts_in_one_list_are_compared_in_bounded_time() -> None:
    """The schema's library compares each pair where a list holds texts and a number, which cannot be sorted."""
    with within(30):
        faults = shape.faults_of(user(groups=[1, *map(str, range(60_000))]))
    assert [str(fault) for fault in faults] == ["users[0].groups[0]: It is text."]
    (twice,) = (str(fault) for fault in shape.faults_of(user(groups=["a", "b", "a"])))
    assert twice == "users[0].groups: It holds something twice."


class OnlyAsked(dict[str, int]):
    """The lines that stand before one; walking through them for each line would take the square of their number."""

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("It was walked through.")


def test_r5_many_bad_redirects_are_named_in_bounded_time(refusal: Refusal) -> None:
    redirects = [f"http://far{number}.example/" for number in range(20_000)]
    with within(30):
        faults = refusal(client(grants=["authorization_code"], redirectUris=redirects))
    assert faults[0].startswith("clients[0].redirectUris line 1: Plain http is for loopback")
    assert faults[-1] == "… and 19800 more."
    assert redirect_uris.line_faults("http://far.example/", OnlyAsked({"https://far.example/": 1}))


def nested(depth: int, *, opened: str = "[", closed: str = "]") -> str:
    return opened * depth + closed * depth


@pytest.mark.once
@pytest.mark.parametrize("depth", [60, 500, 900, 940, 960, 980, 1000, 5000, 100_000])
@pytest.mark.parametrize(
    "around", ['{{"users": {}}}', '{{"clients": [{{"clientId": "c", "meta": {}}}]}}', '{{"x": {}}}', "{}"]
)
def test_deep_nesting_is_refused_at_every_depth(around: str, depth: int) -> None:
    """Whether a reader's own stack is deep enough depends on Python's version; no depth may reach it."""
    for text in (nested(depth), nested(depth, opened='{"a":', closed="}").replace("}", "1}", 1)):
        with pytest.raises(DocumentRefused, match=r"nested too deeply|object with sections"):
            shape.faults_of(shape.parse(around.format(text)))


def test_what_is_ignored_may_be_nested_a_little(apply: Apply) -> None:
    meta = json.loads(nested(20))
    assert "+ clients c" in apply(client(meta=meta), "--plan")


UNSTORABLE = {"NUL": "a\x00b", "half of a pair": "a\ud800b", "the other half": "\udfff"}
# Every place that takes text, in each section.
TEXT_PLACES: dict[str, Callable[[str], Any]] = {
    "users.username": lambda text: {"users": [{"username": text}]},
    "users.username of one who leaves": lambda text: {"users": [{"username": text, "isActive": False}]},
    "users.email": lambda text: user(email=text),
    "users.password": lambda text: user(password=text),
    "users.givenName": lambda text: user(givenName=text),
    "users.familyName": lambda text: user(familyName=text),
    "users.allowedScope": lambda text: user(allowedScope=text),
    "users.groups": lambda text: user(groups=[text]),
    "users.permissions": lambda text: user(permissions=[text]),
    "users.claims": lambda text: user(claims={"locale": text}),
    "users.claims.address": lambda text: user(claims={"address": {"country": text}}),
    "groups.name": lambda text: {"groups": [{"name": text}]},
    "groups.allowedScope": lambda text: {"groups": [{"name": "g", "allowedScope": text}]},
    "scopes.name": lambda text: {"scopes": [{"name": text}]},
    "scopes.description": lambda text: {"scopes": [{"name": "s", "description": text}]},
    "scopes.api": lambda text: {"scopes": [{"name": "s", "api": text}]},
    "apis.name": lambda text: {"apis": [{"name": text, "audience": "https://a.example"}]},
    "apis.audience": lambda text: {"apis": [{"name": "A", "audience": text}]},
    "apis.introspectors": lambda text: {"apis": [{"name": "A", "audience": "https://a.ex", "introspectors": [text]}]},
    **{
        f"clients.{key}": lambda text, key=key: client(**{key: text})  # type: ignore[misc]
        for key in (
            "clientId", "clientSecret", "name", "version", "displayName", "description", "type", "allowedScope",
            "owner", "ownerId", "tokenFormat", "tokenEndpointAuthMethod", "accessTokenLifetime",
            "idTokenSignedResponseAlg", "accessTokenSignedResponseAlg",
        )
    },
    "clients.grants": lambda text: client(grants=[text]),
    "clients.redirectUris": lambda text: client(grants=["authorization_code"], redirectUris=[text]),
    "clients.postLogoutRedirectUris": lambda text: client(postLogoutRedirectUris=[text]),
    "clients.meta": lambda text: client(meta={"created": text}),
    "a section": lambda text: {text: []},
    "a setting": lambda text: {"settings": {text: 1}},
    "a key": lambda text: client(**{text: 1}),
}  # fmt: skip


@pytest.mark.parametrize("place", TEXT_PLACES)
@pytest.mark.parametrize("text", UNSTORABLE.values(), ids=UNSTORABLE)
def test_what_no_database_stores_is_named_wherever_it_stands(refusal: Refusal, place: str, text: str) -> None:
    before = snapshot()
    faults = refusal(TEXT_PLACES[place](text))
    assert any("NUL or half of a surrogate pair" in fault for fault in faults), faults
    assert all(fault.isprintable() for fault in faults)
    assert snapshot() == before


@pytest.mark.parametrize("number", [2**31, 2**63, -(2**63) - 1, 10**400, -1, 1.0, 3600.0, 0.5, 1e300, True, None, "1"])
@pytest.mark.parametrize("key", ["accessTokenLifetime", "refreshLimit"])
def test_r27_r29_numbers_that_are_none_of_seconds_are_refused(refusal: Refusal, key: str, number: Any) -> None:
    documents = [client(**{key: number})]
    if key == "accessTokenLifetime":
        documents.append({"settings": {key: number}})
    for document in documents:
        faults = refusal(document)
        assert any(key in fault for fault in faults), faults


@pytest.mark.parametrize("number", ["3600.0", "36e2", "0.9999999999999999999", "-0", "0"])
def test_numbers_are_judged_as_they_are_written(refusal: Refusal, number: str) -> None:
    (fault,) = refusal(f'{{"settings": {{"accessTokenLifetime": {number}}}}}')
    assert fault.startswith("settings.accessTokenLifetime: It is ")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("securityProfile", 0),
        ("dpopBound", True),
        ("securityProfile", " "),
    ],
)
def test_only_what_says_nothing_passes_for_a_word_of_later(refusal: Refusal, key: str, value: Any) -> None:
    """Python takes 0 for false and 1 for true."""
    (fault,) = refusal(client(**{key: value}))
    assert fault.startswith(f"clients[0].{key}: {NOT_YET}")


@pytest.mark.parametrize("grant", ["magic", "refresh_token", "urn:ietf:params:oauth:grant-type:token-exchange"])
def test_r18_an_unknown_grant_is_refused_for_a_client_that_has_all_the_others(
    apply: Apply, refusal: Refusal, grant: str
) -> None:
    """What is stored would be the same, but nothing is passed over."""
    apply(client())
    (fault,) = refusal(client(grants=["client_credentials", grant]))
    assert fault.startswith(f"clients[0].grants: '{grant}' is not a grant type")


@pytest.mark.parametrize("value", [[True, False], ["true"], {}, 0, 1, "false", None])
@pytest.mark.parametrize("key", ["isActive", "isSuperuser"])
def test_switches_of_users_are_true_or_false_and_nothing_like_it(refusal: Refusal, key: str, value: Any) -> None:
    (fault,) = refusal(user(**{key: value}))
    assert fault == f"users[0].{key}: It is true or false."


def test_new_clients_cost_the_same_number_of_statements_however_many_there_are(apply: Apply) -> None:
    """So that 5,000 take fifty times what 100 take, and no more."""

    def statements(document: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            apply(document)
        return len(captured)

    def clients(first: int, count: int) -> dict[str, Any]:
        rows = [{"clientId": f"c{n}", "name": f"C {n}", "owner": "eve", "grants": ["client_credentials"]}
                for n in range(first, first + count)]  # fmt: skip
        return {"clients": rows}

    apply(user())
    few, many = statements(clients(0, 5)), statements(clients(5, 105))
    assert (many - few) / 100 <= 30
    unchanged_few, unchanged = statements(clients(0, 5)), statements(clients(5, 105))
    assert (unchanged - unchanged_few) / 100 <= 5
    assert Client.objects.filter(client_id__startswith="c").count() == 110
