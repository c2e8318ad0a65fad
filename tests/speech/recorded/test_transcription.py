"""A file through the room's own gate and workers: whole, in order, bounded, and through a worker's death."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from speech.recorded.errors import RecogniserFailed
from speech.recorded.recogniser import BACKLOG, recogniser
from speech.recorded.source import open_sound
from speech.recorded.transcription import Transcript, TranscriptionOptions, TranscriptionProgress, transcribe
from speech.workers.process import Child, WorkerCommand
from tests.speech.fakes import OBEDIENT, silence, spoken
from tests.speech.recorded.files import riff, written
from tests.speech.workers import Threads

SENTENCE = silence(1) + spoken("zh/please-hold") + silence(1)
COMMAND = WorkerCommand(OBEDIENT, Path("none"), partials=False)


def hearing(*hints: str) -> TranscriptionOptions:
    return TranscriptionOptions(language="zh", hints={"zh": hints})


def repeated(path: Path, times: int) -> Path:
    return written(path, riff(SENTENCE * times))


async def heard(path: Path, asked: TranscriptionOptions, workers: Threads | None = None) -> Transcript:
    async with recogniser(COMMAND, spawn=(workers or Threads()).spawn) as ready:
        with open_sound(path) as sound:
            return await transcribe(sound, ready, asked)


async def test_every_sentence_has_its_place_and_its_text(tmp_path: Path) -> None:
    found = await heard(repeated(tmp_path / "a.wav", 3), hearing("say 请稍等"))
    assert len(found.segments) == 3
    length = len(SENTENCE) / 16000
    starts = [one.start_s for one in found.segments]
    assert starts == pytest.approx([starts[0] + number * length for number in range(3)], abs=0.1)
    assert all(one.text.startswith("请稍等") for one in found.segments)
    assert found.seconds == pytest.approx(3 * length, abs=0.001)
    assert found.gaps == []


async def test_a_file_never_outruns_its_recogniser(tmp_path: Path) -> None:
    most, told = 0, list[TranscriptionProgress]()
    tracemalloc.start()
    try:
        async with recogniser(COMMAND, spawn=Threads().spawn) as ready:
            begin = ready.pool.begin

            def counted(*arguments: Any, **more: Any) -> object:
                nonlocal most
                job = begin(*arguments, **more)
                most = max(most, ready.pool.unfinished)
                return job

            ready.pool.begin = counted  # type: ignore[assignment,method-assign]
            with open_sound(repeated(tmp_path / "long.wav", 60)) as sound:
                tracemalloc.reset_peak()
                found = await transcribe(sound, ready, hearing("say 请稍等"), progress=told.append)
        assert tracemalloc.get_traced_memory()[1] < 20e6
    finally:
        tracemalloc.stop()
    assert most <= BACKLOG
    assert (len(found.segments), found.gaps) == (60, [])
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert told[-1].done == pytest.approx(told[-1].of)


async def test_a_worker_that_dies_costs_no_sentence(tmp_path: Path) -> None:
    died = tmp_path / "died"
    workers = Threads()
    found = await heard(repeated(tmp_path / "a.wav", 2), hearing(f"die once {died}", "say 还在"), workers)
    assert died.exists()
    assert workers.started == 2
    assert [one.text.split()[0] for one in found.segments] == ["还在", "还在"]


async def test_a_sentence_that_kills_twice_is_a_gap_with_its_place(tmp_path: Path) -> None:
    found = await heard(repeated(tmp_path / "a.wav", 1), hearing("die"))
    assert found.segments == []
    (gap,) = found.gaps
    assert (gap.reason, gap.speaker) == ("engine", "citizen")
    assert gap.end_s > gap.start_s


async def test_a_model_that_cannot_be_loaded_says_so_at_once() -> None:
    broken = WorkerCommand(OBEDIENT, Path("broken"))
    with pytest.raises(RecogniserFailed) as caught:
        async with recogniser(broken):
            pytest.fail("it is not ready")
    assert "this model cannot be loaded" in caught.value.detail
    assert caught.value.remedy


async def test_a_recogniser_that_never_comes_back_ends_the_transcription(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Once(Threads):
        async def spawn(self, command: WorkerCommand) -> Child:
            return await super().spawn(
                COMMAND if not self.started else WorkerCommand(OBEDIENT, Path("broken"))
            )

    monkeypatch.setattr("speech.recorded.recogniser.PATIENCE_S", 0.3)
    with pytest.raises(RecogniserFailed, match="no word"):
        await heard(repeated(tmp_path / "a.wav", 2), hearing(f"die once {tmp_path / 'died'}"), Once())
