"""What follows from a signal to automated calls. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hotline.outbound.model import AutomatedCall


@dataclass(frozen=True, slots=True)
class Ring:
    """Write the call down, then place it. Comes once for each id, unless nothing was sent."""

    call: AutomatedCall[Any]


@dataclass(frozen=True, slots=True)
class SaveCall:
    """The call as it is now is a fact: write it down and tell it."""

    call: AutomatedCall[Any]


@dataclass(frozen=True, slots=True)
class HangUp:
    call: AutomatedCall[Any]


@dataclass(frozen=True, slots=True)
class Say:
    """Send the call to these words, an extension of its context."""

    call: AutomatedCall[Any]
    words: str


@dataclass(frozen=True, slots=True)
class CommitKey:
    """Do what the pressed key stands for."""

    call: AutomatedCall[Any]


@dataclass(frozen=True, slots=True)
class Settle:
    """Find out what became of the call; never place it again."""

    call: AutomatedCall[Any]


@dataclass(frozen=True, slots=True)
class PolicyEffect:
    """What a policy alone knows how to carry out."""


Effect = Ring | SaveCall | HangUp | Say | CommitKey | Settle | PolicyEffect
