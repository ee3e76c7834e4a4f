"""JWT access tokens for the client `bench-jwt`, by the door that django-oauth-toolkit has for them: a generator.

Signed with jwcrypto, as its own ID tokens are, and with the algorithm that ours are signed with.
"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from jwcrypto import jwk, jwt
from oauthlib.common import generate_token

_KEY = jwk.JWK.generate(kty="EC", crv="P-256", kid="bench", alg="ES256")


def token_for(request: Any) -> str:
    """RFC 9068 §2.2: what the token of a client that acts for itself says."""
    if request.client.client_id != "bench-jwt":
        return str(generate_token())
    now = int(time.time())
    client = request.client.client_id
    claims = {"iss": "https://stock.example", "sub": client, "client_id": client, "aud": "https://stock.example",
              "iat": now, "exp": now + request.expires_in, "jti": uuid.uuid4().hex,
              "scope": " ".join(request.scopes)}  # fmt: skip
    token = jwt.JWT(header=json.dumps({"typ": "at+jwt", "alg": "ES256", "kid": "bench"}), claims=json.dumps(claims))
    token.make_signed_token(_KEY)
    return str(token.serialize())
