"""The dialogue's ear: a tap for one answer, whose words come to who asked; else he may press."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from core.clock import ManualClock
from core.events import Event
from gateway.mqtt.link import MqttLink
from gateway.mqtt.speech import SpeechCentreLink
from gateway.wiring.answers import BEGIN_S, MOST, PLACING_S, CallerTap
from hotline.ports import QueueSwitch
from ivr.ports import Caller
from speech.events import AnswerHeard, SpeechCapacity, TapRefused, TranscriptSegment
from tests.mqtt.fakes import FakeLink

CALLER = Caller("s-1.1", "s-1.0", "+8613904510001", channel="PJSIP/trunk-1")
CODE = "94079685"
SAID = "nine four oh seven nine six eight five"


class PlayedSwitch:
    """`frozen` answers nobody; a tap that was placed is a channel only after `late` looks for it."""

    def __init__(self, *, frozen: bool = False, late: int = 0) -> None:
        self.frozen = frozen
        self.late = late
        self.placed: list[tuple[str, UUID]] = []
        self.ended: list[UUID] = []

    async def place_tap(self, channel: str, tap_id: UUID, host: str, port: int) -> None:
        if self.frozen:
            await asyncio.Event().wait()
        self.placed.append((channel, tap_id))

    async def end_tap(self, tap_id: UUID) -> bool:
        self.late -= 1
        if self.late >= 0 or all(tap != tap_id for _, tap in self.placed):
            return False
        self.ended.append(tap_id)
        return True


class Room:
    def __init__(self, switch: PlayedSwitch | None = None) -> None:
        self.delivered: list[Event] = []
        self.link, self.switch, self.clock = FakeLink(), switch or PlayedSwitch(), ManualClock()

        async def deliver(event: Event) -> None:
            self.delivered.append(event)

        side = SpeechCentreLink(cast("MqttLink", self.link), deliver=deliver, show=self.delivered.append)
        self.ear = CallerTap(
            side, cast("QueueSwitch", self.switch), system_name="s", clock=self.clock, languages=["en"]
        )

    async def node(self, **fields: object) -> None:
        told: dict[str, object] = {
            "node": "n1", "host": "127.0.0.1", "port": 1, "engine": "whisper", "languages": ["zh", "en"],
            "streams_max": 8, "streams_used": 2, "workers_ready": 1, "workers_max": 1, "late_free": 1,
            "shedding": False,
        }  # fmt: skip
        await self._comes("state", SpeechCapacity.model_validate({**told, **fields}))

    async def comes(self, event: Event) -> None:
        await self._comes("segment", event)

    async def _comes(self, kind: str, event: Event) -> None:
        payload = json.dumps(event.envelope()).encode()
        await self.link.give(f"v1/harbin/speech/n1/{kind}", payload)

    def told(self) -> list[dict[str, Any]]:
        """What the node was told of taps."""
        return [json.loads(payload) for topic, payload in self.link.published if topic.endswith("/n1/tap")]


async def settled() -> None:
    for _ in range(100):
        await asyncio.sleep(0)


async def test_what_he_says_comes_to_who_asked_and_nowhere_else() -> None:
    room = Room()
    await room.node()
    assert room.ear.ready("en")
    answer = await room.ear.listen(CALLER, "en")
    assert answer is not None
    assert room.switch.placed == [(CALLER.channel, answer.tap_id)]
    told = room.told()[0]
    assert told["asked"] == "digits"
    assert told["likely"] == "en"
    waiting = asyncio.create_task(answer.code(8, 5))
    await settled()
    assert room.switch.ended == [answer.tap_id], (
        "he is done with speaking: the tap ends, its words still come"
    )
    await room.comes(AnswerHeard(tap_id=answer.tap_id, text="it is", over=False))
    await settled()
    assert not waiting.done()
    await room.comes(AnswerHeard(tap_id=answer.tap_id, text=f"it is {SAID}", over=False))
    assert await waiting == CODE
    answer.stop()
    assert room.delivered == []
    assert [one["type"] for one in room.told()].count("speech.tap_retired") == 1


async def test_all_was_heard_and_it_was_no_code() -> None:
    room = Room()
    await room.node()
    answer = await room.ear.listen(CALLER, "en")
    assert answer is not None
    await room.comes(AnswerHeard(tap_id=answer.tap_id, text="hello", over=True))
    assert await answer.code(8, 5) == ""
    await room.comes(AnswerHeard(tap_id=answer.tap_id, text=SAID, over=False))
    assert await answer.code(8, 5) == "", "what an overtaken message says is older"


async def test_while_it_is_not_known_it_says_so_and_goes_on() -> None:
    room = Room()
    await room.node()
    answer = await room.ear.listen(CALLER, "en")
    assert answer is not None
    assert await answer.code(8, 0.01) is None
    await room.comes(AnswerHeard(tap_id=answer.tap_id, text=SAID, over=False))
    assert await answer.code(8, 5) == CODE


async def test_a_node_that_has_no_room_after_all_has_heard_nothing_and_nobody_else_is_told() -> None:
    room = Room()
    await room.node()
    answer = await room.ear.listen(CALLER, "en")
    assert answer is not None
    shed = TapRefused(
        tap_id=answer.tap_id, call_id=uuid4(), leg_id=uuid4(), speaker="citizen", reason="full", node="n1"
    )
    await room.comes(shed)
    assert await answer.code(8, 5) == ""
    assert room.delivered == []


async def test_what_comes_after_it_was_given_up_goes_nowhere() -> None:
    room = Room()
    await room.node()
    answer = await room.ear.listen(CALLER, "en")
    assert answer is not None
    answer.stop()
    answer.stop()
    await room.comes(AnswerHeard(tap_id=answer.tap_id, text=SAID, over=False))
    assert answer._text == ""
    assert room.delivered == []
    await settled()
    assert room.switch.ended == [answer.tap_id]


@pytest.mark.parametrize(
    "state", [{}, {"late_free": 0}, {"streams_used": 8}, {"workers_ready": 0, "late_free": 0}]
)
async def test_without_a_node_that_has_time_he_is_asked_for_keys(state: dict[str, object]) -> None:
    room = Room()
    if state:
        await room.node(**state)
    assert not room.ear.ready("en")
    assert await room.ear.listen(CALLER, "en") is None
    assert room.switch.placed == []


async def test_the_worker_that_has_just_understood_an_answer_has_time_for_the_next() -> None:
    """Its node says so a little later; he is asked once more at once."""
    room = Room()
    await room.node()
    answer = await room.ear.listen(CALLER, "en")
    assert answer is not None
    await room.node(late_free=0, backlog=1)
    assert not room.ear.ready("en")
    await room.comes(AnswerHeard(tap_id=answer.tap_id, text="it", over=False))
    assert not room.ear.ready("en")
    await room.comes(AnswerHeard(tap_id=answer.tap_id, text="it is", over=True))
    answer.stop()
    assert room.ear.ready("en")
    await room.node(late_free=0, backlog=1)
    assert not room.ear.ready("en"), "others need it"


async def test_a_node_for_which_others_wait_has_no_time_because_an_answer_is_over() -> None:
    room = Room()
    await room.node()
    answer = await room.ear.listen(CALLER, "en")
    assert answer is not None
    await room.node(late_free=0, backlog=3)
    await room.comes(AnswerHeard(tap_id=answer.tap_id, text="it is", over=True))
    assert not room.ear.ready("en")


async def test_a_language_that_is_not_understood_well_is_asked_for_keys() -> None:
    room = Room()
    await room.node()
    assert not room.ear.ready("zh")


async def test_a_switch_that_does_not_answer_costs_him_half_a_second_and_leaves_no_tap() -> None:
    room = Room(PlayedSwitch(frozen=True))
    await room.node()
    async with asyncio.timeout(BEGIN_S + 5):
        assert await room.ear.listen(CALLER, "en") is None
    await settled()
    assert room.clock.monotonic() >= PLACING_S, (
        "the switch may still make the channel: it is looked for so long"
    )
    assert room.ear._open == 0


async def test_a_broker_that_went_away_is_no_hindrance() -> None:
    room = Room()
    await room.node()
    room.link.away = True
    assert await room.ear.listen(CALLER, "en") is None
    assert room.switch.placed == []
    assert room.ear._open == 0


async def test_a_tap_that_becomes_a_channel_late_is_ended_all_the_same() -> None:
    room = Room(PlayedSwitch(late=3))
    await room.node()
    answer = await room.ear.listen(CALLER, "en")
    assert answer is not None
    answer.stop()
    await settled()
    assert room.switch.ended == [answer.tap_id]


async def test_more_than_so_many_at_once_press_keys() -> None:
    room = Room()
    await room.node(streams_max=200)
    answers = [await room.ear.listen(CALLER, "en") for _ in range(MOST)]
    assert all(answers)
    assert not room.ear.ready("en")
    assert await room.ear.listen(CALLER, "en") is None
    one = answers[0]
    assert one is not None
    one.stop()
    assert room.ear.ready("en")


async def test_words_of_a_call_go_on_to_the_ledger() -> None:
    """Only answers are held back."""
    room = Room()
    words = TranscriptSegment(
        call_id=uuid4(), leg_id=uuid4(), segment_id=uuid4(), speaker="citizen", start_s=1.0, end_s=2.0,
        started_at=datetime(2026, 11, 26, tzinfo=UTC), text="六二二", final=True, language="zh",
        engine="simulated",
    )  # fmt: skip
    await room.comes(words)
    assert room.delivered == [words]
