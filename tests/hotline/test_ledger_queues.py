"""Who waits, in which order, since when and for how long yet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Forbidden
from hotline.agents.model import Agent
from hotline.errors import NotWaiting
from hotline.events import AgentState
from hotline.queue import model as queues
from hotline.queue import pace as pace_module
from hotline.queue.pace import ENOUGH, KEPT, LONGEST_S, QueuePace
from hotline.signals import ChannelDown, MemberSeen, QueueAbandoned, QueueJoined, QueueLeft
from tests.hotline.stream import message
from tests.hotline.world import CHIEF, LI, CallScript, World


def member(interface: str, *, paused: bool = False) -> MemberSeen:
    return MemberSeen("hotline", interface, interface, paused, "", 1, dynamic=True)


CALLERS = st.sampled_from(["1.1", "1.2", "1.3", "1.4"])
NAMES = st.sampled_from(["hotline", "english"])


def joined(uniqueid: str, position: int = 0, queue: str = "hotline") -> QueueJoined:
    return QueueJoined(uniqueid, uniqueid, "c", queue, "139", "", "zh", position)


STORY = st.lists(
    st.one_of(
        st.builds(joined, CALLERS, st.integers(-1, 6), NAMES),
        st.builds(QueueLeft, CALLERS, CALLERS, NAMES),
        st.builds(QueueAbandoned, CALLERS, CALLERS, NAMES),
        st.builds(ChannelDown, CALLERS, CALLERS, st.just(16)),
    ),
    max_size=40,
)


@given(STORY)
def test_a_caller_on_the_line_has_one_place_and_his_wait_never_begins_anew(
    story: list[queues.QueueSignal],
) -> None:
    state = queues.QueuesState()
    since: dict[tuple[str, str], float] = {}
    for at, signal in enumerate(story):
        queues.apply(state, signal, float(at))
        if isinstance(signal, ChannelDown):
            since = {key: began for key, began in since.items() if key[0] != signal.uniqueid}
            assert queues.place_of(state, signal.uniqueid) is None
        for queue in state.by_name.values():
            for position, uniqueid in enumerate(queue.waiting, 1):
                place = queues.place_of(state, uniqueid)
                assert place is not None
                assert (place.queue, place.position) == (queue.name, position)
                assert uniqueid not in state.left
                since = {
                    key: began for key, began in since.items() if key[0] != uniqueid or key[1] == queue.name
                }
                assert since.setdefault((uniqueid, queue.name), place.joined) == place.joined


def test_a_caller_with_a_higher_priority_enters_before_the_others() -> None:
    state = queues.QueuesState()
    for uniqueid, position in (("1.1", 1), ("1.2", 2), ("1.3", 1)):
        queues.apply(state, joined(uniqueid, position), 1.0)
    assert list(state.named("hotline").waiting) == ["1.3", "1.1", "1.2"]


def test_a_position_outside_the_queue_is_its_end() -> None:
    state = queues.QueuesState()
    for uniqueid, position in (
        ("1.1", 1),
        ("1.2", 1),
        ("1.3", 3),
        ("1.4", 3),
        ("1.5", -1),
        ("1.6", 99),
        ("1.7", 0),
    ):
        queues.apply(state, joined(uniqueid, position), 1.0)
    assert list(state.named("hotline").waiting) == ["1.2", "1.1", "1.4", "1.3", "1.5", "1.6", "1.7"]


def test_no_more_queues_than_the_limit_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "MOST_QUEUES", 2)
    state = queues.QueuesState()
    for name in ("", "a", "b", "c", "a"):
        queues.apply(state, joined(f"{name}.1", 1, name), 1.0)
        assert state.named(name).name == name, "one too many is a queue still, for the moment"
    assert list(state.by_name) == ["a", "b"]


def test_no_more_callers_than_the_limit_wait_and_who_hangs_up_makes_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queues, "MOST_WAITING", 2)
    state = queues.QueuesState()
    for uniqueid in ("1.1", "1.2"):
        assert queues.apply(state, joined(uniqueid, 9), 1.0)[1] is not None
    assert queues.apply(state, joined("1.3", 9), 1.0)[1] is None
    assert list(state.named("hotline").waiting) == list(state.queue_of) == ["1.1", "1.2"]
    queues.apply(state, ChannelDown("1.1", "1.1", 16), 2.0)
    queues.apply(state, joined("1.3", 9), 2.0)
    assert list(state.named("hotline").waiting) == ["1.2", "1.3"]


def test_no_more_callers_than_the_limit_are_remembered_between_two_rounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queues, "MOST_WAITING", 2)
    state = queues.QueuesState()
    for uniqueid in ("1.1", "1.2", "1.3"):
        queues.apply(state, joined(uniqueid, 1), 1.0)
        queues.apply(state, QueueLeft(uniqueid, uniqueid, "hotline"), 2.0)
    assert list(state.left) == ["1.2", "1.3"], "the oldest is forgotten"


def test_no_more_members_and_changes_than_the_limit_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "MOST_MEMBERS", 2)
    monkeypatch.setattr(queues, "MOST_WAITING", 2)
    state = queues.QueuesState()
    for interface in ("a", "b", "c"):
        queues.apply(state, member(interface), 1.0)
    queues.apply(state, member("a", paused=True), 2.0)
    assert [(one.interface, one.paused) for one in state.named("hotline").members.values()] == [
        ("a", True), ("b", False)
    ]  # fmt: skip
    assert state.changes == {("hotline", "a"): 2, ("hotline", "b"): 1}
    queues.apply_snapshot(state, ["hotline"], [member(name) for name in "wxyz"], [])
    assert list(state.named("hotline").members) == ["w", "x"]


def test_between_two_rounds_a_caller_is_not_counted_again() -> None:
    """The switch says "abandoned" at the end of each round, and the caller comes back a moment later."""
    state = queues.QueuesState()
    queues.apply(state, joined("1.1", 1), 10.0)
    queues.apply(state, joined("1.2", 2), 11.0)
    queues.apply(state, QueueAbandoned("1.1", "1.1", "hotline"), 50.0)
    queues.apply(state, QueueLeft("1.1", "1.1", "hotline"), 50.0)
    assert queues.place_of(state, "1.1") == queues.QueuePlace("hotline", 1, 10.0)
    queues.apply(state, joined("1.1", 1), 55.0)
    assert state.named("hotline").joined == 2
    assert list(state.named("hotline").waiting.items()) == [("1.1", 10.0), ("1.2", 11.0)]


def agents(*states: AgentState) -> list[Agent]:
    return [Agent(str(number), "x", "y", shown=state) for number, state in enumerate(states)]


def test_the_expected_wait_comes_from_the_last_calls() -> None:
    pace = QueuePace(usual_s=180.0)
    talking = agents(AgentState.TALKING, AgentState.WRAP_UP, AgentState.REST)
    assert pace.expected_s("hotline", 1, talking) == 90.0
    for number in range(ENOUGH):
        pace.answered("li", "hotline", 100.0 * number)
        pace.moved("li", AgentState.WRAP_UP, 100.0 * number + 40)
        pace.moved("li", AgentState.READY, 100.0 * number + 60)
    assert pace.handling_s("hotline") == 60.0
    assert pace.expected_s("hotline", 2, talking) == 60.0
    assert pace.expected_s("hotline", 1, agents(AgentState.READY)) == 0.0
    assert pace.expected_s("english", 3, []) == 540.0, "nobody there: as if one were"


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.floats(-10, 1e6)), max_size=200))
def test_the_pace_is_bounded_and_never_negative(calls: list[tuple[str, float]]) -> None:
    pace = QueuePace(usual_s=10.0)
    for queue, took in calls:
        pace.answered("li", queue, 100.0)
        pace.moved("li", AgentState.READY, 100.0 + took)
    for queue in ("a", "b"):
        assert pace.handling_s(queue) > 0
        assert len(pace._measured.get(queue, ())) <= KEPT


async def test_the_board_tells_a_caller_where_he_stands(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    scripts = [CallScript(1), CallScript(2, caller="13936005678")]
    for script in scripts:
        await world.plays([*script.arrives(), *script.queues()])
    assert world.hotline.board.figures(scripts[1].citizen) == (2, 180.0, 2)
    left = message("QueueCallerLeave", Uniqueid=scripts[1].citizen, Queue="hotline")
    await world.plays([left])
    assert world.hotline.board.figures(scripts[1].citizen)[::2] == (2, 2), "he is asked while he is out"
    assert world.hotline.board.figures("nobody") == (0, 0.0, 0)


async def test_who_is_out_between_two_rounds_still_stands_before_those_who_came_later(world: World) -> None:
    world.hotline.registry.sign_in(LI, None)
    scripts = [CallScript(1), CallScript(2, caller="13936005678")]
    for script in scripts:
        await world.plays([*script.arrives(), *script.queues()])
        world.clock.advance(1)
    out = message("QueueCallerLeave", Uniqueid=scripts[0].citizen, Queue="hotline")
    await world.plays([out])
    assert world.hotline.board.figures(scripts[1].citizen)[::2] == (2, 2)
    await world.plays(scripts[0].queues())
    leg, rings = scripts[0].rings("agent101")
    await world.plays([*rings, *scripts[0].answers(leg, "agent101")])
    assert world.hotline.board.figures(scripts[1].citizen)[::2] == (1, 1), "he who talks waits no more"


async def test_only_a_supervisor_gives_a_caller_another_place(world: World) -> None:
    scripts = [CallScript(1), CallScript(2, caller="13936005678")]
    for script in scripts:
        await world.plays([*script.arrives(), *script.queues()])
    second = world.hotline.lines.waiting("hotline")[1].call_id
    with pytest.raises(Forbidden):
        await world.hotline.people.set_priority(LI, second, 10)
    world.switch.rows = [
        message("QueueEntry", Queue="hotline", Uniqueid=script.citizen, Position=str(number))
        for number, script in enumerate(reversed(scripts), 1)
    ]
    placed = await world.hotline.people.set_priority(CHIEF, second, 10)
    assert (placed.position, placed.priority) == (1, 10)
    since = world.clock.now().timestamp()
    assert world.switch.told[-2:] == [("priority", "hotline", scripts[1].channel, 10, since), ("status",)]
    await world.plays(scripts[1].hangs_up())
    with pytest.raises(NotWaiting):
        await world.hotline.people.set_priority(CHIEF, second, 10)


async def test_lesson_12_an_answered_call_is_never_shown_as_abandoned(world: World) -> None:
    """Issabel 41: answered calls stood among the abandoned. Nor is he lost for want of agents (49)."""
    script = CallScript(1)
    await world.plays([*script.arrives(), *script.queues()])
    (view,) = world.hotline.board.queues()
    assert (view.waiting, view.members) == (1, 0)
    world.hotline.registry.sign_in(LI, None)
    leg, rings = script.rings("agent101")
    await world.plays([*rings, *script.answers(leg, "agent101"), *script.hangs_up(), *script.hangs_up(leg)])
    (view,) = world.hotline.board.queues()
    assert (view.joined, view.answered, view.abandoned, view.waiting) == (1, 1, 0, 0)
    lost = CallScript(2)
    abandon = message("QueueCallerAbandon", Uniqueid=lost.citizen, Linkedid=lost.linkedid, Queue="hotline")
    await world.plays([*lost.arrives(), *lost.queues(), abandon, *lost.hangs_up()])
    (view,) = world.hotline.board.queues()
    assert (view.joined, view.answered, view.abandoned) == (2, 1, 1)


@pytest.mark.parametrize(
    ("took", "counts"), [(0.0, False), (0.1, True), (LONGEST_S, True), (LONGEST_S + 1, False)]
)
def test_only_a_stay_that_can_be_a_call_is_measured(took: float, counts: bool) -> None:
    pace = QueuePace(usual_s=1.0)
    for number in range(ENOUGH):
        pace.answered("li", "hotline", number * 1e5)
        pace.moved("li", AgentState.READY, number * 1e5 + took)
    assert pace.handling_s("hotline") == pytest.approx(took if counts else 1.0)


def test_no_more_queues_than_the_limit_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace_module, "MOST_QUEUES", 1)
    pace = QueuePace(usual_s=1.0)
    for number in range(ENOUGH):
        for queue in ("a", "b"):
            pace.answered("li", queue, number * 1e5)
            pace.moved("li", AgentState.READY, number * 1e5 + 60)
    assert (pace.handling_s("a"), pace.handling_s("b")) == (60.0, 1.0)
