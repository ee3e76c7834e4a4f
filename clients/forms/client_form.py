"""The form that edits a client; `clients.forms.register_form` adds what can only be chosen at first.

It asks; it does not judge: what was sent becomes `ClientFacts`, and the rules' faults come back to their fields.
Field names are the contract's, values those of documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.widgets import ChoiceWidget
from django.http import QueryDict

from accounts.fields import SeveralOf
from accounts.models import ServerSettings, User
from accounts.widgets import Choice, LineFault
from clients import access, registration, wording
from clients.facts import BY_KEYS, ClientFacts, facts_of
from clients.forms import form_choices
from clients.forms.form_fields import MONO, ClientFields
from clients.forms.form_values import fitting, grace_from, initial_of, lifetime_from, refresh_limit_from
from clients.life.protection import LONGEST_REASON
from clients.models import Client, Namespace
from clients.rules import giving, public_keys, redirect_uris
from clients.rules.text import fault_of_line, normal_lines
from clients.rules.validation import Fault

MOST_OWNERS_LISTED = 200  # beyond, the owner's user name is typed
MOST_NAMESPACE_BOXES = 24  # beyond, a list to scroll


# What a caller need not send: of each group nothing means "as before".
KEPT_IF_NOT_SENT = (
    ("owner",),
    ("access_token_lifetime", "access_token_lifetime_seconds"),
    ("refresh", "refresh_limit"),
    ("refresh_grace",),
    ("namespaces", "primary_namespace"),
    ("post_logout_redirect_uris",),
    ("token_format",),
    ("pkce_required",),
    ("token_endpoint_auth_method",),
    ("client_jwks", "client_jwks_uri"),
    ("id_token_signed_response_alg",),
    ("access_token_signed_response_alg",),
    ("network_rules_at_authorize",),
)
ADVANCED = (
    "pkce_required",
    "token_endpoint_auth_method",
    "token_format",
    "access_token_signed_response_alg",
    "id_token_signed_response_alg",
    "post_logout_redirect_uris",
)


class ClientForm(ClientFields):
    """All facts of one client. `facts` is what the form says now, sound or not."""

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        user: User,
        settings: ServerSettings,
        client: Client | None = None,
        initial: Mapping[str, Any] | None = None,
        before: ClientFacts | None = None,
    ) -> None:
        """`before`: what a new client begins with."""
        self.user, self.settings, self.client = user, settings, client
        self.before = facts_of(client) if client else before or ClientFacts(name="", owner=user.username)
        super().__init__(self._completed(data), initial=fitting({**initial_of(self.before), **(initial or {})}))
        self.fields["owner"].error_messages["required"] = "An owner is required: who answers for this client."
        self.fields["name"].error_messages["required"] = "A name is required."
        self.fields["type"].error_messages["required"] = "Choose confidential or public."
        for name in ("name", "version", "display_name"):
            self.fields[name].widget.attrs["maxlength"] = 255
        self._offer_owners()
        self._offer_namespaces()
        self._offer_choices()

    def _completed(self, data: QueryDict | None) -> QueryDict | None:
        """What was not sent at all says what it said before; an empty field says that it is empty."""
        if data is None:
            return None
        completed = data.copy()
        before = fitting({**initial_of(self.before), "type": data.get("type", self.before.type)})
        for names in KEPT_IF_NOT_SENT:
            if not any(name in data for name in names):
                for name in names:
                    completed.setlist(name, [str(value) for value in _listed(before[name])])
        return completed

    # ── What is offered ──

    def _offer_owners(self) -> None:
        """A list while it is short; nothing at all where the viewer may not choose (the facts keep the owner)."""
        if not access.may_choose_owner(self.user, new=self.client is None):
            del self.fields["owner"]
            return
        people = User.objects.filter(kind=User.Kind.PERSON, is_active=True, deleted_at=None).order_by("username")
        listed = {person.username: person for person in people[: MOST_OWNERS_LISTED + 1]}
        if len(listed) > MOST_OWNERS_LISTED:
            self.fields["owner"].widget = forms.TextInput(attrs=MONO)
            self.fields["owner"].help_text = "The user name of who answers for the client, and is its contact."
            return
        if self.client is not None and self.client.owner is not None:
            listed.setdefault(self.client.owner.username, self.client.owner)
        choices = [(username, self._owner_label(person)) for username, person in listed.items()]
        self.fields["owner"].widget = forms.Select(choices=choices)

    def _offer_namespaces(self) -> None:
        """R8: boxes while they are few; nothing at all where there are none to choose from."""
        names = list(Namespace.objects.order_by("name").values_list("name", flat=True))
        if not names:
            del self.fields["namespaces"], self.fields["primary_namespace"]
            return
        if len(names) > MOST_NAMESPACE_BOXES:
            self.fields["namespaces"].widget = forms.SelectMultiple(attrs={"size": 8})
        choose_from(self.fields["namespaces"], ((name, Choice(label=name)) for name in names))
        primaries = [("", "None, or the only one"), *((name, name) for name in names)]
        self.fields["primary_namespace"].widget = forms.Select(choices=primaries)

    def _owner_label(self, person: User) -> str:
        name = person.display_name
        shown = name if name == person.username else f"{name} · {person.username}"
        return f"{shown} (you)" if person == self.user else shown

    def _offer_choices(self) -> None:
        said, held = self._said("type"), self.client.grants if self.client else ()
        offered = {
            "type": form_choices.types(),
            "grants": form_choices.grants(
                client_type=said, legacy_grants=self.settings.legacy_grants, held=tuple(held)
            ),
            "access_token_lifetime": form_choices.lifetimes(global_lifetime=self.settings.access_token_lifetime),
            "refresh": form_choices.REFRESHES,
            "pkce_required": form_choices.pkce(client_type=said),
            "token_endpoint_auth_method": form_choices.auth_methods(
                client_type=said, method=self._said("token_endpoint_auth_method")
            ),
            "token_format": form_choices.TOKEN_FORMATS,
            "network_rules_at_authorize": form_choices.NETWORKS_AT_AUTHORIZE,
            "access_token_signed_response_alg": form_choices.SIGNATURES,
            "id_token_signed_response_alg": form_choices.SIGNATURES,
        }
        for name, choices in offered.items():
            choose_from(self.fields[name], choices)

    @property
    def advanced_open(self) -> bool:
        """Whether the folded section says something: other values than a new client has, or a fault."""
        usual = initial_of(ClientFacts(name=""))
        return any(name in self.errors or self._said(name) != str(usual[name]) for name in ADVANCED)

    @property
    def keys_open(self) -> bool:
        """Whether the folded section of public keys says something, is needed, or is at fault."""
        return self._said("token_endpoint_auth_method") == BY_KEYS or any(
            name in self.errors or self._said(name) for name in ("client_jwks", "client_jwks_uri")
        )

    @property
    def keys_forbidden(self) -> str:
        """Why there can be no keys, where that is so."""
        return form_choices.PUBLIC_HAS_NO_KEY if self._said("type") == "public" else ""

    @property
    def lifetime_help(self) -> str:
        """R27: what the global value comes to; R28: what never means."""
        seconds = wording.duration(self.settings.access_token_lifetime)
        return f"Global follows the server's setting, now {seconds}. One that never expires works until it is revoked."

    @property
    def owner_shown(self) -> str:
        """The owner, where the viewer may not choose another."""
        return self.before.owner

    # ── What is said ──

    def _said(self, name: str) -> str:
        """The text in a field now, sent or initial; empty for a field that is not offered."""
        return str(self[name].value() or "") if name in self.fields else ""

    @property
    def facts(self) -> ClientFacts:
        facts = replace(
            self.before,
            name=self._said("name").strip(),
            version=self._said("version").strip(),
            display_name=self._said("display_name").strip(),
            description=self._said("description"),
            type=self._said("type"),
            grants=tuple(self["grants"].value() or ()),
            redirect_uris=redirect_uris.lines_of(self._said("redirect_uris")),
            allowed_scope=self._said("allowed_scope"),
            owner=self._said("owner").strip() or self.before.owner,
            access_token_lifetime=lifetime_from(
                self._said("access_token_lifetime"), self._said("access_token_lifetime_seconds")
            ),
            refresh_limit=refresh_limit_from(self._said("refresh"), self._said("refresh_limit")),
            refresh_grace=grace_from(self._said("refresh_grace")),
            post_logout_redirect_uris=redirect_uris.lines_of(self._said("post_logout_redirect_uris")),
            token_format=self._said("token_format"),
            access_token_signed_response_alg=self._said("access_token_signed_response_alg"),
            id_token_signed_response_alg=self._said("id_token_signed_response_alg"),
            pkce_required=self._said("pkce_required") != "false",
            network_rules_at_authorize=self._said("network_rules_at_authorize") != "false",
            token_endpoint_auth_method=self._said("token_endpoint_auth_method"),
            client_jwks=public_keys.lines_of(self._said("client_jwks")),
            client_jwks_uri=self._said("client_jwks_uri").strip(),
        )
        if "namespaces" in self.fields:
            chosen = tuple(self["namespaces"].value() or ())
            facts = replace(facts, namespaces=chosen, primary_namespace=self._said("primary_namespace"))
        return facts

    def clean(self) -> None:
        self.add_faults(self.find_faults())

    def find_faults(self) -> list[Fault]:
        """What the registry says about these facts."""
        found = registration.faults(self.facts, client=self.client)
        return [*found, *self.giving_faults(), *self._reason_faults()]

    def giving_faults(self) -> Iterable[Fault]:
        """R36: a new client has nothing yet, a copy neither."""
        return giving.faults(self.facts, before=self.before if self.client else None, by=self.user)

    @property
    def why(self) -> str:
        """The reason of the change, where one is given."""
        return normal_lines(self._said("reason")).replace("\n", " ").strip()

    def _reason_faults(self) -> list[Fault]:
        message = fault_of_line(self.why, longest=LONGEST_REASON)
        return [Fault(field="reason", code="text", message=message)] if message else []

    def add_faults(self, faults: Iterable[Fault]) -> None:
        """Bring each fault to its field; a field that already says something says it alone."""
        silent = {name for name in self.fields if name in self.errors}
        for fault in faults:
            name = self._field_of(fault)
            if name in silent:
                continue
            error = ValidationError(fault.message, code=fault.code)
            if fault.line is not None:
                error = LineFault(fault.message, line=fault.line, code=fault.code)
            self.add_error(name if name in self.fields else None, error)

    def _field_of(self, fault: Fault) -> str:
        """A number's fault belongs to the number, not to the choice beside it."""
        if fault.field == "access_token_lifetime" and self._said("access_token_lifetime") == "seconds":
            return "access_token_lifetime_seconds"
        return fault.field


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def choose_from(field: forms.Field, choices: Iterable[tuple[str, Choice]]) -> None:
    """Offer choices on a field that keeps whatever is sent, so that the rules can name it."""
    widget = field.widget
    if isinstance(field, SeveralOf):
        field.choices = list(choices)
    elif isinstance(widget, ChoiceWidget):
        widget.choices = list(choices)
