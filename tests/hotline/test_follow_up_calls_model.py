"""Follow-up calls: one to a telephone at a time, and what the own switch refuses is no attempt."""

from __future__ import annotations

from uuid import UUID

import pytest

from hotline.outbound.book import CallBook
from hotline.outbound.effects import Effect, HangUp, Ring, SaveCall
from hotline.outbound.follow_ups.policy import HEARD_S, FollowUpPolicy, FollowUpTarget
from hotline.outbound.model import CallTiming
from hotline.outbound.reduce import apply
from hotline.outbound.requests import RequestsLooked
from hotline.outbound.signals import CallSignal, Over, Rang, Unknown


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
    assert HEARD_S >= 100 + 60 + 25
