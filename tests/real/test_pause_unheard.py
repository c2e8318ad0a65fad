"""What is said while a recording is paused is nowhere: no bus, desk, draft, file or log has it.

The citizen tells that it is dark, then (in the pause) of a lamp and a fire, then of an old man; a real
recogniser listens. The same words without a pause show that it would have heard lamp and fire.
"""

from __future__ import annotations

import asyncio
import json
import threading
import uuid
import wave
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import aiomqtt
import numpy as np
import pytest

from tests.mqtt.broker import TENANT
from tests.peers import audio
from tests.peers.checkout import CHECKOUT
from tests.peers.handset import encode
from tests.peers.program import PeerFailed
from tests.peers.sipp import SippCaller
from tests.real.desk_screen import DeskScreen
from tests.real.faults.lengths import RIGHT_WITHIN_S
from tests.real.flow_stage import Citizen
from tests.real.service import Seat, WholeService
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.hears, pytest.mark.own_process, pytest.mark.timeout(420)]

STORIES = CHECKOUT / "tests" / "audio"
LAMP, DARK = ("lamp_zh", 0), ("lamp_zh", 1)
FIRE, INSIDE = ("danger_zh", 1), ("danger_zh", 3)
OLD_MAN = ("zh", 4)
LAMP_WORDS, DARK_WORDS = ("路灯",), ("没有亮",)
FIRE_WORDS, OLD_MAN_WORDS = ("火灾", "来人", "里面还有人"), ("老人", "掉下去")
BETWEEN_S = 0.8
SAID_WITHIN_S = 30.0
HEARD_WITHIN_S = 60.0
CUT_S = 2.8
"""So much of the sentence about the lamp is still to come when the pause begins: it ends with the lamp."""


def line(story: str, number: int) -> audio.Samples:
    times = json.loads((STORIES / "timeline.json").read_text())[story]["lines"][number]
    with wave.open(str(STORIES / f"caller_{story}.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64) / 32768
    return samples[int(times["start_s"] * audio.RATE) : int(times["end_s"] * audio.RATE)]


def say(citizen: Citizen, *lines: tuple[str, int]) -> None:
    """One after the other, from now on."""
    pause = np.zeros(int(BETWEEN_S * audio.RATE))
    for one in lines:
        citizen.handset.say(encode(np.concatenate([line(*one), pause])))


def say_all(citizen: Citizen, *lines: tuple[str, int]) -> None:
    """Until the last word."""
    say(citizen, *lines)
    wait_for(lambda: citizen.handset.left_s == 0, "end of what he says", SAID_WITHIN_S)


def say_until_heard(
    city: WholeService, call: str, citizen: Citizen, line: tuple[str, int], words: tuple[str, ...]
) -> None:
    """Once more where a busy machine has not understood it."""
    for last in (False, False, True):
        say_all(citizen, line)
        try:
            wait_for(lambda: any_of(words, said(city, call)), f"one of {words}", HEARD_WITHIN_S)
        except PeerFailed:
            if last:
                raise
        else:
            return


class Wire:
    """Everything that speech nodes send to the centre."""

    def __init__(self, city: WholeService) -> None:
        self._city = city
        self.heard: list[str] = []
        self._ended = threading.Event()
        self._listens = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._listen()), daemon=True)
        self._thread.start()
        assert self._listens.wait(20)

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


@pytest.fixture
def desks(city: WholeService) -> Iterator[list[DeskScreen]]:
    """The agent's and the supervisor's; a test may open more."""
    opened = [city.screen(city.seats[0]), city.screen()]
    yield opened
    for desk in opened:
        desk.close()


def talking(city: WholeService) -> tuple[Citizen, str]:
    """A citizen who talks with the agent and is listened to, and his call."""
    city.calm("asterisk", "hotline", "mqtt", "speech")
    citizen = city.with_handset(seconds=200)
    citizen.dial()
    call = city.talking(citizen, 40)
    listened_to(city)
    return citizen, call


def listened_to(city: WholeService) -> None:
    wait_for(lambda: len(city.taps()) == 2, "ear on each leg", 40)


def nobody_listens(city: WholeService) -> None:
    wait_for(lambda: not city.taps(), "end of all ears")


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
    """The citizen's words as the ledger has them."""
    return "".join(one["text"] for one in citizens(city, call))


def citizens(city: WholeService, call: str) -> list[dict[str, Any]]:
    return [one for one in city.transcript(call)["segments"] if one["speaker"] == "citizen"]


def any_of(words: tuple[str, ...], text: str) -> bool:
    return any(word in text for word in words)


def gaps(city: WholeService, call: str) -> list[dict[str, Any]]:
    """Those of the pause. A sentence that reaches into it is held back as a gap of its own, from its node."""
    found: list[dict[str, Any]] = city.transcript(call)["gaps"]
    return [gap for gap in found if gap["reason"] == "paused" and gap["node"] == ""]


