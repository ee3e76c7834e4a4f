"""Every page by its URL name, and what it needs: the one table of R59 and R60 for the console; the API has its own.

Before the colon stand the permissions in the order in which they are demanded; the first that is missing is named. With
`*`, whoever holds `clients.own` passes for what is theirs, and others' rows are not there for them (404).
"""

from __future__ import annotations

from dataclasses import dataclass

from accounts.permissions import Permission

TABLE = """
public: api_schema api_docs set_up set_password sign_up account_login account_logout account_inactive
public: mfa_authenticate mfa_login_webauthn upstream_sign_in upstream_callback brand_style brand_logo
public: authorize end_session
anybody: dashboard device account account_session_end account_withdraw upstream_own second_factor_required
anybody: personal_token_new personal_token personal_token_revoke mfa_index mfa_activate_totp mfa_deactivate_totp
anybody: mfa_list_webauthn mfa_add_webauthn mfa_remove_webauthn mfa_view_recovery_codes mfa_generate_recovery_codes

clients.view*: client_list client_views client_view_rename client_view_delete client_deleted client_export_listed
clients.view*: client_bulk_prepare client_bulk client_bulk_step client_bulk_export policy_simulator policy_trace
clients.view*: client_overview client_activity client_credentials_once client_secrets client_scopes client_network
clients.view*: client_rates client_tokens
clients.create*: client_register
clients.create: initial_token_list initial_token_new initial_token initial_token_revoke
clients.view clients.create*: client_copy client_import client_import_shown
clients.view clients.edit*: client_edit client_merge client_active client_revert client_fix client_dismiss
clients.view clients.edit*: client_restore_finding client_revoke_tokens client_scopes_add client_scopes_watch
clients.view clients.edit*: client_scopes_remove client_network_edit client_network_add client_network_enforce
clients.view clients.edit*: client_rates_set client_rates_remove client_rates_enforce
clients.view clients.reset-secret*: client_reset_secret client_secret_change client_secret_retire
clients.view clients.protect*: client_protect
clients.view clients.delete*: client_delete client_restore
clients.view clients.export*: client_export client_export_view

tokens.view*: token_list token_find token_page
tokens.view tokens.revoke*: token_revoke
tokens.revoke*: token_run token_run_step
tokens.revoke: token_run_prepare
catalogue.view: scope_list scope scope_allow api_list api
catalogue.edit: scope_new scope_edit scope_delete api_new api_edit api_delete
clients.view: namespace_list
namespaces.edit: namespace_new namespace_edit namespace_delete

people.view: people_list people_person group_list group_overview
people.view people.edit: people_new people_edit people_password people_password_link people_active
people.view people.edit: people_second_factors
people.view people.delete: people_delete
people.view people.groups: group_new group_edit group_delete
people.view clients.edit: people_hand_over

audit.view: audit audit_verification audit_export
settings.view: settings upstream branding delivery_list delivery_target
settings.edit: delivery_new delivery_act delivery_letter
super-administrator: configuration configuration_plan configuration_export
keys.view: key_list
keys.rotate: key_rotate key_withdraw
"""
NO_PERMISSION = ("public", "anybody", "super-administrator")
# allauth's own question for a password, which this house asks at /sign-in/.
ELSEWHERE = frozenset({"account_reauthenticate"})


@dataclass(frozen=True, kw_only=True)
class Page:
    name: str
    needs: tuple[Permission, ...] = ()
    own: bool = False
    public: bool = False
    of_everything: bool = False  # no permission opens it, and so none is named


def _pages(line: str) -> list[Page]:
    words, _, names = line.partition(": ")
    needed = [] if words in NO_PERMISSION else words.removesuffix("*").split()
    needs = tuple(Permission(word) for word in needed)
    said = {"own": words.endswith("*"), "public": words == "public", "of_everything": words == "super-administrator"}
    return [Page(name=name, needs=needs, **said) for name in names.split()]


PAGES = [page for line in TABLE.splitlines() if line for page in _pages(line)]
