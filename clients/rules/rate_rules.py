"""How a client's rate rules are written (R40), line by line, one rule a method, every fault by its field. Pure.

A line is `POST 100 per 60s delay 0-250ms`: a budget of requests in a period, a delay, or both; `any` is for every
method without a rule of its own, and `watch` before it makes a rule that holds nobody up yet. What a rule decides
about a request is `policies.rate_limits`' business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clients.rules.redirect_uris import LineFault

ANY = "any"
METHODS = (ANY, "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ANY_IN_DOCUMENTS = (ANY, "ANY", "*", "", None)
WATCH = "watch"
MODES = ("enforce", WATCH)  # as documents say it; left out: enforce
KEYS = ("method", "limit", "period", "minDelay", "maxDelay", "mode")
MOST_REQUESTS = 2_147_483_647
LONGEST_PERIOD = 31 * 24 * 3600  # seconds; past a month nobody remembers when a window began
LONGEST_DELAY = 10_000  # milliseconds
HOW = "Write it as POST 100 per 60s delay 0-250ms, a rule a line; either part may be left out."
_LINE = re.compile(
    r"(?:(?P<watch>watch) )?(?P<method>\S{1,20})(?: (?P<limit>\d{1,10}) per (?P<period>\d{1,10})s)?"
    r"(?: delay (?P<least>\d{1,10})-(?P<most>\d{1,10})ms)?",
    re.ASCII,
)


class NotARule(ValueError):
    """A line that does not read as a rule."""


@dataclass(frozen=True, kw_only=True)
class RateRule:
    """One rule. `limit` requests in `period` seconds (None: no budget), delays in milliseconds."""

    method: str = ANY
    limit: int | None = None
    period: int | None = None
    min_delay: int = 0
    max_delay: int = 0
    watched: bool = False

    @property
    def line(self) -> str:
        """The rule as it is stored, compared and shown in a history."""
        words = [WATCH] if self.watched else []
        words.append(self.method)
        if self.limit is not None:
            words.append(f"{self.limit} per {self.period}s")
        if self.max_delay:
            words.append(f"delay {self.min_delay}-{self.max_delay}ms")
        return " ".join(words)

    @property
    def budget(self) -> str:
        """The budget in the words of its line; empty where there is none."""
        return "" if self.limit is None else f"{self.limit} per {self.period}s"


@dataclass(frozen=True)
class FieldFault:
    """What is wrong with one field of a rule: `method`, `limit`, `period`, `min_delay` or `max_delay`."""

    field: str
    message: str


def rule_of(line: str) -> RateRule:
    """A line as a rule, whether it is sound or not. Raises NotARule."""
    found = _LINE.fullmatch(" ".join(line[:200].split()))
    if found is None or found["method"] == WATCH:
        raise NotARule(HOW)
    limit, period, least, most = (_number(found[name]) for name in ("limit", "period", "least", "most"))
    return RateRule(
        method=found["method"],
        limit=limit,
        period=period,
        min_delay=least or 0,
        max_delay=most or 0,
        watched=found["watch"] is not None,
    )


def _number(digits: str | None) -> int | None:
    return None if digits is None else int(digits)


def rule_faults(rule: RateRule) -> list[FieldFault]:
    """R40: what is wrong with one rule, field by field, all at once."""
    found = []
    if rule.method not in METHODS:
        found.append(FieldFault("method", f"Choose {', '.join(METHODS[:-1])} or {METHODS[-1]}."))
    if rule.limit is None and rule.period is not None:
        found.append(FieldFault("limit", "A period needs the number of requests that it allows."))
    if rule.limit is not None and rule.period is None:
        found.append(FieldFault("period", "A number of requests needs the period in which it is allowed."))
    if rule.limit is not None and not 0 <= rule.limit <= MOST_REQUESTS:
        found.append(FieldFault("limit", f"Must be 0 to {MOST_REQUESTS} requests."))
    if rule.period is not None and not 1 <= rule.period <= LONGEST_PERIOD:
        found.append(FieldFault("period", f"Must be 1 to {LONGEST_PERIOD} seconds, which is 31 days."))
    found += _delay_faults(rule)
    if not found and rule.limit is None and not rule.max_delay:
        found.append(FieldFault("limit", "Say how many requests are allowed, or a delay: this rule does nothing."))
    return found


def _delay_faults(rule: RateRule) -> list[FieldFault]:
    ends = {"min_delay": rule.min_delay, "max_delay": rule.max_delay}
    found = [
        FieldFault(name, f"Must be 0 to {LONGEST_DELAY} milliseconds.")
        for name, value in ends.items()
        if not 0 <= value <= LONGEST_DELAY
    ]
    if not found and rule.min_delay > rule.max_delay:
        message = f"Must be at least the shortest delay, which is {rule.min_delay} milliseconds."
        found.append(FieldFault("max_delay", message))
    return found


def faults(lines: Sequence[str]) -> list[LineFault]:
    """Every bad line; blank lines are passed over."""
    found: list[LineFault] = []
    first_at: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            rule = rule_of(line)
        except NotARule as error:
            found.append(LineFault(number, str(error)))
            continue
        found += [LineFault(number, fault.message) for fault in rule_faults(rule)]
        if (earlier := first_at.setdefault(rule.method, number)) != number:
            found.append(LineFault(number, twice(rule.method, f"line {earlier}")))
    return found


def twice(method: str, where: str) -> str:
    """R40: one rule a method."""
    return f"One rule a method: {where} is the rule for {method}."


def normal(lines: Iterable[str]) -> tuple[str, ...]:
    """Lines as they are stored: sound ones spelt in one way and in the methods' order, the others as they came."""
    spelt = [_normal(line) for line in lines if line.strip()]
    return tuple(sorted(spelt, key=_place))


