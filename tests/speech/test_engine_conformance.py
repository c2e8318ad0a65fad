"""The conformance checks on every engine that is installed and has a model, and on engines that are broken.

SONGHUA_ENGINE_MODELS (`name=folder:name=folder`) names models of other engines than the two that come along.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import psutil
import pytest

from speech.engines import (
    EngineOptions,
    Expected,
    Hypothesis,
    Recogniser,
    SpeechEngine,
    certain,
    installed,
    load,
)
from speech.engines.certainty import is_of
from speech.recorded.recogniser import recogniser
from speech.workers.process import WorkerCommand
from tests.speech import conformance
from tests.speech.conformance import CHECKS, Check, Spoken
from tests.speech.fakes import spoken

MODELS = Path(__file__).resolve().parents[2] / ".songhua" / "models"
FOLDERS = {"whisper": MODELS / "whisper-base", "vosk": MODELS / "vosk-ko"} | {
    name: Path(folder)
    for name, _, folder in (
        one.partition("=") for one in os.environ.get("SONGHUA_ENGINE_MODELS", "").split(":") if one
    )
}
SENTENCE = Spoken(spoken("zh/please-hold"), "zh")


@cache
def loaded(name: str) -> SpeechEngine:
    return load(name, EngineOptions(FOLDERS[name]))


def test_every_installed_engine_has_a_model_here() -> None:
    assert set(installed()) <= set(FOLDERS), "name its model in SONGHUA_ENGINE_MODELS"


@pytest.mark.real
@pytest.mark.computes
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", installed())
def test_every_engine_keeps_it(name: str, check: Check) -> None:
    check(loaded(name), SENTENCE)


@pytest.mark.real
@pytest.mark.computes
@pytest.mark.parametrize("name", installed())
def test_our_engines_say_how_sure_they_are_of_each_word(name: str) -> None:
    recogniser = loaded(name).recogniser(certain("zh"))
    conformance.fed(recogniser, SENTENCE.pcm)
    (heard,) = recogniser.finish()
    assert len(heard.certainty) > 1, heard
    assert is_of(heard.certainty, heard.text)


@pytest.mark.real
@pytest.mark.computes
def test_vosk_shows_text_while_somebody_still_speaks() -> None:
    partials = conformance.fed(loaded("vosk").recogniser(certain("zh")), SENTENCE.pcm)
    assert len({partial.text for partial in partials}) >= 2
    assert not any(partial.final for partial in partials)


@pytest.mark.real
@pytest.mark.computes
@pytest.mark.parametrize(
    ("utterances", "most_grown"),
    [
        pytest.param(
            60,
            20e6,
            marks=pytest.mark.soak(
                rule="After sixty utterances vosk holds what it held after thirty",
                short="tests/speech/test_engine_conformance.py::test_vosk_gives_back_what_an_utterance_took",
            ),
        ),
        (4, 10e6),
    ],
)
async def test_vosk_gives_back_what_an_utterance_took(utterances: int, most_grown: float) -> None:
    """Its recognisers only grow; made anew for each utterance they leave nothing behind."""
    command = WorkerCommand("vosk", FOLDERS["vosk"], partials=False)
    async with recogniser(command) as ready:
        (pid,) = ready.pool.pids
        held: list[int] = []
        for _ in range(utterances):
            heard = await ready.understand(SENTENCE.pcm, certain("zh"))
            assert heard.whole
            held.append(psutil.Process(pid).memory_info().rss)
    half = utterances // 2
    assert max(held[half:]) - max(held[:half]) < most_grown


class Plain:
    """Understands a number of syllables by the loudness of the audio, and nothing else; keeps every rule."""

    name = "plain"

    def recogniser(self, expected: Expected) -> Recogniser:
        return _Plain(expected)


class _Plain:
    def __init__(self, expected: Expected) -> None:
        self.expected = expected
        self.pcm = bytearray()

    def accept(self, pcm: bytes) -> list[Hypothesis]:
        before = len(self.pcm) // 16000
        self.pcm += pcm
        return self.heard(final=False) if len(self.pcm) // 16000 > before else []

    def peek(self) -> list[Hypothesis]:
        return []

    def finish(self) -> list[Hypothesis]:
        return self.heard(final=True)

    def heard(self, *, final: bool) -> list[Hypothesis]:
        loud = sum(any(self.pcm[at : at + 1600]) for at in range(0, len(self.pcm) - 1, 1600))
        text = self.text("好" * (loud // 2))
        return [Hypothesis(text, final=final, language=self.expected.language())] if text else []

    def text(self, text: str) -> str:
        return text


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_an_engine_that_keeps_every_rule_passes(check: Check) -> None:
    check(Plain(), SENTENCE)


def broken(**methods: Callable[..., object]) -> SpeechEngine:
    made = type("Broken", (_Plain,), methods)

    class BrokenEngine:
        name = "broken"

        def recogniser(self, expected: Expected) -> Recogniser:
            recogniser: Recogniser = made(expected)
            return recogniser

    return BrokenEngine()


def shared() -> SpeechEngine:
    """All utterances in one: as if a recogniser were used again."""
    kept = bytearray()

    def accept(self: _Plain, pcm: bytes) -> list[Hypothesis]:
        kept.extend(pcm)
        self.pcm = kept
        return []

    return broken(accept=accept)


def by_pieces() -> SpeechEngine:
    def accept(self: _Plain, pcm: bytes) -> list[Hypothesis]:
        self.pcm += pcm if len(pcm) % 2 == 0 else b""
        return []

    return broken(accept=accept)


BROKEN: dict[str, tuple[Check, SpeechEngine]] = {
    "partials are final": (
        conformance.one_final_for_a_sentence,
        broken(peek=lambda self: [Hypothesis("好", final=True, language="zh")]),
    ),
    "nothing is understood": (conformance.one_final_for_a_sentence, broken(finish=lambda _: [])),
    "another language": (
        conformance.one_final_for_a_sentence,
        broken(finish=lambda _: [Hypothesis("bon", final=True, language="fr")]),
    ),
    "blanks": (conformance.one_final_for_a_sentence, broken(text=lambda _, text: f" {text}")),
    "certainty of other text": (
        conformance.one_final_for_a_sentence,
        broken(finish=lambda _: [Hypothesis("好", final=True, language="zh", certainty=((2, 0.5),))]),
    ),
    "odd pieces are lost": (conformance.pieces_of_any_size_give_the_same_text, by_pieces()),
    "half a sample shifts all": (
        conformance.an_odd_last_byte_is_left_out,
        broken(text=lambda self, text: "呀" * len(text) if len(self.pcm) % 2 else text),
    ),
    "silence is text": (
        conformance.nothing_is_made_of_nothing,
        broken(text=lambda _, text: text or "谢谢观看"),
    ),
    "a hint is text": (
        conformance.nothing_is_made_of_nothing,
        broken(text=lambda self, text: text or "".join(self.expected.words("zh")[:1])),
    ),
    "one recogniser for all": (conformance.each_utterance_begins_anew, shared()),
    "utterances mix": (conformance.utterances_side_by_side_do_not_mix, shared()),
    "loops": (
        conformance.a_rate_that_is_wrong_makes_no_loop,
        broken(text=lambda _, text: "你不想要我" * 99 if len(text) > 4 else text),
    ),
    "losses silence it": (
        conformance.lost_packets_leave_the_rest,
        broken(text=lambda self, text: "" if bytes(320) in self.pcm else text),
    ),
    "traditional": (conformance.chinese_is_simplified, broken(text=lambda _, text: text and "學府路")),
    "hints break it": (
        conformance.hints_of_any_kind_are_taken,
        broken(text=lambda self, text: "" if len(self.expected.words("zh")) > 3 else text),
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_each_broken_rule_is_found(fault: str) -> None:
    check, engine = BROKEN[fault]
    with pytest.raises(AssertionError):
        check(engine, SENTENCE)
