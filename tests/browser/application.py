"""Applications as people register them: a web server on loopback that people return to, and a device that polls."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Page


@dataclass
class Application:
    """It answers every address with an empty page, and keeps what came with each."""

    url: str
    came: dict[str, dict[str, str]] = field(default_factory=dict)


@contextmanager
def application() -> Iterator[Application]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            one.came[parts.path] = dict(parse_qsl(parts.query))
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>An application</title><h1>You are back</h1>")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    one = Application(url=f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield one
    finally:
        server.shutdown()
        server.server_close()


FETCH = """async ([url, form, token]) => {
  const answer = await fetch(url, {
    method: form ? "POST" : "GET",
    body: form ? new URLSearchParams(form) : undefined,
    headers: token ? {Authorization: `Bearer ${token}`} : {},
  })
  return {status: answer.status, body: await answer.json()}
}"""


def fetched(page: Page, url: str, form: dict[str, str] | None = None, *, token: str = "") -> dict[str, Any]:
    """What a script of the page's own origin gets from another: the browser decides whether it may read it."""
    answer: dict[str, Any] = page.evaluate(FETCH, [url, form, token])
    assert answer["status"] == 200, answer
    body: dict[str, Any] = answer["body"]
    return body


DEVICE = """
import json, sys, time, urllib.error, urllib.parse, urllib.request
url, client_id = sys.argv[1:]
def post(path, **form):
    body = urllib.parse.urlencode({"client_id": client_id, **form}).encode()
    try:
        return json.load(urllib.request.urlopen(url + path, body, timeout=30))
    except urllib.error.HTTPError as error:
        return json.load(error)
asked = post("/device_authorization", scope="openid profile")
print(json.dumps(asked), flush=True)
while True:
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    answer = post("/token", grant_type=grant, device_code=asked["device_code"])
    print(json.dumps(answer), flush=True)
    if answer.get("error") != "authorization_pending":
        break
    time.sleep(asked["interval"])
"""


@dataclass
class Device:
    """A process that shows a code, and polls as it is told until it hears how it ended."""

    process: subprocess.Popen[str]

    def says(self) -> dict[str, Any]:
        """Its next line."""
        assert self.process.stdout is not None
        said: dict[str, Any] = json.loads(self.process.stdout.readline())
        return said


@contextmanager
def device(url: str, client_id: str) -> Iterator[Device]:
    process = subprocess.Popen([sys.executable, "-c", DEVICE, url, client_id], stdout=subprocess.PIPE, text=True)
    with process:
        try:
            yield Device(process)
        finally:
            process.kill()
