"""Picks the take that is understood best: the house voice first, another speaker where that helps a lot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.prompts.listener import PromptRecogniser, error_rate
from lab.prompts.telephone import Pcm, over_the_line, telephone
from lab.prompts.voices import PromptVoice, Take

GOOD = 0.0
FAIR = 0.15  # a house-voice take up to this is kept; above it other speakers are tried
WORTH_A_CHANGE = 0.15  # how much better another speaker must be


@dataclass(frozen=True, slots=True)
class Chosen:
    """The take that won, its sound, what the listener heard and the mark."""

    take: Take
    pcm: Pcm
    heard: str
    cer: float
    tried: int


@dataclass(frozen=True, slots=True)
class Casting:
    """Which takes of the house voice to try, in order, and which of other speakers."""

    house: Sequence[Take]
    others: Sequence[Take] = ()


def choose(
    voice: PromptVoice, listener: PromptRecogniser, casting: Casting, *, spoken: str, text: str, language: str
) -> Chosen:
    """`spoken` is what the voice is given, `text` what a listener should understand."""
    tried: list[Chosen] = []

    def attempt(takes: Sequence[Take]) -> Chosen | None:
        best: Chosen | None = None
        for take in takes:
            pcm = telephone(voice.say(spoken, take), take)
            heard = listener.hear(over_the_line(pcm), language)
            chosen = Chosen(take, pcm, heard, error_rate(text, heard, language), 0)
            tried.append(chosen)
            if best is None or chosen.cer < best.cer:
                best = chosen
            if chosen.cer <= GOOD:
                break
        return best

    best = attempt(casting.house)
    if best is None:
        raise ValueError("no take to try")
    if best.cer > FAIR:
        other = attempt(casting.others)
        if other is not None and other.cer <= best.cer - WORTH_A_CHANGE:
            best = other
    return Chosen(best.take, best.pcm, best.heard, best.cer, len(tried))
