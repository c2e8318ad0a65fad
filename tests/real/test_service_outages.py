"""The broker, the database and the recogniser are away under calls, and a desk reads nothing: calls go on,
nothing is lost or doubled, and the state is soon right again.

`scripts/faults` runs the same tests at full length; without it they are as short as they can be.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import pytest

from tests.peers import audio
from tests.peers.checkout import CHECKOUT
from tests.peers.program import Program
from tests.real.faults.lengths import LOCK_S, OUTAGE_S, RIGHT_WITHIN_S
from tests.real.faults.pops import Pops
from tests.real.faults.report import Report
from tests.real.field_case import a_case, dispatch, step_of, unit
from tests.real.service import WholeService
from tests.real.unread_desk import UnreadDesk
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.own_process, pytest.mark.timeout(300)]

CLOSE_AFTER_S = 3.0
STUFFING_S = 60.0
ANSWERS_WITHIN_S, FIRST_ANSWERS = 0.2, 20
PARTS = ("storage", "asterisk", "hotline", "ivr", "radio", "mqtt", "speech")
report = Report("service-outages")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeService]:
    overrides = {"cdr": {"close_after_s": CLOSE_AFTER_S, "close_poll_s": 0.5, "recording_poll_s": 0.5}}
    with WholeService(tmp_path_factory.mktemp("service"), agents=2, overrides=overrides) as whole:
        yield whole
    report.write()


@pytest.fixture
def ready(world: WholeService) -> WholeService:
    world.calm(*PARTS)
    return world


def test_broker_stopped(ready: WholeService, tmp_path: Path) -> None:
    world, pops = ready, Pops(ready)
    terminal = unit(world, tmp_path)
    try:
        spoken = audio.to_ulaw(CHECKOUT / "tests/audio/caller_status_zh.wav", tmp_path / "said.ulaw")
        citizen = world.dial(speech=spoken, seconds=OUTAGE_S + 240)
        call = world.talking(citizen)
        wait_for(lambda: world.transcript(call)["segments"], "first words", 60)

        stopped = time.monotonic()
        world.broker.kill()
        wait_for(lambda: world.part("mqtt")["state"] == "degraded", "word that the broker is away", 20)
        case = a_case(world, call)
        order = dispatch(world, case)
        second = world.dial()  # a new call rings, pops and is answered without a broker
        world.talking(second)
        known = len(world.transcript(call)["segments"])
        time.sleep(max(0.0, OUTAGE_S - (time.monotonic() - stopped)))
        world.talking(citizen, 1)
        assert step_of(world, case, order) == "queued"

        world.broker.start()
        back = time.monotonic()
        wait_for(lambda: world.part("mqtt")["state"] == "up", "link to the broker")
        linked = time.monotonic() - back
        assert linked <= 1.75 * RIGHT_WITHIN_S
        wait_for(lambda: len(world.transcript(call)["segments"]) > known, "words said meanwhile", 60)
        spoken_again = time.monotonic() - back
        # What was said meanwhile may still be with the recogniser, which other work can slow down.
        assert spoken_again <= linked + 5 * RIGHT_WITHIN_S
        # The terminal's own pause before it tries again is at most ten seconds.
        wait_for(lambda: step_of(world, case, order) == "accepted", "job accepted by the unit", 30)
        delivered = time.monotonic() - back
        world.hang_up_all(citizen, second)
        assert terminal.jobs(order) == 1
        segments = [one["segment_id"] for one in world.transcript(call)["segments"]]
        assert len(segments) == len(set(segments))
        assert world.record(call)["dispatches"], "the ledger knows of the dispatch"
        rung = pops.each_once()
        world.cel_is_complete()
        report.note(
            "broker killed",
            outage=OUTAGE_S,
            link_back_after=linked,
            job_accepted_after=delivered,
            words_again_after=spoken_again,
            ring_attempts_each_shown_once=rung,
        )
    finally:
        terminal.close()


def test_database_locked(ready: WholeService) -> None:
    world, pops = ready, Pops(ready)
    before = world.dial()
    call = world.talking(before)
    seat = world.seat_on(call)
    before.hang_up()
    wait_for(lambda: world.call_of(before) is None, "end of the call")
    held = sqlite3.connect(world.service.folder / "songhua.db", isolation_level=None, timeout=10)
    try:
        held.execute("BEGIN IMMEDIATE")
        locked = time.monotonic()
        during = world.dial()
        world.talking(during)
        written = len(world.cel_lines())
        assert world.imported() < written, "the lock locks nothing"
        right = world.state_is_right_within(RIGHT_WITHIN_S, since=time.monotonic())
        time.sleep(max(0.0, LOCK_S - (time.monotonic() - locked)))
        world.talking(during, 2)
        held.execute("ROLLBACK")
    finally:
        held.close()
    freed = time.monotonic()
    world.cel_is_complete(timeout=3.5 * RIGHT_WITHIN_S)
    imported = time.monotonic() - freed
    world.dispose(seat, call)
    wait_for(lambda: world.record(call)["dispositions"], "disposition in the ledger")
    assert len(world.record(call)["dispositions"]) == 1
    world.hang_up_all(during)
    rung = pops.each_once()
    world.cel_is_complete()
    report.note(
        "database locked",
        locked_for=LOCK_S,
        state_right_after=right,
        CEL_complete_after=imported,
        ring_attempts_each_shown_once=rung,
    )


def test_disposition_said_while_the_database_is_locked_is_kept_once(ready: WholeService) -> None:
    """A lock shorter than the write's patience delays the answer, and no more."""
    world = ready
    citizen = world.dial()
    call = world.talking(citizen)
    seat = world.seat_on(call)
    world.hang_up_all(citizen)
    code = (
        "import sqlite3,sys,time\n"
        "held=sqlite3.connect(sys.argv[1],isolation_level=None,timeout=10)\n"
        "held.execute('BEGIN IMMEDIATE')\nprint('locked',flush=True)\n"
        "time.sleep(2.5)\nheld.execute('ROLLBACK')\n"
    )
    log = world.folder / "locker.log"
    log.unlink(missing_ok=True)
    locker = Program([sys.executable, "-c", code, str(world.service.folder / "songhua.db")], log=log)
    locker.wait_until(lambda: "locked" in locker.tail(), what="lock", timeout=10)
    began = time.monotonic()
    world.dispose(seat, call)
    waited = time.monotonic() - began
    assert locker.wait(10) == 0
    assert waited >= 1, "the lock delayed nothing"
    wait_for(lambda: world.record(call)["dispositions"], "disposition in the ledger")
    assert len(world.record(call)["dispositions"]) == 1
    report.note("database locked as an agent says what the call was about", answer_after=waited, kept="once")


