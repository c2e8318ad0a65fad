"""Pausing a recording: silent at once, told by the switch itself, ended by its limit, done once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select

from cdr.calls.model import RecordedPause
from cdr.calls.store import aliases
from cdr.errors import NotPaused, NotRecorded, RecorderAway, UnknownCall
from cdr.events import RecordingPaused
from cdr.filings.store import filings
from cdr.recordings.control.model import LiveLeg
from cdr.recordings.control.service import LOOKS, Pauses
from core.clock import ManualClock
from core.errors import Conflict, Forbidden, Invalid
from core.ids import call_id, leg_id
from core.storage import StorageAway
from speech.events import TranscriptGap, TranscriptSegment
from tests.cdr.script import START, Script, answered_call
from tests.cdr.test_projection import call as derived
from tests.cdr.world import AGENT, OTHER_AGENT, SUPERVISOR, World

CITIZEN_LEG = LiveLeg("1.1", "1.1", "PJSIP/trunk-1")
AGENT_LEG = LiveLeg("1.2", "1.1", "PJSIP/8001-2")
CALL = call_id("songhua", "1.1")


class SimulatedRecorder:
    """A switch that records the citizen's leg only. `away` fails so many of the next actions."""

    def __init__(self) -> None:
        self.recorded = {CITIZEN_LEG.channel}
        self.muted: set[str] = set()
        self.marks: list[tuple[str, bool, str, str]] = []
        self.away = 0
        self.slow: asyncio.Event | None = None
        """It is asked to be silent, and takes its time."""

    async def mute(self, channel: str, *, muted: bool) -> bool:
        self._answer()
        if muted and self.slow is not None:
            await self.slow.wait()
        if channel not in self.recorded:
            return False
        (self.muted.add if muted else self.muted.discard)(channel)
        return True

    async def mark(self, leg: LiveLeg, *, paused: bool, reason: str, by: str) -> None:
        self._answer()
        self.marks.append((leg.uniqueid, paused, reason, by))

    def _answer(self) -> None:
        if self.away:
            self.away -= 1
            raise RecorderAway


class SimulatedListeners:
    """Hear calls by machine. `away` fails so many of the next orders."""

    def __init__(self, pauses: Callable[[], Pauses]) -> None:
        self._pauses = pauses
        self.hear = True
        self.away = 0
        self.told: list[tuple[str, bool]] = []

    async def stop(self, call_id: UUID) -> bool:
        if self.away:
            self.away -= 1
            raise RecorderAway
        self.told.append(("stop", call_id in self._pauses().paused()))
        return self.hear

    def go_on(self) -> None:
        self.told.append(("go on", bool(self._pauses().paused())))


class SimulatedCalls:
    def __init__(self) -> None:
        self.running: dict[UUID, list[LiveLeg]] = {CALL: [CITIZEN_LEG, AGENT_LEG]}
        self.joined: dict[UUID, UUID] = {}
        self.agents: dict[UUID, set[str]] = {CALL: {AGENT.id}}
        self.watched = True

    def legs(self, call_id: UUID) -> list[LiveLeg] | None:
        return self.running.get(self.joined.get(call_id, call_id))

    def names(self, call_id: UUID) -> list[UUID]:
        own = self.joined.get(call_id, call_id)
        return (
            [own, *(name for name in self.joined if self.joined[name] == own)] if own in self.running else []
        )

    def agents_on(self, call_id: UUID) -> frozenset[str]:
        return frozenset(self.agents.get(call_id, ()))

    def known(self) -> bool:
        return self.watched


class Scene:
    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = ManualClock(START)
        world.storage.clock = self.clock
        self.recorder = SimulatedRecorder()
        self.calls = SimulatedCalls()
        self.listeners = SimulatedListeners(lambda: self.pauses)
        self.told: list[RecordingPaused] = []
        self.pauses = self.again()

    def again(self) -> Pauses:
        """As after a new start of the gateway."""
        return Pauses(
            self.world.storage, self.recorder, self.calls, listeners=self.listeners,
            file=self.world.ledger.record, tell=self.told.append, limit_s=60, reasons=["card"],
        )  # fmt: skip

    async def tick(self) -> None:
        """What the room's two tasks do each second."""
        await self.pauses.tick()
        await self.pauses.write_behind.write_last()

    async def pause(self, op_id: UUID | None = None) -> UUID:
        wanted = op_id or uuid4()
        await self.pauses.pause(AGENT, CALL, wanted, "card")
        return wanted


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


