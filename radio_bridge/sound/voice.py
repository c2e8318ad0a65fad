"""Somebody talks when it is loud: how a call without a button tells a talk from silence. Pure.

What was said just before it was loud enough is heard as well, so that no word loses its beginning.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

FRAME_S: Final = 0.02
FRAME_BYTES: Final = 320
FULL: Final = 32768.0
HYSTERESIS_DB: Final = 6.0
"""A talk that has begun goes on while it is so much below the level."""


class VoiceSettings(BaseModel):
    """A talk is what is louder than `level_db`; it ends after `hang_s` of silence."""

    model_config = ConfigDict(extra="forbid")

    level_db: float = Field(default=-40.0, ge=-70.0, le=-10.0, description="of full scale, over 20 ms")
    attack_s: float = Field(default=0.04, ge=0.02, le=0.2, description="so long must it be loud")
    before_s: float = Field(default=0.12, ge=0.0, le=0.16, description="heard of what was said before that")
    hang_s: float = Field(default=0.6, ge=0.1, le=5.0)
    longest_s: float = Field(
        default=120.0, gt=1.0, le=3600.0, description="an open carrier: its talk ends, until it was silent"
    )


@dataclass(frozen=True, slots=True)
class VoiceActivity:
    """What 20 ms brought: `frames` of a talk, in order; whether it began with them, or has ended."""

    frames: Sequence[bytes] = ()
    began: bool = False
    ended: bool = False


NOTHING: Final = VoiceActivity()


class VoiceKey:
    """Give it each 20 ms of a call."""

    def __init__(self, settings: VoiceSettings) -> None:
        level = FULL * 10 ** (settings.level_db / 20)
        self._loud = level**2
        self._still = (level * 10 ** (-HYSTERESIS_DB / 20)) ** 2
        self._attack = _frames(settings.attack_s)
        self._hang = _frames(settings.hang_s)
        self._longest = _frames(settings.longest_s)
        self._before: deque[bytes] = deque(maxlen=self._attack + _frames(settings.before_s, least=0))
        self.forget()

    @property
    def talks(self) -> bool:
        """Whether the telephone's party talks now."""
        return self._talks

    def forget(self) -> None:
        """The call, or what was said on it until now, is over."""
        self._talks = False
        self._blocked = False
        self._louds = self._quiets = self._lasts = 0
        self._before.clear()

    def feed(self, frame: bytes) -> VoiceActivity:
        """Raises `ValueError` for a frame of another length."""
        power = _power(frame)
        if self._talks:
            return self._go_on(frame, power)
        self._before.append(frame)
        if self._blocked:
            self._quiets = 0 if power >= self._still else self._quiets + 1
            self._blocked = self._quiets < self._hang
            return NOTHING
        self._louds = self._louds + 1 if power >= self._loud else 0
        if self._louds < self._attack:
            return NOTHING
        self._talks, self._quiets, self._lasts = True, 0, 0
        frames = tuple(self._before)
        self._before.clear()
        return VoiceActivity(frames, began=True)

    def _go_on(self, frame: bytes, power: float) -> VoiceActivity:
        self._lasts += 1
        self._quiets = 0 if power >= self._still else self._quiets + 1
        too_long = self._lasts >= self._longest
        if self._quiets < self._hang and not too_long:
            return VoiceActivity((frame,))
        self.forget()
        self._blocked = too_long
        return VoiceActivity((frame,), ended=True)


def _frames(seconds: float, *, least: int = 1) -> int:
    return max(least, round(seconds / FRAME_S))


def _power(frame: bytes) -> float:
    if len(frame) != FRAME_BYTES:
        raise ValueError(f"a frame of sound has {FRAME_BYTES} bytes, not {len(frame)}")
    samples = array("h", frame)
    return sum(one * one for one in samples) / len(samples)
