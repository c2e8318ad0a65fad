"""What is said while a recording is paused is nowhere: no bus, desk, draft, file or log has it.

The citizen tells of a lamp, then (in the pause) of a fire, then of a manhole; a real recogniser listens. The
same call without a pause shows that it would have heard the fire.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
import uuid
import wave
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiomqtt
import numpy as np
import pytest

from tests.mqtt.broker import TENANT
from tests.peers import audio
from tests.peers.checkout import CHECKOUT
from tests.peers.sipp import SippCaller
from tests.real.desk_screen import DeskScreen
from tests.real.service import Seat, WholeService, wait

pytestmark = [pytest.mark.real, pytest.mark.alone, pytest.mark.timeout(300)]

STORIES = CHECKOUT / "tests" / "audio"
BEFORE = [("lamp_zh", 0), ("lamp_zh", 1)]
DURING = [("danger_zh", 1), ("danger_zh", 3)]
AFTER = [("zh", 3), ("zh", 4)]
LAMP, FIRE, OLD_MAN = ("路灯", "三天没有亮"), ("火灾", "来人", "里面还有人"), ("老人", "掉下去")
BEGINS, PAUSED, FIRE_AT, GOES_ON, MANHOLE_AT = 8.0, 19.0, 22.0, 33.0, 36.0
"""Seconds after the call was dialled, when the citizen's voice begins."""


def line(story: str, number: int) -> audio.Samples:
    times = json.loads((STORIES / "timeline.json").read_text())[story]["lines"][number]
    with wave.open(str(STORIES / f"caller_{story}.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64) / 32768
    return samples[int(times["start_s"] * audio.RATE) : int(times["end_s"] * audio.RATE)]


Parts = list[tuple[float, list[tuple[str, int]]]]
USUAL: Parts = [(BEGINS, BEFORE), (FIRE_AT, DURING), (MANHOLE_AT, AFTER)]
MARGIN_S = 14.0


def spoken(folder: Path, parts: Parts = USUAL) -> Path:
    """One file with everything that the citizen says, in its time."""
    voice = np.zeros(int((parts[-1][0] + MARGIN_S) * audio.RATE))
    for begins, lines in parts:
        at = int(begins * audio.RATE)
        for samples in (line(*one) for one in lines):
            voice[at : at + len(samples)] = samples
            at += len(samples) + int(0.8 * audio.RATE)
    return audio.to_ulaw(audio.write_wav(folder / "voice.wav", voice), folder / "voice.ulaw")


class Wire:
    """Everything that speech nodes send to the centre."""

    def __init__(self, city: WholeService) -> None:
        self._city = city
        self.heard: list[str] = []
        self._ended = threading.Event()
        self._listens = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._listen()), daemon=True)
        self._thread.start()
        assert self._listens.wait(10)

    def close(self) -> None:
        self._ended.set()
        self._thread.join(5)

    async def _listen(self) -> None:
        broker = self._city.broker
        async with aiomqtt.Client(
            "127.0.0.1", broker.port, username="centre", password=broker.rendered.passwords["centre"]
        ) as client:
            await client.subscribe(f"v1/{TENANT}/speech/+/segment", qos=1)
            self._listens.set()
            task = asyncio.ensure_future(self._take(client))
            while not self._ended.is_set():
                await asyncio.sleep(0.1)
            task.cancel()

    async def _take(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            self.heard.append(str(json.loads(message.payload).get("text", "")))


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeService]:
    with WholeService(tmp_path_factory.mktemp("city"), agents=1) as city:
        yield city


@pytest.fixture
def wire(city: WholeService) -> Iterator[Wire]:
    wire = Wire(city)
    yield wire
    wire.close()


def at(citizen: SippCaller, seconds: float) -> None:
    """Wait until so many seconds after he dialled."""
    time.sleep(max(0.0, citizen.dialled + seconds - time.monotonic()))


def pause(seat: Seat, call: str) -> dict[str, Any]:
    order = {"op_id": str(uuid.uuid4()), "reason": "card"}
    found: dict[str, Any] = seat.visitor.post(f"/api/calls/{call}/recording/pause", order)
    return found


