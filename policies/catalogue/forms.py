"""The forms of one scope and of one API. They ask; `policies.catalogue_changes` judges."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.fields import Text
from accounts.widgets import Lines, Switch
from policies.catalogue_changes import LONGEST_AUDIENCE, LONGEST_DESCRIPTION, LONGEST_NAME
from policies.models import Api, Scope

STAYS = "How clients and documents call it. Cannot be changed later."


class _CatalogueForm(forms.Form):
    """`existing`: the name of what is changed, which stays; empty for something new."""

    name = Text(label="Name", required=True, help_text=STAYS)
    description = Text(label="Description", widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST_DESCRIPTION}))

    def __init__(self, *args: Any, existing: str = "", **kwargs: Any) -> None:
        self.existing = existing
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["maxlength"] = LONGEST_NAME
        self.fields["name"].error_messages["required"] = "A name is required."
        if existing:
            del self.fields["name"]

    def said(self, name: str) -> str:
        return str(self[name].value() or "").strip()

    @property
    def said_name(self) -> str:
        return self.existing or self.said("name")

    def add_faults(self, found: Iterable[tuple[str, str]]) -> None:
        for field, sentence in found:
            self.add_error(field if field in self.fields else None, sentence)


class ScopeForm(_CatalogueForm):
    api = Text(
        label="API",
        widget=forms.Select,
        help_text="Whose scope it is: tokens that hold it are meant for that API, and only its introspectors see them.",
    )
    default = forms.BooleanField(
        label="Default",
        required=False,
        widget=Switch,
        help_text="Granted when a client that is allowed it asks for no scope at all.",
    )
    sensitive = forms.BooleanField(
        label="Sensitive",
        required=False,
        widget=Switch,
        help_text="People tick it by themselves when they consent, and only those who hold it can give it to a client.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["description"].help_text = "What it allows, in words that people read when they consent."
        apis = Api.objects.order_by("name").values_list("name", flat=True)
        self.fields["api"].widget.choices = [("", "None"), *((name, name) for name in apis)]

    @property
    def values(self) -> dict[str, Any]:
        """By the documents' words."""
        return {
            "description": self.said("description"),
            "api": self.said("api") or None,
            "default": bool(self["default"].value()),
            "sensitive": bool(self["sensitive"].value()),
        }


class ApiForm(_CatalogueForm):
    audience = Text(
        label="Audience",
        required=True,
        help_text="An absolute URI that names the API, such as https://orders.example. Its tokens carry it as aud.",
    )
    introspectors = Text(
        label="May introspect",
        widget=Lines,
        strip=False,
        help_text="Client ids, one a line: those that may ask this server about the API's tokens. None: nobody can.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["audience"].widget.attrs["maxlength"] = LONGEST_AUDIENCE
        self.fields["audience"].error_messages["required"] = "An audience is required."

    @property
    def values(self) -> dict[str, Any]:
        """By the documents' words."""
        lines = str(self["introspectors"].value() or "").splitlines()
        return {
            "description": self.said("description"),
            "audience": self.said("audience"),
            "introspectors": list(dict.fromkeys(line.strip() for line in lines if line.strip())),
        }


def of_scope(scope: Scope) -> dict[str, Any]:
    """What the fields show for a stored scope."""
    return {
        "description": scope.description,
        "api": scope.api.name if scope.api else "",
        "default": scope.is_default,
        "sensitive": scope.is_sensitive,
    }


def of_api(api: Api) -> dict[str, Any]:
    """What the fields show for a stored API."""
    ids = api.introspectors.filter(deleted_at=None).order_by("client_id").values_list("client_id", flat=True)
    return {"description": api.description, "audience": api.audience, "introspectors": "\n".join(ids)}
