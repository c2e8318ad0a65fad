"""What is wrong with a Mumble server's talkgroups, in sentences that say what to do."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Down(StrEnum):
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
    Down.STARTING: "not connected yet",
    Down.UNREACHABLE: "the server cannot be reached: is it running, are host and port right",
    Down.CERTIFICATE: "the server's certificate is not trusted: compare it with sha256 of [radio.mumble]",
    Down.NO_OPUS: "there is no libopus on this machine",
    Down.CLOSED: "the server ended the connection",
    Down.NO_ANSWER: "it does not answer as a Mumble server: are host and port right",
    Down.DENIED: "the server does not let us in: compare name and password",
    Down.NO_CHANNEL: "the server has no such channel: make it, or correct channel",
    Down.NOT_LET_IN: "we may not enter the channel: see its rights",
    Down.MOVED: "somebody has moved us to another channel",
    Down.KICKED: "somebody has put us out, or another client has signed in by our name",
    Down.HALF_OPEN: "the server says nothing any more",
    Down.MALFORMED: "what it says is not Mumble's protocol",
    Down.STALLED: "the server takes nothing any more",
    Down.STOPPED: "stopped",
}
OPERATORS: Final = frozenset({Down.DENIED, Down.NO_CHANNEL, Down.NOT_LET_IN, Down.CERTIFICATE, Down.NO_OPUS})
"""What ends only when somebody changes something."""


def down_why(reason: Down, detail: str) -> str:
    """`detail` is what the server said."""
    return f'{_WHY[reason]} ("{detail}")' if detail else _WHY[reason]
