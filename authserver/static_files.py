"""Static files without a build step: served from where they stand, compressed, each URL carrying its content's hash."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from whitenoise.middleware import WhiteNoiseMiddleware

TEXTS = ("text/", "image/svg+xml", "application/javascript")


@cache
def _version(name: str) -> str:
    path = finders.find(name)
    if not isinstance(path, str):
        raise ValueError(f"There is no static file {name!r}.")
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


class VersionedStaticFiles(StaticFilesStorage):
    """Browsers may keep a file for a year, since a changed file has another address."""

    def url(self, name: str | None) -> str:
        """The address of `name`; raises ValueError for a file that does not exist."""
        return f"{super().url(name)}?v={_version(name or '')}"


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise would look for compressed copies beside the files; without a build step there are none.

    A file is compressed once a worker, when somebody first asks for it. Nothing in it is secret or from a request.
    """

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = WhiteNoiseMiddleware.serve(static_file, request)
        if not response.headers.get("Content-Type", "").startswith(TEXTS):
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        whole = response.status_code == 200 and request.method == "GET"
        if not whole or "gzip" not in request.headers.get("Accept-Encoding", ""):
            return response
        response.close()
        headers = {name: value for name, value in response.headers.items() if name != "Content-Length"}
        return HttpResponse(_compressed(_path(static_file)), headers={**headers, "Content-Encoding": "gzip"})


def _path(static_file: Any) -> str:
    return str(static_file.alternatives[-1][1])


@cache
def _compressed(path: str) -> bytes:
    return gzip.compress(Path(path).read_bytes(), mtime=0)
