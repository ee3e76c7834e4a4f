"""The schemas of the registry's operations. A client's keys are the document's (R48)."""

from __future__ import annotations

from accounts.rest.schemas import (
    COUNT,
    FLAG,
    MAYBE_MOMENT,
    MOMENT,
    NUMBER,
    REFERENCE,
    TEXT,
    TEXTS,
    Schema,
    answered,
    keys_of,
    listed,
    shape,
)
from clients.documents.document import NOT_YET
from clients.secrets.rotation import LONGEST_LABEL, LONGEST_OVERLAP

# Written by the server alone: read and passed over in what is sent.
SERVERS = ("id", "meta", "clientSecretEncoded", "softDeleted")
ONLY_SENT = ("clientSecret", *NOT_YET)
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 255}


def schemas() -> dict[str, Schema]:
    """By name."""
    return {**_clients(), **_parts(), **_secrets(), **_namespaces()}


def _clients() -> dict[str, Schema]:
    keys = keys_of("clients")
    shown = answered({key: schema for key, schema in keys.items() if key not in ONLY_SENT}) | {
        "id": NUMBER,
        "meta": shape({"created": MOMENT, "lastModified": MOMENT}),
        "clientSecretEncoded": {"const": "CONCEALED"},
        "clientId": NAME,
    }
    needed = [key for key in shown if key not in (*SERVERS, "ownerId")]
    secret = {"clientSecret": {"type": "string", "description": "Shown in this answer alone."}}
    new = keys | {"softDeleted": {"const": False, "description": "Deleting and restoring are operations of their own."}}
    return {
        "Client": shape(shown),
        "RegisteredClient": shape({**shown, **secret}, required=tuple(shown)),
        "NewClient": shape(new, required=("name", "grants"), about="Without a clientId, one is generated."),
        "ClientChange": shape(new, required=()) | {"minProperties": 1},
        "ClientReplacement": shape(new, required=needed),
        "ClientPage": listed("Client"),
    }


def _parts() -> dict[str, Schema]:
    keys = keys_of("clients")
    networks, rates = keys["allowedIpRules"], keys["rateLimitRules"]
    change = shape({"rules": networks, "atAuthorize": FLAG})
    finding = {
        "rule": TEXT,
        "severity": {"enum": ["danger", "warn", "info"]},
        "title": TEXT,
        "words": TEXTS,
        "explanation": TEXT,
        "reference": {"type": "object"},
        "fix": {"type": ["object", "null"]},
    }
    dismissed = finding | {"reason": TEXT, "by": TEXT, "at": MOMENT}
    return {
        "NetworkRulesChange": change,
        "NetworkRules": shape({"rules": {"type": "array"}, "atAuthorize": FLAG}),
        "RateRulesChange": shape({"rules": rates}),
        "RateRules": shape({"rules": {"type": "array"}}),
        "Reason": shape({"reason": {"type": "string", "minLength": 1, "maxLength": 1000}}),
        "Place": shape({"name": NAME, "version": {**NAME, "minLength": 0}, "owner": NAME}, required=()),
        "Protection": shape({"protected": FLAG, "reason": TEXT, "by": TEXT, "at": MAYBE_MOMENT}),
        "Findings": shape(
            {
                "score": shape({"passed": COUNT, "applying": COUNT}),
                "findings": {"type": "array", "items": shape(finding)},
                "dismissed": {"type": "array", "items": shape(dismissed)},
            }
        ),
    }


def _secrets() -> dict[str, Schema]:
    secret = {
        "keyId": TEXT,
        "label": TEXT,
        "custom": {"type": "boolean", "description": "Chosen, not generated (R13)."},
        "live": FLAG,
        "created": MOMENT,
        "createdBy": TEXT,
        "expires": MAYBE_MOMENT,
        "lastUsed": MAYBE_MOMENT,
        "lastUsedFrom": {"type": ["string", "null"]},
    }
    sent = {"label": {"type": "string", "maxLength": LONGEST_LABEL}, "expires": MAYBE_MOMENT}
    overlap: Schema = {
        "type": "integer",
        "minimum": 0,
        "maximum": int(LONGEST_OVERLAP.total_seconds()),
        "default": 0,
        "description": "Seconds that the earlier secrets go on working.",
    }
    custom = {"type": "string", "maxLength": 255, "description": "One of your own choosing."}
    return {
        "Secret": shape(secret),
        "Secrets": shape({"items": {"type": "array", "items": {"$ref": f"{REFERENCE}Secret"}}}),
        "IssuedSecret": shape({**secret, "clientSecret": TEXT}, required=[*secret]),
        "NewSecret": shape({**sent, "overlap": overlap, "clientSecret": custom}, required=()),
        "SecretChange": shape(sent, required=()) | {"minProperties": 1},
    }


def _namespaces() -> dict[str, Schema]:
    keys = keys_of("namespaces")
    return {
        "Namespace": shape({"id": NUMBER, **answered(keys)}),
        "NewNamespace": shape(keys, required=("name",)),
        "NamespaceChange": shape({key: value for key, value in keys.items() if key != "name"}, required=())
        | {"minProperties": 1},
        "NamespacePage": listed("Namespace"),
    }
