"""What follows from a signal to automated calls. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hotline.outbound.model import AutomatedCall


@dataclass(frozen=True)
class CallEffect:
    call: AutomatedCall[Any]


class Ring(CallEffect):
    """Write the call down, then place it. Comes once for each id, unless nothing was sent."""


class SaveCall(CallEffect):
    """The call as it is now is a fact: write it down and tell it."""


class HangUp(CallEffect):
    """End the call; one that is gone, or not there yet, is as good."""


class CommitKey(CallEffect):
    """Do what the pressed key stands for."""


class Settle(CallEffect):
    """Find out what became of the call; never place it again."""


@dataclass(frozen=True)
class Say(CallEffect):
    """Send the call to these words, an extension of its context."""

    words: str


@dataclass(frozen=True, slots=True)
class PolicyEffect:
    """What a policy alone knows how to carry out."""


Effect = CallEffect | PolicyEffect
