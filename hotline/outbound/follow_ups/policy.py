"""A follow-up call: 1 to 3 say how satisfied the reporter is, 0 connects with a person or asks for a call. He
may say so, or what no key says: that it is solved, that it is not, that he is not to be called again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from hotline.outbound.follow_ups.answers import SPOKEN_KEYS
from hotline.outbound.follow_ups.events import FOLLOW_UP_CHANNEL
from hotline.outbound.model import AutomatedCall, KeyReply
from hotline.outbound.requests import RequestPolicy
from hotline.outbound.signals import NETWORK_DOWN, NO_CIRCUIT, REJECTED

CHANNEL_ID: Final = FOLLOW_UP_CHANNEL
HEARD_S: Final = 240.0
"""Longest time after a reporter has picked up: what dialplan/follow_up.conf allows, and to spare."""
TALK_S: Final = 3_900.0
"""The same where a person may be connected: the words, the queue, and an hour."""
REFUSED: Final = frozenset({REJECTED, NO_CIRCUIT, NETWORK_DOWN})
"""Q.850 causes before any ringing: no trunk, or one that takes no more calls."""
PERSON: Final = "0"
KEYS: Final = frozenset(SPOKEN_KEYS)
WORDS: Final[dict[str, str]] = {
    "0": "person", "1": "thanks", "2": "thanks", "3": "sorry", "y": "thanks", "n": "sorry", "x": "gone",
}  # fmt: skip
"""What is said after each key. A person who may be connected is waited for instead."""


@dataclass(frozen=True, slots=True)
class FollowUpTarget:
    """The `attempt`-th call about a follow-up, from 0. Its number is asked for when it is placed, and kept
    in no table of calls: `line` is the same for the same telephone, and does not tell its number.
    """

    call_id: UUID
    follow_up_id: UUID
    attempt: int
    line: str

    @property
    def channel_id(self) -> str:
        return f"{CHANNEL_ID}{self.call_id}"


FollowUpCall = AutomatedCall[FollowUpTarget]


class FollowUpPolicy(RequestPolicy[FollowUpTarget]):
    refused = REFUSED
    rests_s = 60.0

    def __init__(self, *, connects: bool = False) -> None:
        super().__init__()
        self._connects = connects

    def heard_s(self, target: FollowUpTarget) -> float:  # noqa: ARG002  # each is as long
        return TALK_S if self._connects else HEARD_S

    def keys(self, target: FollowUpTarget) -> frozenset[str]:  # noqa: ARG002  # each has the same
        return KEYS

    def reply(self, call: FollowUpCall) -> KeyReply:
        if self._connects and call.key == PERSON and call.outcome is None:
            return KeyReply("connect", "answered", goes_on="queued")
        return KeyReply(WORDS[call.key], "answered")
