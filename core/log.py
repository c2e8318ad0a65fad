"""Structured logs: the message is a fixed English phrase, everything else is a field.

What a caller, radio or terminal said goes only into a field made by `personal`, which is written
as a placeholder unless the operator turned personal fields on.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog


class Personal:
    """A value that identifies a person; hidden by default wherever it is printed."""

    __slots__ = ("_value",)

    def __init__(self, value: object) -> None:
        self._value = value

    def reveal(self) -> object:
        """The value itself; call it only where personal fields may be shown."""
        return self._value

    def __repr__(self) -> str:
        return "[personal]"

    __str__ = __repr__


def personal(value: object) -> Personal:
    """Mark a value as personal for a log field."""
    return Personal(value)


def logger(room: str) -> structlog.stdlib.BoundLogger:
    """The logger of a room; `room` is bound as a field."""
    bound: structlog.stdlib.BoundLogger = structlog.get_logger(room=room)
    return bound


class _Stderr:
    """Whatever stderr is when something is written."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def configure(
    *, level: str = "info", json: bool = True, show_personal: bool = False, stream: TextIO | None = None
) -> None:
    """Set up logging once for the process; `stream` is stderr by default."""

    def reveal(_logger: Any, _name: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for key, value in fields.items():
            if isinstance(value, Personal):
                fields[key] = value.reveal() if show_personal else repr(value)
        return fields

    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            reveal,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(stream or cast("TextIO", _Stderr())),
        cache_logger_on_first_use=False,
    )


def in_every_line(**fields: str) -> None:
    """Fields that this process writes into each line from now on."""
    structlog.contextvars.bind_contextvars(**fields)


# Until the process says otherwise: structlog's own default prints local variables with a traceback.
configure(level="warning", json=False)
