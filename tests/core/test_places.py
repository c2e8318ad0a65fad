"""Places of a listener: never more than there are, and nobody who is served gives way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from core.listening import Addresses, AddressRange, ConnectionSlots
from core.listening.addresses import is_loopback, parsed
from core.listening.places import LEAVING_MOST, ConnectionRefused, Peer, SlotTaken


def ranges(*words: str) -> Addresses:
    return Addresses(TypeAdapter(tuple[AddressRange, ...]).validate_python(words))


def full(places: ConnectionSlots, *peers: Peer) -> None:
    for peer in peers:
        assert places.come(peer, 0.0) == SlotTaken()


def test_the_oldest_that_waits_gives_way_to_a_new_one() -> None:
    places = ConnectionSlots(2, first_s=10)
    full(places, ("a", 1), ("a", 2))
    places.waits(("a", 1), 99.0)  # a byte more makes nobody younger
    assert places.come(("a", 3), 1.0) == SlotTaken(("a", 1))


def test_what_is_served_never_gives_way() -> None:
    places = ConnectionSlots(2, first_s=10)
    full(places, ("a", 1), ("a", 2))
    places.served(("a", 1))
    assert places.come(("b", 1), 1.0) == SlotTaken(("a", 2))
    places.left(("a", 2))
    places.served(("b", 1))
    assert places.come(("b", 2), 1.0) == ConnectionRefused("full")
    places.waits(("a", 1), 20.0)
    assert places.come(("b", 2), 1.0) == SlotTaken(("a", 1))


def test_one_address_makes_room_within_itself_and_a_trusted_one_has_no_limit() -> None:
    places = ConnectionSlots(8, per_address=2, trusted=ranges("10.0.0.9"), first_s=10)
    full(places, ("10.0.0.1", 1), ("10.0.0.1", 2), ("10.0.0.2", 1))
    assert places.come(("10.0.0.1", 3), 1.0) == SlotTaken(("10.0.0.1", 1))
    places.served(("10.0.0.1", 2))
    places.served(("10.0.0.1", 3))
    assert places.come(("10.0.0.1", 4), 1.0) == ConnectionRefused("address")
    full(places, ("10.0.0.9", 1), ("10.0.0.9", 2), ("10.0.0.9", 3))


def test_who_has_most_makes_room_for_who_has_few() -> None:
    places = ConnectionSlots(4, first_s=10)
    full(places, ("few", 1), ("many", 1), ("many", 2), ("many", 3))
    assert places.come(("new", 1), 1.0) == SlotTaken(("many", 1))


def test_one_that_is_still_there_does_not_come_again() -> None:
    places = ConnectionSlots(4, first_s=10)
    full(places, ("a", 1))
    assert places.come(("a", 1), 1.0) == ConnectionRefused("again")
    places.left(("a", 1))
    assert len(places) == 0
    full(places, ("a", 1))


def test_who_has_most_is_followed_through_every_change() -> None:
    places = ConnectionSlots(4, first_s=10)
    full(places, ("a", 1), ("a", 2), ("a", 3), ("b", 1))
    for port in (1, 2, 3):
        places.served(("a", port))
    assert places.come(("c", 1), 1.0) == SlotTaken(("b", 1))
    places.left(("b", 1))
    places.waits(("a", 2), 30.0)
    assert places.come(("c", 2), 1.0) == SlotTaken(("a", 2))
    places.left(("a", 2))
    assert places.come(("d", 1), 1.0) == SlotTaken(("c", 1))


def test_deadlines_are_kept_and_told_once() -> None:
    places = ConnectionSlots(4, first_s=10)
    full(places, ("a", 1), ("a", 2), ("a", 3))
    places.waits(("a", 2), 30.0)
    places.served(("a", 3))
    assert places.late(9.0) == []
    assert places.late(10.0) == [("a", 1)]
    assert places.late(10.0) == []
    places.waits(("a", 1), 99.0)  # it has been ended: what it still sends counts no more
    assert places.late(30.0) == [("a", 2)]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["come", "wait", "serve", "leave", "late"]), st.sampled_from("abc"), st.integers(1, 9)
    ),
    max_size=80,
)


@given(STEPS)
def test_whatever_comes_and_goes_the_limits_hold(steps: list[tuple[str, str, int]]) -> None:
    places, there, ended, served = (
        ConnectionSlots(5, per_address=3, first_s=2),
        set[Peer](),
        set[Peer](),
        set[Peer](),
    )
    for now, (what, host, port) in enumerate(steps):
        peer = (host, port)
        if what == "come" and peer not in there:
            found = places.come(peer, float(now))
            if isinstance(found, SlotTaken):
                there.add(peer)
                if found.gives_way is not None:
                    assert found.gives_way in there - ended - served
                    ended.add(found.gives_way)
        elif what == "leave":
            places.left(peer)
            for one in (there, ended, served):
                one.discard(peer)
        elif peer in there and what == "serve":
            places.served(peer)
            served.add(peer)
        elif peer in there and what == "wait":
            places.waits(peer, now + 3.0)
            served.discard(peer)
        elif what == "late":
            late = set(places.late(float(now)))
            assert not late & served
            ended |= late
        assert len(places) == len(there)
        staying = there - ended
        assert len(staying) <= 5
        assert all(sum(one[0] == name for one in staying) <= 3 for name in "abc")
        assert len(ended) <= LEAVING_MOST + 5


@pytest.mark.parametrize(
    ("text", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("::ffff:127.0.0.9", True),
        ("localhost", True),
        ("10.0.0.1", False),
    ],
)
def test_loopback_is_known_however_it_is_written(text: str, loopback: bool) -> None:
    assert is_loopback(text) is loopback


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_none(text: str) -> None:
    found = parsed(text)
    assert (found is not None and str(found) in Addresses(())) is False
