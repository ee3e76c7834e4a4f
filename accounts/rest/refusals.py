"""How the API refuses, in one shape (R60): a sentence, the status, a code, the missing permission, and each fault.

The rooms raise what they raise everywhere; `TRANSLATIONS` says what that means here. Filled by each app for its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from accounts import faults
from accounts.authorization import PermissionMissing
from accounts.server_settings import ChangedMeanwhile as SettingsChanged


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong at `path` of the body, such as `redirectUris`; empty: all of it. `line`: from 1, in a list."""

    path: str
    message: str
    code: str = "invalid"
    line: int | None = None


class Refusal(Exception):
    """An answer that does nothing. `code` is for programs and stays; `message` is for people."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        faults: Iterable[Fault] = (),
        headers: Mapping[str, str] | None = None,
        permission: str = "",
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.permission = status, code, message, permission
        self.faults, self.headers = tuple(faults), dict(headers or {})

    def body(self, *, reference: str = "") -> dict[str, Any]:
        """As it is sent (R60)."""
        said: dict[str, Any] = {"errorMessage": self.message, "statusCode": self.status, "code": self.code}
        if self.permission:
            said["permission"] = self.permission
        if reference:
            said["reference"] = reference
        return said | {"errors": [_said(fault) for fault in self.faults]}


def _said(fault: Fault) -> dict[str, Any]:
    line = {} if fault.line is None else {"line": fault.line}
    return {"path": fault.path, "code": fault.code, "message": fault.message, **line}


def invalid(found: Iterable[Fault]) -> Refusal:
    """The body is not sound; nothing was written."""
    found = tuple(found)
    one = f"{found[0].path}: {found[0].message}" if found and found[0].path else ""
    message = one or (found[0].message if found else "The request is not sound.")
    return Refusal(400, "invalid", message, faults=found)


def not_found() -> Refusal:
    """The same for what is not there and for what the caller may not see."""
    return Refusal(404, "not_found", "There is no such thing, or it is not yours to see.")


def changed_meanwhile() -> Refusal:
    return Refusal(409, "changed_meanwhile", "Somebody else changed it meanwhile. Nothing was done. Read it again.")


def missing(permission: str) -> Refusal:
    """R60's words."""
    message = f"Client does not have required permission {permission}."
    return Refusal(403, "permission_missing", message, permission=permission)


@dataclass(frozen=True)
class Translation:
    """What one exception of a room means here."""

    raised: type[Exception]
    meaning: Callable[[Any], Refusal]


def _refused(error: faults.Refused) -> Refusal:
    return invalid(Fault(path=fault.key, message=fault.message) for fault in error.faults)


OWN = (
    Translation(PermissionMissing, lambda error: missing(error.permission)),
    Translation(faults.Refused, _refused),
    Translation(faults.OutOfReach, lambda error: Refusal(403, "out_of_reach", str(error))),
    Translation(faults.ChangedMeanwhile, lambda _: changed_meanwhile()),
    Translation(SettingsChanged, lambda _: changed_meanwhile()),
)
TRANSLATIONS: list[Translation] = []


def meaning_of(error: Exception) -> Refusal | None:
    """None for what is a fault of ours."""
    if isinstance(error, Refusal):
        return error
    return next((known.meaning(error) for known in TRANSLATIONS if isinstance(error, known.raised)), None)
