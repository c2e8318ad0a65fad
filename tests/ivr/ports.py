"""The ports of a dialogue: those that a test names, and otherwise those of a room that is offline."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ivr.offline import offline_ports
from ivr.ports import IvrPorts


def played_ports(**named: Any) -> IvrPorts:
    return replace(offline_ports(), **named)