def go_on(seat: Seat, call: str) -> dict[str, Any]:
    found: dict[str, Any] = seat.visitor.post(
        f"/api/calls/{call}/recording/resume", {"op_id": str(uuid.uuid4())}
    )
    return found


def said(city: WholeService, call: str) -> str:
    """The citizen's words as the ledger has them, with each way to write a numeral left alone."""
    return "".join(one["text"] for one in city.transcript(call)["segments"] if one["speaker"] == "citizen")


def any_of(words: tuple[str, ...], text: str) -> bool:
    return any(word in text for word in words)


def gaps(city: WholeService, call: str) -> list[dict[str, Any]]:
    return [gap for gap in city.transcript(call)["gaps"] if gap["reason"] == "paused"]


def everything_kept(city: WholeService) -> str:
    """Every file of the service: database, spool, logs. As text, and as JSON would escape it."""
    texts = [
        file.read_bytes().decode("utf-8", "replace")
        for file in sorted(city.service.folder.rglob("*"))
        if file.is_file()
    ]
    return "\n".join(texts)


def escaped(word: str) -> str:
    return json.dumps(word).strip('"')


def nowhere(city: WholeService, wire: Wire, screens: list[DeskScreen], words: tuple[str, ...]) -> None:
    places = {
        "files": everything_kept(city),
        "broker": "\n".join(wire.heard),
        "desks": json.dumps([one.event for screen in screens for one in screen.told], ensure_ascii=False),
        "snapshots": json.dumps([screen.snapshots for screen in screens], ensure_ascii=False),
    }
    found = [
        (word, place)
        for word in words
        for place, text in places.items()
        if word in text or escaped(word) in text
    ]
    assert found == []


def over(city: WholeService, citizen: SippCaller, seat: Seat, call: str) -> None:
    city.hang_up_all(citizen)
    city.dispose(seat, call)
    wait(lambda: city.record(call)["call"]["ended_at"], "ended call in the ledger", 30)


@pytest.fixture
def desks(city: WholeService) -> Iterator[list[DeskScreen]]:
    """The agent's and the supervisor's; a test may open more."""
    opened = [city.screen(city.seats[0]), city.screen()]
    yield opened
    for desk in opened:
        desk.close()


def test_what_is_said_in_a_pause_is_nowhere(
    city: WholeService, wire: Wire, desks: list[DeskScreen], tmp_path: Path
) -> None:
    (seat,) = city.seats
    citizen = city.dial(speech=spoken(tmp_path), loop=False)
    call = city.talking(citizen)
    at(citizen, PAUSED)
    begun = pause(seat, call)
    assert begun["paused"]
    for desk in desks:
        desk.wait(partial(desk.of, "cdr.recording_paused", paused=True), "the pause", 2)
    desks.append(city.screen(seat))
    assert [one["call_id"] for one in desks[-1].snapshots[0]["pauses"]] == [call]
    at(citizen, GOES_ON - 0.5)
    assert not [
        row for row in city.switch.rx("core show channels concise").splitlines() if "AudioSocket" in row
    ]
    done = go_on(seat, call)
    wait(lambda: any_of(OLD_MAN, said(city, call)), "the words after the pause", 40)
    heard = said(city, call)
    assert any_of(LAMP, heard)
    assert min(heard.find(word) for word in LAMP if word in heard) < max(heard.find(word) for word in OLD_MAN)
    wait(lambda: len(gaps(city, call)) == 2, "the gaps of both")
    for gap in gaps(city, call):
        assert abs(moment(gap["started_at"]) - moment(begun["since"])) < timedelta(seconds=1)
        assert abs(gap["end_s"] - (moment(done["until"]) - moment(begun["since"])).total_seconds()) < 1
    told = [one.event for one in desks[0].of("hotline.leg_unheard", call_id=call)]
    assert {one["reason"] for one in told} == {"paused"}
    assert desks[0].of("cdr.recording_paused", paused=False)
    drafts = json.dumps(seat.visitor.get(f"/api/calls/{call}/drafts"), ensure_ascii=False)
    assert not any_of(FIRE, drafts)
    assert "danger" not in drafts
    over(city, citizen, seat, call)
    wait(lambda: settled(city, call), "recordings that are settled", 40)
    assert {gap["filling"] for gap in gaps(city, call)} == {None}, "a pause is nothing that is missing"
    nowhere(city, wire, desks, FIRE)


