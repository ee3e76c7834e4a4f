"""What the form of a client asks, field by field: labels, widgets and the help beside them.

Field names are the contract's. What is offered in each, and what an answer means, is `clients.forms.client_form`'s.
"""

from __future__ import annotations

from django import forms

from accounts.fields import SeveralOf, Text
from accounts.widgets import Checkboxes, Lines, NumberWithUnit, RadioCards, Radios, Segmented

MONO = {"class": "mono", "spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}


class ClientFields(forms.Form):
    """All facts of one client, and why they change."""

    name = Text(label="Name", required=True, help_text="With the version, unique on this server.")
    version = Text(label="Version")
    display_name = Text(label="Display name", help_text="What people read. Left empty: the client id.")
    description = Text(label="Description", widget=forms.Textarea(attrs={"rows": 2}))
    owner = Text(label="Owner", required=True, help_text="Answers for the client, and is its contact.")
    type = Text(label="Type", widget=RadioCards, required=True)
    grants = SeveralOf(label="Grants", widget=Checkboxes, required=False)
    redirect_uris = Text(
        label="Redirect URIs",
        widget=Lines,
        strip=False,
        help_text="Needed for authorization code and implicit. Compared character by character; addresses such as "
        "127.0.0.1 match on any port.",
    )
    allowed_scope = Text(
        label="Allowed scope",
        widget=forms.TextInput(attrs=MONO),
        help_text="Separated by spaces. A * stands for any characters; scopes that match it later are included.",
    )
    namespaces = SeveralOf(label="Namespaces", widget=Checkboxes, required=False, help_text="Those that it may reach.")
    primary_namespace = Text(label="Primary namespace", widget=forms.Select, help_text="The one that it belongs to.")
    access_token_lifetime = Text(label="Access token lives", widget=Segmented)
    access_token_lifetime_seconds = Text(label="Access-token lifetime", widget=NumberWithUnit(unit="seconds"))
    refresh = Text(label="Refreshes", widget=Segmented)
    refresh_limit = Text(label="Number of refreshes", widget=NumberWithUnit(unit="refreshes, within 30 days"))
    refresh_grace = Text(
        label="Grace for a refresh that got lost",
        widget=NumberWithUnit(unit="seconds"),
        help_text="So long a refresh token may be used again while the one that replaced it has not been. 0, the "
        "safest: using one twice ends the sign-in.",
    )
    pkce_required = Text(label="PKCE", widget=Radios)
    token_endpoint_auth_method = Text(label="Authentication", widget=Radios)
    client_jwks = Text(
        label="JWK Set",
        widget=forms.Textarea(attrs={**MONO, "rows": 6, "placeholder": '{"keys": [{"kty": "EC", "crv": "P-256", …}]}'}),
        help_text="Public keys only: EC on P-256, or RSA of 2048 bits or more. A private key is refused.",
    )
    client_jwks_uri = Text(
        label="Or the address where it publishes them",
        widget=forms.TextInput(attrs={**MONO, "inputmode": "url"}),
        help_text="Over https, on a public host. New keys are noticed by themselves.",
    )
    token_format = Text(
        label="Access tokens are",
        widget=Segmented,
        help_text="Opaque ones are looked up here, so that revoking ends them at once. APIs can check a JWT by "
        "themselves; it cannot live for ever.",
    )
    access_token_signed_response_alg = Text(label="JWTs are signed with", widget=Segmented)
    id_token_signed_response_alg = Text(
        label="ID tokens are signed with", widget=Segmented, help_text="Most libraries expect RS256."
    )
    post_logout_redirect_uris = Text(
        label="After signing out", widget=Lines, strip=False, help_text="Where people may return to, one URI a line."
    )
    network_rules_at_authorize = Text(
        label="Network rules for people's browsers",
        widget=Radios,
        help_text="At /authorize the address is the one of the person's browser, not of the client's server.",
    )
    reason = Text(
        label="Reason for this change", help_text="Kept in the activity, for whoever looks after the client next."
    )