async def test_a_pause_silences_what_is_recorded_and_the_switch_writes_it_down(scene: Scene) -> None:
    await scene.pause()
    assert scene.recorder.muted == {CITIZEN_LEG.channel}
    assert scene.recorder.marks == [("1.1", True, "card", "li.na")]
    scene.clock.advance(5)
    done = await scene.pauses.resume(AGENT, CALL, uuid4())
    assert scene.recorder.muted == set()
    assert scene.recorder.marks[1:] == [("1.1", False, "card", "li.na")]
    assert (done.ended_how, done.ended_by) == ("resumed", "li.na")
    assert [(one.paused, one.reason) for one in scene.told] == [(True, "card"), (False, "card")]


async def test_asked_twice_it_is_done_once(scene: Scene) -> None:
    op_id = await scene.pause()
    await scene.pause(op_id)
    await scene.pause(uuid4())
    assert len(scene.recorder.marks) == 1
    resume = uuid4()
    first = await scene.pauses.resume(AGENT, CALL, resume)
    assert (await scene.pauses.resume(AGENT, CALL, resume)).ended_at == first.ended_at
    await scene.tick()
    scene.pauses = scene.again()
    assert (await scene.pauses.pause(AGENT, CALL, op_id, "card")).ended_how == "resumed"
    assert scene.recorder.muted == set()
    with pytest.raises(Conflict):
        await scene.pauses.pause(SUPERVISOR, uuid4(), op_id, "card")


async def test_a_forgotten_pause_ends_at_its_limit(scene: Scene) -> None:
    await scene.pause()
    scene.clock.advance(59)
    await scene.tick()
    assert scene.recorder.muted
    scene.clock.advance(2)
    await scene.tick()
    assert not scene.recorder.muted
    assert scene.recorder.marks[-1] == ("1.1", False, "card", "system:recording")


async def test_the_limit_holds_over_a_new_start_of_the_gateway(scene: Scene) -> None:
    await scene.pause()
    await scene.tick()
    scene.pauses = scene.again()
    scene.clock.advance(61)
    await scene.tick()
    assert not scene.recorder.muted


async def test_what_was_answered_is_known_to_a_centre_that_starts_anew_at_once(scene: Scene) -> None:
    """The one before was killed as it said so."""
    await scene.pause()
    scene.pauses = scene.again()
    await scene.pauses.tick()
    assert scene.pauses.paused() == {CALL}
    await scene.pauses.resume(AGENT, CALL, uuid4())
    scene.pauses = scene.again()
    await scene.pauses.tick()
    assert not scene.pauses.paused()
    assert not scene.recorder.muted


async def test_a_database_that_is_away_keeps_no_agent_waiting(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_given: object, **_more: object) -> None:
        raise StorageAway

    monkeypatch.setattr("cdr.recordings.control.store.keep", away)
    async with asyncio.timeout(3):
        await scene.pause()
    assert scene.recorder.muted
    monkeypatch.undo()
    await scene.tick()
    scene.pauses = scene.again()
    await scene.pauses.tick()
    assert scene.pauses.paused() == {CALL}, "it is written when the database is there again"


async def test_a_pause_ends_with_its_call_but_not_because_nobody_looks(scene: Scene) -> None:
    await scene.pause()
    scene.calls.running.clear()
    scene.calls.watched = False
    for _ in range(2 * LOOKS):
        await scene.tick()
    assert [one.paused for one in scene.told] == [True]
    scene.calls.watched = True
    for _ in range(LOOKS):
        await scene.tick()
    assert [one.paused for one in scene.told] == [True, False]
    with pytest.raises(NotPaused):
        await scene.pauses.resume(AGENT, CALL, uuid4())


async def test_a_switch_that_does_not_answer_is_asked_again(scene: Scene) -> None:
    scene.recorder.away = 1
    op_id = uuid4()
    with pytest.raises(RecorderAway):
        await scene.pauses.pause(AGENT, CALL, op_id, "card")
    await scene.tick()
    assert scene.recorder.muted
    assert len(scene.recorder.marks) == 1
    scene.recorder.away = 1
    with pytest.raises(RecorderAway):
        await scene.pauses.resume(AGENT, CALL, uuid4())
    await scene.tick()
    assert not scene.recorder.muted
    assert scene.recorder.marks[-1] == ("1.1", False, "card", "li.na")


