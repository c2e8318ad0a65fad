"""The key of a telephone that talks by voice: pressed when it begins to speak, let go when it has been silent
for a while. Pure.

The switch says whether the telephone speaks, and hears it while it is not muted alone. What it said last
before a mute may be out of date, so it counts again when it stands for a moment after the mute has ended.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

SILENT_FOR_S: Final = 0.2
"""The switch says that somebody is silent when he has been for so long: dsp_silence_threshold."""
STANDS_S: Final = 0.3
"""How long its word about who was muted has to stand."""

Move = Literal["press", "let go"]


@dataclass(frozen=True, slots=True)
class VoiceOperatedKey:
    """`speaks` as the switch said it last; `open_since` is None while the telephone is muted, `silent_since`
    while it speaks; `down`: the key is pressed by voice. Moments are monotonic seconds.
    """

    speaks: bool = False
    open_since: float | None = None
    silent_since: float | None = None
    down: bool = False


def heard(voice: VoiceOperatedKey, at: float, *, speaks: bool) -> tuple[VoiceOperatedKey, Move | None]:
    """The switch says that the telephone speaks, or no more."""
    fresh = speaks and not voice.speaks and voice.open_since is not None
    silent_since = None if speaks else at - SILENT_FOR_S
    now = replace(voice, speaks=speaks, silent_since=silent_since)
    if fresh and not voice.down:
        return replace(now, down=True), "press"
    return now, None


def look(
    voice: VoiceOperatedKey, at: float, *, is_open: bool, hang_s: float
) -> tuple[VoiceOperatedKey, Move | None]:
    """Time has passed; `is_open`: the telephone is not muted."""
    since = (at if voice.open_since is None else voice.open_since) if is_open else None
    voice = replace(voice, open_since=since)
    if voice.down:
        silent = voice.silent_since
        if silent is None or at < silent + hang_s:
            return voice, None
        return replace(voice, down=False), "let go"
    if voice.speaks and since is not None and at >= since + STANDS_S:
        return replace(voice, down=True), "press"
    return voice, None


def lost(voice: VoiceOperatedKey) -> VoiceOperatedKey:
    """What it asked for was denied, or is over: it is muted for others, or its time is up."""
    return replace(voice, down=False, open_since=None)
