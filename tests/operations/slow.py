"""Senders that take their time: a request whose head is sent and whose body is not yet."""

from __future__ import annotations

import socket
from types import TracebackType

BODY = b"grant_type=client_credentials"


class SlowSender:
    """One connection that has announced BODY and sent a part of it."""

    def __init__(self, port: int, *, path: str = "/token", sent: int = 5) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.unsent = BODY[sent:]
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(BODY)}\r\n\r\n"
        )
        self.connection.sendall(head.encode() + BODY[:sent])

    def finish(self) -> bytes:
        """Send the rest; the whole answer."""
        self.connection.sendall(self.unsent)
        answer = b""
        while part := self.connection.recv(65536):
            answer += part
        return answer

    def __enter__(self) -> SlowSender:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.connection.close()