def _normal(line: str) -> str:
    try:
        return rule_of(line).line
    except NotARule:
        return line.strip()


def _place(line: str) -> int:
    words = line.removeprefix(f"{WATCH} ").split(" ", 1)
    return METHODS.index(words[0]) if words[0] in METHODS else len(METHODS)


def rules_of(lines: Iterable[str]) -> tuple[RateRule, ...]:
    """The rules of sound lines. Raises NotARule."""
    return tuple(rule_of(line) for line in lines)


# ── Documents ──

_FIELDS = {"limit": "limit", "period": "period", "minDelay": "min_delay", "maxDelay": "max_delay"}
_KEY_OF = {field: key for key, field in _FIELDS.items()} | {"method": "method"}


def to_documents(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Rules as `rateLimitRules` says them; `mode` stands only where it is not enforce."""
    return [
        {
            "method": rule.method,
            "limit": rule.limit,
            "period": rule.period,
            "minDelay": rule.min_delay,
            "maxDelay": rule.max_delay,
        }
        | ({"mode": WATCH} if rule.watched else {})
        for rule in rules_of(lines)
    ]


def from_documents(entries: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Lines of entries that have been looked at (`document_faults`)."""
    return tuple(_entry(entry).line for entry in entries)


def _entry(entry: Mapping[str, Any]) -> RateRule:
    numbers = {field: entry.get(key) for key, field in _FIELDS.items()}
    method = entry.get("method")
    return RateRule(
        method=ANY if method in ANY_IN_DOCUMENTS else str(method),
        limit=numbers["limit"],
        period=numbers["period"],
        min_delay=numbers["min_delay"] or 0,
        max_delay=numbers["max_delay"] or 0,
        watched=entry.get("mode") == WATCH,
    )


def document_faults(value: object) -> list[tuple[str, str]]:
    """What is wrong with `rateLimitRules`, as (path within it, sentence)."""
    if not isinstance(value, list):
        return [("", "It is a list of rate rules.")]
    found: list[tuple[str, str]] = []
    first_at: dict[str, int] = {}
    for index, entry in enumerate(value):
        wrong = _shape_faults(entry)
        if not wrong:
            rule = _entry(entry)
            wrong = [(f".{_KEY_OF[fault.field]}", fault.message) for fault in rule_faults(rule)]
            if (earlier := first_at.setdefault(rule.method, index)) != index:
                wrong.append((".method", twice(rule.method, f"entry [{earlier}]")))
        found += [(f"[{index}]{path}", message) for path, message in wrong]
    return found


def _shape_faults(entry: object) -> list[tuple[str, str]]:
    if not isinstance(entry, Mapping):
        return [("", "A rate rule is an object with method, limit and period, and its delays.")]
    unknown = [str(key) for key in entry if key not in KEYS]
    found = [(f".{key[:60] if key.isprintable() else '?'}", "There is no such key.") for key in unknown]
    method = entry.get("method")
    if method is not None and not isinstance(method, str):
        found.append((".method", f'It is "{ANY}" or the name of an HTTP method.'))
    for key in _FIELDS:
        value = entry.get(key)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            found.append((f".{key}", "It is a whole number."))
    if "mode" in entry and not (isinstance(entry["mode"], str) and entry["mode"] in MODES):
        found.append((".mode", f'It is "{MODES[0]}" or "{MODES[1]}".'))
    return found
