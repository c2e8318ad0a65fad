"""One utterance for a trial or a comparison: its end, or an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from speech.engines.port import certain
from speech.recorded.errors import RecogniserFailed
from speech.recorded.recogniser import recogniser
from speech.workers.process import WorkerCommand
from tests.speech.fakes import OBEDIENT, silence
from tests.speech.workers import Threads

COMMAND = WorkerCommand(OBEDIENT, Path("none"), partials=False)


async def test_an_utterance_has_its_text_and_its_end() -> None:
    async with recogniser(COMMAND, spawn=Threads().spawn) as ready:
        heard = await ready.understand(silence(1), certain("zh", ("say 请稍等",)))
    assert heard.whole
    assert heard.final is not None
    assert heard.final.text.startswith("请稍等")


async def test_an_utterance_that_never_ends_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speech.recorded.recogniser.PATIENCE_S", 0.2)
    async with recogniser(COMMAND, spawn=Threads().spawn) as ready:
        with pytest.raises(RecogniserFailed, match="no word") as caught:
            await ready.understand(silence(1), certain("zh", ("hang",)))
    assert caught.value.remedy
