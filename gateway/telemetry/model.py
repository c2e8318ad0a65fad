"""A span, and the ids of a call's. Pure."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

INTERNAL, SERVER = 1, 2
"""`SpanKind` of OTLP."""
Attribute = str | int | float | bool
_NANO: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class TelemetrySpan:
    """Times in ns since 1970. `trace_id` has 16 bytes, `span_id` and `parent` 8. Attributes name nobody."""

    trace_id: bytes
    span_id: bytes
    name: str
    start: int
    end: int
    parent: bytes = b""
    kind: int = INTERNAL
    failed: bool = False
    attributes: Mapping[str, Attribute] = field(default_factory=dict)


def trace_of(call_id: UUID) -> bytes:
    """A call's trace is found by the call's id."""
    return call_id.bytes


def root_of(call_id: UUID) -> bytes:
    """The span of the whole call: spans below it are sent before it ends."""
    return hashlib.sha256(b"call" + call_id.bytes).digest()[:8]


def new_trace() -> bytes:
    return secrets.token_bytes(16)


def new_span() -> bytes:
    return secrets.token_bytes(8)


def nanoseconds(at: datetime) -> int:
    """Exact to the microsecond that a `datetime` has."""
    return int(at.timestamp()) * _NANO + at.microsecond * 1_000
