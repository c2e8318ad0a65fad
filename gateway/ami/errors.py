"""Errors of the AMI link; each says whether the action may have reached Asterisk and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import Invalid, SonghuaError, Unavailable

if TYPE_CHECKING:
    from gateway.ami.outcome import ActionAnswered


class AmiError(SonghuaError):
    kind = "ami"
    title = "The action on the switch failed"
    status = 502


class UnsafeValue(AmiError, Invalid):
    """A name or value that could end a line, name a pattern or start something else; nothing was sent."""

    kind = "ami-unsafe-value"
    title = "The value may not be sent to the switch"
    status = 422


class ActionTooLarge(AmiError, Invalid):
    """More than 128 lines, or a line over 1,024 bytes: Asterisk would refuse it; nothing was sent."""

    kind = "ami-action-too-large"
    title = "The action is larger than the switch accepts"
    status = 422


class NotReady(AmiError, Unavailable):
    """The link is not logged in; nothing was sent."""

    kind = "ami-not-ready"
    title = "The link to the switch is down"
    status = 503


class TooManyActions(AmiError, Unavailable):
    """The bound on unanswered actions or unsent bytes is reached; nothing was sent."""

    kind = "ami-too-many-actions"
    title = "Too many actions are waiting for the switch"
    status = 503


class ActionTimeout(AmiError):
    """Sent, and not answered before its deadline: it may have been carried out."""

    kind = "ami-action-timeout"
    title = "The switch did not answer in time"
    status = 504


class LinkLost(AmiError):
    """Sent, and the link ended before the answer: perhaps carried out. A safe read may be asked again."""

    kind = "ami-link-lost"
    title = "The link to the switch was lost before the answer"
    status = 503


class OriginateInDoubt(AmiError):
    """An action that rings a phone was sent and is unanswered. It is never sent again: settle it."""

    kind = "ami-in-doubt"
    title = "It is unknown whether the switch placed the call"
    status = 504


class ActionRefused(AmiError):
    """The switch answered `Response: Error`; `detail` is its own text."""

    kind = "ami-action-refused"
    title = "The switch refused the action"
    status = 409


class ListTooLong(AmiError):
    """A list answer went over the bound; the rest was dropped."""

    kind = "ami-list-too-long"
    title = "The list from the switch is too long"


class ListIncomplete(AmiError):
    """A list ended with another number of items than it said; `answer` holds what came."""

    kind = "ami-list-incomplete"
    title = "The list from the switch is incomplete"

    def __init__(self, expected: int, answer: ActionAnswered) -> None:
        super().__init__(f"{len(answer.items)} of {expected} items came")
        self.expected = expected
        self.answer = answer