async def acts(scene: Scene) -> list[str]:
    await scene.pauses.write_behind.write_last()
    async with scene.world.storage.read() as connection:
        rows = await connection.execute(select(filings.c.label).order_by(filings.c.at, filings.c.label))
    return list(rows.scalars())


async def test_a_pause_that_the_switch_did_not_take_is_shown_only_when_it_has(scene: Scene) -> None:
    scene.recorder.away = 1
    with pytest.raises(RecorderAway):
        await scene.pause()
    assert scene.pauses.told() == [], "who loads the page now would read that nothing is kept"
    assert await acts(scene) == []
    await scene.tick()
    assert [one.paused for one in scene.told] == [True]
    assert [one.paused for one in scene.pauses.told()] == [True]
    scene.clock.advance(5)
    await scene.pauses.resume(AGENT, CALL, uuid4())
    assert await acts(scene) == ["recording-pause", "recording-resume"]


async def test_a_pause_that_is_asked_for_again_after_a_failure_is_told(scene: Scene) -> None:
    scene.recorder.away = 1
    op_id = uuid4()
    for _ in range(2):
        with suppress(RecorderAway):
            await scene.pause(op_id)
    assert [one.paused for one in scene.told] == [True]
    assert await acts(scene) == ["recording-pause"]


async def test_a_pause_that_never_was_taken_is_in_the_ledger_from_its_beginning_to_its_end(
    scene: Scene,
) -> None:
    scene.recorder.away = 3
    with pytest.raises(RecorderAway):
        await scene.pause()
    await scene.tick()
    scene.clock.advance(61)
    await scene.tick()
    assert await acts(scene) == [], "in doubt, and asked again"
    await scene.tick()
    assert await acts(scene) == ["recording-pause", "recording-resume"]


async def test_a_pause_is_written_once_though_the_gateway_starts_anew_in_it(scene: Scene) -> None:
    await scene.pause()
    await scene.tick()
    scene.pauses = scene.again()
    await scene.tick()
    assert await acts(scene) == ["recording-pause"]
    assert [one.paused for one in scene.pauses.told()] == [True]


async def test_a_mark_that_was_not_taken_is_written_later(scene: Scene) -> None:
    original = scene.recorder.mark

    async def fails(*_given: object, **_named: object) -> None:
        raise RecorderAway

    scene.recorder.mark = fails  # type: ignore[method-assign]
    await scene.pause()
    scene.recorder.mark = original  # type: ignore[method-assign]
    await scene.tick()
    assert scene.recorder.marks == [("1.1", True, "card", "li.na")]


async def test_a_leg_that_is_recorded_later_is_silent_too(scene: Scene) -> None:
    await scene.pause()
    scene.recorder.recorded.add(AGENT_LEG.channel)
    await scene.tick()
    assert scene.recorder.muted == {CITIZEN_LEG.channel, AGENT_LEG.channel}


async def test_who_and_what_may_be_asked(scene: Scene) -> None:
    with pytest.raises(Forbidden):
        await scene.pauses.pause(OTHER_AGENT, CALL, uuid4(), "card")
    with pytest.raises(Invalid):
        await scene.pauses.pause(AGENT, CALL, uuid4(), "because")
    with pytest.raises(UnknownCall):
        await scene.pauses.pause(SUPERVISOR, uuid4(), uuid4(), "card")
    scene.recorder.recorded.clear()
    scene.listeners.hear = False
    with pytest.raises(NotRecorded):
        await scene.pauses.pause(AGENT, CALL, uuid4(), "card")
    assert scene.listeners.told[-1] == ("go on", False)
    scene.listeners.hear = True
    assert (await scene.pauses.pause(AGENT, CALL, uuid4(), "card")).ended_at is None


async def test_no_machine_hears_a_paused_call_until_it_is_over(scene: Scene) -> None:
    """They are told when it is known that the call is paused, so that none begins anew meanwhile."""
    await scene.pause()
    assert scene.listeners.told == [("stop", True)]
    await scene.tick()
    assert scene.listeners.told == [("stop", True), ("stop", True)], "a leg that came later, too"
    await scene.pauses.resume(AGENT, CALL, uuid4())
    assert scene.listeners.told[2:] == [("go on", False)]
    await scene.pause()
    scene.clock.advance(61)
    await scene.tick()
    assert scene.listeners.told[-1] == ("go on", False), "its limit"
    await scene.pause()
    scene.calls.running.clear()
    for _ in range(LOOKS):
        await scene.tick()
    assert scene.listeners.told[-1] == ("go on", False), "its call's end"


