"""Follow-up calls: one to a telephone at a time, and what the own switch refuses is no attempt."""

from __future__ import annotations

from uuid import UUID

import pytest

from hotline.outbound.book import CallBook
from hotline.outbound.effects import Effect, HangUp, Ring, SaveCall, Say
from hotline.outbound.follow_ups.policy import HEARD_S, FollowUpPolicy, FollowUpTarget
from hotline.outbound.follow_ups.switch import FollowUpReader
from hotline.outbound.model import CallTiming
from hotline.outbound.reduce import apply
from hotline.outbound.requests import CallsRestored, RequestsLooked
from hotline.outbound.signals import (
    CallSignal,
    KeyCommitted,
    OutOfQueue,
    Over,
    PickedUp,
    Pressed,
    Rang,
    Unknown,
)
from tests.hotline.stream import message


def target(number: int, line: str) -> FollowUpTarget:
    return FollowUpTarget(UUID(int=number), UUID(int=100 + number), 0, line)


FIRST, SAME, OTHER = target(1, "follow-up:a"), target(2, "follow-up:a"), target(3, "follow-up:b")


class Scene:
    def __init__(self) -> None:
        self.book = CallBook("sh", CallTiming(ring_s=20, doubt_s=10), FollowUpPolicy())

    def take(self, signal: CallSignal, at: float) -> list[Effect]:
        return list(apply(self.book, signal, at)[1])

    def rung(self, at: float, *targets: FollowUpTarget) -> list[FollowUpTarget]:
        return [one.call.target for one in self.take(RequestsLooked(targets), at) if isinstance(one, Ring)]

    def ended(self, signal: CallSignal, at: float) -> tuple[str | None, bool]:
        (saved,) = self.take(signal, at)
        assert isinstance(saved, SaveCall)
        return saved.call.outcome, saved.call.seen


def test_a_telephone_rings_for_one_follow_up_at_a_time_and_rests_while_it_may_ring() -> None:
    scene = Scene()
    assert scene.rung(0, FIRST, SAME, OTHER) == [FIRST, OTHER]
    scene.take(Unknown(FIRST.channel_id), 1)
    assert scene.rung(2, SAME, OTHER) == []
    assert scene.rung(30, SAME, OTHER) == [SAME]


@pytest.mark.parametrize("cause", [21, 34, 38])
def test_what_the_own_trunk_refuses_is_not_placed_and_no_other_call_begins(cause: int) -> None:
    scene = Scene()
    scene.rung(0, FIRST)
    assert scene.ended(Over(FIRST.channel_id, cause), 1) == ("not_placed", True)
    assert scene.rung(59, OTHER) == []
    assert scene.rung(61, OTHER) == [OTHER]


def test_what_has_rung_or_cannot_be_reached_is_an_attempt() -> None:
    scene = Scene()
    scene.rung(0, FIRST, OTHER)
    scene.take(Rang(FIRST.channel_id), 1)
    assert scene.ended(Over(FIRST.channel_id, 34), 2) == ("no_answer", True)
    assert scene.ended(Over(OTHER.channel_id, 1), 2) == ("unreachable", True)


def test_a_call_that_is_stopped_on_the_switch_was_seen() -> None:
    scene = Scene()
    scene.rung(0, FIRST)
    assert isinstance(scene.take(RequestsLooked(()), 1)[0], HangUp)
    assert scene.ended(Over(FIRST.channel_id, 16), 2) == ("stopped", True)


def test_a_call_lasts_as_long_as_the_dialplan_lets_it() -> None:
    assert HEARD_S >= 150 + 60 + 25


def pressed_0(*, connects: bool) -> tuple[Scene, str]:
    """The book after 0 is committed, and what he is sent to."""
    scene = Scene()
    scene.book.policy = FollowUpPolicy(connects=connects)
    scene.rung(0, FIRST)
    channel = FIRST.channel_id
    scene.take(PickedUp(channel), 1)
    scene.take(Pressed(channel, "0"), 2)
    (said,) = [one for one in scene.take(KeyCommitted(channel, "done"), 3) if isinstance(one, Say)]
    return scene, said.words


def test_0_is_a_call_by_a_person_where_nobody_is_to_be_waited_for() -> None:
    scene, words = pressed_0(connects=False)
    assert words == "person"
    assert scene.ended(Over(FIRST.channel_id, 16), 5)[0] == "answered"


def test_0_waits_for_a_person_and_the_call_says_whether_one_took_it() -> None:
    scene, words = pressed_0(connects=True)
    assert words == "connect"
    # It is wanted no more, and nobody ends it for that.
    assert scene.take(RequestsLooked(()), 50) == []
    (saved,) = scene.take(OutOfQueue(FIRST.channel_id, "agent-1"), 51)
    assert isinstance(saved, SaveCall)
    assert (saved.call.stage, saved.call.agent) == ("talking", "agent-1")
    assert scene.take(OutOfQueue(FIRST.channel_id), 52) == []
    assert scene.ended(Over(FIRST.channel_id, 16), 900)[0] == "talked"


def test_whom_nobody_took_ends_as_answered() -> None:
    scene, _ = pressed_0(connects=True)
    assert scene.ended(Over(FIRST.channel_id, 16), 70)[0] == "answered"


@pytest.mark.parametrize(("taken", "outcome"), [(False, "answered"), (True, "talked")])
def test_after_a_restart_who_waits_goes_on_waiting(taken: bool, outcome: str) -> None:
    """Also if he was taken while nobody listened: the switch shows his leg in a bridge."""
    former, _ = pressed_0(connects=True)
    call = former.book.live[FIRST.channel_id]
    scene = Scene()
    scene.book.policy = FollowUpPolicy(connects=True)
    scene.take(CallsRestored((call,)), 10)
    scene.take(RequestsLooked(()), 11)
    bridge = "a-bridge" if taken else ""
    row = message("CoreShowChannel", Uniqueid=FIRST.channel_id, ChannelState="6", BridgeId=bridge)
    for signal in FollowUpReader().row(row):
        scene.take(signal, 12)
    assert scene.ended(Over(FIRST.channel_id, 16), 20)[0] == outcome


def test_the_switch_tells_which_desk_took_him() -> None:
    def told(channel: str) -> CallSignal | None:
        row = message("AgentConnect", Uniqueid=channel, Interface="PJSIP/agent-1")
        return FollowUpReader().signal(row)

    assert told(FIRST.channel_id) == OutOfQueue(FIRST.channel_id, "agent-1")
    assert told("17.1") is None
