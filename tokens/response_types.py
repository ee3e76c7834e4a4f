"""The response types of `/authorize`: the grant that each belongs to, and how its answers travel. Pure.

Considered specifications: RFC 6749 §3.1.1, OAuth 2.0 Multiple Response Type Encoding Practices §2.1, §3, §5; OpenID
Connect Core §3.2. Hybrid types are not supported: a code with PKCE does all that they do (RFC 9700 §2.1.2).
"""

from __future__ import annotations

from collections.abc import Mapping

from clients.rules import grant_types
from tokens.redirects import ResponseMode

CODE, TOKEN, ID_TOKEN, BOTH = "code", "token", "id_token", "id_token token"
MODERN: Mapping[str, str] = {CODE: grant_types.AUTHORIZATION_CODE}
LEGACY: Mapping[str, str] = dict.fromkeys((TOKEN, ID_TOKEN, BOTH), grant_types.IMPLICIT)
KNOWN = {**MODERN, **LEGACY}


def normal(said: str) -> str:
    """§3: "the order of values does not matter"."""
    return " ".join(sorted(said.split(" ")))


def grant_of(response_type: str) -> str:
    """The grant that the request needs; of an unknown type the code's, so that the client can be looked at."""
    return KNOWN.get(response_type, grant_types.AUTHORIZATION_CODE)


def default_mode(response_type: str) -> ResponseMode:
    """§2.1, §5: what holds a token goes into the fragment, which no server sees and no referrer tells."""
    return "fragment" if {TOKEN, ID_TOKEN} & set(response_type.split(" ")) else "query"


def gives_token(response_type: str) -> bool:
    return TOKEN in response_type.split(" ")


def gives_id_token(response_type: str) -> bool:
    """By itself, that is: beside a code it comes from the token endpoint."""
    return ID_TOKEN in response_type.split(" ")
