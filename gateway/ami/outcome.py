"""Outcomes of actions, and the session's effects, which the transport carries out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.ami.errors import AmiError
from gateway.ami.message import AmiEvent, AmiResponse


@dataclass(frozen=True, slots=True)
class ActionAnswered:
    """The response, and the items of a list answer in their order (without the closing event)."""

    response: AmiResponse
    items: tuple[AmiEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionFailed:
    error: AmiError


Outcome = ActionAnswered | ActionFailed


class DownReason(StrEnum):
    """Why the link is down."""

    STARTING = "starting"
    CONNECT_FAILED = "connect-failed"
    PEER_CLOSED = "peer-closed"
    NO_BANNER = "no-banner"
    LOGIN_TIMEOUT = "login-timeout"
    LOGIN_REFUSED = "login-refused"
    HALF_OPEN = "half-open"
    WRITE_STALLED = "write-stalled"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class AmiConnect:
    """Open a new connection, then call `link_up`, or `link_down` if it cannot be opened."""


@dataclass(frozen=True, slots=True)
class AmiSend:
    data: bytes


@dataclass(frozen=True, slots=True)
class AmiClose:
    """Drop the connection now; the session has already counted it as down."""


@dataclass(frozen=True, slots=True)
class Resolve:
    """The end of one action; there is exactly one for each that was submitted."""

    action_id: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Emit:
    """Live events in the order of arrival, all of one epoch."""

    epoch: int
    messages: Sequence[AmiEvent]


@dataclass(frozen=True, slots=True)
class AmiPong:
    """Asterisk answered a ping; `timestamp` is its own clock, seconds since the epoch as text."""

    timestamp: str


@dataclass(frozen=True, slots=True)
class AmiUp:
    """Logged in; `epoch` is higher than every one before."""

    epoch: int


@dataclass(frozen=True, slots=True)
class AmiDown:
    """The link is down, or is still down for a new reason; told once for each reason until it is up.

    `epoch` is the last that was up.
    """

    epoch: int
    reason: DownReason


Effect = AmiConnect | AmiSend | AmiClose | Resolve | Emit | AmiPong | AmiUp | AmiDown
