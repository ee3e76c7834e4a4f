"""The names of every permission (R59) and the shipped roles that bundle them (R60)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """A permission's name as documents, pages and refusals write it."""

    CLIENTS_VIEW = "clients.view"
    CLIENTS_CREATE = "clients.create"
    CLIENTS_EDIT = "clients.edit"
    CLIENTS_DELETE = "clients.delete"
    CLIENTS_EXPORT = "clients.export"
    CLIENTS_RESET_SECRET = "clients.reset-secret"
    CLIENTS_PROTECT = "clients.protect"
    CLIENTS_OWN = "clients.own"
    NAMESPACES_EDIT = "namespaces.edit"
    CATALOGUE_VIEW = "catalogue.view"
    CATALOGUE_EDIT = "catalogue.edit"
    PEOPLE_VIEW = "people.view"
    PEOPLE_EDIT = "people.edit"
    PEOPLE_DELETE = "people.delete"
    PEOPLE_GROUPS = "people.groups"
    TOKENS_VIEW = "tokens.view"
    TOKENS_REVOKE = "tokens.revoke"
    KEYS_VIEW = "keys.view"
    KEYS_ROTATE = "keys.rotate"
    AUDIT_VIEW = "audit.view"
    SETTINGS_VIEW = "settings.view"
    SETTINGS_EDIT = "settings.edit"


SENTENCES: dict[Permission, str] = {
    Permission.CLIENTS_VIEW: "See every client.",
    Permission.CLIENTS_CREATE: "Register clients.",
    Permission.CLIENTS_EDIT: "Change, activate and deactivate clients.",
    Permission.CLIENTS_DELETE: "Delete clients.",
    Permission.CLIENTS_EXPORT: "Export clients as documents.",
    Permission.CLIENTS_RESET_SECRET: "Give a client a new secret.",
    Permission.CLIENTS_PROTECT: "Protect clients and lift protection.",
    Permission.CLIENTS_OWN: "Register clients and manage the ones owned.",
    Permission.NAMESPACES_EDIT: "Make, change and delete namespaces.",
    Permission.CATALOGUE_VIEW: "See scopes and APIs.",
    Permission.CATALOGUE_EDIT: "Register, change and delete scopes and APIs.",
    Permission.PEOPLE_VIEW: "See people, service accounts and groups.",
    Permission.PEOPLE_EDIT: "Create and change people, reset their passwords, switch them on and off.",
    Permission.PEOPLE_DELETE: "Delete people.",
    Permission.PEOPLE_GROUPS: "Create, change and delete groups.",
    Permission.TOKENS_VIEW: "See what was issued to every client; never a token’s value.",
    Permission.TOKENS_REVOKE: "Revoke tokens and authorizations of every client.",
    Permission.KEYS_VIEW: "See the signing keys and their lives.",
    Permission.KEYS_ROTATE: "Rotate the signing keys and withdraw retired ones.",
    Permission.AUDIT_VIEW: "Read the audit trail.",
    Permission.SETTINGS_VIEW: "See the settings of the server.",
    Permission.SETTINGS_EDIT: "Change the settings of the server.",
}


# Of every permission there is a scope: a token lets its subject do at the API what both hold (R24).
SCOPE_PREFIX = "authserver."


def scope_of(permission: str) -> str:
    """The name of the scope that a token needs for it."""
    return f"{SCOPE_PREFIX}{permission}"


@dataclass(frozen=True, kw_only=True)
class Role:
    """A shipped group: `migrate` puts it in place, administrators may change it.

    `allowed_scope`: what its members may give (R36); empty: every scope that is not sensitive.
    """

    name: str
    description: str
    permissions: tuple[Permission, ...]
    allowed_scope: str = ""


SHIPPED_ROLES = (
    Role(name="Administrator", description="Everything.", permissions=tuple(Permission), allowed_scope="*"),
    Role(
        name="Client manager",
        description="Registers and governs every client.",
        permissions=(
            *(p for p in Permission if p.startswith(("clients.", "namespaces.", "tokens."))),
            Permission.CATALOGUE_VIEW,
            Permission.PEOPLE_VIEW,
        ),
    ),
    Role(
        name="Auditor",
        description="Sees all, changes nothing.",
        permissions=(
            Permission.CLIENTS_VIEW,
            Permission.CLIENTS_EXPORT,
            Permission.CATALOGUE_VIEW,
            Permission.PEOPLE_VIEW,
            Permission.TOKENS_VIEW,
            Permission.KEYS_VIEW,
            Permission.AUDIT_VIEW,
            Permission.SETTINGS_VIEW,
        ),
    ),
    Role(
        name="Developer",
        description="Registers clients and manages the ones owned.",
        permissions=(Permission.CLIENTS_OWN, Permission.CATALOGUE_VIEW),
    ),
)
