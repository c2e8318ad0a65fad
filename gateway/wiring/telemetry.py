"""Spans of the centre, where `[telemetry] endpoint` names a receiver."""

from __future__ import annotations

from importlib import metadata

from core.bus import Bus
from gateway.settings import Settings
from gateway.telemetry.calls import CallSpans
from gateway.telemetry.exporter import SpanExporter


def span_exporter(settings: Settings, bus: Bus) -> SpanExporter | None:
    """None where they are off: then nothing is subscribed, and no request is timed."""
    if not settings.telemetry.endpoint:
        return None
    exporter = SpanExporter(
        settings.telemetry,
        {
            "service.name": "songhua",
            "service.namespace": settings.tenant,
            "service.instance.id": settings.system_name,
            "service.version": metadata.version("songhua"),
        },
    )
    CallSpans(exporter.add).subscribe(bus)
    return exporter
