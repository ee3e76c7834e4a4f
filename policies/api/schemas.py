"""The schemas of scopes and APIs, and what their refusals mean."""

from __future__ import annotations

from accounts.rest.refusals import Fault, Refusal, Translation, invalid
from accounts.rest.schemas import FLAG, NUMBER, Schema, answered, keys_of, listed, shape
from policies.catalogue_changes import CatalogueRefused


def schemas() -> dict[str, Schema]:
    """By name."""
    found: dict[str, Schema] = {}
    for section, name, more in (("scopes", "Scope", {"shipped": FLAG}), ("apis", "Api", {})):
        keys = keys_of(section)
        needed = ("name", "audience") if section == "apis" else ("name",)
        changed = {key: schema for key, schema in keys.items() if key != "name"}
        found |= {
            name: shape({"id": NUMBER, **more, **answered(keys)}),
            f"New{name}": shape(keys, required=needed),
            f"{name}Change": shape(changed, required=()) | {"minProperties": 1},
            f"{name}Page": listed(name),
        }
    return found


def _refused(error: CatalogueRefused) -> Refusal:
    return invalid(Fault(path=key, message=message) for key, message in error.faults)


TRANSLATIONS = (Translation(CatalogueRefused, _refused),)
