"""Each fault once, on the whole service, under calls: the call goes on, nothing is lost or doubled, and the
state is right within two seconds of recovery.

`scripts/faults` runs the same tests at full length; without it they are as short as they can be.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.peers import audio
from tests.peers.checkout import CHECKOUT, HOME
from tests.peers.program import Program
from tests.real.desk_screen import DeskScreen
from tests.real.field_case import a_case, dispatch, step_of, unit
from tests.real.service import WholeService, wait
from tests.real.unread_desk import UnreadDesk

pytestmark = [pytest.mark.real, pytest.mark.alone, pytest.mark.timeout(300)]

RIGHT_WITHIN_S = 2.0
OUTAGE_S = float(os.environ.get("SONGHUA_FAULT_OUTAGE_S", "5"))
LOCK_S = float(os.environ.get("SONGHUA_FAULT_LOCK_S", "7"))
CUTS = int(os.environ.get("SONGHUA_FAULT_CUTS", "2"))
CUT_EVERY_S = 5.0
PING_EVERY_S, PING_ANSWER_S = 2.0, 4.0
CLOSE_AFTER_S = 3.0
STUFFING_S = 60.0
PARTS = ("storage", "asterisk", "hotline", "ivr", "radio", "mqtt", "speech")
REPORT = HOME / "reports" / "service-faults.md"

measured: dict[str, str] = {}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeService]:
    overrides = {"cdr": {"close_after_s": CLOSE_AFTER_S, "close_poll_s": 0.5, "recording_poll_s": 0.5}}
    with WholeService(tmp_path_factory.mktemp("service"), agents=2, overrides=overrides) as whole:
        yield whole
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    rows = [f"| {fault} | {what} |" for fault, what in measured.items()]
    REPORT.write_text("\n".join(["| fault | measured |", "|---|---|", *rows]) + "\n")


@pytest.fixture
def ready(world: WholeService) -> WholeService:
    """Nobody on the phone, everybody ready, every part up: what an earlier fault left is no excuse."""
    world.service.wait_healthy(*PARTS, timeout=30)
    # A test that failed in mid-call leaves its callers on the line: they must not fail the next one too.
    world.switch.rx("channel request hangup all")
    world.switch.wait_idle(20)
    for seat in world.seats:
        world.ready(seat)
    return world


class Pops:
    """Every ring attempt from here on must be shown exactly once at its agent's desk."""

    def __init__(self, world: WholeService) -> None:
        self._world = world
        self._before = world.rung_legs()
        self.screens: list[DeskScreen] = [world.screen(seat) for seat in world.seats]

    def each_once(self) -> int:
        rung = self._world.rung_legs() - self._before
        assert rung, "nobody's phone rang: this tests nothing"
        shown: Counter[str] = Counter()

        def all_shown() -> bool:
            shown.clear()
            for screen in self.screens:
                shown.update(screen.pops())
            return set(shown) >= rung

        wait(all_shown, f"pop for each of {len(rung)} ring attempts, {len(shown)} seen", 5)
        assert shown == Counter(dict.fromkeys(rung, 1))
        for screen in self.screens:
            screen.close()
        return len(rung)


def note(fault: str, **figures: float | str) -> None:
    said = ", ".join(
        f"{name.replace('_', ' ')} {value:.2f} s"
        if isinstance(value, float)
        else f"{name.replace('_', ' ')} {value}"
        for name, value in figures.items()
    )
    measured[fault] = said
    print(f"{fault}: {said}", file=sys.stderr)


def test_ami_link_cut_every_five_seconds_under_calls(ready: WholeService) -> None:
    world, pops = ready, Pops(ready)
    first = world.dial()
    call = world.talking(first)
    right = []
    for number in range(CUTS):
        began = time.monotonic()
        second = world.dial()
        if number % 2:  # in mid-talk, else just before the phone rings
            world.talking(second)
        connections = len(world.link.opened)
        world.link.cut()
        world.link.wait_opened(connections, 5)
        right.append(world.state_is_right_within(RIGHT_WITHIN_S, since=world.link.opened[-1]))
        world.talking(second)
        second.hang_up()
        world.ready(world.seats[1])
        time.sleep(max(0.0, CUT_EVERY_S - (time.monotonic() - began)))
    assert world.call_of(first) is not None
    assert world.talking(first, 1) == call
    world.hang_up_all(first)
    rung = pops.each_once()
    world.cel_is_complete()
    note("AMI link cut", cuts=CUTS, ring_attempts_each_shown_once=rung, state_right_after=max(right))


