"""A notice by telephone: whoever picks up hears how a case goes on. 1: he has heard it; 2: the closed case is
not solved; 9: no more calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from hotline.outbound.model import AutomatedCall, KeyReply
from hotline.outbound.requests import RequestPolicy
from hotline.outbound.signals import NETWORK_DOWN, NO_CIRCUIT, REJECTED

CHANNEL_ID: Final = "nc-"
"""Begins the Uniqueid of a leg that was placed for a notice."""
HEARD_S: Final = 230.0
"""Longest time after a citizen has picked up: what dialplan/notice.conf allows, and to spare."""
REFUSED: Final = frozenset({REJECTED, NO_CIRCUIT, NETWORK_DOWN})
"""Q.850 causes before any ringing: no trunk, or one that takes no more calls."""

NoticeSentence = Literal["received", "in-progress", "done", "closed", "cancelled", "merged"]
"""What of the case is told: extensions of dialplan/notice.conf, whose prompt is `case-…`."""
REPLIES: Final = {
    "1": KeyReply("gone", "heard"), "2": KeyReply("sorry", "answered"), "9": KeyReply("gone", "answered"),
}  # fmt: skip
"""What follows each key: `gone` thanks and ends."""


@dataclass(frozen=True, slots=True)
class SpokenNotice:
    """What is told to whom: `code` is said digit by digit, empty for none. `asks`: whether it is solved.
    `number` as it is dialled.
    """

    number: str
    sentence: NoticeSentence
    code: str
    asks: bool = False


@dataclass(frozen=True, slots=True)
class NoticeTarget:
    """The `attempt`-th call of a notice, from 0. Number and words are asked for when it is placed, and kept
    in no table of calls: `line` is the same for the same telephone, and does not tell its number.
    """

    call_id: UUID
    message_id: UUID
    attempt: int
    line: str

    @property
    def channel_id(self) -> str:
        return f"{CHANNEL_ID}{self.call_id}"


NoticeCall = AutomatedCall[NoticeTarget]


class NoticePolicy(RequestPolicy[NoticeTarget]):
    refused = REFUSED
    rests_s = 60.0

    def heard_s(self, target: NoticeTarget) -> float:  # noqa: ARG002  # each is as long
        return HEARD_S

    def keys(self, target: NoticeTarget) -> frozenset[str]:  # noqa: ARG002  # the dialplan takes 2 where it asks
        return frozenset(REPLIES)

    def reply(self, call: NoticeCall) -> KeyReply:
        return REPLIES[call.key]
