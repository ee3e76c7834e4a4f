"""The one redirect, code verifier and challenge (RFC 7636 §4.2) of all the benchmark's codes."""

import base64
import hashlib

REDIRECT = "https://bench.example/back"
VERIFIER = "the-benchmark-proves-every-code-with-this-one-verifier"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
