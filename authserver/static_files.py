"""Static files without a build step: served from where they stand, each URL carrying its content's hash."""

import hashlib
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


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
