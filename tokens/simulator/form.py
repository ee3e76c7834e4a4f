"""The request that is simulated, as a person fills it in; its address can be shared, since it is asked by GET."""

from __future__ import annotations

from datetime import datetime

from django import forms

from accounts.fields import Text
from accounts.models import User
from accounts.widgets import Switch
from clients import access
from clients.models import Client
from clients.rules import grant_types
from policies import client_address, scopes
from policies.question import Question, TokenFacts
from policies.snapshots import load_client_policy, refresh_server_policy

ENDPOINTS = (
    ("token", "POST /token"),
    ("authorize", "GET /authorize"),
    ("device_authorization", "POST /device_authorization"),
    ("introspect", "POST /introspect"),
    ("revoke", "POST /revoke"),
    ("check", "/check, asked by a gateway"),
    ("userinfo", "GET /userinfo"),
)
GRANTS = [(name, name) for name in (*(g.value for g in grant_types.GRANT_TYPES), grant_types.REFRESH_TOKEN)]
AUTHENTICATIONS = (
    ("client_secret_basic", "HTTP Basic"),
    ("client_secret_post", "Secret in the body"),
    ("private_key_jwt", "Signed assertion"),
    ("none", "None, it only names itself"),
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
AT_AUTHORIZE = frozenset({grant_types.AUTHORIZATION_CODE, grant_types.IMPLICIT})
WITH_TOKEN = frozenset({"check", "userinfo"})
FIRST = {
    "endpoint": "token",
    "grant": grant_types.CLIENT_CREDENTIALS,
    "authentication": "client_secret_basic",
    "method": "GET",
    "https": "on",
}


class SimulatorForm(forms.Form):
    """Fields that an endpoint does not look at are left aside."""

    client = Text(label="Client", help_text="Its client id, or # and its number.", required=True)
    endpoint = forms.ChoiceField(label="Endpoint", choices=ENDPOINTS)
    grant = forms.ChoiceField(label="Grant type", choices=GRANTS, help_text="At /token and /authorize.")
    scope = Text(label="Scope", required=False, help_text="As requested; at /check what the API needs.")
    resource = Text(label="Resource", required=False, help_text="An audience, where one is named (RFC 8707).")
    token_scope = Text(
        label="Scope of its token", required=False, help_text="At /check and /userinfo, where a token is shown."
    )
    address = Text(label="From address", required=True, help_text="Where the request comes from.")
    authentication = forms.ChoiceField(label="Client authentication", choices=AUTHENTICATIONS)
    method = forms.ChoiceField(
        label="Method",
        choices=[(name, name) for name in METHODS],
        help_text="At /check: of the request that it is asked about.",
    )
    at = forms.DateTimeField(
        label="At",
        required=False,
        widget=forms.DateTimeInput(attrs={"class": "input", "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="UTC. Empty: now. Secrets end; budgets are looked at as they stand now.",
        error_messages={"invalid": "This is no time, such as 2026-03-01T12:00."},
    )
    https = forms.BooleanField(label="Over https", required=False, widget=Switch)

    def __init__(self, *args: object, viewer: User, **kwargs: object) -> None:
        self.viewer = viewer
        self.found: Client | None = None
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for name in ("scope", "resource", "token_scope", "address"):
            self.fields[name].widget.attrs |= {"class": "input mono", "autocomplete": "off"}
        self.fields["client"].error_messages["required"] = "Name a client."
        self.fields["address"].error_messages["required"] = "Name an address, such as 203.0.113.42."

    def clean_client(self) -> str:
        """R59: one that the viewer sees; of the others nobody says whether they are there."""
        text = str(self.cleaned_data["client"]).strip().replace("\0", "\ufffd")  # PostgreSQL takes no NUL
        visible = access.visible_to(self.viewer).select_related("service_account")
        number = text.removeprefix("#")
        by_number = text.startswith("#") and number.isascii() and number.isdigit() and int(number) < 2**63
        self.found = visible.filter(pk=int(number)).first() if by_number else visible.filter(client_id=text).first()
        if self.found is None:
            raise forms.ValidationError("You see no client of this id.")
        return text

    def clean_address(self) -> str:
        text = str(self.cleaned_data["address"]).strip()
        if client_address.parse(text) is None:
            raise forms.ValidationError("This is no IP address, such as 203.0.113.42 or 2001:db8::1.")
        return text

    def clean(self) -> dict[str, object]:
        said = self.cleaned_data
        if said.get("endpoint") == "authorize" and said.get("grant") not in AT_AUTHORIZE:
            self.add_error("grant", "At /authorize this is authorization_code or implicit.")
        if said.get("endpoint") == "token" and said.get("grant") == grant_types.IMPLICIT:
            self.add_error("grant", "At /token this is any other than implicit.")
        return said

    def question(self, *, now: datetime) -> Question:
        """Of a form that is valid: what production's evaluator would be asked."""
        said, client = self.cleaned_data, self.found
        if client is None:
            raise ValueError("The form is not valid.")
        server = refresh_server_policy()
        endpoint = str(said["endpoint"])
        return Question(
            server=server,
            client=load_client_policy(client, policy_version=server.version),
            endpoint=endpoint,
            now=said["at"] or now,
            grant_type=_grant(endpoint, str(said["grant"])),
            scope=str(said["scope"]) or None,
            resource=str(said["resource"]) or None,
            address=client_address.read(str(said["address"])),
            method=_method(endpoint, str(said["method"])),
            authentication=_authentication(endpoint, str(said["authentication"])),
            https=bool(said["https"]),
            token=_token(str(said["token_scope"]), server.catalogue) if endpoint in WITH_TOKEN else None,
        )


def _grant(endpoint: str, grant: str) -> str | None:
    if endpoint == "device_authorization":
        return grant_types.DEVICE_CODE
    return grant if endpoint in ("token", "authorize") else None


def _method(endpoint: str, method: str) -> str:
    if endpoint == "check":
        return method or "GET"
    return "GET" if endpoint in ("authorize", "userinfo") else "POST"


def _authentication(endpoint: str, authentication: str) -> str:
    if endpoint in WITH_TOKEN:
        return "bearer"
    return "" if endpoint == "authorize" else authentication or "none"


def _token(text: str, catalogue: scopes.Catalogue) -> TokenFacts:
    """A token that holds, with the audiences that its scopes bring."""
    names = tuple(text.split())
    return TokenFacts(scopes=frozenset(names), audiences=frozenset(scopes.audiences(names, catalogue)))
