"""The real parts that tests need beside Python: finding them, bringing them, and saying which are missing.

python -m tests.ground.parts                   install what is missing, where that is allowed
python -m tests.ground.parts --have NAME …     whether all of these are here; with CI set, missing is a failure
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest


@dataclass(frozen=True, kw_only=True)
class Part:
    """A program from Debian's packages. `choices`: sets of packages that bring it, the preferred one first."""

    name: str
    title: str
    programs: tuple[str, ...]
    choices: tuple[tuple[str, ...], ...]
    tests: str

    @property
    def remedy(self) -> str:
        return f"on Debian: apt-get install {' '.join(self.choices[0])}"

    def find(self) -> Path | None:
        """The program, or None. Servers may stand outside a person's PATH."""
        path = os.pathsep.join([*_postgresql_folders(), os.environ.get("PATH", ""), "/usr/sbin", "/usr/bin"])
        found = (shutil.which(program, path=path) for program in self.programs)
        return next((Path(program) for program in found if program), None)


def _postgresql_folders() -> list[str]:
    """Debian keeps each version's programs in a folder of its own; the newest first."""
    return sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda folder: -float(folder.split("/")[4]))


PARTS = {
    part.name: part
    for part in (
        Part(
            name="postgresql",
            title="PostgreSQL",
            programs=("postgres",),
            choices=(("postgresql",),),
            tests="the suite on PostgreSQL",
        ),
        Part(
            name="redis",
            title="Redis or Valkey",
            programs=("valkey-server", "redis-server"),
            choices=(("redis-server",), ("valkey-server",)),
            tests="several workers with shared counters, and the suite on PostgreSQL",
        ),
        Part(
            name="chromium",
            title="Chromium",
            programs=("chromium", "chromium-browser"),
            choices=(("chromium", "fonts-liberation"),),
            tests="pages in a browser",
        ),
        Part(name="nginx", title="nginx", programs=("nginx",), choices=(("nginx",),), tests="a real proxy"),
        Part(name="wrk", title="wrk", programs=("wrk",), choices=(("wrk",),), tests="the load of the benchmark"),
    )
}


def need(name: str) -> Path:
    """The program of a part; without it the test is left out, or fails where CI is set."""
    part = PARTS[name]
    found = part.find()
    if found is None:
        leave_out(part)
    return found


def leave_out(part: Part) -> NoReturn:
    sentence = f"left out: {part.title} is missing; {part.remedy}"
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)


def missing() -> list[Part]:
    return [part for part in PARTS.values() if part.find() is None]


def bring() -> int:
    """Install what is missing; the number of parts that are still missing, where CI makes that count."""
    if absent := missing():
        _install(absent)
    absent = missing()
    for part in absent:
        _say_left_out(part)
    return len(absent) if os.environ.get("CI") else 0


def have(names: list[str]) -> int:
    """0 when every named part is here."""
    absent = [PARTS[name] for name in names if PARTS[name].find() is None]
    for part in absent:
        _say_left_out(part)
    return len(absent)


def _say_left_out(part: Part) -> None:
    print(f"Left out: {part.tests}. {part.title} is missing; {part.remedy}")


def _install(absent: list[Part]) -> None:
    """With apt, as root or by a sudo that asks no password; elsewhere nothing."""
    as_root = [] if os.getuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or not _works([*as_root, "true"]):
        return
    apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    _works([*apt, "update"])
    for part in absent:
        print(f"Installing {part.title}", flush=True)
        any(_works([*apt, "install", "-y", "--no-install-recommends", *packages]) for packages in part.choices)


def _works(command: list[str]) -> bool:
    if not shutil.which(command[0]):
        return False
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode and "true" not in command:
        print(done.stderr.strip()[-500:], file=sys.stderr)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(have(sys.argv[2:]) if sys.argv[1:2] == ["--have"] else bring())
