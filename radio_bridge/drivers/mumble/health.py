"""Health of a Mumble server's talkgroups: the fault and its remedy in one sentence."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class MumbleDownReason(StrEnum):
    """Why there is no link."""

    STARTING = "starting"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    NO_OPUS = "no-opus"
    CLOSED = "closed-by-server"
    NO_ANSWER = "no-answer"
    DENIED = "access-denied"
    NO_CHANNEL = "no-channel"
    NOT_LET_IN = "not-let-in"
    MOVED = "moved"
    KICKED = "kicked"
    HALF_OPEN = "half-open"
    MALFORMED = "malformed"
    STALLED = "stalled"
    STOPPED = "stopped"


MUTED: Final = (
    "the server lets us hear and not talk: see whether we are muted, or may not speak in the channel"
)
OPUS_OFF: Final = (
    "the server has another codec than Opus for everybody, so that nobody hears us: see opusthreshold"
)
_WHY: Final = {
    MumbleDownReason.STARTING: "not connected yet",
    MumbleDownReason.UNREACHABLE: "the server cannot be reached: is it running, are host and port right",
    MumbleDownReason.CERTIFICATE: "the server's certificate is not trusted: compare it with sha256 of"
    " [radio.mumble]",
    MumbleDownReason.NO_OPUS: "there is no libopus on this machine",
    MumbleDownReason.CLOSED: "the server ended the connection",
    MumbleDownReason.NO_ANSWER: "it does not answer as a Mumble server: are host and port right",
    MumbleDownReason.DENIED: "the server does not let us in: compare name and password",
    MumbleDownReason.NO_CHANNEL: "the server has no such channel: make it, or correct channel",
    MumbleDownReason.NOT_LET_IN: "we may not enter the channel: see its rights",
    MumbleDownReason.MOVED: "somebody has moved us to another channel",
    MumbleDownReason.KICKED: "somebody has put us out, or another client has signed in by our name",
    MumbleDownReason.HALF_OPEN: "the server says nothing any more",
    MumbleDownReason.MALFORMED: "what it says is not Mumble's protocol",
    MumbleDownReason.STALLED: "the server takes nothing any more",
    MumbleDownReason.STOPPED: "stopped",
}
OPERATORS: Final = frozenset(
    {
        MumbleDownReason.DENIED,
        MumbleDownReason.NO_CHANNEL,
        MumbleDownReason.NOT_LET_IN,
        MumbleDownReason.CERTIFICATE,
        MumbleDownReason.NO_OPUS,
    }
)
"""What ends only when somebody changes something."""


def down_why(reason: MumbleDownReason, detail: str) -> str:
    """`detail` is what the server said."""
    return f'{_WHY[reason]} ("{detail}")' if detail else _WHY[reason]
