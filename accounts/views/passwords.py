"""Setting passwords: by an administrator, who gives a link or a password, and by the person who follows the link."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import passwords, people
from accounts.authorization import holding_of
from accounts.faults import ChangedMeanwhile, Refused
from accounts.models import User
from accounts.once import Shelf
from accounts.password_forms import GivePasswordForm, SetPasswordForm
from accounts.permissions import Permission
from accounts.sign_in_events import actor_of as visitor_of
from accounts.views.fetching import actor_of, changing, fetch, viewer_of

_SHELF = Shelf(name="links_to_show_once", label="password link shown once")


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password", "password_again")
@changing(Permission.PEOPLE_EDIT)
def give_password(request: HttpRequest, person: User) -> HttpResponse:
    """For whoever has lost theirs. Either way the old one, every session and every token end at once."""
    form = GivePasswordForm(request.POST if request.method == "POST" else None, person=person)
    if not (form.is_bound and form.is_valid()):
        return _ask(request, person, form)
    try:
        if not form.by_password:
            return show_link(request, person)
        people.change(
            user=person,
            facts=people.facts_of(person),
            password_hash=make_password(form.cleaned_data["password"]),
            by=actor_of(request),
            giver=holding_of(viewer_of(request)),
            now=timezone.now(),
        )
    except ChangedMeanwhile:
        form.add_error(None, "Somebody else changed this account meanwhile. Nothing was done; try again.")
        return _ask(request, person, form, status=409)
    if person == viewer_of(request):
        update_session_auth_hash(request, person)
    messages.success(request, f"{person.display_name} has a new password. Every session and token of theirs has ended.")
    return redirect("people_person", person.pk)


def _ask(request: HttpRequest, person: User, form: GivePasswordForm, *, status: int = 200) -> HttpResponse:
    return render(request, "people/password.html", {"form": form, "person": person}, status=status)


def show_link(request: HttpRequest, person: User) -> HttpResponse:
    """A new link, and on to the one page that shows it. Raises ChangedMeanwhile."""
    viewer = viewer_of(request)
    token = passwords.give_link(user=person, by=actor_of(request), giver=holding_of(viewer), now=timezone.now())
    _SHELF.put(request.session, [token], about=person.pk, user_pk=viewer.pk)
    if person == viewer:  # this browser stays signed in
        update_session_auth_hash(request, person)
    return redirect("people_password_link", person.pk)


@require_safe
@never_cache
def password_link(request: HttpRequest, number: int) -> HttpResponse:
    """The link, exactly once; HEAD looks at nothing."""
    person = fetch(request, number, Permission.PEOPLE_EDIT)
    content = None
    if request.method == "GET":
        content = _SHELF.take(request.session, about=person.pk, user_pk=viewer_of(request).pk)
    url = settings.AUTHSERVER.issuer + reverse("set_password", args=content) if content else ""
    context = {"person": person, "link": url, "until": timezone.now() + passwords.LIFETIME}
    return render(request, "people/password_link.html", context)


@login_not_required
@never_cache
@sensitive_post_parameters("password", "password_again")
@require_http_methods(["GET", "HEAD", "POST"])
def set_password(request: HttpRequest, token: str) -> HttpResponse:
    """The person's own page, by the link that they were given."""
    link = passwords.find_link(token, now=timezone.now())
    if link is None:
        return _ended(request)
    form = SetPasswordForm(request.POST if request.method == "POST" else None, person=link.user)
    if not (form.is_bound and form.is_valid()):
        context = {"form": form, "person": link.user, "expires_at": link.expires_at}
        return render(request, "people/set_password.html", context, status=400 if form.is_bound else 200)
    try:
        passwords.use_link(
            link=link, password=form.cleaned_data["password"], by=visitor_of(request), now=timezone.now()
        )
    except (passwords.LinkEnded, ChangedMeanwhile, Refused):
        return _ended(request)
    messages.success(request, "Your password is set. Sign in with it now.")
    return redirect("account_login")


def _ended(request: HttpRequest) -> HttpResponse:
    return render(request, "people/set_password_ended.html", status=404)
