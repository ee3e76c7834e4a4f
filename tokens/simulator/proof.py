"""Whether a client could prove itself by a secret at a time: secrets end. The value itself is never simulated."""

from __future__ import annotations

from datetime import datetime

from clients.models import Client
from clients.secrets import rotation
from policies.decision import ALLOW, Deny
from policies.evaluate import Outcome, Stage
from policies.question import BY_CREDENTIALS, Question
from policies.snapshots import BY_SECRET

PROOF = Stage("proof", "Secret")
SENTENCE = "Client authentication failed."


def proof_of(client: Client, question: Question) -> Outcome | None:
    """The stage, where the question is answered by a secret (one statement); else None."""
    by_secret = question.endpoint in BY_CREDENTIALS and question.authentication in BY_SECRET
    if not by_secret or not question.client.confidential:
        return None
    secrets = rotation.standing(client)
    if any(rotation.is_live(secret, now=question.now) for secret in secrets):
        return Outcome(PROOF, ALLOW)
    ends = [secret.expires_at for secret in secrets if secret.expires_at is not None]
    detail = f"its last secret ends on {_day(max(ends))}" if ends else "it has no secret"
    return Outcome(
        PROOF, Deny(code="no-live-secret", error="invalid_client", sentence=SENTENCE, status=401, detail=detail)
    )


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"
