"""Every form of the site through one field template: label, control, help and error, all tied together."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.template.loader import render_to_string

from accounts.widgets import Checkboxes, Choice, LineFault, Lines, NumberWithUnit, RadioCards, Segmented, Switch
from authserver.forms_renderer import READY_NUMBERS
from tests.console.html import Page

GRANTS = [
    ("authorization_code", Choice(label="Authorization code", explanation="The most secure.")),
    ("implicit", Choice(label="Implicit", forbidden="Legacy, off for this server.")),
]


class ClientForm(forms.Form):
    name = forms.CharField(help_text="With the version, unique.")
    version = forms.CharField(required=False)
    owner = forms.ChoiceField(choices=[("1", "Mara"), ("2", "Tomas")])
    kind = forms.ChoiceField(widget=RadioCards, choices=[("a", "Confidential"), ("b", "Public")])
    grants = forms.MultipleChoiceField(widget=Checkboxes, choices=GRANTS, help_text="At least one.")
    redirect_uris = forms.CharField(widget=Lines, label="Redirect URIs", help_text="One a line.")
    lifetime = forms.ChoiceField(widget=Segmented, choices=[("global", "Global <3600>"), ("never", "Never")])
    seconds = forms.IntegerField(widget=NumberWithUnit(unit="seconds"), required=False)
    active = forms.BooleanField(required=False, help_text="Inactive clients get no tokens.")
    pkce = forms.BooleanField(widget=Switch, required=False, label="Require PKCE")

    def clean_redirect_uris(self) -> str:
        raise forms.ValidationError(
            [
                LineFault("Wildcards are not allowed.", line=2),
                LineFault("Remove the escaped dot %2e, 100 % of it.", line=4),
            ]
        )


def fields(**data: Any) -> Page:
    form = ClientForm(data) if data else ClientForm()
    return Page("".join(field.as_field_group() for field in form))


def test_label_help_and_control_are_tied_together() -> None:
    page = fields()
    assert page.one("label", for_="id_name").text == "Name"
    assert page.one("input", name="name")["aria-describedby"] == "id_name_helptext"
    assert page.by_id("id_name_helptext").text == "With the version, unique."


def test_an_error_is_at_its_field_and_tied_to_the_control() -> None:
    page = fields(version="1")
    control = page.one("input", name="name")
    assert control["aria-invalid"] == "true"
    assert control["aria-describedby"] == "id_name_helptext id_name_error"
    assert page.by_id("id_name_error").text == "This field is required."


def test_only_fields_that_may_stay_empty_say_optional() -> None:
    page = fields()
    assert page.one("label", for_="id_version").text == "Version optional"
    assert page.one("label", for_="id_active").text == "Active"


def test_a_group_of_choices_is_a_fieldset_described_by_its_help() -> None:
    page = fields()
    assert page.one("fieldset", aria_describedby="id_grants_helptext")
    assert [legend.text for legend in page.all("legend")] == ["Kind", "Grants", "Lifetime"]


def test_a_forbidden_choice_stays_in_sight_with_its_reason_and_cannot_be_chosen() -> None:
    page = fields()
    allowed, forbidden = page.all("input", name="grants")
    assert allowed.get("disabled") is None
    assert "disabled" in forbidden.attributes
    assert "Legacy, off for this server." in [small.text for small in page.all("small")]


def test_r5_every_bad_line_is_marked_and_explained_by_its_number() -> None:
    page = fields(redirect_uris="https://a.example\nhttps://*.example\nhttp://127.0.0.1/\nhttps://a.example/%2e")
    assert [li.text for li in page.all("li") if "data-bad" in li.attributes] == ["2", "4"]
    faults = [li.text for li in page.all("li", class_="line")]
    assert faults == ["Line 2Wildcards are not allowed.", "Line 4Remove the escaped dot %2e, 100 % of it."]


def test_line_numbers_reach_beyond_the_text_so_that_it_can_grow_without_a_script() -> None:
    numbers = [li for li in fields(redirect_uris="a\nb").all("li") if li.inside[-1] == "ol"]
    assert len(numbers) == 2 + READY_NUMBERS


@pytest.mark.parametrize(
    ("name", "type_"), [("active", "checkbox"), ("pkce", "checkbox"), ("seconds", "text"), ("name", "text")]
)
def test_every_control_has_a_label(name: str, type_: str) -> None:
    page = fields()
    assert page.one("input", name=name)["type"] == type_
    assert page.one("label", for_=f"id_{name}").text


def test_a_switch_says_that_it_is_one() -> None:
    assert fields().one("input", name="pkce")["role"] == "switch"


def test_values_labels_and_messages_are_shown_as_text() -> None:
    form = ClientForm({"name": '"><script>alert(1)</script>', "owner": "<b>"})
    html = "".join(field.as_field_group() for field in form) + render_to_string(
        "forms/error_summary.html", {"form": form}
    )
    assert "<script" not in html
    assert "<b>&lt;" not in html
    assert "Global &lt;3600&gt;" in html


def test_the_summary_names_every_fault_and_links_to_a_control_that_exists() -> None:
    form = ClientForm({"redirect_uris": "x", "lifetime": "global"})
    html = "".join(field.as_field_group() for field in form)
    page = Page(render_to_string("forms/error_summary.html", {"form": form, "what": "Not registered yet"}) + html)
    assert page.one("h2").text == "Not registered yet: 5 things to correct"
    assert page.one("div", role="alert")["tabindex"] == "-1"
    links = {link.text: link["href"] for link in page.all("a")}
    assert links == {
        "Name: This field is required.": "#id_name",
        "Owner: This field is required.": "#id_owner",
        "Kind: This field is required.": "#id_kind_0",
        "Grants: This field is required.": "#id_grants_0",
        "Redirect URIs: lines 2 and 4": "#id_redirect_uris",
    }
    for target in links.values():
        assert page.by_id(target.removeprefix("#")).tag in ("input", "select", "textarea")


def test_a_form_without_faults_has_no_summary() -> None:
    assert render_to_string("forms/error_summary.html", {"form": ClientForm()}).strip() == ""


def test_a_whole_form_draws_summary_fields_and_hidden_fields() -> None:
    class Hidden(forms.Form):
        note = forms.CharField()
        next = forms.CharField(widget=forms.HiddenInput)

    page = Page(str(Hidden({"next": "/clients/"})))
    assert page.one("h2").text == "Not saved: 1 thing to correct"
    assert page.one("input", name="next").get("class") is None