def test_speech_worker_killed(ready: WholeService, tmp_path: Path) -> None:
    world = ready
    spoken = audio.to_ulaw(CHECKOUT / "tests/audio/caller_status_zh.wav", tmp_path / "said.ulaw")
    citizen = world.dial(speech=spoken, seconds=300)
    call = world.talking(citizen)
    wait_for(lambda: world.transcript(call)["segments"], "first words", 60)
    workers = world.process("speech").children()
    assert workers, "no recogniser runs"
    for worker in workers:
        worker.kill()
    killed = time.monotonic()
    known = len(world.transcript(call)["segments"])
    wait_for(lambda: len(world.transcript(call)["segments"]) > known, "words after the kill", 90)
    again = time.monotonic() - killed
    world.talking(citizen, 1)
    said = world.transcript(call)
    assert len(said["gaps"]) <= 1
    world.hang_up_all(citizen)
    assert world.process("speech").children()[0].pid not in {worker.pid for worker in workers}
    report.note("speech worker killed", words_again_after=again, gaps_marked=len(said["gaps"]))


def test_desk_that_reads_nothing(ready: WholeService) -> None:
    world, pops = ready, Pops(ready)
    centre = world.process("centre")
    closed_before = world.metric("songhua_live_desks_closed_total")
    unread = [UnreadDesk(world.web, world.seats[0].visitor.cookie) for _ in range(2)]
    quick = median(seconds_of(world.service.health) for _ in range(FIRST_ANSWERS))
    answered: list[float] = []
    peak = before = centre.memory_info().rss
    began = time.monotonic()

    def closed() -> float:
        return world.metric("songhua_live_desks_closed_total") - closed_before

    try:
        while not closed() and time.monotonic() - began < STUFFING_S:
            for _ in range(50):
                for desk in unread:
                    desk.ask_for_more()
                time.sleep(0.002)
            answered.append(seconds_of(world.service.health))
            peak = max(peak, centre.memory_info().rss)
        # Who asks without end is no reason to be late for anybody else. Later it is read by nobody anyhow.
        assert median(answered[:FIRST_ANSWERS]) < max(ANSWERS_WITHIN_S, 3 * quick)
        citizen = world.dial()
        world.talking(citizen)
        right = world.state_is_right_within(RIGHT_WITHIN_S, since=time.monotonic())
        world.hang_up_all(citizen)
        rung = pops.each_once()
        wait_for(lambda: closed() >= len(unread), "end of the desks that read nothing", 20)
        ended = time.monotonic() - began
        peak = max(peak, centre.memory_info().rss)
    finally:
        for desk in unread:
            desk.close()
    grown = (peak - before) / 1e6
    assert grown < 25
    report.note(
        "desks that read nothing",
        desks=len(unread),
        closed_after=ended,
        memory_grown=f"{grown:.1f} MB",
        state_right_after=right,
        ring_attempts_each_shown_once=rung,
    )


def seconds_of(ask: Callable[[], object]) -> float:
    began = time.monotonic()
    ask()
    return time.monotonic() - began
