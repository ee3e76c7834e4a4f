"""The checks of an authorization request, in their order: first those whose failure is shown, then those sent.

Each is one check or one addition to the request (RFC 6749 §4.1.1, §4.1.2.1; OpenID Connect Core §3.1.2.1, §3.1.2.2).
"""

from __future__ import annotations

import json
from collections.abc import Callable

from clients.models import Client
from policies import client_address
from policies.decision import Deny
from policies.evaluate import evaluate
from policies.question import Question
from policies.scopes import OPENID
from policies.snapshots import load_client_policy, refresh_server_policy
from tokens import id_token_hints, pkce, redirects, response_types
from tokens.authorize.errors import Sent, Shown, invalid_request
from tokens.authorize.request import AuthorizationRequest
from tokens.claims import requested, scopes_needed
from tokens.issuer import issuer
from tokens.signing_keys.ring import ring

# Refusals of the evaluator that the client is told at its redirect URI (RFC 6749 §4.1.2.1).
ABOUT_THE_GRANT = frozenset({"unauthorized_client", "unsupported_response_type"})
ABOUT_THE_SCOPE = frozenset({"invalid_scope", "invalid_target"})
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
LONGEST_STATE = 4_000  # characters; it goes back in an address
LONGEST_NONCE = 255
LONGEST_CLAIMS = 8_000
LONGEST_MAX_AGE = 10  # digits
# OpenID Connect Core §6: parameters of request objects, and the error for each.
REQUEST_OBJECTS = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}


def bound_state(request: AuthorizationRequest) -> None:
    if len(request.form.get("state", "")) > LONGEST_STATE:
        raise Shown("state is too long", f"The application sent a state of more than {LONGEST_STATE:,} characters.")


def find_client(request: AuthorizationRequest) -> None:
    """Settings and catalogue as they stand now, then the client: known, and not deleted."""
    request.policy = refresh_server_policy()
    client_id = request.form.get("client_id")
    if client_id is None or "client_id" in request.repeated:
        raise Shown("client_id is missing or comes twice", "The application did not say which one it is.")
    clients = Client.objects.filter(deleted_at=None).select_related("owner", "service_account")
    client = clients.filter(client_id=client_id).first() if len(client_id) <= 255 else None
    if client is None:
        raise Shown("client_id is not known here", "The application that sent you is not registered at this server.")
    request.client = client
    request.client_policy = load_client_policy(client, policy_version=request.policy.version)


def choose_redirect(request: AuthorizationRequest) -> None:
    """R5, R23; RFC 6749 §3.1.2.4: "the authorization server MUST NOT automatically redirect" to a URI in doubt."""
    if "redirect_uri" in request.repeated:
        raise _redirect_in_doubt(request, "redirect_uri comes twice")
    named = request.form.get("redirect_uri")
    registered = request.client.redirect_uris.split()
    if named is None and "openid" in request.form.get("scope", "").split(" "):
        raise _redirect_in_doubt(request, "redirect_uri is missing")  # OpenID Connect Core §3.1.2.1: REQUIRED
    found = redirects.chosen(named, registered)
    if found is None:
        raise _redirect_in_doubt(
            request, "redirect_uri is missing" if named is None else "redirect_uri is not registered"
        )
    request.redirect_uri = found


def _redirect_in_doubt(request: AuthorizationRequest, problem: str) -> Shown:
    sentence = (
        "The application sent you here with a return address that it has not registered."
        if "not registered" in problem
        else "The application did not say where you should return to."
    )
    return Shown(problem, sentence, client=request.client.title)


def apply_policy(request: AuthorizationRequest) -> None:
    """The evaluator's table. What is wrong with grant or scope is the client's to hear, later; all else is shown."""
    request.response_type = response_types.normal(request.form.get("response_type", ""))
    decision = request.decision = evaluate(question_of(request))
    if isinstance(decision, Deny) and decision.error not in ABOUT_THE_GRANT | ABOUT_THE_SCOPE:
        raise Shown(
            decision.sentence.rstrip("."),
            "The application that sent you may not be used like this.",
            status=403 if decision.status == 403 else 400,
            client=request.client.title,
            detail=decision.detail or decision.code,
        )


def question_of(request: AuthorizationRequest) -> Question:
    """The request as the evaluator is asked about it; its client is known."""
    return Question(
        server=request.policy,
        client=request.client_policy,
        endpoint="authorize",
        now=request.now,
        grant_type=response_types.grant_of(request.response_type),
        scope=_asked(request),
        resource=request.form.get("resource"),
        address=client_address.read(request.address),
        method=request.method,
        https=request.https,
    )


def choose_response_mode(request: AuthorizationRequest) -> None:
    """How answers travel; what is wrong with the mode itself is answered in the default one."""
    default = request.response_mode = response_types.default_mode(request.response_type)
    mode = request.form.get("response_mode", default)
    found = next((known for known in redirects.RESPONSE_MODES if known == mode), None)
    if found is None or "response_mode" in request.repeated:
        raise invalid_request("response_mode is query, fragment or form_post.")
    if found == "query" and default != "query":
        raise invalid_request("Tokens do not travel in a query: response_mode is fragment or form_post.")
    request.response_mode = found


def refuse_repeated(request: AuthorizationRequest) -> None:
    """RFC 6749 §3.1: "parameters MUST NOT be included more than once"."""
    if request.repeated:
        raise invalid_request(f"The parameter {request.repeated[0][:60]} comes more than once.")


