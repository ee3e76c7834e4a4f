"""The one JSON form of a client (R48): export, import, `apply` and the API read and write it here. Pure.

`to_document` writes R48's keys first and in its order, then ours. `from_document` reads one: an unknown key, a value
of a wrong type and a word that this version does not have yet are refused by name, never passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from accounts.holdings import normal_permissions
from clients.facts import DOCUMENT_KEYS, ClientFacts, facts_of
from clients.models import Client
from clients.rules import network_rules, public_keys, rate_rules
from clients.rules.validation import Fault
from clients.service_accounts import held_permissions

CONCEALED = "CONCEALED"
NETWORK_RULES = "allowedIpRules"
RATE_RULES = "rateLimitRules"
# Lists of rules, each judged entry by entry: (path within it, sentence).
RULE_LISTS: Mapping[str, Callable[[object], list[tuple[str, str]]]] = {
    NETWORK_RULES: network_rules.shape_faults,
    RATE_RULES: rate_rules.document_faults,
}
# Read and passed over: what the server itself writes (contracts, Documents).
IGNORED = frozenset({"id", "meta", "clientSecretEncoded"})
_NOTHING: tuple[object, ...] = (None, "", [], {}, False)
# Words of the contract whose features come later: accepted only while they say nothing.
NOT_YET: Mapping[str, tuple[object, ...]] = {
    **dict.fromkeys(
        (
            "backchannelLogoutUri",
            "requirePushedAuthorizationRequests",
            "dpopBound",
            "securityProfile",
        ),
        _NOTHING,
    ),
}
# The documents' words for what is no fact, as faults name it.
NOT_FACTS = {
    "client_id": "clientId",
    "client_secret": "clientSecret",
    "permissions": "apiPermissions",
    "deleted": "softDeleted",
}
FIELDS = {key: name for name, key in DOCUMENT_KEYS.items()}


@dataclass(frozen=True, kw_only=True)
class DocumentFault:
    """What is wrong at `path`, such as `clients[2].redirectUris`; `line` is counted from 1 in a list of lines."""

    path: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        where = f"{self.path}: line {self.line}" if self.line is not None else self.path
        return f"{where}: {self.message}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A document's client as read: the facts it comes to, and what is not a fact. `secret`: a new one, in clear.

    `permissions`: what its service account holds directly (R9); `deleted`: R47. None: the document does not say.
    """

    client_id: str
    facts: ClientFacts
    active: bool
    secret: str | None = field(default=None, repr=False)
    permissions: tuple[str, ...] | None = None
    deleted: bool | None = None


def to_document(client: Client) -> dict[str, Any]:
    """The client as a document. Holds no secret, not even its hash. Reads owner and service account."""
    facts = facts_of(client)
    return {
        "id": client.pk,
        "name": facts.name,
        "clientId": client.client_id,
        "clientSecretEncoded": CONCEALED,
        "active": client.is_active,
        "softDeleted": client.deleted_at is not None,
        "apiPermissions": list(held_permissions(client)),
        "allowedIpRules": network_rules.to_documents(facts.network_rules),
        "rateLimitRules": rate_rules.to_documents(facts.rate_rules),
        "meta": {"created": timestamp(client.created), "lastModified": timestamp(client.updated)},
        "namespaces": list(facts.namespaces),
        "primaryNamespace": facts.primary_namespace or None,
        "ownerId": facts.owner or None,
        "version": facts.version,
        "displayName": facts.display_name,
        "description": facts.description,
        "type": facts.type,
        "grants": list(facts.grants),
        "redirectUris": list(facts.redirect_uris),
        "postLogoutRedirectUris": list(facts.post_logout_redirect_uris),
        "allowedScope": facts.allowed_scope,
        "watchedScope": facts.watched_scope,
        "owner": facts.owner or None,
        "accessTokenLifetime": facts.access_token_lifetime,
        "refreshLimit": facts.refresh_limit,
        "refreshGrace": facts.refresh_grace,
        "tokenFormat": facts.token_format,
        "pkceRequired": facts.pkce_required,
        "tokenEndpointAuthMethod": facts.token_endpoint_auth_method or None,
        "clientJwks": public_keys.document_of(facts.client_jwks),
        "clientJwksUri": facts.client_jwks_uri or None,
        "idTokenSignedResponseAlg": facts.id_token_signed_response_alg,
        "accessTokenSignedResponseAlg": facts.access_token_signed_response_alg,
        "networkRulesAtAuthorize": facts.network_rules_at_authorize,
    }


