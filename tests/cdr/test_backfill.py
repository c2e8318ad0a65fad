"""Gaps are filled from recordings while there is room: each word once, whatever breaks in between."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest

from cdr.backfill.ports import BackfillJob
from cdr.backfill.service import TranscriptBackfill
from cdr.backfill.sound import RecordingReader
from cdr.consumer import LedgerConsumer
from core.clock import ManualClock
from core.ids import call_id, leg_id
from core.tasks import Tasks
from hotline.events import LegUnheard
from speech.events import TranscriptEnded, TranscriptSegment
from tests.cdr.script import START, Script, answered_call
from tests.cdr.world import SUPERVISOR, World

GAP = UUID(int=7)


@dataclass
class Recogniser:
    """A speech node with this much room; it says one word for each piece of sound that is not silence."""

    world: World
    room: int = 1
    breaks: int = 0
    works: list[BackfillJob] = field(default_factory=list)
    sound: bytes = b""

    def has_room(self) -> bool:
        return self.room > 0

    async def transcribe(self, work: BackfillJob, sound: Iterator[bytes]) -> bool:
        if not self.room:
            return False
        self.works.append(work)
        self.sound = b"".join(sound)
        await self.world.bus.deliver(segment(work, 0))
        if self.breaks:
            self.breaks -= 1
            raise ConnectionResetError
        await self.world.bus.deliver(segment(work, 8_000))
        await self.world.bus.deliver(
            TranscriptEnded(
                call_id=work.call_id,
                leg_id=work.leg_id,
                tap_id=UUID(int=1),
                segments=2,
                gaps=0,
                gap_id=work.gap_id,
            )
        )
        return True


def segment(work: BackfillJob, sample: int) -> TranscriptSegment:
    start = sample / 8_000
    return TranscriptSegment(
        call_id=work.call_id,
        leg_id=work.leg_id,
        segment_id=uuid5(work.gap_id, str(sample)),
        speaker="citizen",
        text="井盖坏了",
        final=True,
        start_s=start,
        end_s=start + 1,
        started_at=work.began + timedelta(seconds=start),
        language="zh",
        engine="obedient",
        gap_id=work.gap_id,
    )


@dataclass
class Scene:
    world: World
    told: Script
    node: Recogniser
    clock: ManualClock
    tasks: Tasks

    @property
    def call(self) -> UUID:
        return call_id("songhua", self.told.ids["trunk"])

    @property
    def late(self) -> TranscriptBackfill:
        """As after a restart: nothing is in memory."""
        return TranscriptBackfill(
            self.world.storage, self.world.settings, self.world.trail, self.node, self.tasks
        )

    async def fill(self) -> bool:
        begun = await self.late.once()
        while len(self.tasks):
            await asyncio.sleep(0.001)
        return begun

    async def transcript(self) -> dict[str, Any]:
        return await self.world.ledger.transcript(SUPERVISOR, self.call)


@pytest.fixture
async def scene(any_world: World) -> Scene:
    """A call of which nobody wrote down what the citizen said in 10 of its 30 seconds of talk."""
    world = any_world
    clock = ManualClock(START + timedelta(seconds=60))
    world.storage.clock = clock
    LedgerConsumer(world.ledger).subscribe(world.bus)
    told = answered_call()
    await world.take_in(told)
    world.sound(told, seconds=40)
    await world.settle()
    made = Scene(world, told, Recogniser(world), clock, Tasks("test"))
    await unheard(made, 15, 25)
    return made


async def unheard(scene: Scene, since: float, until: float, gap: UUID = GAP) -> None:
    await scene.world.bus.deliver(
        LegUnheard(
            gap_id=gap,
            call_id=scene.call,
            leg_id=leg_id("songhua", scene.told.ids["trunk"]),
            speaker="citizen",
            reason="no_capacity",
            began=START + timedelta(seconds=since),
            ended=START + timedelta(seconds=until),
        )
    )


async def test_the_gap_stays_marked_until_its_words_are_there_and_says_by_what_it_was_filled(
    scene: Scene,
) -> None:
    before = await scene.transcript()
    assert [(gap["reason"], gap["filled_by"], gap["filling"]) for gap in before["gaps"]] == [
        ("no_capacity", [], None)
    ]
    assert await scene.fill()
    after = await scene.transcript()
    (gap,) = after["gaps"]
    assert gap["filling"] == "filled"
    assert gap["filled_by"] == [one["segment_id"] for one in after["segments"]]
    assert [(one["late"], one["gap_id"]) for one in after["segments"]] == [(True, str(GAP))] * 2
    assert len(scene.node.sound) == 10 * 16_000
    assert scene.node.works[0].began == START + timedelta(seconds=15)
    assert not await scene.fill()
    await scene.world.signer.sign_once()
    assert (await scene.world.verify()).findings == []


async def test_who_listened_is_in_the_audit_trail(scene: Scene) -> None:
    await scene.fill()
    ((who, what, _),) = scene.world.trail.entries
    assert (who, what) == ("system:late-transcripts", "listen")


async def test_without_room_nothing_is_read(scene: Scene) -> None:
    scene.node.room = 0
    assert not await scene.fill()
    assert scene.world.trail.entries == []


async def test_what_breaks_in_the_middle_is_done_again_and_no_word_comes_twice(scene: Scene) -> None:
    scene.node.breaks = 1
    assert await scene.fill()
    assert [gap["filling"] for gap in (await scene.transcript())["gaps"]] == ["trying"]
    assert not await scene.fill()
    scene.clock.advance(300)
    assert await scene.fill()
    after = await scene.transcript()
    assert [gap["filling"] for gap in after["gaps"]] == ["filled"]
    assert len(after["segments"]) == 2


async def test_a_node_that_hangs_up_in_the_middle_leaves_no_file_open(scene: Scene) -> None:
    kept: list[Iterator[bytes]] = []
    opened: list[str] = []

    async def hangs_up(work: BackfillJob, sound: Iterator[bytes]) -> bool:
        await asyncio.to_thread(next, sound)
        kept.append(sound)
        scene.node.works.append(work)
        opened.extend(open_recordings(scene))
        return False

    scene.node.transcribe = hangs_up  # type: ignore[method-assign]
    assert await scene.fill()
    assert len(opened) == 1
    assert open_recordings(scene) == []
    assert next(kept[0], None) is None


def open_recordings(scene: Scene) -> list[str]:
    """Files of the folder of recordings that this process holds open."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.append(str(descriptor.readlink()))
    return [name for name in found if name.startswith(str(scene.world.recordings))]