def settled(city: WholeService, call: str) -> bool:
    return all(one["state"] == "complete" for one in city.record(call)["recordings"])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_new_start_of_centre_and_speech_in_the_pause_opens_no_ear(
    city: WholeService, wire: Wire, tmp_path: Path
) -> None:
    """He tells of the fire again when both are there again."""
    (seat,) = city.seats
    city.ready(seat)
    again, goes_on, manhole_at = FIRE_AT + 28, GOES_ON + 28, MANHOLE_AT + 28
    parts = [*USUAL[:-1], (again, DURING), (manhole_at, AFTER)]
    citizen = city.dial(speech=spoken(tmp_path, parts), loop=False)
    call = city.talking(citizen)
    at(citizen, PAUSED)
    pause(seat, call)
    for role in ("speech", "centre"):
        city.process(role).kill()

    def back() -> bool:
        row = city.call_of(citizen)
        return row is not None and row["state"] == "talking" and city.part("speech")["state"] == "up"

    wait(back, "the same call in the new centre", 30)
    assert time.monotonic() < citizen.dialled + again, "the restart took too long to show anything"
    at(citizen, goes_on)
    go_on(seat, call)
    wait(lambda: any_of(OLD_MAN, said(city, call)), "the words after the pause", 40)
    assert any_of(LAMP, said(city, call))
    over(city, citizen, seat, call)
    nowhere(city, wire, [], FIRE)


def test_who_speaks_as_the_pause_begins_is_cut_off_there(
    city: WholeService, wire: Wire, tmp_path: Path
) -> None:
    """What was said until then is kept, as in the recording; that it went on is not."""
    (seat,) = city.seats
    city.ready(seat)
    citizen = city.dial(speech=spoken(tmp_path), loop=False)
    call = city.talking(citizen)
    at(citizen, BEGINS + 2.5)
    begun = pause(seat, call)
    at(citizen, FIRE_AT + 9)
    go_on(seat, call)
    wait(lambda: any_of(OLD_MAN, said(city, call)), "the words after the pause", 40)
    segments = [one for one in city.transcript(call)["segments"] if one["speaker"] == "citizen"]
    first = min(segments, key=lambda one: str(one["started_at"]))
    assert first["text"]
    ends = moment(first["started_at"]) + timedelta(seconds=first["end_s"] - first["start_s"])
    assert (
        moment(begun["since"]) - timedelta(seconds=1) < ends < moment(begun["since"]) + timedelta(seconds=0.5)
    )
    over(city, citizen, seat, call)
    assert not any_of(("三天没有亮", "看不见路"), said(city, call) + "".join(wire.heard))
    nowhere(city, wire, [], FIRE)


def test_without_a_pause_the_same_words_are_heard(city: WholeService, wire: Wire, tmp_path: Path) -> None:
    """Last: from here on they are in the files."""
    (seat,) = city.seats
    city.ready(seat)
    citizen = city.dial(speech=spoken(tmp_path), loop=False)
    call = city.talking(citizen)
    wait(lambda: any_of(FIRE, said(city, call)), "the fire", 50)
    assert any_of(FIRE, "\n".join(wire.heard))
    over(city, citizen, seat, call)
    with pytest.raises(AssertionError):
        nowhere(city, wire, [], FIRE)


def test_the_voice_is_what_the_times_say(tmp_path: Path) -> None:
    """No line runs into the time of the next part."""
    samples = np.frombuffer(spoken(tmp_path).read_bytes(), np.uint8)
    assert len(samples) == (MANHOLE_AT + MARGIN_S) * audio.RATE
    lengths = [sum(len(line(*one)) / audio.RATE + 0.8 for one in part) for part in (BEFORE, DURING, AFTER)]
    assert BEGINS + lengths[0] < PAUSED
    assert FIRE_AT + lengths[1] < GOES_ON
    assert lengths[2] < MARGIN_S
