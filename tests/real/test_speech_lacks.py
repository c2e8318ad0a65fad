"""Calls while the recogniser has no model, or none that it can load, or is frozen in mid-sentence: the caller
and the agent notice nothing, and what is wrong is told with its remedy.
"""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.peers import audio
from tests.peers.checkout import CHECKOUT, HOME
from tests.peers.program import PeerFailed
from tests.peers.running import running
from tests.peers.sipp import SippCaller
from tests.peers.songhua import Broker, SonghuaPeer
from tests.real.service import AGENT, WholeService
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.hears, pytest.mark.own_process, pytest.mark.timeout(300)]

WHISPER = HOME / "models" / "whisper-base"
CENTRE = ("asterisk", "hotline", "ivr", "cdr.import")
TALKS_S = 4.0


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeService]:
    """The role `centre`: each test brings a speech node of its own, or what is left of one."""
    with WholeService(tmp_path_factory.mktemp("city"), agents=1, role="centre", needed=CENTRE) as city:
        yield city


class SpeechNode(SonghuaPeer):
    """The role `speech` on its own, as another machine would run it."""

    def __init__(self, folder: Path, city: WholeService, **speech: Any) -> None:
        broker = Broker(city.broker.port, city.broker.websocket_port, city.broker.rendered.passwords)
        super().__init__(folder, asterisk=city.switch, broker=broker, overrides={"speech": speech})

    def start(self, *, role: str | None = "speech") -> None:
        super().start(role=role)

    def worker(self) -> psutil.Process:
        """The recogniser's process."""
        (worker,) = psutil.Process(self.program.pid).children()
        return worker


@contextmanager
def joined(node: SpeechNode, city: WholeService, state: str) -> Iterator[SpeechNode]:
    """The node runs, and the centre says so of its part `speech`; afterwards it is gone."""
    with running(node):
        wait_for(lambda: city.part("speech")["state"] == state, f"word that speech is {state}", 90)
        yield node


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


NO_MODEL = ("there is no folder", "scripts/setup", "songhua speech models add")
NO_WHOLE_MODEL = ("too small to be a model", "scripts/setup", "songhua speech models add")


def test_a_service_without_a_model_starts_its_speech_again_and_again_and_calls_go_on(tmp_path: Path) -> None:
    overrides = {"speech": {"model": str(missing(tmp_path))}}
    with WholeService(tmp_path, agents=1, overrides=overrides, needed=CENTRE) as whole:
        wait_for(lambda: all(word in whole.service.program.tail(400) for word in NO_MODEL), "its remedy", 60)
        untouched(whole)


def test_a_node_whose_model_is_a_pointer_ends_with_its_remedy_and_calls_go_on(
    city: WholeService, tmp_path: Path
) -> None:
    node = SpeechNode(tmp_path / "node", city, model=str(a_pointer(tmp_path / "models")))
    try:
        with pytest.raises(PeerFailed):
            node.start()
    finally:
        node.close()
    assert all(word in node.program.tail() for word in NO_WHOLE_MODEL), node.program.tail()
    untouched(city)


def test_a_node_that_cannot_load_its_model_says_so_and_calls_go_on(
    city: WholeService, tmp_path: Path
) -> None:
    node = SpeechNode(tmp_path / "node", city, model=str(torn(tmp_path / "models")))
    with joined(node, city, "degraded"):
        wait_for(lambda: "recogniser process ended" in node.program.tail(400), "what is wrong", 60)
        untouched(city)


def untouched(city: WholeService) -> None:
    """The next caller talks with an agent, and the part `speech` says what is missing."""
    citizen = city.dial()
    call = city.talking(citizen)
    wait_for(lambda: heard_of_the_agent(city) > TALKS_S, "talk", 30)
    part = city.part("speech")
    assert part["state"] == "degraded"
    assert "calls go on without transcripts" in part["why"]
    assert city.transcript(call)["segments"] == []
    assert city.metric("songhua_hotline_taps_unheard") == 2
    over(city, citizen)


def test_a_recogniser_frozen_in_mid_sentence_is_replaced_and_no_word_is_lost(
    city: WholeService, tmp_path: Path
) -> None:
    spoken = audio.to_ulaw(CHECKOUT / "tests/audio/caller_lamp_zh.wav", tmp_path / "said.ulaw")
    # Room for what is said until another recogniser has loaded its model beside other tests.
    node = SpeechNode(tmp_path / "node", city, stuck_after=12.0, partials=True, backlog=200)
    with joined(node, city, "up"):
        citizen = city.dial(speech=spoken, seconds=240)
        call = city.talking(citizen)
        wait_for(lambda: city.transcript(call)["segments"], "first words", 90)
        worker = node.worker()
        worker.send_signal(signal.SIGSTOP)
        frozen = time.monotonic()
        wait_for(lambda: not worker.is_running(), "the end of the frozen recogniser", 60)
        # What it had understood before was told by now.
        known = len(city.transcript(call)["segments"])
        wait_for(lambda: len(city.transcript(call)["segments"]) > known + 1, "words after the freeze", 120)
        print(f"\nwords again {time.monotonic() - frozen:.1f} s after the recogniser was frozen")
        city.talking(citizen, 1)
        said = city.transcript(call)
        assert said["gaps"] == [], said["gaps"]
        heard_of = sorted(
            (one["start_s"], one["end_s"]) for one in said["segments"] if one["speaker"] == "citizen"
        )
        assert max(start - end for (_, end), (start, _) in pairwise(heard_of)) < 8, heard_of
        heard = time.monotonic() - frozen
        over(city, citizen)
        assert heard_of_the_agent(city) > heard


def over(city: WholeService, citizen: SippCaller) -> None:
    city.hang_up_all(citizen)
    wait_for(lambda: not city.calls(), "end of the call")
    city.ready(city.seats[0])


def heard_of_the_agent(city: WholeService) -> float:
    """For how many seconds the citizen of the last call has heard the agent's tone."""
    newest = max(city.switch.recordings.rglob("*-out.alaw"), key=lambda file: file.stat().st_mtime)
    return audio.tone_seconds(audio.read_alaw(newest), AGENT)