async def test_sound_is_closed_when_the_piece_that_is_being_read_is_there() -> None:
    reading, go_on, closed = threading.Event(), threading.Event(), threading.Event()

    def slow() -> Generator[bytes]:
        try:
            reading.set()
            go_on.wait(5)
            yield b"sound"
        finally:
            closed.set()

    sound = RecordingReader(slow())
    piece = asyncio.create_task(asyncio.to_thread(next, sound))
    await asyncio.to_thread(reading.wait, 5)
    closing = asyncio.create_task(asyncio.to_thread(sound.close))
    await asyncio.sleep(0.02)
    assert not closed.is_set()
    go_on.set()
    await closing
    assert closed.is_set()
    assert await piece == b"sound"


async def test_a_gap_is_given_up_after_some_tries_and_stays_marked(scene: Scene) -> None:
    scene.node.breaks = 100
    tries = scene.world.settings.late_tries
    for _ in range(tries):
        assert await scene.fill()
        scene.clock.advance(3_600)
    assert not await scene.fill()
    assert [gap["filling"] for gap in (await scene.transcript())["gaps"]] == ["given-up"]
    assert len(scene.node.works) == tries


async def test_a_gap_in_which_nobody_talked_has_no_sound(scene: Scene) -> None:
    await unheard(scene, 0, 8, UUID(int=8))
    assert await scene.fill()
    assert not await scene.fill()
    states = {gap["segment_id"]: gap["filling"] for gap in (await scene.transcript())["gaps"]}
    assert states == {str(GAP): "filled", str(UUID(int=8)): "no-sound"}


async def test_short_gaps_and_old_ones_stay_as_they_are(scene: Scene) -> None:
    await scene.fill()
    await unheard(scene, 30, 32, UUID(int=8))
    assert not await scene.fill()
    await unheard(scene, 25, 35, UUID(int=9))
    scene.clock.advance(scene.world.settings.late_within_h * 3_600)
    assert not await scene.fill()