def refuse_request_objects(request: AuthorizationRequest) -> None:
    """OpenID Connect Core §3.1.2.6. Nothing is read or fetched from them."""
    for name, error in REQUEST_OBJECTS.items():
        if name in request.form:
            raise Sent(error, f"The parameter {name} is not supported.")


def check_response_type(request: AuthorizationRequest) -> None:
    if "response_type" not in request.form:
        raise invalid_request("The parameter response_type is missing.")
    on = response_types.KNOWN if request.policy.legacy_grants else response_types.MODERN
    if request.response_type not in on:
        raise Sent("unsupported_response_type", f"This server supports the response type {', '.join(on)}.")


def check_grant(request: AuthorizationRequest) -> None:
    """R21; RFC 6749 §4.1.2.1 `unauthorized_client`."""
    if isinstance(request.decision, Deny) and request.decision.error in ABOUT_THE_GRANT:
        detail = request.decision.detail or request.decision.code
        raise Sent("unauthorized_client", "This client may not use this response type.", detail=detail)


def check_pkce(request: AuthorizationRequest) -> None:
    """R62, RFC 7636 §4.4.1. RFC 9700 §2.1.1: public clients MUST use PKCE, whatever the setting says."""
    if request.response_type != response_types.CODE:
        return
    client = request.client
    required = not client.confidential or (request.policy.pkce_required and client.pkce_required)
    form = request.form
    fault = pkce.challenge_fault(form.get("code_challenge"), form.get("code_challenge_method"), required=required)
    if fault:
        raise invalid_request(fault)


def grant_scopes(request: AuthorizationRequest) -> None:
    """R33, R34, RFC 8707 §2.1."""
    if isinstance(request.decision, Deny):
        raise Sent(request.decision.error, request.decision.sentence, detail=request.decision.detail)
    request.reach = request.decision.reach


def _asked(request: AuthorizationRequest) -> str:
    """OpenID Connect Core §5.5: a claim that is named is asked for by its scope, so that the person sees it."""
    form, asked = request.form, request.form.get("scope", "")
    named = scopes_needed(requested(form.get("claims", ""))) if OPENID in asked.split() else ()
    allowed = request.client_policy.allowed_scope
    more = [scope for scope in named if scope in request.policy.catalogue and allowed.allows(scope)]
    return " ".join([asked, *more])


def read_prompt(request: AuthorizationRequest) -> None:
    """OpenID Connect Core §3.1.2.1; both count without `openid` too (contracts, Machine addresses)."""
    prompts = frozenset(request.form.get("prompt", "").split())
    if prompts - PROMPTS:
        raise invalid_request("prompt holds none, login, consent or select_account.")
    if "none" in prompts and len(prompts) > 1:
        raise invalid_request("prompt=none cannot be combined with other values.")
    age = request.form.get("max_age")
    if age is not None and not (age.isascii() and age.isdecimal() and len(age) <= LONGEST_MAX_AGE):
        raise invalid_request("max_age is a number of seconds.")
    request.prompts, request.max_age = prompts, None if age is None else int(age)


def check_carried(request: AuthorizationRequest) -> None:
    """What is kept for the tokens: `nonce`, and `claims` (OpenID Connect Core §5.5: a JSON object)."""
    if len(request.form.get("nonce", "")) > LONGEST_NONCE:
        raise invalid_request(f"nonce has at most {LONGEST_NONCE} characters.")
    if response_types.gives_id_token(request.response_type):
        _demand_what_id_tokens_need(request)
    claims = request.form.get("claims")
    if claims is None:
        return
    try:
        readable = len(claims) <= LONGEST_CLAIMS and isinstance(json.loads(claims), dict)
    except (ValueError, RecursionError):
        readable = False
    if not readable:
        raise invalid_request("claims is a JSON object.")


def _demand_what_id_tokens_need(request: AuthorizationRequest) -> None:
    """OpenID Connect Core §3.2.2.1: `nonce` is "REQUIRED" there, and §3.1.2.1: so is the scope `openid`."""
    if not request.form.get("nonce"):
        raise invalid_request("The parameter nonce is missing: the response type id_token needs it.")
    if OPENID not in request.reach.scopes:
        raise invalid_request("The response type id_token needs the scope openid.")


def read_hint(request: AuthorizationRequest) -> None:
    """OpenID Connect Core §3.1.2.1: whom the client takes the person for, by an ID token of ours."""
    value = request.form.get("id_token_hint")
    if value is None:
        return
    request.hint = id_token_hints.read(value, ring=ring(request.policy.version), issuer=issuer())
    if request.hint is None:
        raise invalid_request("id_token_hint is no ID token of this server.")


CHECKS: tuple[Callable[[AuthorizationRequest], None], ...] = (
    # Told to the person.
    bound_state,
    find_client,
    choose_redirect,
    apply_policy,
    # Told to the client.
    choose_response_mode,
    refuse_repeated,
    refuse_request_objects,
    check_response_type,
    check_grant,
    check_pkce,
    grant_scopes,
    read_prompt,
    check_carried,
    read_hint,
)


def run(request: AuthorizationRequest) -> None:
    """Every check in its order. Raises Shown or Sent; with Sent, `redirect_uri` and `response_mode` are decided."""
    for check in CHECKS:
        request.at = check
        check(request)
    request.at = None