async def test_listeners_that_do_not_stop_are_asked_again_and_the_agent_is_told_so(scene: Scene) -> None:
    scene.listeners.away = 1
    with pytest.raises(RecorderAway):
        await scene.pause()
    assert scene.recorder.muted == {CITIZEN_LEG.channel}, "what nobody hears is one thing, the file another"
    assert scene.pauses.paused() == {CALL}, "words that come all the same are held back"
    await scene.tick()
    assert scene.listeners.told == [("stop", True)]
    assert scene.recorder.muted == {CITIZEN_LEG.channel}


async def test_after_a_new_start_it_is_not_known_what_is_paused_until_it_was_read(scene: Scene) -> None:
    await scene.pause()
    await scene.tick()
    assert scene.pauses.known()
    scene.pauses = scene.again()
    assert not scene.pauses.known()
    await scene.pauses.tick()
    assert scene.pauses.known()
    assert scene.pauses.paused() == {CALL}


async def test_a_pause_goes_on_in_the_call_that_its_own_is_joined_to(scene: Scene) -> None:
    await scene.pause()
    joined = call_id("songhua", "0.9")
    scene.calls.running = {joined: [LiveLeg("0.9", "0.9", "PJSIP/trunk-0"), CITIZEN_LEG, AGENT_LEG]}
    scene.calls.joined[CALL] = joined
    scene.recorder.recorded.add("PJSIP/trunk-0")
    for _ in range(2 * LOOKS):
        await scene.tick()
    assert scene.recorder.muted == {CITIZEN_LEG.channel, "PJSIP/trunk-0"}
    assert [(one.call_id, one.paused) for one in scene.told] == [(CALL, True), (joined, True)]
    assert {one.call_id for one in scene.pauses.told()} == {CALL, joined}
    await scene.pauses.resume(SUPERVISOR, joined, uuid4())
    assert scene.recorder.muted == set()
    assert {(one.call_id, one.paused) for one in scene.told[2:]} == {(CALL, False), (joined, False)}
    assert scene.pauses.told() == []


def join(scene: Scene) -> UUID:
    """`CALL` comes into another one, whose id they have together from then on."""
    joined = call_id("songhua", "0.9")
    scene.calls.running = {joined: [LiveLeg("0.9", "0.9", "PJSIP/trunk-0"), CITIZEN_LEG, AGENT_LEG]}
    scene.calls.joined[CALL] = joined
    scene.calls.agents[joined] = {AGENT.id, OTHER_AGENT.id}
    return joined


@pytest.mark.parametrize("asked", ["before they were joined", "by the old id", "by the new id"])
async def test_words_of_a_joined_call_are_held_back_under_each_of_its_ids(scene: Scene, asked: str) -> None:
    """A leg that was heard before the two were one goes on under the old id."""
    if asked == "before they were joined":
        await scene.pause()
    joined = join(scene)
    if asked != "before they were joined":
        await scene.pauses.pause(AGENT, CALL if asked == "by the old id" else joined, uuid4(), "card")
    scene.clock.advance(10)
    for name in (CALL, joined):
        assert isinstance(scene.pauses.admit(words(3, 4, call=name)), TranscriptGap)
        assert await scene.pauses.overlap(name, *times(3, 4))
    await scene.pauses.resume(AGENT, joined, uuid4())
    scene.calls.running.clear()
    scene.calls.joined.clear()
    for name in (CALL, joined):
        assert isinstance(scene.pauses.admit(words(3, 4, call=name)), TranscriptGap), "also when it is over"
        assert await scene.pauses.overlap(name, *times(3, 4))
    assert not await scene.pauses.overlap(CALL, *times(11, 12))


async def test_words_of_a_call_that_is_joined_in_the_pause_are_held_back_to_its_end(scene: Scene) -> None:
    await scene.pause()
    joined = join(scene)
    await scene.tick()
    scene.calls.running.clear()
    scene.calls.joined.clear()
    for _ in range(LOOKS):
        await scene.tick()
    assert isinstance(scene.pauses.admit(words(0, 0, call=joined)), TranscriptGap)


