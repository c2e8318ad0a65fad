"""What a session asks of whoever carries its datagrams, and what it tells of the network."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from radio_bridge.codecs.dmrd import Frame

Address = tuple[str, int]


class HomebrewDownReason(StrEnum):
    """Why a repeater, or the master, is not there."""

    STARTING = "starting"
    DENIED = "denied"
    SILENT = "silent"
    CLOSED = "closed"
    RESTARTED = "restarted"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class HomebrewSend:
    """A datagram. To the master where `to` is None."""

    data: bytes
    to: Address | None = None


@dataclass(frozen=True, slots=True)
class StationUp:
    """A repeater has signed in at us, or we at the master."""

    station: int
    callsign: str = ""


@dataclass(frozen=True, slots=True)
class StationDown:
    station: int
    reason: HomebrewDownReason


@dataclass(frozen=True, slots=True)
class LoginRefused:
    """A repeater was not let in: unknown, or with a wrong password."""

    station: int


@dataclass(frozen=True, slots=True)
class BurstReceived:
    """A burst, from a station that is signed in."""

    station: int
    frame: Frame


Effect = HomebrewSend | StationUp | StationDown | LoginRefused | BurstReceived
