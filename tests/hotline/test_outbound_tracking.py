"""A placed call is sent once, whatever goes wrong while it is; it is looked for only when it was sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from core.tasks import Tasks
from hotline.outbound.ports import Placed, Settled
from hotline.outbound.signals import (
    Alive,
    CallNotPlaced,
    CallSignal,
    InDoubt,
    NotKept,
    Over,
    PickedUp,
    Unknown,
)
from hotline.outbound.switch import ChannelReader
from hotline.outbound.tracking import CallTracker
from tests.hotline.stream import Message, message


@dataclass
class Live:
    channel_id: str
    began: float = 0.0
    in_doubt: bool = False


@dataclass
class Scene:
    settled: Settled = "unknown"
    rings: list[Placed | Exception] = field(default_factory=list)
    rung: int = 0
    asked: list[str] = field(default_factory=list)
    took: list[CallSignal] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tasks = Tasks("test", limit=4)
        self.tracker = CallTracker(
            self, self.tasks, ChannelReader("no-", "NoticeCall"), self.took.append, doubt_s=10
        )

    async def settle(self, channel_id: str, *, within_s: float) -> Settled:
        assert within_s == 10
        self.asked.append(channel_id)
        return self.settled

    async def ring(self) -> Placed:
        self.rung += 1
        came = self.rings.pop()
        if isinstance(came, Exception):
            raise came
        return came

    async def settles(self) -> None:
        while self.tasks:
            await asyncio.sleep(0.001)


@pytest.mark.parametrize(
    ("came", "told"),
    [
        ("placed", []),
        ("refused", [CallNotPlaced("no-1", "not_placed")]),
        ("unreachable", [CallNotPlaced("no-1", "unreachable")]),
        ("in_doubt", [InDoubt("no-1"), Unknown("no-1")]),
        (RuntimeError("broken"), [InDoubt("no-1"), Unknown("no-1")]),
    ],
)
async def test_what_came_of_a_call_is_told_and_it_is_not_sent_again(
    came: Placed | Exception, told: list[CallSignal]
) -> None:
    scene = Scene(rings=[came])
    await scene.tracker.send("no-1", scene.ring)
    await scene.settles()
    assert (scene.took, scene.rung) == (told, 1)


@pytest.mark.parametrize(
    ("settled", "told"),
    [
        ("alive", Alive("no-1")),
        ("gone", Over("no-1")),
        ("never", CallNotPlaced("no-1", "unreachable", searched=True)),
        ("unknown", Unknown("no-1")),
    ],
)
async def test_what_a_search_finds_is_told(settled: Settled, told: CallSignal) -> None:
    scene = Scene(settled)
    scene.tracker.settle("no-1")
    scene.tracker.settle("no-1")
    await scene.settles()
    assert (scene.took, scene.asked) == ([told], ["no-1"]), "one search at a time"


async def test_a_call_that_is_not_sent_yet_is_neither_missed_nor_looked_for() -> None:
    scene = Scene()
    scene.tracker.snapshot([])
    with scene.tracker.unsent("no-1"):
        scene.tracker.settle("no-1")
        assert scene.tracker.reconcile([Live("no-1")]) == []
    assert scene.tracker.reconcile([Live("no-1")]) == [Live("no-1")]
    await scene.settles()
    assert (scene.took, scene.asked) == ([], [])


async def test_where_no_further_task_is_taken_nothing_is_sent_and_that_is_told() -> None:
    scene = Scene()
    for number in range(4):
        scene.tracker.once("wait", f"no-{number}", lambda: asyncio.sleep(0.01))
    scene.tracker.place("no-9", lambda: scene.tracker.send("no-9", scene.ring))
    assert (scene.took, scene.rung) == ([NotKept("no-9")], 0)
    await scene.settles()


async def test_a_snapshot_tells_what_exists_and_nothing_is_known_without_a_link() -> None:
    scene = Scene()
    assert scene.tracker.reconcile([Live("no-1")]) == []
    scene.tracker.snapshot([row("no-1", "6"), row("xx-2", "6")])
    assert scene.tracker.reconcile([Live("no-1"), Live("xx-2")]) == [Live("xx-2")]
    assert scene.took == [Alive("no-1"), PickedUp("no-1")]
    scene.tracker.link_down()
    assert scene.tracker.reconcile([Live("no-3")]) == []


def row(channel: str, state: str) -> Message:
    return message("CoreShowChannel", Uniqueid=channel, ChannelState=state)
