"""Reading JSON from the authorization server: bounded in time and in size, and never redirected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import urllib3

from tokens.resource_server.token import Unavailable


class Asker:
    """A pool of connections that threads share. `timeout`: seconds for connecting and for each read."""

    def __init__(self, *, timeout: float) -> None:
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=timeout, read=timeout), retries=False)

    def ask(
        self, method: str, url: str, *, largest: int, body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The object that `url` answers with, of `largest` bytes at most. Raises Unavailable for anything else."""
        try:
            answer = self._pool.request(method, url, body=body, headers=headers, redirect=False, preload_content=False)
            content = answer.read(largest + 1)
            if len(content) > largest:
                answer.close()  # what is left of it must not be taken for the next answer
            answer.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"{url} cannot be reached.") from error
        if answer.status != 200 or len(content) > largest:
            raise Unavailable(f"{url} answered {answer.status} with {len(content)} bytes.")
        try:
            said = json.loads(content)
        except ValueError as error:
            raise Unavailable(f"{url} did not answer in JSON.") from error
        if not isinstance(said, dict):
            raise Unavailable(f"{url} did not answer with an object.")
        return said
