"""Elements of an allowed scope in words (R33). Pure."""

from __future__ import annotations


def in_words(element: str) -> str:
    """What `element` lets through: `orders.*` is "Every scope that begins with orders."."""
    if "*" not in element:
        return "This scope alone"
    first, *middle, last = element.split("*")
    said = [f"begins with {first}"] if first else []
    said += [f"holds {piece}" for piece in middle if piece]
    said += [f"ends with {last}"] if last else []
    if not said:
        return "Every scope"
    listed = ", ".join(said[:-1]) + (" and " if len(said) > 1 else "") + said[-1]
    return f"Every scope that {listed}"
