"""Loading one address with wrk, and reading what it saw."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Target:
    """A request to be repeated, with `authorizations` and `bodies` in turn: as many of one as of the other, or one.

    `supply`: makes the bodies of a load of so many seconds, where each can be sent once only. A server that uses up
    more than it makes is answered with errors, and those are counted.
    """

    url: str
    authorizations: tuple[str, ...]
    bodies: tuple[str, ...] = ("",)
    method: str = "POST"
    supply: Callable[[int], tuple[str, ...]] | None = None

    def supplied(self, *, seconds: int) -> Target:
        """The same with fresh bodies, where it needs them."""
        return self if self.supply is None else replace(self, bodies=self.supply(seconds))


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one run saw: answers, seconds, errors of any kind, and the 99th percentile in milliseconds."""

    requests: int
    seconds: float
    errors: int
    p99_ms: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def load(target: Target, *, seconds: int, connections: int) -> Seen:
    """Repeat `target` over kept-alive connections for `seconds`."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "post.lua"
        bodies = Path(folder) / "bodies"
        bodies.write_text("".join(f"{one}\n" for one in target.bodies))
        script.write_text(_script(target, bodies))
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "--latency"]
        done = subprocess.run([*command, "-s", str(script), target.url], capture_output=True, text=True, check=True)
    return _read(done.stdout)


def _script(target: Target, bodies: Path) -> str:
    """Lua takes no more than 65,536 strings from a script; bodies come from a file."""
    shown = ", ".join(f'"{one}"' for one in target.authorizations)
    return f"""
local bodies, shown, turn = {{}}, {{{shown}}}, 0
for line in io.lines("{bodies}") do bodies[#bodies + 1] = line end
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
request = function()
  turn = turn + 1
  wrk.headers["Authorization"] = shown[turn % #shown + 1]
  return wrk.format("{target.method}", nil, nil, bodies[turn % #bodies + 1])
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %d %d %d %f\\n", summary.requests, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(99) / 1000))
end
"""


def _read(output: str) -> Seen:
    found = re.search(r"RESULT (\d+) (\d+) (\d+) ([\d.]+)", output)
    if found is None:
        raise RuntimeError(f"wrk said nothing that can be read:\n{output}")
    requests, microseconds, errors, p99 = found.groups()
    return Seen(requests=int(requests), seconds=int(microseconds) / 1e6, errors=int(errors), p99_ms=float(p99))
