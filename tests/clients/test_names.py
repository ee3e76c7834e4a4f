"""R1–R3 as tables: which names and versions are refused, and which two count as the same."""

from __future__ import annotations

import pytest

from clients.rules.names import LONGEST, REFUSED, name_fault, name_key, version_fault


@pytest.mark.parametrize("character", list("&()\\;,/\":'<>"))
def test_r2_each_of_the_twelve_characters_is_refused_in_name_and_version_and_named(character: str) -> None:
    for fault in (name_fault(f"Bill{character}ing"), version_fault(f"1{character}0")):
        assert fault is not None
        assert f"Remove {character}." in fault


def test_r2_there_are_exactly_twelve_of_them() -> None:
    assert len(REFUSED) == 12


def test_r2_several_offending_characters_are_named_at_once_in_order_of_appearance() -> None:
    assert name_fault("Returns & refunds (EU)") == "Remove & ( ). A name cannot hold them."


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("nul\x00", "U+0000"),
        ("two\r\nlines", "U+000D U+000A"),
        ("tab\t", "U+0009"),
        ("bell\x07", "U+0007"),
        ("delete\x7f", "U+007F"),
        ("next line\x85", "U+0085"),
        ("separator\u2028", "U+2028"),
        ("overridden\u202etxt", "U+202E"),
        ("isolated\u2066", "U+2066"),
        ("half a pair\ud83d", "U+D83D"),
    ],
)
def test_r2_characters_that_nobody_sees_are_refused_by_code_point(name: str, shown: str) -> None:
    fault = name_fault(name)
    assert fault is not None
    assert shown in fault
    assert fault.isprintable()


@pytest.mark.parametrize(
    "name", ["Billing sync", "Ärger", "请求", "فوترة", "Rocket 🚀 relay", "a" * LONGEST, "50% *!?#@+=[]{}|~^`$-_."]
)
def test_r1_names_of_every_script_are_welcome(name: str) -> None:
    assert name_fault(name) is None


def test_r1_a_name_has_at_most_255_characters() -> None:
    assert name_fault("a" * 255) is None
    assert name_fault("a" * 256) == "Use at most 255 characters; this has 256."
    assert version_fault("1" * 256) == "Use at most 255 characters; this has 256."


@pytest.mark.parametrize("name", ["", " ", "\u2003"])
def test_r1_a_name_is_required(name: str) -> None:
    assert name_fault(name) == "A name is required."


def test_r3_a_version_may_be_blank() -> None:
    assert version_fault("") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Billing", ""), ("BILLING", "")),
        (("Straße", "1"), ("STRASSE", "1")),
        (("ﬁle", ""), ("file", "")),
        (("Café", ""), ("Cafe\u0301", "")),
        (("Ｆｕｌｌ", ""), ("full", "")),
        (("Two  spaces", ""), ("two spaces", "")),
        (("B", "V2"), ("b", "v2")),
    ],
)
def test_r3_names_are_compared_without_case_and_compatibility_forms(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert name_key(*one) == name_key(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [(("Billing", "1"), ("Billing", "2")), (("Billing", ""), ("Billing", "1")), (("a b", "c"), ("a", "b c"))],
)
def test_r3_the_same_name_with_another_version_is_another_client(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert name_key(*one) != name_key(*other)


def test_r3_a_key_that_unfolds_beyond_an_index_entry_is_hashed_and_stays_distinct() -> None:
    long = "\ufdfa" * 255  # each unfolds to 18 letters
    assert len(name_key(long, "").encode()) < 100
    assert name_key(long, "") != name_key(long, "1")