def test_ami_half_open_link_is_found_by_the_ping(ready: WholeService) -> None:
    world, pops = ready, Pops(ready)
    first = world.dial()
    world.talking(first)
    connections = len(world.link.opened)
    silent_since = time.monotonic()
    world.link.swallow()
    second = world.dial()  # the phone rings and is answered while the gateway is blind
    world.link.wait_opened(connections, 20)
    found = world.link.opened[-1] - silent_since
    assert found <= PING_EVERY_S + PING_ANSWER_S + 1.5
    right = world.state_is_right_within(RIGHT_WITHIN_S, since=world.link.opened[-1])
    world.talking(second, 5)
    world.talking(first, 1)
    world.hang_up_all(first, second)
    rung = pops.each_once()
    world.cel_is_complete()
    note("AMI half-open", found_after=found, ring_attempts_each_shown_once=rung, state_right_after=right)


def test_asterisk_killed_and_restarted_in_a_call(ready: WholeService) -> None:
    world, pops = ready, Pops(ready)
    cut_short = world.dial()
    call = world.talking(cut_short)
    world.cel_is_complete()
    world.switch.kill()
    cut_short.close()
    wait(lambda: not world.linked(), "word that the switch is gone", 10)
    world.switch.restart()
    back = time.monotonic()
    right = world.state_is_right_within(RIGHT_WITHIN_S, since=back)
    assert world.calls() == []

    def closed() -> bool:
        return world.record(call)["call"]["ended_at"] is not None

    in_ledger = wait(closed, "end of the call in the ledger", CLOSE_AFTER_S + 10)
    assert world.record(call)["call"]["closed_by"] == "reader"
    held = world.ask_database(f"SELECT count(*) FROM cdr_calls WHERE call_id = '{call.replace('-', '')}'")
    assert held == [(1,)] or len(world.record(call)["legs"]) == 2

    for seat in world.seats:
        wait(partial(world.switch.registered, seat.endpoint), "phone known to the switch", 60)
        world.ready(seat)
    after = world.dial()
    assert world.talking(after) != call
    world.hang_up_all(after)
    rung = pops.each_once()
    world.cel_is_complete()
    note(
        "Asterisk killed",
        state_right_after=right,
        call_closed_in_ledger_after=in_ledger,
        ring_attempts_each_shown_once=rung,
    )


