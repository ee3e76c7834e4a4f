"""The pages of the registry. Each fetches with authorisation, calls one room, and renders.

A client that the viewer may not see is not there (404); one that may be seen but not changed is refused by the
permission's name (403). A client that refuses to be changed says why on a page of its own.
"""

from clients.views.bulk import bulk, bulk_export, bulk_prepare, bulk_step
from clients.views.changing import delete, revoke_tokens, set_active
from clients.views.copying import copy
from clients.views.deleted import deleted_list, restore
from clients.views.editing import edit, register
from clients.views.exporting import export, export_listed, export_view
from clients.views.importing import import_clients, import_shown
from clients.views.leaving import delete_person, hand_over_clients, set_person_active
from clients.views.listing import client_list, kept_view_delete, kept_view_rename, kept_views
from clients.views.mending import dismiss, fix, restore_finding
from clients.views.merging import merge
from clients.views.naming import namespace_delete, namespace_edit, namespace_list, namespace_new
from clients.views.protecting import protect
from clients.views.reverting import revert
from clients.views.secrets import change_secret, reset_secret, retire_secret, secrets
from clients.views.showing import activity, credentials_once, overview

__all__ = [
    "activity",
    "bulk",
    "bulk_export",
    "bulk_prepare",
    "bulk_step",
    "change_secret",
    "client_list",
    "copy",
    "credentials_once",
    "delete",
    "delete_person",
    "deleted_list",
    "dismiss",
    "edit",
    "export",
    "export_listed",
    "export_view",
    "fix",
    "hand_over_clients",
    "import_clients",
    "import_shown",
    "kept_view_delete",
    "kept_view_rename",
    "kept_views",
    "merge",
    "namespace_delete",
    "namespace_edit",
    "namespace_list",
    "namespace_new",
    "overview",
    "protect",
    "register",
    "reset_secret",
    "restore",
    "restore_finding",
    "retire_secret",
    "revert",
    "revoke_tokens",
    "secrets",
    "set_active",
    "set_person_active",
]