async def test_after_a_new_start_the_ledger_knows_what_was_joined_to_a_paused_call(scene: Scene) -> None:
    """Only `CALL` is in the table of pauses; the ledger leads from its other id to it."""
    world, told = scene.world, answered_call()
    await world.take_in(told)
    own, other = call_id("songhua", told.ids["trunk"]), call_id("songhua", "0.9")
    scene.calls.running = {own: [CITIZEN_LEG]}
    await scene.pauses.pause(SUPERVISOR, own, uuid4(), "card")
    scene.clock.advance(10)
    await scene.pauses.resume(SUPERVISOR, own, uuid4())
    await scene.tick()
    async with world.storage.write() as transaction:
        known = {"alias": other, "call_id": own, "system_name": "songhua", "linkedid": "0.9"}
        await transaction.connection.execute(insert(aliases).values(**known))
    scene.pauses = scene.again()
    assert await scene.pauses.overlap(other, *times(3, 4))
    assert not await scene.pauses.overlap(other, *times(11, 12))


async def test_an_operation_is_the_same_by_each_id_of_a_joined_call(scene: Scene) -> None:
    joined = join(scene)
    op_id, resume = uuid4(), uuid4()
    begun = await scene.pauses.pause(AGENT, CALL, op_id, "card")
    assert await scene.pauses.pause(OTHER_AGENT, joined, op_id, "card") is begun
    second = uuid4()
    for _ in range(2):
        assert await scene.pauses.pause(OTHER_AGENT, joined, second, "card") is begun
    for name in (joined, joined, CALL):
        assert await scene.pauses.resume(AGENT, name, resume) is begun
    with pytest.raises(Conflict):
        await scene.pauses.pause(SUPERVISOR, uuid4(), op_id, "card")


async def soon() -> None:
    for _ in range(50):
        await asyncio.sleep(0.001)


async def test_a_recording_that_goes_on_is_not_silenced_by_a_look_that_began_before(scene: Scene) -> None:
    """Whichever id of the call is meant by the one and by the other."""
    await scene.pause()
    joined = join(scene)
    scene.recorder.slow = asyncio.Event()
    look = asyncio.create_task(scene.pauses.tick())
    await soon()
    resume = asyncio.create_task(scene.pauses.resume(AGENT, joined, uuid4()))
    await soon()
    scene.recorder.slow.set()
    await asyncio.gather(look, resume)
    assert scene.recorder.muted == set()
    assert not scene.pauses.paused()


async def test_what_is_refused_to_one_of_two_is_refused_to_the_other(scene: Scene) -> None:
    joined = join(scene)
    scene.recorder.recorded.clear()
    scene.listeners.hear = False
    scene.recorder.slow = asyncio.Event()
    asked = [asyncio.create_task(scene.pauses.pause(AGENT, name, uuid4(), "card")) for name in (CALL, joined)]
    await soon()
    scene.recorder.slow.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in answers] == [NotRecorded, NotRecorded]
    assert scene.told == []
    assert not scene.pauses.paused()


async def both_paused(scene: Scene) -> UUID:
    """`CALL`, and five seconds later another one; then they are joined."""
    await scene.pause()
    scene.clock.advance(5)
    other = call_id("songhua", "0.9")
    scene.recorder.recorded.add("PJSIP/trunk-0")
    scene.calls.running[other] = [LiveLeg("0.9", "0.9", "PJSIP/trunk-0")]
    await scene.pauses.pause(SUPERVISOR, other, uuid4(), "card")
    assert join(scene) == other
    await scene.tick()
    scene.told.clear()
    return other


@pytest.mark.parametrize("by_old_id", [True, False])
async def test_who_lets_a_joined_call_go_on_ends_both_of_its_pauses(scene: Scene, by_old_id: bool) -> None:
    joined = await both_paused(scene)
    resume = uuid4()
    done = await scene.pauses.resume(AGENT, CALL if by_old_id else joined, resume)
    assert done.ended_how == "resumed"
    await scene.tick()
    assert scene.recorder.muted == set()
    assert not scene.pauses.paused()
    assert {(one.call_id, one.paused) for one in scene.told} == {(CALL, False), (joined, False)}
    assert (await scene.pauses.resume(AGENT, joined, resume)).ended_at == done.ended_at
    assert (await acts(scene)).count("recording-resume") == 2


