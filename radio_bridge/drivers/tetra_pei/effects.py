"""What a session asks of whoever carries its bytes, and what it tells of the radio."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from radio_bridge.drivers.tetra_pei.at import Line
from radio_bridge.drivers.tetra_pei.identity import TetraIdentity


class PeiDownReason(StrEnum):
    """Why the radio is not there, or of no use."""

    STARTING = "starting"
    UNREACHABLE = "unreachable"
    """The device cannot be opened, nobody listens at the address."""
    CLOSED = "closed"
    SILENT = "silent"
    """It is open, and nothing answers."""
    RESTARTED = "restarted"
    """It was switched off and on, and has forgotten what it was told."""
    STALLED = "stalled"
    """It takes nothing more."""
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class PeiConnect:
    """Open the line; then `link_up` or `link_down`."""


@dataclass(frozen=True, slots=True)
class PeiClose:
    """The line is not needed any more."""


@dataclass(frozen=True, slots=True)
class PeiWrite:
    data: bytes


@dataclass(frozen=True, slots=True)
class RadioUp:
    """The radio answers and is set up; `own` is who it is, None where it does not say."""

    own: TetraIdentity | None


@dataclass(frozen=True, slots=True)
class RadioLost:
    reason: PeiDownReason


@dataclass(frozen=True, slots=True)
class Unsolicited:
    """The radio says something unasked."""

    line: Line


@dataclass(frozen=True, slots=True)
class SendResult:
    """A message that was to be sent: the radio has sent it, or could not."""

    tag: int
    sent: bool


Effect = PeiConnect | PeiClose | PeiWrite | RadioUp | RadioLost | Unsolicited | SendResult
