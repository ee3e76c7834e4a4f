"""The two kinds of refusal at the authorization endpoint (RFC 6749 §4.1.2.1). They are different types on purpose.

While client or redirect URI are in doubt, the person is told, and "MUST NOT" be sent to the URI in question. Afterwards
the client is told, at its redirect URI.
"""

from __future__ import annotations


class Shown(Exception):
    """An error page. `problem` is its few words in the facts, `sentence` says what happened; both are public."""

    def __init__(
        self,
        problem: str,
        sentence: str,
        *,
        status: int = 400,
        client: str = "",
        detail: str = "",
        retry_after: int = 0,
    ) -> None:
        super().__init__(problem, sentence)
        self.problem = problem
        self.sentence = sentence
        self.status = status
        self.client = client
        self.detail = detail
        self.retry_after = retry_after  # seconds


class Sent(Exception):
    """An error answer to the client: `error` as the standards name it, `description` public.

    `recorded` False: nobody did anything wrong, as when silent sign-in finds nobody signed in.
    """

    def __init__(self, error: str, description: str, *, detail: str = "", recorded: bool = True) -> None:
        super().__init__(error, description)
        self.error = error
        self.description = description
        self.detail = detail
        self.recorded = recorded


def invalid_request(description: str) -> Sent:
    return Sent("invalid_request", description)
