"""Taps, utterances, and the mapping of arrival times to positions in the transcript."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

SAMPLE_RATE = 8000
BYTES_PER_SECOND = 2 * SAMPLE_RATE

Speaker = Literal["citizen", "agent"]


@dataclass(frozen=True, slots=True)
class BackfillTap:
    """The tap carries a recording: `seconds` of sound that was heard from `started_at` on, for one gap."""

    gap_id: UUID
    started_at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class TapInfo:
    """What the centre says about one tap: whose audio it carries and what words to expect.

    `language` is `zh`, `en` or `auto`, and `likely` the language to begin with when it is `auto`.
    The hints are street names and problem words for the recogniser; those for each language, if there
    are any, stand for `hints`. `asked` is `digits` or `words` where it is an answer to us.
    """

    tap_id: UUID
    call_id: UUID
    leg_id: UUID
    speaker: Speaker
    language: str = "zh"
    likely: str = ""
    hints: tuple[str, ...] = ()
    hints_by_language: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    late: BackfillTap | None = None
    asked: str = ""

    def words(self, language: str) -> tuple[str, ...]:
        """What to expect to hear in `language`."""
        return self.hints_by_language.get(language, ()) if self.hints_by_language else self.hints


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds from the start of the tap."""

    start: float
    end: float


@dataclass(slots=True)
class Timeline:
    """Maps the audio of one tap to the time at which it was heard, by arrival and not by counting frames.

    A held leg sends nothing for seconds, so what arrives later moves on. After this process was held up
    itself, the backlog arrives in one burst: what would lie in the future is moved back.
    Positions never go back inside an utterance; they are fixed when it starts. A recording's sound comes
    when it comes: with `counted`, only its samples count.
    """

    started: float
    tolerance_s: float = 0.5
    samples: int = 0
    counted: bool = False
    _offset: float = field(default=0.0, init=False)

    def arrived(self, samples: int, now: float) -> float | None:
        """Take in `samples` that arrived at `now`; the length of the pause before them, if there was one."""
        if self.counted:
            self.samples += samples
            return None
        duration = samples / SAMPLE_RATE
        begins = now - self.started - duration
        lag = begins - self.position
        self.samples += samples
        if lag > self.tolerance_s:
            self._offset += lag
            return lag
        ahead = self.position - (now - self.started)
        if ahead > self.tolerance_s:
            self._offset -= ahead
        return None

    @property
    def position(self) -> float:
        """Seconds from the start of the tap to the end of the audio taken in so far."""
        return self.samples / SAMPLE_RATE + self._offset

    def seconds_at(self, sample: int) -> float:
        """The position of sample number `sample`, never before the start of the tap."""
        return max(0.0, sample / SAMPLE_RATE + self._offset)