async def test_both_pauses_of_a_joined_call_end_though_the_switch_took_it_only_later(scene: Scene) -> None:
    joined = await both_paused(scene)
    scene.recorder.away = 1
    with pytest.raises(RecorderAway):
        await scene.pauses.resume(AGENT, joined, uuid4())
    await scene.tick()
    await scene.tick()
    assert scene.recorder.muted == set()
    assert not scene.pauses.paused()


async def test_the_limit_of_one_pause_opens_no_recording_that_another_still_holds(scene: Scene) -> None:
    joined = await both_paused(scene)
    sounds: list[set[str]] = []
    original = scene.recorder.mute

    async def mute(channel: str, *, muted: bool) -> bool:
        done = await original(channel, muted=muted)
        sounds.append(scene.recorder.recorded - scene.recorder.muted)
        return done

    scene.recorder.mute = mute  # type: ignore[method-assign]
    scene.clock.advance(56)
    await scene.tick()
    assert sounds
    assert not any(sounds), "not for a moment"
    assert scene.pauses.paused() == {joined}
    assert {one.call_id for one in scene.told} == {CALL, joined}
    assert {(one.paused, one.until) for one in scene.told} == {(True, START + timedelta(seconds=65))}
    scene.clock.advance(5)
    await scene.tick()
    assert scene.recorder.muted == set()
    assert {(one.call_id, one.paused) for one in scene.told[-2:]} == {(CALL, False), (joined, False)}


async def test_who_is_on_a_joined_call_may_pause_it_by_each_of_its_ids(scene: Scene) -> None:
    join(scene)
    assert (await scene.pauses.pause(OTHER_AGENT, CALL, uuid4(), "card")).by == OTHER_AGENT.id


async def test_an_agent_who_comes_into_a_paused_call_is_told_so(scene: Scene) -> None:
    """A live event goes to who is there then."""
    await scene.pause()
    await scene.tick()
    assert len(scene.told) == 1
    scene.calls.agents[CALL].add(OTHER_AGENT.id)
    for _ in range(3):
        await scene.tick()
    assert [(one.call_id, one.paused) for one in scene.told] == [(CALL, True), (CALL, True)]
    scene.calls.agents[CALL].discard(AGENT.id)
    await scene.tick()
    assert len(scene.told) == 2
    await scene.pauses.resume(OTHER_AGENT, CALL, uuid4())
    assert [one.paused for one in scene.told[2:]] == [False]


def times(since: float, until: float) -> tuple[datetime, datetime]:
    """In seconds after the pause began."""
    return START + timedelta(seconds=since), START + timedelta(seconds=until)


def words(
    since: float, until: float, *, final: bool = True, late: bool = False, call: UUID = CALL
) -> TranscriptSegment:
    """What was said from `since` to `until`, in seconds after the pause began."""
    return TranscriptSegment(
        call_id=call, leg_id=leg_id("songhua", "1.1"), segment_id=uuid4(), speaker="citizen", text="六二二",
        final=final, start_s=100 + since, end_s=100 + until, started_at=START + timedelta(seconds=since),
        language="zh", engine="simulated", gap_id=uuid4() if late else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("since", "until", "passes"),
    [
        (-9, -8, True), (-2, 0.2, True), (-2, 1.0, False), (0, 0.3, False), (3, 4, False),
        (9, 12, False), (11, 12, True),
    ],
)  # fmt: skip
async def test_words_of_a_pause_go_no_further_whoever_heard_them(
    scene: Scene, since: float, until: float, passes: bool
) -> None:
    """Who speaks as it begins is cut off: what he had said is from before it."""
    await scene.pause()
    scene.clock.advance(10)
    if since < 9:
        final, partial = words(since, until), words(since, until, final=False)
        check(scene, final, partial, passes=passes)
    await scene.pauses.resume(AGENT, CALL, uuid4())
    scene.clock.advance(5)
    check(scene, words(since, until), words(since, until, final=False), passes=passes)


def check(scene: Scene, final: TranscriptSegment, partial: TranscriptSegment, *, passes: bool) -> None:
    if passes:
        assert scene.pauses.admit(final) is final
        assert scene.pauses.admit(partial) is partial
        return
    assert scene.pauses.admit(partial) is None
    gap = scene.pauses.admit(final)
    assert isinstance(gap, TranscriptGap)
    assert (gap.reason, gap.segment_id, gap.end_s) == ("paused", final.segment_id, final.end_s)
    assert "六二二" not in gap.model_dump_json()


