"""Elements of an allowed scope in words, and what they cover (R33)."""

from __future__ import annotations

import pytest

from policies.catalogue.reach import Matcher
from policies.catalogue.wording import in_words

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("element", "words"),
    [
        ("openid", "This scope alone"),
        ("*", "Every scope"),
        ("***", "Every scope"),
        ("orders.*", "Every scope that begins with orders."),
        ("*.read", "Every scope that ends with .read"),
        ("a*b", "Every scope that begins with a and ends with b"),
        ("*x*", "Every scope that holds x"),
        ("a*b*c", "Every scope that begins with a, holds b and ends with c"),
    ],
)
def test_r33_an_element_is_said_in_words(element: str, words: str) -> None:
    assert in_words(element) == words


def test_r33_a_matcher_says_by_which_elements_which_names_are_reached() -> None:
    matcher = Matcher(frozenset({"orders.read", "orders.write", "ping"}))
    assert matcher.elements("orders.* gone ping *.write") == ("orders.*", "ping", "*.write")
    assert matcher.reached("*.write gone") == {"orders.write"}
    assert matcher.reached("") == frozenset()
