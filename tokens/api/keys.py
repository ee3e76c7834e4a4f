"""The signing keys: their lives, rotating and withdrawing. Their private part is shown nowhere."""

from __future__ import annotations

from typing import Any

from accounts.permissions import Permission
from accounts.rest.operations import Body, Call, Operation
from accounts.rest.refusals import Translation, changed_meanwhile, not_found
from accounts.rest.showing import moment
from tokens.models import SigningKey
from tokens.signing_keys import rotation


def list_keys(call: Call) -> Body:
    rotation.ensure(now=call.now)
    return {"items": [_shown(key) for key in SigningKey.objects.order_by("algorithm", "-created", "-pk")]}


def rotate(call: Call) -> Body:
    rotation.rotate(by=call.by, now=call.now)
    return list_keys(call)


def withdraw(call: Call) -> None:
    kid = call.place["kid"]
    if not SigningKey.objects.filter(kid=kid, state="retired").exists():
        raise not_found()
    rotation.withdraw(kid, by=call.by, now=call.now)


def _shown(key: SigningKey) -> dict[str, Any]:
    return {
        "kid": key.kid,
        "algorithm": key.algorithm,
        "state": key.state,
        "publicJwk": key.public_jwk,
        "created": moment(key.created),
        "activated": moment(key.activated_at),
        "retired": moment(key.retired_at),
        "neededUntil": moment(key.needed_until),
    }


TRANSLATIONS = (Translation(rotation.ChangedMeanwhile, lambda _: changed_meanwhile()),)
_ROTATE: dict[str, Any] = {"tag": "Keys", "permission": Permission.KEYS_ROTATE}
OPERATIONS = (
    Operation(
        name="listKeys",
        method="GET",
        path="keys",
        about="What signs now, what will, and what is still published.",
        tag="Keys",
        permission=Permission.KEYS_VIEW,
        answer=list_keys,
        gives="Keys",
    ),
    Operation(
        name="rotateKeys",
        method="POST",
        path="keys/rotate",
        about="The next keys sign at once.",
        fresh=True,
        answer=rotate,
        gives="Keys",
        **_ROTATE,
    ),
    Operation(
        name="withdrawKey",
        method="DELETE",
        path="keys/{kid}",
        about="Publish a retired key no longer: what it has signed cannot be verified any more.",
        fresh=True,
        answer=withdraw,
        status=204,
        **_ROTATE,
    ),
)
