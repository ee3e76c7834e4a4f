"""Structured logs: one JSON line an event on standard error (a readable line in development), with the
request id, and with whatever looks like a secret taken out before it is written.
"""

import logging
import logging.config
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

HIDDEN = "[hidden]"
SECRET_KEYS = re.compile(
    r"secret|password|token|authorization|cookie|assertion|code_verifier|^code$|private|sessionid", re.IGNORECASE
)
# Our own credentials are recognisable wherever they stand: asc_ secrets, asa_ access tokens and their like.
SECRET_VALUES = re.compile(r"\bas[a-z]_[0-9A-Za-z_-]{16,}|(?<=[Bb]asic )[\w+/=-]{8,}|(?<=[Bb]earer )[\w.~+/=-]{8,}")


# What a request brings, a path above all, is as long as its sender likes, and may try to look like a line of its own.
LONGEST = 1000  # characters of a value
TRACES = ("exception", "stack")  # have lines, and are longer
LONGEST_TRACE = 20_000
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def hide_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: values under secret names go, and credentials inside other values too.

    Objects (Django logs the request itself) are written as text here, so that nothing in them is missed.
    """
    for key, value in event.items():
        if key.startswith("_"):  # structlog's own
            continue
        if SECRET_KEYS.search(key) and value not in (None, "", True, False):
            event[key] = HIDDEN
        elif value is not None and not isinstance(value, bool | int | float):
            event[key] = _shown(SECRET_VALUES.sub(HIDDEN, str(value)), trace=key in TRACES)
    return event


def _shown(text: str, *, trace: bool) -> str:
    """`text` on one line, traces excepted, and not as long as somebody likes."""
    if trace:
        return text[-LONGEST_TRACE:]
    cut = text if len(text) <= LONGEST else text[:LONGEST] + "…"
    return CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", cut)


def logging_settings(*, development: bool) -> None:
    """Configure structlog and the standard library's logging, so that both write the same lines."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    renderer: Any = structlog.dev.ConsoleRenderer(colors=False) if development else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
                    "foreign_pre_chain": [structlog.stdlib.ExtraAdder(), *shared],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": "INFO"},
            "loggers": {
                "django.request": {"level": "ERROR"},
                "django.security": {"level": "WARNING"},
                "oauthlib": {"level": "ERROR"},
                "oauth2_provider": {"level": "ERROR"},
            },
        }
    )
