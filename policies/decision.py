"""What an evaluation answers: Allow, or Deny with a stable code, a public sentence and a private detail."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Allow:
    """Nothing speaks against it."""


@dataclass(frozen=True, kw_only=True)
class Deny:
    """`code`: stable, ours; `error`: what the protocol calls it; `sentence`: public; `detail`: for the trail."""

    code: str
    error: str
    sentence: str
    status: int = 400
    detail: str = ""


Decision = Allow | Deny
ALLOW = Allow()
