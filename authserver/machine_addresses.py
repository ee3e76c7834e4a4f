"""The addresses that applications and resource servers call. Each is answered ahead of Django's middleware
(`authserver.edge`), in JSON whatever `Accept` says.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from authserver import health
from tokens import endpoints

MachineView = Callable[[HttpRequest], HttpResponse]

MACHINE_ADDRESSES: dict[str, MachineView] = {
    "/token": endpoints.token,
    "/device_authorization": endpoints.device_authorization,
    "/introspect": endpoints.introspect,
    "/revoke": endpoints.revoke,
    "/userinfo": endpoints.userinfo,
    "/check": endpoints.check,
    "/register": endpoints.register,
    "/jwks": endpoints.jwks,
    "/.well-known/oauth-authorization-server": endpoints.metadata,
    "/.well-known/openid-configuration": endpoints.openid_metadata,
    "/healthz/live": health.live,
    "/healthz/ready": health.ready,
}

# What a gateway asks about another request: its headers, Content-Type among them, may be that other request's.
ASKED_ABOUT_OTHERS = frozenset({"/check"})

# Free of host and https rules: a load balancer asks by address.
HEALTH = frozenset({"/healthz/live", "/healthz/ready"})