def wait_for_gaps(city: WholeService, call: str) -> None:
    """One of each leg."""
    try:
        wait_for(lambda: len(gaps(city, call)) == 2, "gap of each leg", 30)
    except PeerFailed as late:
        raise PeerFailed(f"{late}: {city.transcript(call)['gaps']}") from late


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
    wait_for(lambda: city.record(call)["call"]["ended_at"], "ended call in the ledger", 40)


def settled(city: WholeService, call: str) -> bool:
    return all(one["state"] == "complete" for one in city.record(call)["recordings"])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_what_is_said_in_a_pause_is_nowhere(city: WholeService, wire: Wire, desks: list[DeskScreen]) -> None:
    """The pause begins while he speaks: what was said until then is kept, as in the recording."""
    (seat,) = city.seats
    citizen, call = talking(city)
    say(citizen, DARK, LAMP)
    wait_for(lambda: citizen.handset.left_s < CUT_S + BETWEEN_S, "middle of a sentence", SAID_WITHIN_S)
    begun = pause(seat, call)
    assert begun["paused"]
    since = moment(begun["since"])
    for desk in desks:
        desk.wait(partial(desk.of, "cdr.recording_paused", paused=True), "the pause", 15)
    desks.append(city.screen(seat))
    assert [one["call_id"] for one in desks[-1].snapshots[0]["pauses"]] == [call]
    nobody_listens(city)
    say_all(citizen, FIRE, INSIDE)
    assert city.taps() == []
    done = go_on(seat, call)
    listened_to(city)
    say_until_heard(city, call, citizen, OLD_MAN, OLD_MAN_WORDS)

    heard = said(city, call)
    assert any_of(DARK_WORDS, heard)
    assert min(heard.find(word) for word in DARK_WORDS) < max(heard.find(word) for word in OLD_MAN_WORDS)
    before = [one for one in citizens(city, call) if moment(one["started_at"]) < since]
    last = max(before, key=lambda one: float(one["end_s"]))
    ends = moment(last["started_at"]) + timedelta(seconds=last["end_s"] - last["start_s"])
    assert -0.5 * RIGHT_WITHIN_S < (ends - since).total_seconds() < 0.25 * RIGHT_WITHIN_S
    wait_for_gaps(city, call)
    for gap in gaps(city, call):
        assert abs((moment(gap["started_at"]) - since).total_seconds()) < 0.5 * RIGHT_WITHIN_S
        paused_s = (moment(done["until"]) - since).total_seconds()
        assert abs(gap["end_s"] - paused_s) < 0.5 * RIGHT_WITHIN_S
    told = [one.event for one in desks[0].of("hotline.leg_unheard", call_id=call)]
    assert {one["reason"] for one in told} == {"paused"}
    assert desks[0].of("cdr.recording_paused", paused=False)
    drafts = json.dumps(seat.visitor.get(f"/api/calls/{call}/drafts"), ensure_ascii=False)
    assert not any_of(FIRE_WORDS, drafts)
    assert "danger" not in drafts
    over(city, citizen, seat, call)
    wait_for(lambda: settled(city, call), "recordings that are settled", 40)
    assert {gap["filling"] for gap in gaps(city, call)} == {None}, "a pause is nothing that is missing"
    nowhere(city, wire, desks, FIRE_WORDS)
    assert not any_of(LAMP_WORDS, said(city, call) + "".join(wire.heard))


def test_a_new_start_of_centre_and_speech_in_the_pause_opens_no_ear(city: WholeService, wire: Wire) -> None:
    """He tells of the fire while they are gone, and again when both are back."""
    (seat,) = city.seats
    citizen, call = talking(city)
    say_all(citizen, DARK)
    pause(seat, call)
    wait_for(lambda: any_of(DARK_WORDS, said(city, call)), "words before the pause", HEARD_WITHIN_S)
    for role in ("speech", "centre"):
        city.process(role).kill()
    say(citizen, FIRE)

    def back() -> bool:
        row = city.call_of(citizen)
        return row is not None and row["state"] == "talking" and city.part("speech")["state"] == "up"

    wait_for(back, "same call in the new centre", 60)
    say_all(citizen, INSIDE)
    assert city.taps() == []
    go_on(seat, call)
    listened_to(city)
    say_until_heard(city, call, citizen, OLD_MAN, OLD_MAN_WORDS)
    over(city, citizen, seat, call)
    nowhere(city, wire, [], FIRE_WORDS)


def test_without_a_pause_the_same_words_are_heard(city: WholeService, wire: Wire) -> None:
    """Last: from here on they are in the files."""
    (seat,) = city.seats
    citizen, call = talking(city)
    say_all(citizen, LAMP, FIRE)
    wait_for(lambda: any_of(FIRE_WORDS, said(city, call)), "the fire", HEARD_WITHIN_S)
    assert any_of(FIRE_WORDS, "\n".join(wire.heard))
    assert any_of(LAMP_WORDS, said(city, call))
    over(city, citizen, seat, call)
    with pytest.raises(AssertionError):
        nowhere(city, wire, [], FIRE_WORDS)
