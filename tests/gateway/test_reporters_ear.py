"""A reporter is heard by a node that callers do not need, and his words come to his own call alone."""

from __future__ import annotations

import pytest

from gateway.wiring.reporters_ear import MOST, ReportersEar, TappedReporter
from hotline.outbound.follow_ups.answers import SpokenUtterance
from hotline.outbound.follow_ups.ports import SpokenWords
from speech.events import AnswerHeard, AnswerUtterance, TapRefused
from tests.gateway.test_callers_ear import PlayedSwitch, Room, settled

CHANNEL, LINE = "fu-00000000-0000-0000-0000-000000000001", "Local/13904510001@outbound-00000001;1"


class Reporters(Room):
    def __init__(self, switch: PlayedSwitch | None = None) -> None:
        super().__init__(switch)
        self.words: list[SpokenWords] = []
        self.reporters = ReportersEar(self.ear._side, self.ear, system_name="s", likely="zh")

    async def listens(self) -> TappedReporter | None:
        return await self.reporters.listen(CHANNEL, LINE, self.words.append)


def heard(tapped: TappedReporter, *texts: str, over: bool = False) -> AnswerHeard:
    said = [AnswerUtterance(text=text, start_s=1, end_s=2, sure=0.7) for text in texts]
    return AnswerHeard(tap_id=tapped.tap_id, text=" ".join(texts), over=over, utterances=said)


async def test_his_words_come_to_his_call_and_nowhere_else() -> None:
    room = Reporters()
    await room.node()
    tapped = await room.listens()
    assert tapped is not None
    before = tapped.may_go_on
    assert before
    assert room.switch.placed == [(LINE, tapped.tap_id)]
    announced = room.told()[0]
    assert (announced["asked"], announced["likely"], announced["hints"]) == ("words", "zh", [])
    await room.comes(heard(tapped, "喂"))
    await room.comes(heard(tapped, "喂", "满意"))
    await room.comes(heard(tapped, "喂"))
    assert [len(one.utterances) for one in room.words] == [1, 2], "an overtaken message has less"
    assert room.words[-1].utterances[1] == SpokenUtterance("满意", 1, 2, 0.7)
    tapped.stop()
    tapped.stop()
    await room.comes(heard(tapped, "喂", "满意", "不"))
    await settled()
    assert (len(room.words), room.delivered, room.switch.ended) == (2, [], [tapped.tap_id])
    assert not tapped.may_go_on
    assert room.ear._open == 0


@pytest.mark.parametrize(
    "state", [{}, {"streams_used": 7}, {"late_free": 0}, {"workers_ready": 0, "late_free": 0}]
)
async def test_a_caller_of_the_hotline_has_the_last_place_and_the_recogniser_s_time(
    state: dict[str, object],
) -> None:
    room = Reporters()
    if state:
        await room.node(**state)
    assert await room.listens() is None
    assert room.switch.placed == []


async def test_he_gives_way_when_callers_need_the_node() -> None:
    room = Reporters()
    await room.node()
    tapped = await room.listens()
    assert tapped is not None
    await room.node(streams_used=7)
    assert tapped.may_go_on
    for state in ({"streams_used": 8}, {"backlog": 3}):
        await room.node(**state)
        assert not tapped.may_go_on
    await room.comes(
        TapRefused(
            tap_id=tapped.tap_id, call_id=tapped.tap_id, leg_id=tapped.tap_id, speaker="citizen",
            reason="full", node="n1",
        )
    )  # fmt: skip
    assert room.words == [SpokenWords((), over=True)]


async def test_so_many_are_heard_at_once_and_a_switch_that_is_away_leaves_nothing() -> None:
    room = Reporters()
    await room.node(streams_max=200)
    assert all([await room.listens() for _ in range(MOST)])
    assert await room.listens() is None
    away = Reporters(PlayedSwitch(frozen=True))
    await away.node()
    assert await away.listens() is None
    await settled()
    assert (away.ear._open, away.reporters._open) == (0, 0)
