"""Early warnings that every role has: its clock, its queues, and its health as figures."""

from __future__ import annotations

from core.room import ServicePart
from gateway.app import Process
from gateway.early_warning.clock_jump import ClockWatch
from gateway.early_warning.growth import QueueWatch
from gateway.early_warning.health_figures import HealthFigures


def early_warnings(process: Process) -> list[ServicePart]:
    """Health as figures is the last of them: it looks at all others."""
    return [ClockWatch(), QueueWatch(), HealthFigures(process.health)]
