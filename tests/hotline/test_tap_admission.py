"""Who is heard when there is not room for all, whatever comes and goes."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hotline.taps.admission import Plan, Rank, Stream, plan

NODES = ("a", "b", "c")


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[Stream], list[Stream]]:
    """Running ones and waiting ones, with names of their own."""
    many = draw(
        st.lists(
            st.tuples(st.sampled_from(Rank), st.integers(0, 9), st.sampled_from((*NODES, ""))), max_size=25
        )
    )
    made = [Stream(str(number), rank, since, node) for number, (rank, since, node) in enumerate(many)]
    return [one for one in made if one.node], [one for one in made if not one.node]


ROOMS = st.dictionaries(st.sampled_from(NODES), st.integers(-6, 6))


@given(streams(), ROOMS, st.integers(0, 30))
def test_no_node_gets_more_than_it_takes_and_all_together_no_more_than_allowed(
    given_streams: tuple[list[Stream], list[Stream]], rooms: dict[str, int], most: int
) -> None:
    running, waiting = given_streams
    made = plan(running, waiting, rooms, most)
    left = after(rooms, made)
    for node, room in left.items():
        here = [one for one in running if one.node == node and one not in made.stop]
        assert room >= 0 or not here
        assert room >= 0 or all(where != node for _, where in made.place)
    assert {where for _, where in made.place} <= set(rooms)
    if len(running) <= most:
        assert len(running) - len(made.stop) + len(made.place) <= most


@given(streams(), ROOMS, st.integers(0, 30))
def test_nobody_who_waits_is_worth_more_than_the_last_that_is_heard(
    given_streams: tuple[list[Stream], list[Stream]], rooms: dict[str, int], most: int
) -> None:
    running, waiting = given_streams
    made = plan(running, waiting, rooms, most)
    placed = [one for one, _ in made.place]
    left_out = [one for one in waiting if one not in placed]
    stay = [one for one in running if one not in made.stop]
    assert all(one.worth < other.worth for one in placed for other in left_out)
    usable = [one for one in [*stay, *placed] if one.node in rooms]
    assert all(one.rank <= other.rank for one in usable for other in left_out)


@given(streams(), ROOMS)
def test_who_goes_is_the_newest_of_the_lowest_rank_and_never_for_an_equal(
    given_streams: tuple[list[Stream], list[Stream]], rooms: dict[str, int]
) -> None:
    running, waiting = given_streams
    for node, room in rooms.items():
        here = [one for one in running if one.node == node]
        gone = plan(here, [], {node: room}, 100).stop
        stay = [one for one in here if one not in gone]
        assert len(gone) == min(max(0, -room), len(gone) + len(stay))
        assert all(one.worth < other.worth for one in stay for other in gone)
    enough = {node: max(0, room) for node, room in rooms.items()}
    made = plan(running, waiting, enough, 100)
    assert all(any(wanted.rank < one.rank for wanted, _ in made.place) for one in made.stop)
    assert len(made.stop) <= len(made.place)
    assert not {one.key for one in made.stop} & {one.key for one, _ in made.place}


@given(streams(), ROOMS, st.integers(0, 30))
def test_a_plan_that_was_carried_out_asks_for_nothing_more(
    given_streams: tuple[list[Stream], list[Stream]], rooms: dict[str, int], most: int
) -> None:
    running, waiting = given_streams
    made = plan(running, waiting, rooms, most)
    placed = [replace(one, node=node) for one, node in made.place]
    names = {one.key for one, _ in made.place}
    now = [one for one in running if one not in made.stop] + placed
    still = [replace(one, node="") for one in [*waiting, *made.stop] if one.key not in names]
    assert plan(now, still, after(rooms, made), most) == Plan()


def test_three_times_the_capacity_leaves_the_oldest_calls_of_the_queues() -> None:
    calls = [Stream(str(number), Rank.CITIZEN if number < 2 else Rank.DRAFT, number) for number in range(12)]
    heard: list[Stream] = []
    waiting: list[Stream] = []
    for call in calls:
        made = plan(heard, [*waiting, call], {"a": 4 - len(heard)}, 100)
        placed = [replace(one, node=node) for one, node in made.place]
        heard = [one for one in heard if one not in made.stop] + placed
        keys = {one.key for one in heard}
        waiting = [one for one in [*waiting, call, *made.stop] if one.key not in keys]
    assert sorted(int(one.key) for one in heard) == [2, 3, 4, 5]


def after(rooms: dict[str, int], made: Plan) -> dict[str, int]:
    left = dict(rooms)
    for one in made.stop:
        left[one.node] += 1
    for _, node in made.place:
        left[node] -= 1
    return left
