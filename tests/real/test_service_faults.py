"""The link to the switch, the switch and the gateway fail under calls, on the whole service: calls go on
where they can, nothing is lost or doubled, and the state is soon right again.

`scripts/faults` runs the same tests at full length; without it they are as short as they can be.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from functools import partial

import pytest

from tests.real.faults.lengths import CUT_EVERY_S, CUTS, RIGHT_WITHIN_S
from tests.real.faults.pops import Pops
from tests.real.faults.report import Report
from tests.real.service import WholeService
from tests.waiting import seconds_until, wait_for

pytestmark = [pytest.mark.real, pytest.mark.own_process, pytest.mark.timeout(300)]

PING_EVERY_S, PING_ANSWER_S = 2.0, 4.0
CLOSE_AFTER_S = 3.0
LONG_LIFE_S = 20.5
"""Older than that, the gateway is started again at once."""
PARTS = ("storage", "asterisk", "hotline", "ivr", "radio", "mqtt", "speech")
report = Report("service-faults")


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
        world.link.wait_opened(connections, 15)
        right.append(world.state_is_right_within(RIGHT_WITHIN_S, since=world.link.opened[-1]))
        world.talking(second)
        second.hang_up()
        world.ready(world.seats[1])
        if number < CUTS - 1:
            time.sleep(max(0.0, CUT_EVERY_S - (time.monotonic() - began)))
    assert world.call_of(first) is not None
    assert world.talking(first, 1) == call
    world.hang_up_all(first)
    rung = pops.each_once()
    world.cel_is_complete()
    report.note("AMI link cut", cuts=CUTS, ring_attempts_each_shown_once=rung, state_right_after=max(right))


def test_ami_half_open_link_is_found_by_the_ping(ready: WholeService) -> None:
    world, pops = ready, Pops(ready)
    first = world.dial()
    world.talking(first)
    connections = len(world.link.opened)
    silent_since = time.monotonic()
    world.link.swallow()
    second = world.dial()  # the phone rings and is answered while the gateway is blind
    world.link.wait_opened(connections, 30)
    found = world.link.opened[-1] - silent_since
    assert found <= PING_EVERY_S + PING_ANSWER_S + 0.75 * RIGHT_WITHIN_S
    right = world.state_is_right_within(RIGHT_WITHIN_S, since=world.link.opened[-1])
    world.talking(second)
    world.talking(first, 1)
    world.hang_up_all(first, second)
    rung = pops.each_once()
    world.cel_is_complete()
    report.note(
        "AMI half-open", found_after=found, ring_attempts_each_shown_once=rung, state_right_after=right
    )


def test_asterisk_killed_and_restarted_in_a_call(ready: WholeService) -> None:
    world, pops = ready, Pops(ready)
    cut_short = world.dial()
    call = world.talking(cut_short)
    world.cel_is_complete()
    world.switch.kill()
    cut_short.close()
    wait_for(lambda: not world.linked(), "word that the switch is gone")
    world.switch.restart()
    back = time.monotonic()
    right = world.state_is_right_within(RIGHT_WITHIN_S, since=back)
    assert world.calls() == []

    def closed() -> bool:
        return world.record(call)["call"]["ended_at"] is not None

    in_ledger = seconds_until(closed, "end of the call in the ledger", CLOSE_AFTER_S + 10)
    assert world.record(call)["call"]["closed_by"] == "reader"
    held = world.ask_database(f"SELECT count(*) FROM cdr_calls WHERE call_id = '{call.replace('-', '')}'")
    assert held == [(1,)] or len(world.record(call)["legs"]) == 2

    for seat in world.seats:
        wait_for(partial(world.switch.registered, seat.endpoint), "phone known to the switch", 60)
        world.ready(seat)
    after = world.dial()
    assert world.talking(after) != call
    world.hang_up_all(after)
    rung = pops.each_once()
    world.cel_is_complete()
    report.note(
        "Asterisk killed",
        state_right_after=right,
        call_closed_in_ledger_after=in_ledger,
        ring_attempts_each_shown_once=rung,
    )


def test_gateway_killed_and_started_again_in_a_call(ready: WholeService) -> None:
    world = ready
    citizen = world.dial()
    call = world.talking(citizen)
    centre = world.process("centre")
    time.sleep(max(0.0, LONG_LIFE_S - (time.time() - centre.create_time())))
    rung = world.rung_legs()
    os.kill(centre.pid, signal.SIGKILL)
    killed = time.monotonic()
    second = world.dial()  # nobody is at home: straight to a person
    wait_for(lambda: len(world.rung_legs() - rung) == 1, "ringing without a gateway")
    wait_for(world.service.health, "service that answers again", 60)
    back = time.monotonic()
    right = world.state_is_right_within(RIGHT_WITHIN_S, since=back)
    assert world.talking(citizen, 1) == call
    world.talking(second)
    world.hang_up_all(citizen, second)
    world.cel_is_complete()
    wait_for(lambda: world.record(call)["call"]["ended_at"], "end of the call in the ledger")
    assert world.record(call)["call"]["closed_by"] == "asterisk"
    report.note("gateway killed", back_after=back - killed, state_right_after=right)
