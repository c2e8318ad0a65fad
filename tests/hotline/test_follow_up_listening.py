"""A reporter is heard while he is asked: what he says goes on as a key, and keys count all the time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast
from uuid import UUID

import pytest

from core.tasks import Tasks
from hotline.outbound.book import CallBook
from hotline.outbound.effects import CommitKey, SaveCall
from hotline.outbound.follow_ups.answers import SpokenUtterance
from hotline.outbound.follow_ups.listening import SpokenAnswers
from hotline.outbound.follow_ups.policy import FollowUpPolicy, FollowUpTarget
from hotline.outbound.follow_ups.ports import FollowUpSwitch, Hearing, ReporterTap, SpokenWords
from hotline.outbound.follow_ups.switch import FollowUpReader, QuestionHeard
from hotline.outbound.model import CallTiming
from hotline.outbound.reduce import apply
from hotline.outbound.requests import RequestsLooked
from hotline.outbound.signals import CallSignal, PickedUp, Pressed
from tests.hotline.stream import message

TARGET = FollowUpTarget(UUID(int=1), UUID(int=101), 0, "follow-up:a")
CHANNEL = TARGET.channel_id
LINE = "Local/13904510001@outbound-00000001;1"


class PlayedEar:
    """Fills `ReporterEar` and `ReporterTap`. `deaf`: nobody can listen."""

    def __init__(self, *, deaf: bool = False) -> None:
        self.deaf = deaf
        self.may_go_on = True
        self.lines: list[str] = []
        self.stopped = 0
        self._take: Callable[[SpokenWords], None] = lambda _: None
        self._said: list[SpokenUtterance] = []

    async def listen(
        self, channel_id: str, line: str, take: Callable[[SpokenWords], None]
    ) -> ReporterTap | None:
        assert channel_id == CHANNEL
        self.lines.append(line)
        self._take = take
        return None if self.deaf else self

    def stop(self) -> None:
        self.stopped += 1

    def hears(self, *texts: str, sure: float = 0.9, over: bool = False, after_s: float = 10.0) -> None:
        """He says this, with long pauses between."""
        for text in texts:
            at = self._said[-1].end_s + after_s if self._said else 1.0
            self._said.append(SpokenUtterance(text, at, at + 1.0, sure))
        self._take(SpokenWords(tuple(self._said), over))


class Scene:
    def __init__(self, ear: PlayedEar | None = None) -> None:
        self.ear = ear or PlayedEar()
        self.told: list[str] = []
        self.asks = True
        self.answers = SpokenAnswers(
            self.ear,
            cast("FollowUpSwitch", self),
            Tasks("test"),
            lambda channel: channel == CHANNEL and self.asks,
        )

    async def say(self, channel_id: str, words: str) -> None:
        assert channel_id == CHANNEL
        self.told.append(words)

    async def hearing(self, channel_id: str, hearing: Hearing) -> None:
        assert channel_id == CHANNEL
        self.told.append(hearing)

    async def begin(self) -> None:
        self.answers.begin(CHANNEL, LINE)
        await settled()
        self.answers.asked(CHANNEL)


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("text", "words"), [("满意", "said-1"), ("不满意", "said-3"), ("没解决", "said-n"), ("人工", "said-0")]
)
async def test_a_plain_answer_goes_on_as_its_key_once(text: str, words: str) -> None:
    scene = Scene()
    await scene.begin()
    assert (scene.ear.lines, scene.told) == ([LINE], ["listens"])
    scene.ear.hears("喂")
    scene.ear.hears(text)
    scene.ear.hears("不满意", over=True)
    await settled()
    assert scene.told == ["listens", words]
    assert scene.ear.stopped == 1


async def test_who_is_unclear_is_asked_again_once_and_then_keys_alone_count() -> None:
    scene = Scene()
    await scene.begin()
    scene.ear.hears("我也不知道")
    scene.ear.hears("啊", after_s=0.5)
    await settled()
    assert scene.told == ["listens", "unclear"], "one breath is one answer"
    scene.ear.hears("那个街道的")
    await settled()
    assert (scene.told[2:], scene.ear.stopped) == (["keys"], 1)
    scene.ear.hears("满意")
    await settled()
    assert len(scene.told) == 3


async def test_after_an_unclear_answer_a_plain_one_counts() -> None:
    scene = Scene()
    await scene.begin()
    scene.ear.hears("满意", sure=0.2)
    scene.ear.hears("满意")
    await settled()
    assert scene.told == ["listens", "unclear", "said-1"]


async def test_what_he_says_to_himself_before_he_was_asked_is_no_answer() -> None:
    scene = Scene()
    scene.answers.begin(CHANNEL, LINE)
    await settled()
    scene.ear.hears("对")
    await settled()
    assert scene.told == ["listens"]
    scene.answers.asked(CHANNEL)
    scene.ear.hears("对")
    await settled()
    assert scene.told == ["listens", "said-1"]


async def test_where_nobody_can_listen_the_dialplan_is_told_nothing_and_asks_for_keys() -> None:
    scene = Scene(PlayedEar(deaf=True))
    await scene.begin()
    scene.answers.begin(CHANNEL, LINE)
    await settled()
    assert (len(scene.ear.lines), scene.told) == (1, [])


async def test_callers_come_first_and_a_recogniser_that_goes_away_leaves_the_keys() -> None:
    scene = Scene()
    await scene.begin()
    scene.answers.look()
    await settled()
    assert scene.told == ["listens"]
    scene.ear.may_go_on = False
    scene.answers.look()
    scene.answers.look()
    await settled()
    assert (scene.told, scene.ear.stopped) == (["listens", "keys"], 1)
    other = Scene()
    await other.begin()
    other.ear.hears(over=True)
    await settled()
    assert other.told == ["listens", "keys"]


async def test_a_key_ends_the_listening_and_what_comes_late_is_dropped() -> None:
    scene = Scene()
    await scene.begin()
    scene.asks = False
    scene.ear.hears("满意")
    scene.answers.look()
    await settled()
    assert (scene.told, scene.ear.stopped) == (["listens"], 1)
    scene.asks = True
    other = Scene()
    other.answers.begin(CHANNEL, LINE)
    other.answers.stop()
    await settled()
    assert (other.told, other.ear.stopped) == ([], 1), "stopped before it began"


def test_the_call_says_whether_its_first_answer_was_said() -> None:
    book = CallBook("sh", CallTiming(), FollowUpPolicy())

    def take(signal: CallSignal) -> list[object]:
        return list(apply(book, signal, 1.0)[1])

    take(RequestsLooked((TARGET,)))
    take(PickedUp(CHANNEL, LINE))
    saved, commit = take(Pressed(CHANNEL, "n", spoken=True))
    assert isinstance(saved, SaveCall)
    assert isinstance(commit, CommitKey)
    assert (saved.call.key, saved.call.spoken) == ("n", True)
    (again,) = take(Pressed(CHANNEL, "1"))
    assert isinstance(again, CommitKey)
    assert (again.call.key, again.call.spoken) == ("n", True)


def test_the_switch_tells_of_keys_words_and_the_question() -> None:
    def told(**headers: str) -> CallSignal | None:
        row = message("UserEvent", UserEvent="FollowUpCall", Uniqueid=CHANNEL, **headers)
        return FollowUpReader().signal(row)

    assert told(Key="1", How="") == Pressed(CHANNEL, "1")
    assert told(Key="y", How="said") == Pressed(CHANNEL, "y", spoken=True)
    assert told(Asked="zh") == QuestionHeard(CHANNEL)
    up = message("Newstate", Uniqueid=CHANNEL, Channel=LINE, ChannelState="6")
    assert FollowUpReader().signal(up) == PickedUp(CHANNEL, LINE)
