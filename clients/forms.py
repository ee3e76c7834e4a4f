"""The form that registers and edits a client, and the small forms that confirm a change.

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

from accounts.fields import SeveralOf, Text
from accounts.models import ServerSettings, User
from accounts.widgets import Checkboxes, Choice, LineFault, Lines, NumberWithUnit, RadioCards, Segmented
from clients import access, grant_types, redirect_uris, registration, wording
from clients.facts import ClientFacts, facts_of
from clients.form_values import initial_of, lifetime_from, refresh_limit_from
from clients.models import Client, Namespace
from clients.presets import PRESETS, Preset
from clients.validation import Fault

MOST_OWNERS_LISTED = 200  # beyond, the owner's user name is typed
MOST_NAMESPACE_BOXES = 24  # beyond, a list to scroll
MONO = {"class": "mono", "spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}


# What a caller need not send: of each group nothing means "as before".
KEPT_IF_NOT_SENT = (
    ("owner",),
    ("access_token_lifetime", "access_token_lifetime_seconds"),
    ("refresh", "refresh_limit"),
    ("namespaces", "primary_namespace"),
)


class ClientForm(forms.Form):
    """All facts of one client. `facts` is what the form says now, sound or not."""

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

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        user: User,
        settings: ServerSettings,
        client: Client | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        self.user, self.settings, self.client = user, settings, client
        self.before = facts_of(client) if client else ClientFacts(name="", owner=user.username)
        super().__init__(self._completed(data), initial={**initial_of(self.before), **(initial or {})})
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
        completed, before = data.copy(), initial_of(self.before)
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
        _choose_from(self.fields["namespaces"], ((name, Choice(label=name)) for name in names))
        primaries = [("", "None, or the only one"), *((name, name) for name in names)]
        self.fields["primary_namespace"].widget = forms.Select(choices=primaries)

    def _owner_label(self, person: User) -> str:
        name = person.display_name
        shown = name if name == person.username else f"{name} · {person.username}"
        return f"{shown} (you)" if person == self.user else shown

    def _offer_choices(self) -> None:
        _choose_from(self.fields["type"], ((value, _type_label(value)) for value in wording.TYPES))
        held = self.client.grants if self.client else ()
        _choose_from(
            self.fields["grants"], ((grant.value, self._grant(grant, held)) for grant in grant_types.GRANT_TYPES)
        )
        lifetimes = (("global", f"Global <{self.settings.access_token_lifetime}>"), ("seconds", "Seconds"),
                     ("never", "Never expires"))  # fmt: skip
        _choose_from(self.fields["access_token_lifetime"], ((v, Choice(label=label)) for v, label in lifetimes))
        refreshes = (("none", "None"), ("limit", "Up to"), ("unlimited", "Unlimited"))
        _choose_from(self.fields["refresh"], ((value, Choice(label=label)) for value, label in refreshes))

    def _grant(self, grant: grant_types.GrantType, held: Iterable[str]) -> Choice:
        reason = grant_types.forbidden(
            grant, client_type=self._said("type"), legacy_grants=self.settings.legacy_grants, held=tuple(held)
        )
        return Choice(label=grant.label, explanation=grant.explanation, forbidden=reason or "")

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
        )
        if "namespaces" in self.fields:
            chosen = tuple(self["namespaces"].value() or ())
            facts = replace(facts, namespaces=chosen, primary_namespace=self._said("primary_namespace"))
        if facts.type != self.before.type:  # what only fitted the other type, and has no field here
            facts = replace(facts, pkce_required=True, token_endpoint_auth_method="")
        return facts

    def clean(self) -> None:
        self.add_faults(self.find_faults())

    def find_faults(self) -> list[Fault]:
        """What the registry says about these facts."""
        return registration.faults(self.facts, client=self.client)

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


class RegisterForm(ClientForm):
    """A new client: presets first, and what can only be chosen now."""

    preset = Text(label="Start from", widget=RadioCards)
    client_id = Text(
        label="Client id",
        widget=forms.TextInput(attrs={**MONO, "maxlength": 255}),
        help_text="Generated if left empty. Cannot be changed later.",
    )
    client_secret = Text(
        label="Client secret",
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "mono", "autocomplete": "new-password"}),
        help_text="Generated if left empty, which is best. Confidential clients only.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose_from(self.fields["preset"], ((preset.value, self._preset(preset)) for preset in PRESETS))

    def _preset(self, preset: Preset) -> Choice:
        off = preset.needs_legacy and not self.settings.legacy_grants
        return Choice(
            label=preset.label,
            explanation=preset.explanation,
            forbidden="Legacy grants are off for this server." if off else "",
        )

    @property
    def chosen_client_id(self) -> str:
        return self._said("client_id").strip()

    @property
    def custom_secret(self) -> str | None:
        return self._said("client_secret") or None

    def find_faults(self) -> list[Fault]:
        found = registration.faults(self.facts, client_id=self.chosen_client_id)
        return [*found, *registration.secret_faults(self.facts, self.custom_secret)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _choose_from(field: forms.Field, choices: Iterable[tuple[str, Choice]]) -> None:
    """Offer choices on a field that keeps whatever is sent, so that the rules can name it."""
    widget = field.widget
    if isinstance(field, SeveralOf):
        field.choices = list(choices)
    elif isinstance(widget, ChoiceWidget):
        widget.choices = list(choices)


def _type_label(value: str) -> Choice:
    return Choice(label=value.capitalize(), explanation=wording.TYPES[value])
