"""The tokens page (R63): the list, a pasted token's way to its row, one token, one family, and revoking them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts.authorization import demand, may
from accounts.models import User
from accounts.permissions import Permission
from clients.models import Client
from clients.views.fetching import actor_of, fetch, viewer_of
from clients.views.framing import show_tab
from tokens.console import facets, families, finding, reach, reuse, revoking
from tokens.console.facets import Named
from tokens.console.kinds import FAMILY, Token, parted
from tokens.console.lines import FAMILY_WORDS, line_of
from tokens.console.paging import page_of
from tokens.console.wanted import START, Wanted, read
from tokens.models import TokenFamily


@require_safe
def token_list(request: HttpRequest) -> HttpResponse:
    """What the viewer may see of all that was issued, newest first."""
    viewer, parameters = viewer_of(request), dict(request.GET.lists())
    reach.demand_some(viewer)
    wanted, faults = _named_by_words(read(parameters), parameters, viewer)
    if faults is None:
        return redirect(f"{request.path}?{wanted.query}")
    within = reach.within(wanted, viewer)
    context: dict[str, Any] = {"faults": faults, "wanted": wanted}
    if within is None:
        context["faults"] = [*faults, "There is no client of this number that you see."]
        return render(request, "tokens/list.html", _drawn(wanted, Named()) | context)
    if within.choose or (within.client is None and not may(viewer, Permission.TOKENS_VIEW)):
        return render(request, "tokens/choose.html", {"clients": within.choose})
    context |= _listed(within.wanted, viewer, client=within.client)
    return render(request, "tokens/list.html", context)


def _named_by_words(wanted: Wanted, parameters: dict[str, list[str]], viewer: User) -> tuple[Wanted, list[str] | None]:
    """A client or user that was typed in, as its number; no faults at all: the address is to be written anew."""
    of, by = (parameters.get(name, [""])[-1].strip()[:255] for name in ("of", "by"))
    if "of" not in parameters and "by" not in parameters:
        return wanted, []
    client, user = finding.client_named(of, viewer), finding.user_named(by)
    faults = [f"There is no client {of!r} that you see."] if of and client is None else []
    faults += [f"There is no user {by!r}."] if by and user is None else []
    numbers = [one.pk if one is not None else None for one in (client, user)]
    return replace(wanted, client=numbers[0], user=numbers[1], before=START), faults or None


@require_safe
def client_tokens(request: HttpRequest, number: int) -> HttpResponse:
    """The same list, of one client: a tab of its page."""
    client = fetch(request, number, Permission.TOKENS_VIEW)
    viewer, parameters = viewer_of(request), dict(request.GET.lists())
    wanted, faults = replace(read(parameters), client=client.pk), []
    if "by" in parameters:
        typed = parameters | {"of": [f"#{client.pk}"]}
        wanted, found = _named_by_words(wanted, typed, viewer)
        if found is None:
            return redirect(f"{request.path}?{Wanted.written(facets.shown(wanted, Named(fixed=True)))}")
        faults = found
    context = _listed(wanted, viewer, client=client, fixed=True) | {"faults": faults}
    return show_tab(request, client, page="client_tokens", template="tokens/client_tab.html", context=context)


def _listed(wanted: Wanted, viewer: User, *, client: Client | None, fixed: bool = False) -> dict[str, Any]:
    now = timezone.now()
    page = page_of(wanted, now=now)
    reused = reuse.of(page.tokens)
    user = User.objects.filter(pk=wanted.user).first() if wanted.user is not None else None
    may_end = reach.may_revoke(viewer, client)
    return {
        "page": page,
        "rows": [line_of(token, now=now, reuse=reused.get(token.family_pk or 0)) for token in page.tokens],
        "older": page.older if not fixed else page.older.replace(f"client={wanted.client}&", ""),
        "may_revoke": may_end,
        "may_revoke_all": may_end and client is not None and may(viewer, Permission.CLIENTS_EDIT, client),
        "client": client,
        **_drawn(wanted, Named(client=client, user=user, fixed=fixed)),
    }


def _drawn(wanted: Wanted, named: Named) -> dict[str, Any]:
    return {
        "wanted": wanted,
        "fixed": named.fixed,
        "views": list(facets.views(wanted, named=named)),
        "facets": list(facets.facets(wanted, named=named)),
        "chips": list(facets.chips(wanted, named=named)),
        "paged": wanted.before != START,
        "newest": Wanted.written(facets.shown(wanted, named)),
    }


@sensitive_post_parameters("token")
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """A pasted token leads to its row. It comes in a form's body alone, and stands on no page and in no log."""
    viewer = viewer_of(request)
    reach.demand_some(viewer)
    if request.method != "POST":
        return render(request, "tokens/find.html", {"unknown": False})
    found = finding.by_text(request.POST.get("token", ""), viewer, now=timezone.now())
    if found:
        return redirect("token_page", found)
    return render(request, "tokens/find.html", {"unknown": True}, status=404)


@require_safe
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """One token with its family, or the family alone."""
    viewer = viewer_of(request)
    token, family = _fetch(request, public_id, Permission.TOKENS_VIEW)
    now = timezone.now()
    whole = families.read(family, now=now) if family is not None else None
    client = family.application if family is not None else token.client if token is not None else None
    revocable = token.revocable if token is not None and whole is None else bool(whole and whole.live)
    context = {
        "token": token,
        "line": line_of(token, now=now, reuse=whole.reuse if whole else None) if token else None,
        "family": whole,
        "words": FAMILY_WORDS[whole.state] if whole else None,
        "client": client,
        "public_id": public_id,
        "may_revoke": revocable and reach.may_revoke(viewer, client),
        "sees_client": may(viewer, Permission.CLIENTS_VIEW, client),
        "sees_audit": may(viewer, Permission.AUDIT_VIEW),
    }
    return render(request, "tokens/token.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """Asks, naming what will end; then ends it (R57: a family as a whole)."""
    token, family = _fetch(request, public_id, Permission.TOKENS_REVOKE)
    now = timezone.now()
    if request.method != "POST":
        whole = families.read(family, now=now) if family is not None else None
        client = family.application if family is not None else token.client if token is not None else None
        context = {"token": token, "family": whole, "client": client, "public_id": public_id}
        return render(request, "tokens/revoke.html", context)
    by = actor_of(request)
    if token is not None:
        done = revoking.revoke(token, by=by, now=now)
    else:
        done = family is not None and revoking.revoke_family(family, by=by, now=now)
    messages.success(request, f"{public_id} is revoked." if done else f"{public_id} had ended already.")
    return redirect("token_page", public_id)


def _fetch(request: HttpRequest, public_id: str, permission: Permission) -> tuple[Token | None, TokenFamily | None]:
    """The token, the family, or the token with its family. Raises PermissionMissing and Http404."""
    viewer = viewer_of(request)
    reach.demand_some(viewer, Permission.TOKENS_VIEW)
    prefix, number = parted(public_id) or ("", 0)
    token = finding.by_number(prefix, number, now=timezone.now()) if prefix not in ("", FAMILY) else None
    family_pk = number if prefix == FAMILY else token.family_pk if token is not None else None
    family = families.by_number(family_pk) if family_pk is not None else None
    client = token.client if token is not None else family.application if family is not None else None
    if client is None or not reach.may_see(viewer, client):
        raise Http404
    demand(viewer, permission, client)
    return token, family