def timestamp(moment: datetime) -> str:
    """R48: `2020-06-02T12:49:49.653Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_document(
    data: object, *, path: str, base: ClientFacts | None = None, active: bool = True
) -> tuple[Row | None, list[DocumentFault]]:
    """Read one client. `base` and `active` are what a left-out key keeps: a stored client's, else the defaults.

    The row is None when there are faults; whether the facts are sound is asked afterwards (`clients.registration`).
    """
    if not isinstance(data, Mapping):
        return None, [DocumentFault(path=path, message="A client is an object.")]
    found = [fault for key, value in data.items() for fault in _faults_of_key(path, str(key), value)]
    found += [DocumentFault(path=f"{path}.clientId", message="It is required.")] if "clientId" not in data else []
    found += _owners_differ(path, data)
    if found:
        return None, found
    given = {FIELDS[key]: _value(key, data[key]) for key in FIELDS if key in data}
    if "namespaces" in data and "primaryNamespace" not in data and base is not None:
        given["primary_namespace"] = base.primary_namespace if base.primary_namespace in data["namespaces"] else ""
    if "ownerId" in data and "owner" not in data:
        given["owner"] = data["ownerId"] or ""
    row = Row(
        client_id=data["clientId"],
        facts=replace(base or ClientFacts(name=""), **given),
        active=data.get("active", active),
        secret=data.get("clientSecret"),
        permissions=normal_permissions(data["apiPermissions"]) if "apiPermissions" in data else None,
        deleted=data.get("softDeleted"),
    )
    return row, []


def fault_at(fault: Fault, *, path: str) -> DocumentFault:
    """A rule's fault as the document's author reads it."""
    key = NOT_FACTS.get(fault.field) or DOCUMENT_KEYS.get(fault.field, fault.field)
    if key in RULE_LISTS and fault.line is not None:  # a list of objects: its entries are counted from 0
        return DocumentFault(path=f"{path}.{key}[{fault.line - 1}]", message=fault.message)
    return DocumentFault(path=f"{path}.{key}", message=fault.message, line=fault.line)


def _faults_of_key(path: str, key: str, value: object) -> list[DocumentFault]:
    message: str | None
    if key in RULE_LISTS:
        found = RULE_LISTS[key](value)
        return [DocumentFault(path=f"{path}.{key}{within}", message=message) for within, message in found]
    if key in IGNORED:
        message = None
    elif key in NOT_YET:
        message = None if _says_nothing(key, value) else "This version does not support it yet; leave it out."
    elif key in SHAPES:
        message = SHAPES[key](value)
    else:
        message = "There is no such key."
    shown = key if key.isprintable() else ascii(key)
    return [DocumentFault(path=f"{path}.{shown[:100]}", message=message)] if message else []


def _says_nothing(key: str, value: object) -> bool:
    """Types are compared too: Python takes 0 for false."""
    return any(value == nothing and type(value) is type(nothing) for nothing in NOT_YET[key])


def _owners_differ(path: str, data: Mapping[str, Any]) -> list[DocumentFault]:
    if "owner" in data and "ownerId" in data and data["owner"] != data["ownerId"]:
        message = "It differs from owner; both hold the owner's user name."
        return [DocumentFault(path=f"{path}.ownerId", message=message)]
    return []


def _value(key: str, value: Any) -> Any:
    """A JSON value of the right shape as the facts hold it."""
    if key == NETWORK_RULES:
        return network_rules.from_documents(value)
    if key == RATE_RULES:
        return rate_rules.from_documents(value)
    if key == "clientJwks":
        return public_keys.from_document(value or None)
    if isinstance(value, list):
        return tuple(value)
    return "" if value is None else value


def _text(value: object) -> str | None:
    return None if isinstance(value, str) else "It is text."


def _text_or_null(value: object) -> str | None:
    return None if value is None or isinstance(value, str) else "It is text or null."


def _true_or_false(value: object) -> str | None:
    return None if isinstance(value, bool) else "It is true or false."


def _texts(value: object) -> str | None:
    if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
        return None
    return "It is a list of texts, none of them empty."


def _names(value: object) -> str | None:
    if (fault := _texts(value)) or not isinstance(value, list):
        return fault
    return None if len(set(value)) == len(value) else "It holds something twice."


def _number(value: object) -> str | None:
    return None if isinstance(value, int) and not isinstance(value, bool) else "It is a whole number."


def _number_or(*words: str) -> Callable[[object], str | None]:
    def shape(value: object) -> str | None:
        if value in words and isinstance(value, str):
            return None
        if _number(value) is None:
            return None
        return f"It is {' or '.join(repr(word) for word in words)} or a whole number.".replace("'", '"')

    return shape


SHAPES: Mapping[str, Callable[[object], str | None]] = {
    "clientId": _text,
    "clientSecret": _text,
    "active": _true_or_false,
    "softDeleted": _true_or_false,
    "apiPermissions": _names,
    "ownerId": _text_or_null,
    "name": _text,
    "version": _text,
    "displayName": _text,
    "description": _text,
    "type": _text,
    "grants": _texts,
    "redirectUris": _texts,
    "postLogoutRedirectUris": _texts,
    "allowedScope": _text,
    "watchedScope": _text,
    "owner": _text_or_null,
    "accessTokenLifetime": _number_or("global", "never"),
    "refreshLimit": _number_or("unlimited"),
    "refreshGrace": _number,
    "tokenFormat": _text,
    "pkceRequired": _true_or_false,
    "tokenEndpointAuthMethod": _text_or_null,
    "clientJwks": public_keys.shape,
    "clientJwksUri": _text_or_null,
    "idTokenSignedResponseAlg": _text,
    "accessTokenSignedResponseAlg": _text,
    "networkRulesAtAuthorize": _true_or_false,
    "namespaces": _texts,
    "primaryNamespace": _text_or_null,
}