def test_broker_stopped(ready: WholeService, tmp_path: Path) -> None:
    world, pops = ready, Pops(ready)
    terminal = unit(world, tmp_path)
    try:
        spoken = audio.to_ulaw(CHECKOUT / "tests/audio/caller_status_zh.wav", tmp_path / "said.ulaw")
        citizen = world.dial(speech=spoken, seconds=OUTAGE_S + 240)
        call = world.talking(citizen)
        wait(lambda: world.transcript(call)["segments"], "first words", 60)

        stopped = time.monotonic()
        world.broker.kill()
        wait(lambda: world.part("mqtt")["state"] == "degraded", "word that the broker is away", 20)
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
        wait(lambda: world.part("mqtt")["state"] == "up", "link to the broker", 5)
        linked = time.monotonic() - back
        assert linked <= RIGHT_WITHIN_S + 1.5
        wait(lambda: len(world.transcript(call)["segments"]) > known, "words said meanwhile", 60)
        spoken_again = time.monotonic() - back
        # What was said meanwhile may still be with the recogniser, which other work can slow down.
        assert spoken_again <= linked + RIGHT_WITHIN_S + 8
        # The terminal's own pause before it tries again is at most ten seconds.
        wait(lambda: step_of(world, case, order) == "accepted", "job accepted by the unit", 20)
        delivered = time.monotonic() - back
        world.hang_up_all(citizen, second)
        assert terminal.jobs(order) == 1
        segments = [one["segment_id"] for one in world.transcript(call)["segments"]]
        assert len(segments) == len(set(segments))
        assert world.record(call)["dispatches"], "the ledger knows of the dispatch"
        rung = pops.each_once()
        world.cel_is_complete()
        note(
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
    wait(lambda: world.call_of(before) is None, "end of the call", 10)
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
    world.cel_is_complete(timeout=RIGHT_WITHIN_S + 5)
    imported = time.monotonic() - freed
    world.dispose(seat, call)
    wait(lambda: world.record(call)["dispositions"], "disposition in the ledger", 10)
    assert len(world.record(call)["dispositions"]) == 1
    world.hang_up_all(during)
    rung = pops.each_once()
    world.cel_is_complete()
    note(
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
    wait(lambda: world.record(call)["dispositions"], "disposition in the ledger", 10)
    assert len(world.record(call)["dispositions"]) == 1
    note("database locked as an agent says what the call was about", answer_after=waited, kept="once")


def test_speech_worker_killed(ready: WholeService, tmp_path: Path) -> None:
    world = ready
    spoken = audio.to_ulaw(CHECKOUT / "tests/audio/caller_status_zh.wav", tmp_path / "said.ulaw")
    citizen = world.dial(speech=spoken, seconds=300)
    call = world.talking(citizen)
    wait(lambda: world.transcript(call)["segments"], "first words", 60)
    workers = world.process("speech").children()
    assert workers, "no recogniser runs"
    for worker in workers:
        worker.kill()
    killed = time.monotonic()
    known = len(world.transcript(call)["segments"])
    wait(lambda: len(world.transcript(call)["segments"]) > known, "words after the kill", 90)
    again = time.monotonic() - killed
    world.talking(citizen, 1)
    said = world.transcript(call)
    assert len(said["gaps"]) <= 1
    world.hang_up_all(citizen)
    assert world.process("speech").children()[0].pid not in {worker.pid for worker in workers}
    note("speech worker killed", words_again_after=again, gaps_marked=len(said["gaps"]))


def test_desk_that_reads_nothing(ready: WholeService) -> None:
    world, pops = ready, Pops(ready)
    centre = world.process("centre")
    closed_before = world.metric("songhua_live_desks_closed_total")
    unread = [UnreadDesk(world.web, world.seats[0].visitor.cookie) for _ in range(2)]
    peak = before = centre.memory_info().rss
    began = time.monotonic()

    def closed() -> float:
        return world.metric("songhua_live_desks_closed_total") - closed_before

    try:
        while not closed() and time.monotonic() - began < STUFFING_S:
            for _ in range(100):
                for desk in unread:
                    desk.ask_for_more()
                time.sleep(0.002)
            peak = max(peak, centre.memory_info().rss)
        citizen = world.dial()
        world.talking(citizen)
        right = world.state_is_right_within(RIGHT_WITHIN_S, since=time.monotonic())
        world.hang_up_all(citizen)
        rung = pops.each_once()
        wait(lambda: closed() >= len(unread), "end of the desks that read nothing", 20)
        ended = time.monotonic() - began
        peak = max(peak, centre.memory_info().rss)
    finally:
        for desk in unread:
            desk.close()
    grown = (peak - before) / 1e6
    assert grown < 25
    note(
        "desks that read nothing",
        desks=len(unread),
        closed_after=ended,
        memory_grown=f"{grown:.1f} MB",
        state_right_after=right,
        ring_attempts_each_shown_once=rung,
    )


def test_gateway_killed_and_started_again_in_a_call(ready: WholeService) -> None:
    world = ready
    citizen = world.dial()
    call = world.talking(citizen)
    centre = world.process("centre")
    # Long enough a life that the supervisor starts it again at once.
    time.sleep(max(0.0, 20.5 - (time.time() - centre.create_time())))
    rung = world.rung_legs()
    os.kill(centre.pid, signal.SIGKILL)
    killed = time.monotonic()
    second = world.dial()  # nobody is at home: straight to a person
    wait(lambda: len(world.rung_legs() - rung) == 1, "ringing without a gateway", 10)
    wait(world.service.health, "service that answers again", 60)
    back = time.monotonic()
    right = world.state_is_right_within(RIGHT_WITHIN_S, since=back)
    assert world.talking(citizen, 1) == call
    world.talking(second, 5)
    world.hang_up_all(citizen, second)
    world.cel_is_complete()
    wait(lambda: world.record(call)["call"]["ended_at"], "end of the call in the ledger", 10)
    assert world.record(call)["call"]["closed_by"] == "asterisk"
    note("gateway killed", back_after=back - killed, state_right_after=right)
