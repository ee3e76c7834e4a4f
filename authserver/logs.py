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


def hide_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: values under secret names go, and credentials inside other values too."""
    for key, value in event.items():
        if SECRET_KEYS.search(key) and value not in (None, "", True, False):
            event[key] = HIDDEN
        elif isinstance(value, str):
            event[key] = SECRET_VALUES.sub(HIDDEN, value)
    return event


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
