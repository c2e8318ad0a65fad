"""Spans as OTLP/HTTP JSON: ids in hex, 64-bit numbers as text (opentelemetry-proto 1.x, "JSON Protobuf
Encoding"). Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.telemetry.model import Attribute, TelemetrySpan

STATUS_ERROR: Final = 2
SCOPE: Final = "songhua"


def encoded(spans: Sequence[TelemetrySpan], resource: Mapping[str, Attribute]) -> bytes:
    """The body of `POST /v1/traces`."""
    document = {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(resource)},
                "scopeSpans": [{"scope": {"name": SCOPE}, "spans": [_span(one) for one in spans]}],
            }
        ]
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def rejected(answer: bytes) -> int:
    """How many spans the receiver did not take, as a success may say (`partialSuccess`)."""
    try:
        told = json.loads(answer or b"{}")
        count = int(told["partialSuccess"]["rejectedSpans"])
    except (ValueError, KeyError, TypeError):
        return 0
    return max(0, count)


def _span(one: TelemetrySpan) -> dict[str, Any]:
    found: dict[str, Any] = {
        "traceId": one.trace_id.hex(),
        "spanId": one.span_id.hex(),
        "name": one.name,
        "kind": one.kind,
        "startTimeUnixNano": str(one.start),
        "endTimeUnixNano": str(max(one.start, one.end)),
        "attributes": _attributes(one.attributes),
        "status": {"code": STATUS_ERROR} if one.failed else {},
    }
    return {**found, "parentSpanId": one.parent.hex()} if one.parent else found


def _attributes(given: Mapping[str, Attribute]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in given.items()]


def _value(value: Attribute) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}
