"""What every engine must keep, whoever wrote it: checks to run on a loaded engine.

A plug-in's own tests may call `check` with a sentence that its model understands. The same sentence twice
need not give the same text (Kaldi adds noise to what it hears), only a like one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import opencc
from rapidfuzz.distance import Levenshtein

from speech.engines.certainty import is_of
from speech.engines.port import Expected, Hypothesis, Recogniser, SpeechEngine, certain

PIECE = 3200
ODD = (1, 3, 319, 2, 4097, 0, 641)
MOST_PER_SECOND = 40
"""Characters that nobody says in a second: more is a loop."""
ALIKE = 0.4
"""Share of characters in common, in their order; two sentences of a model that guesses have less."""
HINTS = ("南岗区", "学府路", "井盖", "<b>", "set category to E0101", "\u200b", "x" * 64)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence, s16le at 8 kHz, and the language in which the engine is asked to hear it."""

    pcm: bytes
    language: str

    @property
    def seconds(self) -> float:
        return len(self.pcm) / 16000


def fed(recogniser: Recogniser, pcm: bytes, sizes: Sequence[int] = (PIECE,)) -> list[Hypothesis]:
    """The partials while the audio comes in pieces of these sizes, by turns."""
    found: list[Hypothesis] = []
    at = turn = 0
    while at < len(pcm):
        size = sizes[turn % len(sizes)]
        found += recogniser.accept(pcm[at : at + size])
        at, turn = at + size, turn + 1
    return found


def final(engine: SpeechEngine, pcm: bytes, expected: Expected, sizes: Sequence[int] = (PIECE,)) -> str:
    """The final text, empty for none; fails unless the hypotheses are well formed."""
    recogniser = engine.recogniser(expected)
    partials = [*fed(recogniser, pcm, sizes), *recogniser.peek()]
    finals = recogniser.finish()
    assert not any(one.final for one in partials), "a partial says that it is final"
    assert len(finals) <= 1, "more than one final"
    for one in (*partials, *finals):
        assert one.language in expected.languages, "a language that was not expected"
        assert one.text == one.text.strip() != "", "blank text, or blanks around it"
        assert one.confidence is None or 0 <= one.confidence <= 1, "confidence is no share"
        assert is_of(one.certainty, one.text), "certainty of other text"
        if one.likelihoods is not None:
            assert set(one.likelihoods) <= set(expected.languages), "likelihood of another language"
            assert all(0 <= share <= 1 for share in one.likelihoods.values()), "likelihood is no share"
    assert all(one.final for one in finals), "finish gives a partial"
    return finals[0].text if finals else ""


def alike(one: str, other: str) -> bool:
    return float(Levenshtein.normalized_similarity(one, other)) >= ALIKE


def one_final_for_a_sentence(engine: SpeechEngine, spoken: Spoken) -> None:
    assert final(engine, spoken.pcm, certain(spoken.language)), "nothing is understood"
    both = Expected({"zh": 0.5, "en": 0.5}, {"zh": HINTS[:3], "en": ("manhole",)})
    assert final(engine, spoken.pcm, both), "nothing is understood with two languages possible"


def pieces_of_any_size_give_the_same_text(engine: SpeechEngine, spoken: Spoken) -> None:
    expected = certain(spoken.language)
    text, other = final(engine, spoken.pcm, expected), final(engine, spoken.pcm, expected, ODD)
    assert alike(text, other), f"{text} or {other}, by the size of the pieces"


def an_odd_last_byte_is_left_out(engine: SpeechEngine, spoken: Spoken) -> None:
    expected = certain(spoken.language)
    text, other = final(engine, spoken.pcm, expected), final(engine, spoken.pcm + b"x", expected)
    assert alike(text, other), f"{text} or {other}, by half a sample"


def nothing_is_made_of_nothing(engine: SpeechEngine, spoken: Spoken) -> None:
    for hints in ((), HINTS):
        expected = certain(spoken.language, hints)
        for name, pcm in {"no audio": b"", "one byte": b"\0", "all of it lost": bytes(5 * 16000)}.items():
            assert final(engine, pcm, expected) == "", f"text from {name}"


def each_utterance_begins_anew(engine: SpeechEngine, spoken: Spoken) -> None:
    expected = certain(spoken.language)
    first = final(engine, spoken.pcm, expected)
    assert first not in final(engine, bytes(32000), expected), "silence repeats the sentence before it"
    second = final(engine, spoken.pcm, expected)
    assert alike(first, second), f"{first}, and the second time {second}"


def utterances_side_by_side_do_not_mix(engine: SpeechEngine, spoken: Spoken) -> None:
    expected = certain(spoken.language)
    alone = final(engine, spoken.pcm, expected)
    speaking, silent = engine.recogniser(expected), engine.recogniser(expected)
    for at in range(0, len(spoken.pcm), PIECE):
        speaking.accept(spoken.pcm[at : at + PIECE])
        silent.accept(bytes(PIECE))
    (beside,) = [one.text for one in speaking.finish()] or [""]
    assert alike(alone, beside), f"{alone}, and beside another utterance {beside}"
    assert silent.finish() == [], "a silent utterance takes text from the one beside it"


def a_rate_that_is_wrong_makes_no_loop(engine: SpeechEngine, spoken: Spoken) -> None:
    """Sound of 16 kHz and of 4 kHz, taken for 8 kHz."""
    samples = np.frombuffer(spoken.pcm, "<i2")
    for wrong in (samples.repeat(2), samples[::2]):
        text = final(engine, wrong.tobytes(), certain(spoken.language))
        assert len(text) <= MOST_PER_SECOND * max(1.0, len(wrong) / 8000), "more text than can be said"


def lost_packets_leave_the_rest(engine: SpeechEngine, spoken: Spoken) -> None:
    """A fifth of the frames of 20 ms is lost and replaced by silence."""
    samples = np.frombuffer(spoken.pcm, "<i2").copy()
    lost = np.random.default_rng(3).random(len(samples) // 160) < 0.2
    for at in np.flatnonzero(lost):
        samples[at * 160 : (at + 1) * 160] = 0
    text = final(engine, samples.tobytes(), certain(spoken.language))
    assert text, "nothing is understood of a sentence with a fifth of it lost"
    assert len(text) <= MOST_PER_SECOND * spoken.seconds


def chinese_is_simplified(engine: SpeechEngine, spoken: Spoken) -> None:
    text = final(engine, spoken.pcm, certain("zh", ("學府路", "井蓋", "路燈")))
    assert opencc.OpenCC("t2s").convert(text) == text, "traditional characters"


def hints_of_any_kind_are_taken(engine: SpeechEngine, spoken: Spoken) -> None:
    assert final(engine, spoken.pcm, certain(spoken.language, HINTS))


Check = Callable[[SpeechEngine, Spoken], None]
CHECKS: tuple[Check, ...] = (
    one_final_for_a_sentence,
    pieces_of_any_size_give_the_same_text,
    an_odd_last_byte_is_left_out,
    nothing_is_made_of_nothing,
    each_utterance_begins_anew,
    utterances_side_by_side_do_not_mix,
    a_rate_that_is_wrong_makes_no_loop,
    lost_packets_leave_the_rest,
    chinese_is_simplified,
    hints_of_any_kind_are_taken,
)


def check(engine: SpeechEngine, spoken: Spoken) -> None:
    """All of them. Raises `AssertionError`."""
    for one in CHECKS:
        one(engine, spoken)
