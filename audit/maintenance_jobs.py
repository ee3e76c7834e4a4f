"""What the maintenance loop runs by itself. Every app adds its jobs in `AppConfig.ready`; `serve` runs the loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Job:
    """`run(now)` is called about `every` seconds apart, one at a time across machines. A failed run is repeated."""

    name: str
    every: float
    run: Callable[[datetime], object]


JOBS: list[Job] = []
