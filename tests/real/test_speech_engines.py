"""Whisper on the committed test speech: what it understands, and in which language.

What every engine must keep is in `tests/speech/test_engine_conformance.py`. Needs their models.
"""

from __future__ import annotations

import json
import re
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from speech.engines import EngineOptions, Expected, Hypothesis, SpeechEngine, certain, load
from speech.language import LanguageEstimate
from speech.models import check_model
from speech.vad import Began, Voiced, VoiceGate

pytestmark = [pytest.mark.real, pytest.mark.computes]

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / ".songhua" / "models"
AUDIO = ROOT / "tests" / "audio"
WORDS = "南岗区 道里区 道外区 香坊区 井盖 路灯 垃圾 着火 学府路 保健路 中央大街 友谊路"
HINTS = {
    "zh": tuple(WORDS.split()),
    "en": ("Nangang District", "Daoli District", "manhole", "lamp", "Zhongshan Road", "Central Street"),
}


@pytest.fixture(scope="module")
def engines() -> dict[str, SpeechEngine]:
    return {"whisper": load("whisper", EngineOptions(check_model(MODELS / "whisper-base").path))}


def utterances(name: str) -> Iterator[bytes]:
    """The utterances of a committed file, cut by the voice gate."""
    with wave.open(str(AUDIO / f"{name}.wav")) as file:
        pcm = file.readframes(file.getnframes())
    gate = VoiceGate()
    open_one: list[bytes] = []
    for outcome in [*gate.feed(pcm), *gate.flush()]:
        match outcome:
            case Began():
                open_one = []
            case Voiced(piece):
                open_one.append(piece)
            case _:
                yield b"".join(open_one)


def hear(engine: SpeechEngine, pcm: bytes, language: str, hints: tuple[str, ...] = ()) -> list[Hypothesis]:
    return hear_any(engine, pcm, certain(language, hints))


def hear_any(engine: SpeechEngine, pcm: bytes, expected: Expected) -> list[Hypothesis]:
    recogniser = engine.recogniser(expected)
    heard: list[Hypothesis] = []
    for at in range(0, len(pcm), 3200):
        heard += recogniser.accept(pcm[at : at + 3200])
    return [*heard, *recogniser.finish()]


def test_whisper_shows_a_partial_only_when_asked(engines: dict[str, SpeechEngine]) -> None:
    pcm = max(utterances("caller_zh"), key=len)
    recogniser = engines["whisper"].recogniser(certain("zh", HINTS["zh"]))
    assert recogniser.accept(pcm) == []
    (partial,) = recogniser.peek()
    assert not partial.final
    assert partial.text
    assert recogniser.peek() == []


STORIES: dict[str, Any] = json.loads((AUDIO / "timeline.json").read_text(encoding="utf-8"))
MOST_ERRORS = {"collapse": 0.3}
"""Two of its three sentences were the worst that the machine's voice spoke: names of streets, and 出租车."""


@pytest.mark.parametrize("story", STORIES)
def test_whisper_understands_the_citizen_of_each_story(engines: dict[str, SpeechEngine], story: str) -> None:
    language = STORIES[story]["language"]
    said = "".join(line["text"] for line in STORIES[story]["lines"] if line["who"] == "citizen")
    whisper, hints = engines["whisper"], HINTS[language]
    finals = [hear(whisper, pcm, language, hints)[-1] for pcm in utterances(f"caller_{story}")]
    heard = "".join(final.text for final in finals)
    assert _errors(said, heard, language) <= MOST_ERRORS.get(story, 0.25), heard


@pytest.mark.parametrize("likely", ["zh", "en"])
@pytest.mark.parametrize("spoken", ["zh", "en"])
def test_whisper_hears_which_language_is_spoken_from_the_first_utterance_on(
    engines: dict[str, SpeechEngine], spoken: str, likely: str
) -> None:
    belief = LanguageEstimate(["zh", "en"], likely)
    for pcm in list(utterances(f"caller_{spoken}"))[:3]:
        final = hear_any(engines["whisper"], pcm, Expected(belief.shares(), HINTS))[-1]
        assert final.language == spoken, final.text
        assert final.likelihoods is not None
        belief.heard(final.likelihoods, len(pcm) / 16000)
    assert belief.shares()[spoken] > 0.95


def test_whisper_hears_the_language_in_a_partial_of_the_first_seconds(
    engines: dict[str, SpeechEngine],
) -> None:
    for spoken, other in (("zh", "en"), ("en", "zh")):
        pcm = max(utterances(f"caller_{spoken}"), key=len)
        recogniser = engines["whisper"].recogniser(
            Expected(LanguageEstimate(["zh", "en"], other).shares(), HINTS)
        )
        recogniser.accept(pcm[: int(2.6 * 16000)])
        (partial,) = recogniser.peek()
        assert partial.language == spoken
        (final,) = recogniser.finish()
        assert final.language == spoken


def test_the_language_costs_no_second_run_of_the_encoder(
    engines: dict[str, SpeechEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    pcm = next(utterances("caller_en"))
    whisper: Any = engines["whisper"]
    runs: list[object] = []
    encode = whisper._model.encode._encode

    def counted(features: object) -> object:
        runs.append(features)
        return encode(features)

    monkeypatch.setattr(whisper._model.encode, "_encode", counted)
    hear_any(whisper, pcm, Expected({"zh": 0.75, "en": 0.25}, HINTS))
    assert len(runs) == 1


def _errors(said: str, heard: str, language: str) -> float:
    import cn2an
    import jiwer

    def plain(text: str) -> str:
        spelled = str(cn2an.transform(text, "an2cn")) if language == "zh" else text.lower()
        return re.sub(r"\W", "", spelled)

    return float(jiwer.cer(plain(said), plain(heard)))
