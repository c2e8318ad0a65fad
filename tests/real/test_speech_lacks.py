"""Calls while the recogniser has no model, or none that it can load, or is frozen in mid-sentence: the caller
and the agent notice nothing, and what is wrong is told with its remedy.
"""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.peers import audio
from tests.peers.checkout import CHECKOUT, HOME
from tests.peers.sipp import SippCaller
from tests.real.service import AGENT, WholeService, wait

pytestmark = [pytest.mark.real, pytest.mark.alone, pytest.mark.timeout(300)]

WHISPER = HOME / "models" / "whisper-base"
TALKS_S = 6.0


def missing(folder: Path) -> Path:
    return folder / "nowhere"


def a_pointer(folder: Path) -> Path:
    """What a copy without its large files looks like."""
    model = copied(folder)
    (model / "model.bin").write_text("version https://git-lfs.github.com/spec/v1\n")
    return model


def torn(folder: Path) -> Path:
    """As long as a model, and half of it is nothing: only loading it tells."""
    model = copied(folder)
    with (model / "model.bin").open("r+b") as file:
        file.write(bytes(1 << 20))
    return model


def copied(folder: Path) -> Path:
    return Path(shutil.copytree(WHISPER, folder / "model"))


REMEDIES: dict[str, tuple[Callable[[Path], Path], tuple[str, ...]]] = {
    "missing": (missing, ("there is no folder", "scripts/setup", "songhua speech models add")),
    "a pointer": (a_pointer, ("too small to be a model", "scripts/setup", "songhua speech models add")),
    "torn": (torn, ("recogniser process ended",)),
}


@pytest.mark.parametrize("fault", REMEDIES)
def test_without_a_model_that_works_the_call_is_untouched(fault: str, tmp_path: Path) -> None:
    make, told = REMEDIES[fault]
    overrides: dict[str, Any] = {"speech": {"model": str(make(tmp_path / "models"))}}
    with WholeService(
        tmp_path, agents=1, overrides=overrides, needed=("asterisk", "hotline", "ivr", "cdr.import")
    ) as city:
        wait(lambda: all(word in city.service.program.tail(400) for word in told), f"word of {told}", 40)
        citizen = city.dial()
        call = city.talking(citizen)
        time.sleep(TALKS_S)
        part = city.part("speech")
        assert part["state"] == "degraded"
        assert "calls go on without transcripts" in part["why"]
        assert city.transcript(call)["segments"] == []
        assert city.metric("songhua_hotline_taps_unheard") == 2
        over(city, citizen)
        assert heard_of_the_agent(city) > TALKS_S - 1


def test_a_recogniser_frozen_in_mid_sentence_is_replaced_and_no_word_is_lost(tmp_path: Path) -> None:
    speech = {"stuck_after": 12.0, "partials": True}
    spoken = audio.to_ulaw(CHECKOUT / "tests/audio/caller_lamp_zh.wav", tmp_path / "said.ulaw")
    with WholeService(tmp_path, agents=1, overrides={"speech": speech}) as city:
        citizen = city.dial(speech=spoken, seconds=200)
        call = city.talking(citizen)
        wait(lambda: city.transcript(call)["segments"], "first words", 60)
        (worker,) = city.process("speech").children()
        worker.send_signal(signal.SIGSTOP)
        frozen = time.monotonic()
        known = len(city.transcript(call)["segments"])
        wait(lambda: len(city.transcript(call)["segments"]) > known + 1, "words after the freeze", 90)
        print(f"\nwords again {time.monotonic() - frozen:.1f} s after the recogniser was frozen")
        assert not worker.is_running()
        city.talking(citizen, 1)
        said = city.transcript(call)
        assert said["gaps"] == []
        starts = sorted(one["start_s"] for one in said["segments"] if one["speaker"] == "citizen")
        assert max(b - a for a, b in pairwise(starts)) < 8
        over(city, citizen)
        assert heard_of_the_agent(city) > time.monotonic() - frozen


def over(city: WholeService, citizen: SippCaller) -> None:
    city.hang_up_all(citizen)
    wait(lambda: not city.calls(), "end of the call")


def heard_of_the_agent(city: WholeService) -> float:
    """For how many seconds the citizen has heard the agent's tone."""
    (heard,) = city.switch.recordings.rglob("*-out.alaw")
    return audio.tone_seconds(audio.read_alaw(heard), AGENT)
