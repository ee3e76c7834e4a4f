"""Applying documents as `manage.py apply` does, and reading what it says."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

Apply = Callable[..., str]


def run(document: Any, *arguments: str) -> str:
    """What `manage.py apply -` prints; `document` is text, bytes, or anything that becomes JSON."""
    text = document if isinstance(document, str | bytes) else json.dumps(document)
    stdin = mock.Mock(buffer=io.BytesIO(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text))
    output, errors = io.StringIO(), io.StringIO()
    with mock.patch("sys.stdin", stdin):
        call_command("apply", "-", *arguments, stdout=output, stderr=errors)
    return errors.getvalue() + output.getvalue()


@pytest.fixture
def apply(db: None) -> Apply:
    """`apply(document, "--plan")`: the output; raises CommandError where it is refused."""
    return run


@pytest.fixture
def refusal(db: None) -> Callable[..., list[str]]:
    """`refusal(document)`: the faults, one a line."""

    def refused(document: Any, *arguments: str) -> list[str]:
        with pytest.raises(CommandError) as error:
            run(document, *arguments)
        assert error.value.returncode == 1
        first, *faults = str(error.value).split("\n")
        assert first.startswith("Nothing was changed.") or not faults
        return [fault.strip() for fault in faults] or [first]

    return refused
