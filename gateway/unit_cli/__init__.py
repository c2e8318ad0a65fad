"""A field unit's terminal on the command line: the same MQTT contract as the unit's page."""

from gateway.unit_cli.jobs import JobClosed, TerminalJob, UnknownJob
from gateway.unit_cli.store import TerminalStore
from gateway.unit_cli.terminal import TerminalChange, TerminalIdentity, UnitTerminal

__all__ = [
    "JobClosed",
    "TerminalChange",
    "TerminalIdentity",
    "TerminalJob",
    "TerminalStore",
    "UnitTerminal",
    "UnknownJob",
]
