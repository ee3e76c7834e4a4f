"""Every address of the server, joined from the apps that own them."""

from allauth.account import views as allauth_views
from django.urls import include, path
from django.views.generic import RedirectView

from accounts import views as account_pages
from accounts.branding import views as branding_pages
from accounts.second_factors import views as factor_pages
from accounts.sessions import views as session_pages
from accounts.upstream import views as upstream_pages
from audit import views as audit_pages
from authserver import dashboard
from authserver.configuration import pages as configuration_pages
from authserver.delivery import views as delivery_pages
from authserver.machine_addresses import MACHINE_ADDRESSES
from clients import views as client_pages
from policies import network_pages, rate_pages
from policies.catalogue import api_pages, scope_pages
from policies.catalogue import client_pages as client_scope_pages
from tokens import account_pages as token_account_pages
from tokens import key_pages
from tokens.authorize import views as authorization_pages
from tokens.console import run_views as token_run_pages
from tokens.console import views as token_pages
from tokens.device import views as device_pages
from tokens.end_session import views as sign_out_pages
from tokens.personal import views as personal_token_pages
from tokens.registering import views as registration_pages
from tokens.simulator import views as simulator_pages
from tokens.traces import views as trace_pages

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("api/", include("authserver.api")),
    path("set-up/<str:token>/", account_pages.set_up, name="set_up"),
    path("set-password/<str:token>/", account_pages.set_password, name="set_password"),
    path("sign-in/", account_pages.sign_in, name="account_login"),
    path("sign-up/", account_pages.sign_up, name="sign_up"),
    path("sign-out/", account_pages.sign_out, name="account_logout"),
    path("sign-in/second-factor/", factor_pages.second_factor, name="mfa_authenticate"),
    path("sign-in/passkey/", factor_pages.by_passkey, name="mfa_login_webauthn"),
    path("sign-in/inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("sign-in/again/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("clients/", client_pages.client_list, name="client_list"),
    path("clients/new/", client_pages.register, name="client_register"),
    path("clients/registration/", registration_pages.token_list, name="initial_token_list"),
    path("clients/registration/new/", registration_pages.new, name="initial_token_new"),
    path("clients/registration/<int:number>/", registration_pages.show, name="initial_token"),
    path("clients/registration/<int:number>/revoke/", registration_pages.revoke, name="initial_token_revoke"),
    path("clients/<int:number>/", client_pages.overview, name="client_overview"),
    path("clients/<int:number>/activity/", client_pages.activity, name="client_activity"),
    path("clients/<int:number>/activity/<int:event>/revert/", client_pages.revert, name="client_revert"),
    path("clients/<int:number>/credentials/", client_pages.credentials_once, name="client_credentials_once"),
    path("clients/<int:number>/findings/<slug:rule>/fix/", client_pages.fix, name="client_fix"),
    path("clients/<int:number>/findings/<slug:rule>/dismiss/", client_pages.dismiss, name="client_dismiss"),
    path(
        "clients/<int:number>/findings/<slug:rule>/restore/",
        client_pages.restore_finding,
        name="client_restore_finding",
    ),
    path("clients/<int:number>/edit/", client_pages.edit, name="client_edit"),
    path("clients/<int:number>/edit/merge/", client_pages.merge, name="client_merge"),
    path("clients/<int:number>/active/", client_pages.set_active, name="client_active"),
    path("clients/<int:number>/reset-secret/", client_pages.reset_secret, name="client_reset_secret"),
    path("clients/<int:number>/secrets/", client_pages.secrets, name="client_secrets"),
    path("clients/<int:number>/secrets/<slug:key_id>/", client_pages.change_secret, name="client_secret_change"),
    path("clients/<int:number>/secrets/<slug:key_id>/retire/", client_pages.retire_secret, name="client_secret_retire"),
    path("clients/<int:number>/protect/", client_pages.protect, name="client_protect"),
    path("clients/<int:number>/delete/", client_pages.delete, name="client_delete"),
    path("clients/<int:number>/copy/", client_pages.copy, name="client_copy"),
    path("clients/<int:number>/export/", client_pages.export, name="client_export"),
    path("clients/<int:number>/export/view/", client_pages.export_view, name="client_export_view"),
    path("clients/<int:number>/revoke-tokens/", client_pages.revoke_tokens, name="client_revoke_tokens"),
    path("clients/<int:number>/scopes/", client_scope_pages.scopes, name="client_scopes"),
    path("clients/<int:number>/scopes/add/", client_scope_pages.scopes_add, name="client_scopes_add"),
    path("clients/<int:number>/scopes/watch/", client_scope_pages.scopes_watch, name="client_scopes_watch"),
    path("clients/<int:number>/scopes/remove/", client_scope_pages.scopes_remove, name="client_scopes_remove"),
    path("clients/<int:number>/network/", network_pages.network, name="client_network"),
    path("clients/<int:number>/network/edit/", network_pages.network_edit, name="client_network_edit"),
    path("clients/<int:number>/network/add/", network_pages.network_add, name="client_network_add"),
    path("clients/<int:number>/network/enforce/", network_pages.network_enforce, name="client_network_enforce"),
    path("clients/<int:number>/rates/", rate_pages.rates, name="client_rates"),
    path("clients/<int:number>/rates/set/", rate_pages.rates_set, name="client_rates_set"),
    path("clients/<int:number>/rates/remove/", rate_pages.rates_remove, name="client_rates_remove"),
    path("clients/<int:number>/rates/enforce/", rate_pages.rates_enforce, name="client_rates_enforce"),
    path("clients/<int:number>/tokens/", token_pages.client_tokens, name="client_tokens"),
    path("clients/views/", client_pages.kept_views, name="client_views"),
    path("clients/views/<int:number>/rename/", client_pages.kept_view_rename, name="client_view_rename"),
    path("clients/views/<int:number>/delete/", client_pages.kept_view_delete, name="client_view_delete"),
    path("clients/bulk/", client_pages.bulk_prepare, name="client_bulk_prepare"),
    path("clients/bulk/<int:number>/", client_pages.bulk, name="client_bulk"),
    path("clients/bulk/<int:number>/step/", client_pages.bulk_step, name="client_bulk_step"),
    path("clients/bulk/<int:number>/export/", client_pages.bulk_export, name="client_bulk_export"),
    path("clients/deleted/", client_pages.deleted_list, name="client_deleted"),
    path("clients/deleted/<int:number>/restore/", client_pages.restore, name="client_restore"),
    path("clients/import/", client_pages.import_clients, name="client_import"),
    path("clients/import/<slug:token>/", client_pages.import_shown, name="client_import_shown"),
    path("clients/export/", client_pages.export_listed, name="client_export_listed"),
    path("tokens/", token_pages.token_list, name="token_list"),
    path("tokens/find/", token_pages.find, name="token_find"),
    path("tokens/revoke/", token_run_pages.prepare, name="token_run_prepare"),
    path("tokens/revoke/<int:number>/", token_run_pages.run, name="token_run"),
    path("tokens/revoke/<int:number>/step/", token_run_pages.step, name="token_run_step"),
    path("tokens/<slug:public_id>/", token_pages.show, name="token_page"),
    path("tokens/<slug:public_id>/revoke/", token_pages.revoke, name="token_revoke"),
    path("scopes/", scope_pages.scope_list, name="scope_list"),
    path("scopes/new/", scope_pages.scope_new, name="scope_new"),
    path("scopes/<int:number>/", scope_pages.scope, name="scope"),
    path("scopes/<int:number>/allow/", scope_pages.scope_allow, name="scope_allow"),
    path("scopes/<int:number>/edit/", scope_pages.scope_edit, name="scope_edit"),
    path("scopes/<int:number>/delete/", scope_pages.scope_delete, name="scope_delete"),
    path("scopes/apis/", api_pages.api_list, name="api_list"),
    path("scopes/apis/new/", api_pages.api_new, name="api_new"),
    path("scopes/apis/<int:number>/", api_pages.api, name="api"),
    path("scopes/apis/<int:number>/edit/", api_pages.api_edit, name="api_edit"),
    path("scopes/apis/<int:number>/delete/", api_pages.api_delete, name="api_delete"),
    path("namespaces/", client_pages.namespace_list, name="namespace_list"),
    path("namespaces/new/", client_pages.namespace_new, name="namespace_new"),
    path("namespaces/<int:number>/", client_pages.namespace_edit, name="namespace_edit"),
    path("namespaces/<int:number>/delete/", client_pages.namespace_delete, name="namespace_delete"),
    path("policies/", simulator_pages.simulator, name="policy_simulator"),
    path("policies/simulator/", RedirectView.as_view(pattern_name="policy_simulator", query_string=True)),
    path("policies/trace/", trace_pages.trace, name="policy_trace"),
    path("settings/", account_pages.server_settings, name="settings"),
    path("sign-in/upstream/", upstream_pages.sign_in, name="upstream_sign_in"),
    path("sign-in/upstream/callback/", upstream_pages.come_back, name="upstream_callback"),
    path("account/upstream/", upstream_pages.own, name="upstream_own"),
    path("settings/sign-in-provider/", upstream_pages.upstream_settings, name="upstream"),
    path("settings/configuration/", configuration_pages.configuration, name="configuration"),
    path("settings/configuration/export/", configuration_pages.export, name="configuration_export"),
    path("settings/configuration/<slug:token>/", configuration_pages.plan, name="configuration_plan"),
    path("settings/branding/", branding_pages.branding, name="branding"),
    path("brand/<slug:colour>.css", branding_pages.stylesheet, name="brand_style"),
    path("brand/logo/<slug:digest>", branding_pages.logo, name="brand_logo"),
    path("settings/keys/", key_pages.key_list, name="key_list"),
    path("settings/keys/rotate/", key_pages.key_rotate, name="key_rotate"),
    path("settings/keys/<int:number>/withdraw/", key_pages.key_withdraw, name="key_withdraw"),
    path("people/", account_pages.people_list, name="people_list"),
    path("people/new/", account_pages.new, name="people_new"),
    path("people/<int:number>/", account_pages.person, name="people_person"),
    path("people/<int:number>/edit/", account_pages.edit, name="people_edit"),
    path("people/<int:number>/password/", account_pages.give_password, name="people_password"),
    path("people/<int:number>/password/link/", account_pages.password_link, name="people_password_link"),
    path("people/<int:number>/active/", client_pages.set_person_active, name="people_active"),
    path("people/<int:number>/hand-over/", client_pages.hand_over_clients, name="people_hand_over"),
    path("people/<int:number>/delete/", client_pages.delete_person, name="people_delete"),
    path("people/groups/", account_pages.group_list, name="group_list"),
    path("people/groups/new/", account_pages.group_new, name="group_new"),
    path("people/groups/<int:number>/", account_pages.group_overview, name="group_overview"),
    path("people/groups/<int:number>/edit/", account_pages.group_edit, name="group_edit"),
    path("people/<int:number>/second-factors/", factor_pages.take_away, name="people_second_factors"),
    path("people/groups/<int:number>/delete/", account_pages.group_delete, name="group_delete"),
    path("audit/", audit_pages.event_list, name="audit"),
    path("audit/delivery/", delivery_pages.target_list, name="delivery_list"),
    path("audit/delivery/new/", delivery_pages.new, name="delivery_new"),
    path("audit/delivery/<int:number>/", delivery_pages.target, name="delivery_target"),
    path("audit/delivery/<int:number>/act/", delivery_pages.act, name="delivery_act"),
    path("audit/delivery/letters/<int:number>/", delivery_pages.letter, name="delivery_letter"),
    path("audit/verification/", audit_pages.verification, name="audit_verification"),
    path("audit/export.<slug:form>", audit_pages.export, name="audit_export"),
    path("account/", account_pages.account, name="account"),
    path("account/second-factors/", factor_pages.index, name="mfa_index"),
    path("account/second-factors/required/", factor_pages.required, name="second_factor_required"),
    path("account/second-factors/app/", factor_pages.add_app, name="mfa_activate_totp"),
    path("account/second-factors/app/remove/", factor_pages.remove_app, name="mfa_deactivate_totp"),
    path("account/second-factors/passkeys/", factor_pages.index, name="mfa_list_webauthn"),
    path("account/second-factors/passkeys/add/", factor_pages.add_passkey, name="mfa_add_webauthn"),
    path("account/second-factors/passkeys/<int:pk>/remove/", factor_pages.remove_passkey, name="mfa_remove_webauthn"),
    path("account/second-factors/codes/", factor_pages.recovery_codes, name="mfa_view_recovery_codes"),
    path("account/second-factors/codes/new/", factor_pages.new_recovery_codes, name="mfa_generate_recovery_codes"),
    path("account/sessions/end/", session_pages.end, name="account_session_end"),
    path("account/applications/<int:number>/withdraw/", token_account_pages.withdraw, name="account_withdraw"),
    path("account/tokens/new/", personal_token_pages.new, name="personal_token_new"),
    path("account/tokens/<int:number>/", personal_token_pages.show, name="personal_token"),
    path("account/tokens/<int:number>/revoke/", personal_token_pages.revoke, name="personal_token_revoke"),
    path("end_session", sign_out_pages.end_session, name="end_session"),
    path("device", device_pages.device, name="device"),
    path("authorize", authorization_pages.authorize, name="authorize"),
    *(path(address.removeprefix("/"), view) for address, view in MACHINE_ADDRESSES.items()),
]

handler400 = "authserver.error_views.bad_request"
handler403 = "authserver.error_views.forbidden"
handler404 = "authserver.error_views.not_found"
handler429 = "authserver.error_views.too_many_requests"  # asked for by django-allauth's throttling
handler500 = "authserver.error_views.server_error"
