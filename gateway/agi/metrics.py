"""Metrics of the FastAGI server."""

from __future__ import annotations

from core.metrics import counter, gauge, histogram

SESSIONS = gauge("agi_sessions", "Dialogues in progress")
SILENT = gauge("agi_silent", "Connections that have not said what they want yet")
ENDED = counter("agi_ended", "Dialogues by how they ended", ["how"])
REFUSED = counter("agi_refused", "Connections closed at once", ["why"])
LINES = counter("agi_lines", "Lines that were not what they should be", ["kind"])
COMMAND_SECONDS = histogram(
    "agi_command_seconds", "From a command to its answer", (0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60)
)
