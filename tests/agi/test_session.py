"""The AGI session: deadlines, hang-up, dead channels and the gateway that wakes too late."""

from __future__ import annotations

import pytest

from core.clock import ManualClock
from gateway.agi.codec import AgiReply
from gateway.agi.errors import AgiError, Busy, CallGone, CallHandedOver, HandlerFinished, HungUp, OverTime
from gateway.agi.session import AgiAnswered, AgiClose, AgiEnded, AgiOpened, AgiSession, AgiTiming, Effect


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def session(clock: ManualClock) -> AgiSession:
    session = AgiSession(clock=clock, timing=AgiTiming(silence=3, command=3, whole=60))
    [opened] = session.receive(b"agi_channel: PJSIP/1\n\n")
    assert isinstance(opened, AgiOpened)
    return session


def ended_by(effects: list[Effect]) -> type[AgiError]:
    [ended, close] = effects
    assert isinstance(ended, AgiEnded)
    assert close == AgiClose()
    return type(ended.error)


def test_one_command_has_one_answer(session: AgiSession) -> None:
    session.send()
    with pytest.raises(Busy):
        session.send()
    assert session.receive(b"200 result=0\n") == [AgiAnswered(AgiReply(200, "0"))]
    session.send()


def test_a_connection_that_says_nothing_ends(clock: ManualClock) -> None:
    session = AgiSession(clock=clock, timing=AgiTiming(silence=3))
    session.receive(b"agi_network: yes\n")
    clock.advance(2.9)
    assert session.tick() == []
    clock.advance(0.2)
    assert ended_by(session.tick()) is AgiError


def test_a_command_without_an_answer_is_a_call_handed_over(session: AgiSession, clock: ManualClock) -> None:
    session.send()
    clock.advance(3)
    assert ended_by(session.tick()) is CallHandedOver
    with pytest.raises(CallHandedOver):
        session.send()


def test_a_prompt_may_take_longer_when_its_caller_says_so(session: AgiSession, clock: ManualClock) -> None:
    session.send(20.0)
    clock.advance(19)
    assert session.tick() == []
    assert session.receive(b"200 result=0\n") == [AgiAnswered(AgiReply(200, "0"))]


def test_the_stale_answer_that_a_late_gateway_reads_is_a_call_handed_over(
    session: AgiSession, clock: ManualClock
) -> None:
    session.send()
    clock.advance(6.5)  # the process was stopped; the answer lay in the socket meanwhile
    assert ended_by(session.receive(b"200 result=0\n")) is CallHandedOver
    assert session.late == 1
    assert session.lost() == []
    with pytest.raises(CallHandedOver):
        session.send()


def test_one_stale_answer_in_time_and_then_a_reset(session: AgiSession) -> None:
    session.send()
    assert session.receive(b"200 result=0\n") == [AgiAnswered(AgiReply(200, "0"))]
    session.send()
    assert ended_by(session.lost()) is CallHandedOver


def test_a_hangup_line_ends_the_dialogue_and_what_follows_is_ignored(session: AgiSession) -> None:
    session.send()
    assert ended_by(session.receive(b"HANGUP\n200 result=-1\nHANGUP\n")) is CallGone
    with pytest.raises(CallGone):
        session.send()


def test_a_dead_channel_ends_the_dialogue(session: AgiSession) -> None:
    session.send()
    assert ended_by(session.receive(b"511 Command Not Permitted on a dead channel\n")) is HungUp


def test_an_answer_that_nobody_waits_for_is_counted(session: AgiSession) -> None:
    assert session.receive(b"200 result=0\n") == []
    assert session.stray == 1
    session.send()


def test_a_dialogue_has_an_end_even_when_every_command_is_quick(
    session: AgiSession, clock: ManualClock
) -> None:
    for _ in range(59):
        session.send()
        session.receive(b"200 result=0\n")
        clock.advance(1)
    assert session.tick() == []
    clock.advance(1)
    assert ended_by(session.tick()) is OverTime


def test_a_peer_that_breaks_the_protocol_is_closed(session: AgiSession) -> None:
    assert ended_by(session.receive(b"x" * 10_000)) is AgiError
    assert session.receive(b"200 result=0\n") == []


def test_after_its_handler_ended_a_dialogue_is_finished_once(session: AgiSession) -> None:
    assert ended_by(session.finish()) is HandlerFinished
    assert session.finish() == []
    assert session.lost() == []
    assert session.wakeup() is None
