"""Two edits at once, as a table: what differs, what is suggested, what a person must decide, what comes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clients.changes.merging import Undecided, merged, rows
from clients.facts import ClientFacts

BEGAN = ClientFacts(
    name="Billing",
    description="began",
    grants=("authorization_code", "client_credentials"),
    redirect_uris=("https://a.example/", "https://b.example/"),
    allowed_scope="orders.read orders.write",
    owner="mara",
    refresh_limit=3,
)


def the_row(*, theirs: dict[str, Any], yours: dict[str, Any]) -> Any:
    (row,) = rows(was=BEGAN, theirs=replace(BEGAN, **theirs), yours=replace(BEGAN, **yours))
    return row


@pytest.mark.parametrize(
    ("theirs", "yours", "suggested", "undecided", "agreed"),
    [
        ({"description": "theirs"}, {}, "theirs", False, False),
        ({}, {"description": "yours"}, "yours", False, False),
        ({"description": "theirs"}, {"description": "yours"}, None, True, False),
        ({"description": "same"}, {"description": "same"}, "theirs", False, True),
        ({"refresh_limit": "unlimited"}, {"refresh_limit": 0}, None, True, False),
        ({"pkce_required": False}, {}, "theirs", False, False),
    ],
)
def test_a_field_is_suggested_from_the_one_who_changed_it(
    theirs: dict[str, Any], yours: dict[str, Any], suggested: str | None, undecided: bool, agreed: bool
) -> None:
    row = the_row(theirs=theirs, yours=yours)
    assert (row.suggested, row.undecided, row.agreed) == (suggested, undecided, agreed)


@pytest.mark.parametrize(
    ("field", "theirs", "yours", "both"),
    [
        ("redirect_uris", ("https://a.example/", "https://b.example/", "https://c.example/"), ("https://a.example/",),
         ["https://a.example/", "https://c.example/"]),
        ("redirect_uris", ("https://a.example/",), ("https://b.example/",), []),
        ("redirect_uris", ("https://a.example/",), ("https://a.example/", "https://b.example/", "https://d.example/"),
         ["https://a.example/", "https://d.example/"]),
        ("allowed_scope", "orders.read", "orders.read orders.write openid", "orders.read openid"),
        ("allowed_scope", "orders.write", "openid orders.read orders.write", "orders.write openid"),
        ("description", "theirs", "yours", None),
        ("redirect_uris", ("https://c.example/",), ("https://a.example/",), ["https://c.example/"]),
    ],
)  # fmt: skip
def test_of_a_value_with_several_entries_both_changes_can_be_carried_out(
    field: str, theirs: Any, yours: Any, both: Any
) -> None:
    row = the_row(theirs={field: theirs}, yours={field: yours})
    assert row.both == (None if both in (row.theirs, row.yours) else both)


def test_what_nobody_decided_is_named_and_nothing_comes_of_it() -> None:
    theirs = replace(BEGAN, description="theirs", owner="tomas")
    found = rows(was=BEGAN, theirs=theirs, yours=replace(BEGAN, description="yours"))
    with pytest.raises(Undecided) as undecided:
        merged(found, theirs=theirs, choices={"description": "neither"})
    assert undecided.value.keys == ["description"]


@pytest.mark.parametrize("choice", ["theirs", "yours"])
def test_what_was_chosen_is_kept_and_the_rest_as_suggested(choice: str) -> None:
    theirs = replace(BEGAN, description="theirs", owner="tomas")
    found = rows(was=BEGAN, theirs=theirs, yours=replace(BEGAN, description="yours", refresh_limit=9))
    facts = merged(found, theirs=theirs, choices={"description": choice})
    assert facts == replace(BEGAN, description=choice, owner="tomas", refresh_limit=9)


def test_both_changes_come_back_as_facts() -> None:
    theirs = replace(BEGAN, redirect_uris=(*BEGAN.redirect_uris, "https://c.example/"))
    found = rows(was=BEGAN, theirs=theirs, yours=replace(BEGAN, redirect_uris=("https://a.example/",)))
    facts = merged(found, theirs=theirs, choices={"redirectUris": "both"})
    assert facts.redirect_uris == ("https://a.example/", "https://c.example/")


def test_where_nobody_knows_what_it_was_every_difference_is_to_be_decided() -> None:
    found = rows(was=None, theirs=BEGAN, yours=replace(BEGAN, description="yours"))
    assert [(row.key, row.undecided, row.both) for row in found] == [("description", True, None)]
