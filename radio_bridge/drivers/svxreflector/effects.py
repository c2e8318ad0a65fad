"""What a session asks of whoever carries its bytes, and what it tells of the network."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SvxReflectorDownReason(StrEnum):
    """Why there is no link."""

    STARTING = "starting"
    UNREACHABLE = "unreachable"
    CLOSED = "closed-by-reflector"
    NO_ANSWER = "no-answer"
    DENIED = "access-denied"
    VERSION = "version"
    NO_CODEC = "no-codec"
    UDP_BLOCKED = "udp-blocked"
    UDP_LOST = "udp-lost"
    HALF_OPEN = "half-open"
    MALFORMED = "malformed"
    STALLED = "stalled"
    STOPPED = "stopped"


class SvxKeyRefusal(StrEnum):
    """Why we do not talk."""

    BUSY = "busy"
    """Somebody else talks: the first one has the talkgroup, whatever our priority."""
    IGNORED = "ignored"
    """The reflector answers, and gives us no talk: forbidden, or blocked for having talked too long."""
    SILENT = "silent"
    """Nothing is answered over UDP."""
    DOWN = "down"
    STOPPED = "stopped"
    """It was granted and the reflector has ended it."""


@dataclass(frozen=True, slots=True)
class SvxReflectorConnect:
    """Open TCP and UDP to the reflector, then `link_up`, or `link_down` if that cannot be done."""


@dataclass(frozen=True, slots=True)
class SvxReflectorClose:
    """Drop both now; the session has counted it as down."""


@dataclass(frozen=True, slots=True)
class SendTcp:
    data: bytes


@dataclass(frozen=True, slots=True)
class SendUdp:
    data: bytes


@dataclass(frozen=True, slots=True)
class SvxLinkUp:
    """Signed in, heard over UDP, on the talkgroup. `nodes` are there besides us."""

    codec: str
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SvxLinkDown:
    """Down, or still down for a new reason; told once for each reason until it is up. `detail` is what the
    reflector said.
    """

    reason: SvxReflectorDownReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NodeCame:
    callsign: str


@dataclass(frozen=True, slots=True)
class NodeWent:
    callsign: str


@dataclass(frozen=True, slots=True)
class SvxTalkerBegan:
    """Somebody else talks; without a callsign when he began before we were there."""

    callsign: str


@dataclass(frozen=True, slots=True)
class SvxTalkerEnded:
    callsign: str


@dataclass(frozen=True, slots=True)
class SvxSound:
    """Of somebody else, as the network's codec has it; it may come before its `SvxTalkerBegan`."""

    data: bytes


@dataclass(frozen=True, slots=True)
class SoundEnded:
    """No more sound of this talk."""


@dataclass(frozen=True, slots=True)
class SvxKeyGranted:
    """The reflector has named us as the talker."""


@dataclass(frozen=True, slots=True)
class SvxKeyRefused:
    """What `key` asked for is not given, or is over (`STOPPED`, `DOWN`)."""

    refusal: SvxKeyRefusal


Effect = (
    SvxReflectorConnect
    | SvxReflectorClose
    | SendTcp
    | SendUdp
    | SvxLinkUp
    | SvxLinkDown
    | NodeCame
    | NodeWent
    | SvxTalkerBegan
    | SvxTalkerEnded
    | SvxSound
    | SoundEnded
    | SvxKeyGranted
    | SvxKeyRefused
)
