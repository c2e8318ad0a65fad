"""The spoken part of the measure: who speaks, what the line does, what is kept. No engine runs here."""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from lab.corpora.calls import CallSet, Report, holdouts
from lab.judging import recognised
from lab.judging.page import NoMarker, put
from lab.judging.speech.calls import Calls
from lab.judging.speech.cast import SPOKEN, digest, parts, spoken
from lab.judging.speech.errors import Errors
from lab.judging.speech.hear import LoadedEngine
from lab.judging.speech.line import CONDITIONS, FRAME, RATE, Pcm, active_rms, alaw, over
from lab.judging.speech.store import RecognisedSegments, Spoken
from lab.prompts.telephone import write_wav
from tests.lab.test_quality import REPORT

SPEECH = (8000 * np.sin(np.arange(20 * RATE) / 7) * (np.arange(20 * RATE) % RATE < RATE // 2)).astype(
    np.int16
)
OTHER = (8000 * np.sin(np.arange(3 * RATE) / 3)).astype(np.int16)


def test_thirty_of_each_holdout_are_spoken_always_the_same_and_of_every_kind() -> None:
    for call_set in holdouts():
        chosen = spoken(call_set)
        assert len({one["id"] for one in chosen}) == SPOKEN
        assert chosen == spoken(call_set)
        assert {one["language"] for one in chosen} == {"zh", "en"}
        assert {one["danger"] for one in chosen} == {"none", "plain", "hidden", "near-miss"}
        casts = [parts(chosen, one["id"]) for one in chosen]
        assert len({citizen.name for citizen, _ in casts}) >= 4
        assert all(citizen.name != agent.name for citizen, agent in casts)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_line_does_the_same_to_the_same_seed(condition: str) -> None:
    once = over(condition, SPEECH, OTHER, "x c")
    assert np.array_equal(once, over(condition, SPEECH, OTHER, "x c"))
    assert len(once) == len(SPEECH)
    if condition in {"noise", "loss", "crosstalk"}:
        assert not np.array_equal(once, over(condition, SPEECH, OTHER, "y c"))


def test_the_line_does_as_much_as_it_says() -> None:
    clean = over("clean", SPEECH, OTHER, "x").astype(float)
    level = active_rms(clean)

    def below(condition: str) -> float:
        added = over(condition, SPEECH, OTHER, "x").astype(float) - clean
        return float(20 * np.log10(level / np.sqrt((added**2).mean())))

    assert below("noise") == pytest.approx(15, abs=0.5)
    assert below("crosstalk") == pytest.approx(15, abs=0.5)
    assert 20 * np.log10(active_rms(over("low", SPEECH, OTHER, "x").astype(float)) / level) == pytest.approx(
        -20, abs=0.2
    )
    steady = np.full(600 * RATE, 1000, np.int16)
    lost = over("loss", steady, OTHER, "x").reshape(-1, FRAME).max(axis=1) == 0
    assert lost.mean() == pytest.approx(0.03, abs=0.005)
    assert lost.sum() / (np.diff(lost.astype(int)) == 1).sum() == pytest.approx(3, abs=0.5)


def test_a_law_is_near_and_keeps_its_own_levels() -> None:
    every = np.arange(-32768, 32768, dtype=np.float64)
    through = alaw(every)
    assert len(set(through.tolist())) == 256
    assert np.array_equal(alaw(through.astype(float)), through)
    assert (np.abs(through - every) <= np.maximum(8, np.abs(every) / 30)).all()


def test_without_a_stranger_there_is_no_cross_talk() -> None:
    assert np.array_equal(over("crosstalk", SPEECH, OTHER[:0], "x"), over("clean", SPEECH, OTHER, "x"))
    assert len(over("noise", SPEECH[:0], OTHER, "x")) == 0


def test_what_was_heard_is_kept_packed_and_belongs_to_its_audio(tmp_path: Path) -> None:
    heard = RecognisedSegments(tmp_path)
    heard.keep("b-zh-001", "clean", "one", [{"text": "学府路井盖没了"}])
    assert heard.get("b-zh-001", "clean", "one") == [{"text": "学府路井盖没了"}]
    assert heard.get("b-zh-001", "clean", "two") is None
    assert heard.get("b-zh-001", "noise", "one") is None
    (kept,) = tmp_path.rglob("*.z")
    assert "学府路".encode() not in kept.read_bytes()
    assert "学府路" in zlib.decompress(kept.read_bytes()).decode()


def test_errors_add_up_without_punctuation_and_with_numerals_as_words() -> None:
    errors = Errors()
    errors.add("学府路七十四号，井盖没了。", "学府路74号井盖没", "zh")
    assert (errors.edits, errors.said) == (1, 11)
    errors.add("Jilin Street, twelve.", "Jelin Street 12", "en")
    assert (errors.edits, errors.said, errors.legs) == (2, 14, 2)
    errors.add("", "made up", "en")
    assert errors.legs == 2


class SimulatedEar:
    """Hears the citizen of every call say the same."""

    settings: Mapping[str, Any] = {"engine": "simulated", "hints": ()}

    def digest(self, *legs: Pcm) -> str:
        return str(sum(len(leg) for leg in legs))

    def call(self, legs: Mapping[str, Pcm], likely: str) -> list[dict[str, Any]]:
        assert set(legs) == {"c", "a"}
        assert likely == "zh"
        text = "学府路七十四号的井盖没"
        return [
            {
                "speaker": "citizen", "text": text, "start": 0.0, "end": 1.0,
                "confidence": 0.8, "certainty": [[len(text), 0.8]],
            }
        ]  # fmt: skip


def test_nothing_is_heard_behind_a_call_while_the_stranger_is_not_spoken(tmp_path: Path) -> None:
    two = ({**REPORT, "id": "a-zh-001"}, {**REPORT, "id": "a-zh-002"})
    calls = Calls(
        (CallSet("holdout_a", True, two),),
        Spoken(tmp_path),
        RecognisedSegments(tmp_path),
        cast("LoadedEngine", SimulatedEar()),
    )
    for who in ("c", "a"):
        calls.audio.keep("a-zh-001", who, lambda path: write_wav(path, SPEECH))
    calls.audio.done("a-zh-001", digest(two[0], calls.parts(two[0])), 20.0)
    assert len(list(calls.unheard(["crosstalk"], two))) == 2


def calls_in(folder: Path) -> Calls:
    made = {
        name: CallSet(name, name == "holdout_a", (_renamed(name),)) for name in ("holdout_a", "holdout_b")
    }
    calls = Calls(
        tuple(made.values()),
        Spoken(folder / "s"),
        RecognisedSegments(folder / "h"),
        cast("LoadedEngine", SimulatedEar()),
    )
    for one in calls.everything:
        for who in ("c", "a"):
            calls.audio.keep(one["id"], who, lambda path: write_wav(path, SPEECH))
        calls.audio.done(one["id"], digest(one, calls.parts(one)), 20.0)
    return calls


def _renamed(call_set: str) -> Report:
    return {**REPORT, "id": f"{call_set[-1]}-zh-001"}


def test_work_stops_goes_on_and_is_judged_when_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calls, tables = calls_in(tmp_path), tmp_path / "d-recognised.md"
    chosen = argparse.Namespace(conditions=["clean", "loss"], out=tmp_path / "d.json")
    assert recognised.report(calls, chosen, {}) == 3
    with pytest.raises(recognised.TimeIsUp):
        recognised.hear(calls, chosen.conditions, calls.everything, ends=0.0)
    recognised.hear(calls, ["clean"], calls.everything, None)
    assert recognised.report(calls, chosen, {}) == 3
    recognised.hear(calls, chosen.conditions, calls.everything, None)
    assert not list(calls.unheard(chosen.conditions, calls.everything))
    assert recognised.report(calls, chosen, {}) in {0, 1}
    out = json.loads((tmp_path / "d-recognised.json").read_text())
    assert set(out["holdouts"]["holdout_b"]) == {"true text", "clean", "loss"}
    assert "misses" in out["holdouts"]["holdout_a"]["clean"]
    written = json.dumps(out["holdouts"]["holdout_b"], ensure_ascii=False) + tables.read_text()
    shown = capsys.readouterr().out
    assert not any(word in text for word in ("学府路", "井盖") for text in (written, shown))
    assert "wrong but sure" in tables.read_text()
    assert {row["said"] for row in out["errors"]} == {6, 30}  # characters of both holdouts, agent and citizen


def test_a_page_without_the_place_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing")
    with pytest.raises(NoMarker):
        put(page, "true-text", "| a |")
    assert page.read_text() == "nothing"