async def test_what_a_recording_holds_passes_for_it_holds_nothing_of_a_pause(scene: Scene) -> None:
    await scene.pause()
    late = words(3, 4, late=True)
    assert scene.pauses.admit(late) is late


async def test_words_of_the_pause_are_a_gap(scene: Scene) -> None:
    world = scene.world
    told = answered_call()
    await world.take_in(told)
    scene.calls.running = {call_id("songhua", told.ids["trunk"]): [CITIZEN_LEG]}
    call = call_id("songhua", told.ids["trunk"])
    world.ledger.paused = scene.pauses.overlap
    await scene.pauses.pause(SUPERVISOR, call, uuid4(), "card")
    scene.clock.advance(10)
    await scene.pauses.resume(SUPERVISOR, call, uuid4())
    for text, since in (("卡号", -1.5), ("六二二", 3), ("谢谢", 11)):
        await world.ledger.keep_segment(
            TranscriptSegment(
                call_id=call, leg_id=leg_id("songhua", "1.1"), segment_id=uuid4(), speaker="citizen",
                text=text, final=True, start_s=1, end_s=2, started_at=START + timedelta(seconds=since),
                language="zh", engine="simulated",
            )
        )  # fmt: skip
    found = await world.ledger.transcript(SUPERVISOR, call)
    assert [one["text"] for one in found["segments"]] == ["卡号", "谢谢"]
    assert [one["reason"] for one in found["gaps"]] == ["paused"]
    await scene.tick()
    record = await world.ledger.call(SUPERVISOR, str(call), reveal=True)
    assert [(one["label"], one["payload"]["actor_id"]) for one in record["acts"]] == [
        ("recording-pause", "zhao"), ("recording-resume", "zhao"),
    ]  # fmt: skip


def marked(told: Script, word: str, said: str) -> None:
    """A line as the channel of nobody writes it."""
    told.event(word, "mark", app="CELGenUserEvent", data=f"{word},{said}", extra={"extra": said})


async def test_the_switchs_own_marks_make_the_span(world: World) -> None:
    told = Script()
    told.citizen().wait(4).queue().wait(1).start("8001", call="trunk").wait(1).answer("8001")
    told.enter("8001", "b1").enter("trunk", "b1").wait(5)
    own = told.ids["trunk"]
    told.start("mark", context="recording-mark", channel="Local/paused@recording-mark-00000001;2")
    told.ids["mark"] = "tap-mark-1-2"
    marked(told, "RECORDING_PAUSED", f"{own}/{own}/card/li.na")
    told.lines.pop(-2)  # the channel's own beginning has the wrong id in this script
    told.wait(7)
    marked(told, "RECORDING_PAUSED", f"{own}/{own}/card/li.na")
    marked(told, "RECORDING_RESUMED", f"{own}/{own}/card/system:recording")
    told.wait(3)
    marked(told, "RECORDING_PAUSED", f"{own}/{own}/password/li.na")
    told.wait(2).hangup("trunk", by="trunk").leave("trunk", "b1").leave("8001", "b1").hangup("8001").end(
        "trunk"
    )
    await world.take_in(told)
    (row,) = await world.calls()
    assert [(one["reason"], one["by"], one["ended_by"]) for one in row.pauses] == [
        ("card", "li.na", "system:recording"), ("password", "li.na", ""),
    ]  # fmt: skip
    assert all(one["leg_id"] == str(leg_id("songhua", own)) for one in row.pauses)
    record = derived([line.about() for line in told.rows])
    assert [seconds(one) for one in record.pauses] == [7.0, 2.0]
    assert [stay.kind for stay in record.legs[0].stays] == ["simple_bridge"]


def seconds(pause: RecordedPause) -> float:
    assert pause.until is not None
    return (pause.until - pause.since).total_seconds()


async def test_a_pause_at_another_switch_is_not_ended_here(scene: Scene) -> None:
    await scene.pause()
    await scene.tick()
    async with scene.world.storage.write() as transaction:
        row = {"alias": CALL, "call_id": CALL, "system_name": "south", "linkedid": "1.1"}
        await transaction.connection.execute(insert(aliases).values(row))
    scene.calls.running.clear()
    for switch, paused in (("north", set()), ("south", {CALL})):
        scene.world.storage.switch = switch
        scene.pauses = scene.again()
        await scene.tick()
        assert scene.pauses.paused() == paused
