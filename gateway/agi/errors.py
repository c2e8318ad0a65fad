"""Errors of one AGI dialogue; after any `CallGone` the handler has nothing left to do."""

from __future__ import annotations

from core.errors import Invalid, SonghuaError


class AgiError(SonghuaError):
    kind = "agi"
    title = "The dialogue with the switch failed"
    status = 502


class CallGone(AgiError):
    """The call has left this dialogue; end the handler.

    Asterisk writes `HANGUP` both when the caller hung up and when it took the call back, so this class
    itself says no more than that; AMI tells which.
    """

    kind = "agi-call-gone"
    title = "The call has left the dialogue"


class HungUp(CallGone):
    """The channel is dead (answer 511)."""

    kind = "agi-hung-up"
    title = "The caller hung up"


class CallHandedOver(CallGone):
    """Asterisk took the call back: its dead-man timer fired, or it was moved; a person has it now.

    It shows as a connection that ended under the dialogue, or as an answer that comes after its deadline.
    """

    kind = "agi-handed-over"
    title = "The call was handed over"


class OverTime(CallGone):
    """The whole dialogue took longer than it may; the connection was closed, the dialplan goes on."""

    kind = "agi-over-time"
    title = "The dialogue took too long"


class HandlerFinished(CallGone):
    """The handler has ended, or there was no room for it; the dialplan goes on."""

    kind = "agi-finished"
    title = "The dialogue is finished"


class CommandRefused(AgiError):
    """Answer 510 or 520: Asterisk does not know the command or its form."""

    kind = "agi-command-refused"
    title = "The switch refused the command"


class CommandFailed(AgiError):
    """Answer 200 with `result=-1`."""

    kind = "agi-command-failed"
    title = "The command failed"


class Busy(AgiError):
    """A second command while one waits for its answer."""

    kind = "agi-busy"
    title = "One command at a time"


class UnsafeArgument(Invalid):
    """A value that could end the line, or a name outside its closed set; nothing was sent."""

    kind = "agi-unsafe-argument"
    title = "The value may not be sent to the switch"
