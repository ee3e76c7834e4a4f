"""What is wrong with a person's or a group's facts, in the documents' words; and why a change is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`key` is the document's word for the fact, `message` a public sentence."""

    key: str
    message: str


class Refused(Exception):
    """The facts were refused; nothing was written."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.key}: {fault.message}" for fault in faults))
        self.faults = faults


class OutOfReach(Exception):
    """Whoever acts lacks something that the person or group holds (R36); the message is a public sentence."""


class ChangedMeanwhile(Exception):
    """Somebody else changed or deleted it since the caller read it; nothing was written."""
