"""Where django-allauth asks this server about the other provider: its addresses, our client there, who is let in.

Authorization code with PKCE and state, which the session keeps (RFC 9700 §2.1.1). What the provider's token endpoint
answers over TLS is taken for signed (OpenID Connect Core §3.1.3.7, 6); issuer, audience and expiry are checked.
"""

from __future__ import annotations

from typing import Any

import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts import server_settings
from accounts.models import User
from accounts.sign_in_events import actor_of
from accounts.upstream import arriving, pages
from accounts.upstream.arriving import NotLetIn
from accounts.upstream.facts import Upstream, opened

ADDRESSES = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
SECONDS = 5
NO_PROVIDER = "What answers there is no OpenID provider"


def current() -> Upstream | None:
    """The provider as the settings have it now (one statement)."""
    return opened(server_settings.current())


def callback() -> str:
    """Our redirect URI, which the provider's administrator registers."""
    return f"{settings.AUTHSERVER.issuer}{reverse('upstream_callback')}"


def discover(issuer: str) -> dict[str, Any]:
    """The provider's metadata (OpenID Connect Discovery §4). Raises NotLetIn for what is none, or of another issuer."""
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        with _session() as session:
            answer = session.get(address, timeout=SECONDS)
            answer.raise_for_status()
            found = answer.json()
    except requests.RequestException as error:
        raise NotLetIn(f"{address} does not answer as it should: {type(error).__name__}.") from error
    if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in ADDRESSES):
        raise NotLetIn(f"{NO_PROVIDER}: {address} lacks one of {', '.join(ADDRESSES)}.")
    if found.get("issuer") != issuer:
        raise NotLetIn(f"{address} names another issuer (§4.3): {str(found.get('issuer'))[:200]}. Write it just so.")
    scheme = f"{issuer.partition(':')[0]}:"
    if not all(found[name].startswith(("https:", scheme)) for name in ADDRESSES):
        raise NotLetIn(f"{NO_PROVIDER}: one of its addresses is not {scheme.rstrip(':')}.")
    return found


def _session() -> requests.Session:
    """Follows no redirect, with which a secret could go elsewhere, and asks no proxy of the environment."""
    session = requests.Session()
    session.max_redirects = 0
    session.trust_env = False
    return session


class Addresses(OpenIDConnectOAuth2Adapter):
    """The provider's addresses and ours."""

    @property
    def openid_config(self) -> dict[str, Any]:
        if not hasattr(self, "_openid_config"):
            issuer = self.get_provider().app.settings["server_url"]
            try:
                self._openid_config = discover(issuer)
            except NotLetIn as error:
                raise OAuth2Error(str(error)) from error
        return self._openid_config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return callback()


class Provider(OpenIDConnectProvider):
    """The one that the settings name."""

    oauth2_adapter_class = Addresses


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """One provider, from the settings; accounts are made and connected by our own rooms."""

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Provider:
        upstream = current()
        if upstream is None or provider != upstream.key:
            raise SocialApp.DoesNotExist
        return provider_of(request, upstream)

    def get_requests_session(self) -> requests.Session:
        session = _session()
        ask = session.request

        def in_time(*args: Any, **named: Any) -> requests.Response:
            return ask(*args, **{"timeout": SECONDS, **named})

        session.request = in_time  # type: ignore[method-assign]
        return session

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Any:
        """What it says of the person is looked at, and not kept."""
        sociallogin.told, sociallogin.account.extra_data = sociallogin.account.extra_data, {}
        return sociallogin.user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Connect, or let in; allauth signs in whom `sociallogin` names then, by way of second factors."""
        upstream, now = current(), timezone.now()
        if upstream is None or sociallogin.account.provider != upstream.key:
            raise ImmediateHttpResponse(pages.refused(request, "There is no such provider any more."))
        try:
            arrival = arriving.read(sociallogin.told, upstream)
            if sociallogin.state.get("process") == "connect":
                user = request.user if isinstance(request.user, User) else None
                if user is None:
                    raise NotLetIn("You signed out meanwhile. Sign in, then connect your account once more.")
                arriving.connect(user, arrival, upstream, by=actor_of(request, user), now=now)
                raise ImmediateHttpResponse(pages.connected(request, upstream))
            by = actor_of(request)
            user = arriving.let_in(arrival, upstream, by=pages.named(by, upstream), now=now)
        except NotLetIn as refusal:
            raise ImmediateHttpResponse(pages.refused(request, str(refusal))) from refusal
        sociallogin.account = arriving.connection_of(arrival, upstream)
        sociallogin.user = user
        request.arrived = arrival  # type: ignore[attr-defined]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def on_authentication_error(self, request: HttpRequest, provider: Provider, **told: Any) -> None:
        """The provider said no, or did not answer; or the answer is to no question of this browser."""
        raise ImmediateHttpResponse(pages.failed(request, provider.app.name, **told))


def provider_of(request: HttpRequest, upstream: Upstream, *, again: bool = False) -> Provider:
    """`again`: whoever is signed in there proves it once more (OpenID Connect Core §3.1.2.1, `prompt`)."""
    app = SocialApp(
        provider="openid_connect",
        provider_id=upstream.key,
        name=upstream.name,
        client_id=upstream.client_id,
        secret=upstream.client_secret,
        settings={
            "server_url": upstream.issuer,
            "oauth_pkce_enabled": True,
            "scope": upstream.scope.split(),
            "auth_params": {"prompt": "login"} if again else {},
        },
    )
    return Provider(request, app=app)
