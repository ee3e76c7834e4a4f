"""What a device is told when it asks to be let in (RFC 8628 §3.2)."""

from __future__ import annotations

from typing import Any

from clients.models import Client
from policies.resources import Reach
from tokens import hot_path
from tokens.device import codes, user_codes
from tokens.exchange import Exchange
from tokens.issuer import issuer

PAGE = "/device"


def authorize(exchange: Exchange) -> dict[str, Any]:
    """Both codes, and where to type the short one. Raises hot_path.Stale where the client has changed meanwhile."""
    caller = exchange.caller.client
    client = Client.objects.filter(pk=caller.pk, revision=caller.revision, is_active=True, deleted_at=None).first()
    if client is None:
        raise hot_path.Stale
    reach = Reach(scopes=exchange.scopes, audiences=exchange.audiences)
    issued = codes.issue(client=client, reach=reach, now=exchange.now)
    shown, page = user_codes.shown(issued.user_code), f"{issuer()}{PAGE}"
    return {
        "device_code": issued.device_code,
        "user_code": shown,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={shown}",
        "expires_in": int(codes.LIFETIME.total_seconds()),
        "interval": issued.interval,
    }
