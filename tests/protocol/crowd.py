"""A crowd of client processes, which send what they are given at the same moment (`tests.protocol.crowd_process`)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPMessage
from pathlib import Path
from typing import Any

from tests.protocol.caller import Caller, Response

PROCESS = Path(__file__).with_name("crowd_process.py")
Ask = Callable[[Caller], object]


class _Pen(Caller):
    """Writes a request down instead of sending it, so that whatever asks by a Caller can be asked by a crowd."""

    def __init__(self, authorization: str | None) -> None:
        super().__init__("", authorization=authorization)
        self.written: tuple[str, str, dict[str, str], str | None] | None = None

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        self.written = (method, path, dict(headers or {}), None if body is None else body.decode())
        return Response(status=0, headers=HTTPMessage(), text="{}")


class Crowd:
    """`number` processes, started once: every answer comes from a process of its own."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(PROCESS), str(number)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def at_once(self, machine: Caller, asks: Sequence[Ask] | Ask) -> list[Response]:
        """Each of `asks` by another process, in their order; a single one by all of them."""
        requests = []
        for ask in [asks] * self.number if callable(asks) else asks:
            pen = _Pen(machine.authorization)
            ask(pen)
            requests.append(pen.written)
        line = json.dumps({"host": machine.host, "port": machine.port, "requests": requests})
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(line, file=self.process.stdin, flush=True)
        return [_response(*answer) for answer in json.loads(self.process.stdout.readline())]

    def leave(self) -> None:
        self.process.communicate(timeout=20)


def _response(status: int, headers: list[Any], text: str) -> Response:
    message = HTTPMessage()
    for name, value in headers:
        message[name] = value
    return Response(status=status, headers=message, text=text)
