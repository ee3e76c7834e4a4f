"""The schemas of people, groups, settings and events."""

from __future__ import annotations

from accounts.rest.schemas import (
    COUNT,
    FLAG,
    MAYBE_MOMENT,
    MOMENT,
    NUMBER,
    TEXT,
    Schema,
    answered,
    keys_of,
    listed,
    shape,
)
from audit.exporting import COLUMNS

NOTHING: Schema = {"minProperties": 1}


def schemas() -> dict[str, Schema]:
    """By name."""
    return {**_people(), **_groups(), **_settings(), **_events()}


def _people() -> dict[str, Schema]:
    keys = keys_of("users")
    known = {"id": NUMBER, "sub": {"type": "string", "format": "uuid"}, "kind": {"enum": ["person", "service"]}}
    times = {"created": MOMENT, "lastSignIn": MAYBE_MOMENT}
    shown = answered({key: schema for key, schema in keys.items() if key != "password"})
    return {
        "User": shape({**known, **times, **shown}),
        "NewUser": shape(keys, required=("username",)),
        "UserChange": shape({k: v for k, v in keys.items() if k != "username"}, required=()) | NOTHING,
        "UserPage": listed("User"),
    }


def _groups() -> dict[str, Schema]:
    keys = keys_of("groups")
    return {
        "Group": shape({"id": NUMBER, "shipped": FLAG, **answered(keys)}),
        "NewGroup": shape(keys, required=("name",)),
        "GroupChange": shape(keys, required=()) | NOTHING,
        "GroupPage": listed("Group"),
    }


def _settings() -> dict[str, Schema]:
    keys = keys_of("settings")
    return {"Settings": shape(answered(keys)), "SettingsChange": shape(keys, required=()) | NOTHING}


def _events() -> dict[str, Schema]:
    texts: dict[str, Schema] = dict.fromkeys(COLUMNS, TEXT)
    maybe: Schema = {"type": ["integer", "null"]}
    numbers = dict.fromkeys(("sequence", "actorId", "subjectId"), maybe)
    objects = {name: {"type": "object"} for name in ("changes", "detail")}
    broken = shape({"sequence": {"type": "integer"}, "how": TEXT})
    return {
        "Event": shape({"id": NUMBER, **texts, **numbers, **objects, "at": MOMENT}),
        "EventPage": listed("Event"),
        "Verification": shape(
            {
                "held": COUNT,
                "sealed": COUNT,
                "lastHash": TEXT,
                "done": FLAG,
                "broken": {"anyOf": [{"type": "null"}, broken]},
            }
        ),
    }
