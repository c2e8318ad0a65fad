"""Notices by telephone: one to a telephone at a time, which keys count, and what the own switch refuses."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.outbound.book import CallBook
from hotline.outbound.effects import CommitKey, Effect, Ring, SaveCall, Say
from hotline.outbound.model import CallTiming
from hotline.outbound.notices.policy import HEARD_S, REPLIES, NoticePolicy, NoticeTarget
from hotline.outbound.notices.service import PURPOSE
from hotline.outbound.reduce import apply
from hotline.outbound.requests import CallsRestored, RequestsLooked
from hotline.outbound.signals import (
    CallSignal,
    InDoubt,
    KeyCommitted,
    Over,
    PickedUp,
    Pressed,
    Rang,
    Unknown,
)
from tests.hotline.stream import message


def target(number: int, line: str) -> NoticeTarget:
    return NoticeTarget(UUID(int=number), UUID(int=100 + number), 0, line)


FIRST, SAME, OTHER = target(1, "notice:a"), target(2, "notice:a"), target(3, "notice:b")
ALL = (FIRST, SAME, OTHER)


class Scene:
    def __init__(self, most: int = 2) -> None:
        self.book = CallBook("sh", CallTiming(ring_s=20, doubt_s=10), NoticePolicy())
        self.book.most = most

    def take(self, signal: CallSignal, at: float) -> list[Effect]:
        return list(apply(self.book, signal, at)[1])

    def rung(self, at: float, *targets: NoticeTarget) -> list[NoticeTarget]:
        return [one.call.target for one in self.take(RequestsLooked(targets), at) if isinstance(one, Ring)]

    def ended(self, signal: CallSignal, at: float) -> str | None:
        (saved,) = self.take(signal, at)
        assert isinstance(saved, SaveCall)
        return saved.call.outcome


def test_a_telephone_rings_for_one_notice_at_a_time_and_no_more_ring_than_may() -> None:
    scene = Scene()
    assert scene.rung(0, *ALL) == [FIRST, OTHER]
    scene.take(Unknown(FIRST.channel_id), 1)
    assert scene.rung(2, *ALL) == [], "it may ring still"
    assert scene.rung(30, *ALL) == [SAME]
    assert Scene(most=1).rung(0, *ALL) == [FIRST]


@pytest.mark.parametrize("cause", [21, 34, 38])
def test_what_the_own_trunk_refuses_is_not_placed_and_no_other_call_begins(cause: int) -> None:
    scene = Scene()
    scene.rung(0, FIRST)
    assert scene.ended(Over(FIRST.channel_id, cause), 1) == "not_placed"
    assert scene.rung(59, OTHER) == []
    assert scene.rung(61, OTHER) == [OTHER]


@pytest.mark.parametrize(
    ("key", "words", "outcome"),
    [("1", "gone", "heard"), ("2", "sorry", "answered"), ("9", "gone", "answered")],
)
def test_what_follows_a_key(key: str, words: str, outcome: str) -> None:
    scene, channel = Scene(), FIRST.channel_id
    scene.rung(0, FIRST)
    scene.take(PickedUp(channel), 1)
    assert scene.take(Pressed(channel, "5"), 2) == []
    commits = [one for one in scene.take(Pressed(channel, key), 3) if isinstance(one, CommitKey)]
    assert [one.call.key for one in commits] == [key]
    (said,) = [one for one in scene.take(KeyCommitted(channel, "done"), 4) if isinstance(one, Say)]
    assert said.words == words
    assert scene.ended(Over(channel, 16), 8) == outcome


def test_who_presses_nothing_or_a_machine_has_not_heard_it_for_sure() -> None:
    scene = Scene()
    scene.rung(0, FIRST)
    scene.take(PickedUp(FIRST.channel_id), 1)
    assert scene.ended(Over(FIRST.channel_id, 16), 60) == "no_key"


def test_after_a_restart_a_call_goes_on_and_none_is_placed_beside_it() -> None:
    former = Scene()
    former.rung(0, FIRST)
    former.take(Rang(FIRST.channel_id), 1)
    scene = Scene()
    scene.take(CallsRestored((former.book.live[FIRST.channel_id],)), 5)
    assert scene.rung(6, *ALL) == [OTHER]
    row = message("CoreShowChannel", Uniqueid=FIRST.channel_id, ChannelState="6")
    for signal in PURPOSE.reader.row(row):
        scene.take(signal, 7)
    key = message("UserEvent", Uniqueid=FIRST.channel_id, UserEvent="NoticeCall", Key="1")
    pressed = PURPOSE.reader.signal(key)
    assert pressed == Pressed(FIRST.channel_id, "1")
    scene.take(pressed, 8)
    scene.take(KeyCommitted(FIRST.channel_id, "done"), 9)
    assert scene.ended(Over(FIRST.channel_id, 16), 12) == "heard"


CHANNELS = st.sampled_from([one.channel_id for one in ALL])
SIGNALS = st.one_of(
    st.builds(lambda which: RequestsLooked(tuple(which)), st.lists(st.sampled_from(ALL), unique=True)),
    st.builds(PickedUp, CHANNELS),
    st.builds(Rang, CHANNELS),
    st.builds(InDoubt, CHANNELS),
    st.builds(Unknown, CHANNELS),
    st.builds(Over, CHANNELS, st.sampled_from([-1, 16, 17, 21, 34])),
    st.builds(Pressed, CHANNELS, st.sampled_from(["1", "2", "5", "9"])),
    st.builds(KeyCommitted, CHANNELS, st.sampled_from(["done", "gone"])),
)


@given(st.lists(st.tuples(SIGNALS, st.floats(0, 40)), max_size=60))
def test_in_any_order_each_id_rings_once_and_only_its_keys_are_committed(
    played: list[tuple[CallSignal, float]],
) -> None:
    scene, at, rung = Scene(), 0.0, Counter[str]()
    for signal, after in played:
        at += after
        for effect in scene.take(signal, at):
            if isinstance(effect, Ring):
                rung[effect.call.channel_id] += 1
            elif isinstance(effect, CommitKey):
                assert effect.call.key in REPLIES
        assert len(scene.book.live) <= scene.book.most
    assert all(count == 1 for count in rung.values())


def test_a_call_lasts_as_long_as_the_dialplan_lets_it() -> None:
    assert HEARD_S >= 140 + 60 + 25
