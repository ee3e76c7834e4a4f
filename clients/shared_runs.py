"""Equal questions that are asked at the same moment are answered by one run.

A worker that has just started meets its clients' first requests many at a time: each secret is still tried once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future


class SharedRuns:
    """Thread-safe. A question is kept only while its run goes on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, ...], Future[bool]] = {}

    def ask(self, question: tuple[str, ...], run: Callable[[], bool], *, patience: float) -> bool:
        """The answer of `run`, or of the equal run that goes on already, with whatever it raises.

        Raises TimeoutError where that other run takes longer than `patience` seconds.
        """
        with self._lock:
            others = self._answers.get(question)
            mine: Future[bool] = Future()
            if others is None:
                self._answers[question] = mine
        if others is not None:
            return others.result(patience)
        try:
            mine.set_result(run())
        except BaseException as error:
            mine.set_exception(error)
        finally:
            with self._lock:
                del self._answers[question]
        return mine.result()
