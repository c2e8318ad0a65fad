"""Callbacks under any sequence of what can happen to them; and faults that other systems' users report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from core.ids import uuid7
from hotline.outbound.callbacks.capacity import spared
from hotline.outbound.callbacks.model import CallbackBook, CallbackRules, Entry, LostCall
from hotline.outbound.callbacks.reduce import apply, restore
from hotline.outbound.callbacks.signals import (
    Accepted,
    Asked,
    Assigned,
    Cancelled,
    CitizenDialled,
    CitizenUp,
    Declined,
    Dial,
    DialOver,
    Effect,
    Floor,
    Keep,
    Lost,
    Noted,
    Offer,
    Reached,
    ReadyAgent,
    WaitingCaller,
)
from hotline.outbound.hours import CallingHours
from hotline.outbound.retries import RetryPlan
from hotline.outbound.signals import Alive, CallNotPlaced, CallSignal, InDoubt, Over, PickedUp, Rang, Unknown

PAUSES = (300.0, 900.0)
RULES = CallbackRules(RetryPlan(PAUSES), offer_s=20, again_s=30, rest_s=60, doubt_s=60, expires_s=7_200)
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp()
LI, WANG, ZHAO = (ReadyAgent(name, 0.0) for name in ("li", "wang", "zhao"))


def lost(number: str, place: float, *, entry: int = 0, queue: str = "hotline") -> Lost:
    call = LostCall(uuid7(), f"s-{place}", "abandoned", place, place + 10)
    return Lost(UUID(int=entry) if entry else uuid7(), number, number, number, queue, "zh", call)


class Centre:
    """A book that is played with; `at` moves on by hand."""

    def __init__(self, rules: CallbackRules = RULES, at: float = NOON) -> None:
        self.book = CallbackBook(rules)
        self.at = at
        self.channels = 0

    def take(self, signal: CallSignal) -> list[Effect]:
        return list(apply(self.book, signal, self.at)[1])

    def look(self, *ready: ReadyAgent, waiting: Sequence[float] = (), on_line: str = "") -> list[Offer]:
        callers = tuple(WaitingCaller(place, "hotline") for place in waiting)
        floor = Floor(callers, ready, frozenset({on_line} if on_line else ()))
        return [effect for effect in self.take(floor) if isinstance(effect, Offer)]

    def entry(self, number: str) -> Entry:
        found = self.book.of_number(number)
        assert found is not None
        return found

    def accept(self, offer: Offer) -> tuple[str, list[Effect]]:
        self.channels += 1
        channel = f"cb-{self.channels}"
        accepted = Accepted(offer.entry.id, offer.agent_id, f"desk-{offer.agent_id}", channel, uuid7())
        return channel, self.take(accepted)

    def dialled(self, offer: Offer, status: str) -> None:
        """One attempt from acceptance to the end, as the switch tells it."""
        channel, effects = self.accept(offer)
        assert any(isinstance(effect, Dial) for effect in effects)
        for signal in (PickedUp(channel), CitizenDialled(channel), DialOver(channel, status)):
            self.take(signal)
        self.take(Over(channel))


@pytest.fixture
def centre() -> Centre:
    return Centre()


# --- what others' users report ----------------------------------------------------------------------


def test_freepbx_621_a_callback_never_jumps_ahead_of_waiting_callers(centre: Centre) -> None:
    centre.take(lost("+8613900000001", NOON - 60))
    assert centre.look(LI, waiting=[NOON - 120]) == []
    assert centre.look(LI, waiting=[NOON - 60]) == []
    assert len(centre.look(LI, WANG, waiting=[NOON - 120])) == 1


def test_freepbx_621_no_more_callbacks_than_agents(centre: Centre) -> None:
    for number in range(5):
        centre.take(lost(f"+861390000000{number}", NOON - 60 + number))
    offers = centre.look(LI, WANG)
    assert [offer.agent_id for offer in offers] == ["li", "wang"]
    assert centre.look(LI, WANG) == []


def test_freepbx_525_one_number_has_one_callback_however_often_it_was_lost(centre: Centre) -> None:
    for place in (NOON - 60, NOON - 300, NOON - 10):
        centre.take(lost("+8613900000001", place))
    entry = centre.entry("+8613900000001")
    assert entry.place == NOON - 300
    assert sorted(call.place for call in entry.calls) == [NOON - 300, NOON - 60, NOON - 10]
    (offer,) = centre.look(LI, WANG, ZHAO)
    centre.accept(offer)
    centre.take(lost("+8613900000001", NOON - 5))
    assert centre.look(LI, WANG, ZHAO) == []


def test_twilio_9_callbacks_come_in_the_order_in_which_their_callers_queued(centre: Centre) -> None:
    places = [NOON - 30, NOON - 300, NOON - 90, NOON - 600]
    for number, place in enumerate(places):
        centre.take(lost(f"+861390000000{number}", place))
    offered = []
    for _ in places:
        (offer,) = centre.look(LI)
        offered.append(offer.entry.place)
        centre.dialled(offer, "ANSWER")
    assert offered == sorted(places)


# --- the life of one ---------------------------------------------------------------------------------


def test_no_answer_is_tried_again_after_growing_pauses_and_then_given_up(centre: Centre) -> None:
    centre.take(lost("+8613900000001", NOON - 60))
    for pause in PAUSES:
        (offer,) = centre.look(LI)
        centre.dialled(offer, "NOANSWER")
        entry = centre.entry("+8613900000001")
        assert (entry.stage, entry.due, entry.place) == ("waiting", centre.at + pause, NOON - 60)
        centre.at += pause - 1
        assert centre.look(LI) == []
        centre.at += 1
    (offer,) = centre.look(LI)
    centre.dialled(offer, "BUSY")
    (closed,) = centre.book.closed.values()
    assert closed.outcome == "exhausted"
    assert [attempt.outcome for attempt in closed.attempts] == ["no_answer", "no_answer", "busy"]


def test_an_offer_that_runs_out_goes_to_the_next_agent(centre: Centre) -> None:
    centre.take(lost("+8613900000001", NOON - 60))
    (offer,) = centre.look(LI, WANG)
    centre.at = offer.until
    (second,) = centre.look(LI, WANG)
    assert (offer.agent_id, second.agent_id) == ("li", "wang")
    centre.at = second.until
    assert centre.look(LI, WANG) == []
    centre.at += RULES.rest_s
    assert len(centre.look(LI, WANG)) == 1


def test_an_agent_who_does_not_pick_up_his_own_phone_costs_the_citizen_no_attempt(centre: Centre) -> None:
    centre.take(lost("+8613900000001", NOON - 60))
    (offer,) = centre.look(LI)
    channel, _ = centre.accept(offer)
    centre.take(Over(channel))
    assert centre.entry("+8613900000001").counted == 0
    (second,) = centre.look(LI, WANG)
    assert second.agent_id == "wang"


def test_a_citizen_who_was_spoken_with_meanwhile_is_not_called_back(centre: Centre) -> None:
    centre.take(lost("+8613900000001", NOON - 60))
    centre.look(LI)
    effects = centre.take(Reached("+8613900000001"))
    assert [effect.entry.outcome for effect in effects if isinstance(effect, Keep)] == ["withdrawn"]
    assert centre.look(LI, WANG) == []


def test_a_citizen_who_is_on_the_line_is_not_dialled(centre: Centre) -> None:
    centre.take(lost("+8613900000001", NOON - 60))
    assert centre.look(LI, on_line="+8613900000001") == []
    assert len(centre.look(LI)) == 1


def test_an_answering_machine_is_tried_again_when_the_agent_says_so(centre: Centre) -> None:
    centre.take(lost("+8613900000001", NOON - 60))
    (offer,) = centre.look(LI)
    centre.dialled(offer, "ANSWER")
    centre.take(Noted(offer.entry.id, "no_answer", "answering machine", "li"))
    assert centre.entry("+8613900000001").due == centre.at + PAUSES[0]


def test_urgent_callers_go_before_every_callback(centre: Centre) -> None:
    centre.take(lost("+8613900000001", NOON - 60))
    urgent = Floor((WaitingCaller(NOON, "hotline", urgent=True),), (LI,))
    assert centre.take(urgent) == []


def test_nobody_is_called_back_at_night() -> None:
    beijing = ZoneInfo("Asia/Shanghai")
    hours = CallingHours(time(8), time(21), beijing)
    night = datetime(2026, 11, 25, 23, tzinfo=beijing).timestamp()
    centre = Centre(CallbackRules(RetryPlan((300.0, 900.0, 3_600.0), hours)), night)
    centre.take(lost("+8613900000001", night - 60))
    assert centre.look(LI) == []
    morning = datetime(2026, 11, 26, 8, tzinfo=beijing).timestamp()
    assert centre.entry("+8613900000001").due == morning
    centre.at = morning
    assert len(centre.look(LI)) == 1


def test_what_is_too_old_is_given_up_and_says_so(centre: Centre) -> None:
    centre.take(lost("+8613900000001", NOON - 60))
    centre.at += RULES.expires_s
    centre.look(LI)
    assert [entry.outcome for entry in centre.book.closed.values()] == ["expired"]


def test_after_a_restart_an_attempt_in_doubt_is_never_dialled_again(centre: Centre) -> None:
    centre.take(lost("+8613900000001", NOON - 60))
    (offer,) = centre.look(LI)
    channel, _ = centre.accept(offer)
    after = Centre(at=centre.at + 5)
    restore(after.book, list(centre.book), after.at)
    effects = [*after.take(Floor(ready=(LI, WANG))), *after.take(InDoubt(channel))]
    after.at += RULES.doubt_s
    effects += after.take(Floor(ready=(LI, WANG)))
    assert not [effect for effect in effects if isinstance(effect, Dial | Offer)]
    entry = after.entry("+8613900000001")
    assert entry.attempts[-1].outcome == "unknown"
    assert entry.due == after.at + PAUSES[0]


def test_an_attempt_that_lives_on_is_found_however_long_nobody_ran(centre: Centre) -> None:
    centre.take(lost("+8613900000001", NOON - 60))
    (offer,) = centre.look(LI)
    channel, _ = centre.accept(offer)
    after = Centre(at=centre.at + 10 * RULES.doubt_s)
    restore(after.book, list(centre.book), after.at)
    # The first look comes before the switch has told what it has.
    assert after.take(Floor(ready=(LI, WANG))) == []
    after.take(PickedUp(channel))
    after.at += RULES.doubt_s
    after.take(Floor(ready=(LI, WANG)))
    assert after.entry("+8613900000001").stage == "dialling"


@given(st.floats(0, 4e9), st.times(), st.times(), st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Paris"]))
def test_the_next_allowed_moment_is_allowed(at: float, start: time, end: time, zone: str) -> None:
    hours = CallingHours(start.replace(microsecond=0), end.replace(microsecond=0), ZoneInfo(zone))
    begins = hours.next_open(at)
    assert begins >= at
    assert begins - at <= 2 * 86_400
    if zone != "Europe/Paris":  # an hour that a clock change leaves out is in no day
        assert hours.open(begins)


# --- any order --------------------------------------------------------------------------------------

NUMBERS = st.sampled_from([f"+861390000000{number}" for number in range(4)])
ENTRIES = st.integers(0, 5)
CHANNELS = st.sampled_from([f"cb-{number}" for number in range(1, 6)])
AGENTS = st.sampled_from(["li", "wang", "zhao"])
PLACES = st.floats(NOON - 900, NOON)
QUEUES = st.sampled_from(["hotline", "english"])
WAITING = st.builds(WaitingCaller, PLACES, QUEUES)
READY = st.builds(
    ReadyAgent,
    AGENTS,
    PLACES,
    st.sampled_from([frozenset(), frozenset({"hotline"}), frozenset({"english"})]),
)
FLOORS = st.builds(
    Floor,
    st.lists(WAITING, max_size=3).map(tuple),
    st.lists(READY, max_size=3, unique_by=lambda agent: agent.id).map(tuple),
    st.frozensets(NUMBERS, max_size=1),
)
# Entry 0 … 5 and the offer's own agent are put in where the step is played.
STEPS = st.one_of(
    st.builds(lost, NUMBERS, PLACES, queue=QUEUES),
    st.builds(
        Asked, st.just(UUID(int=0)), NUMBERS, NUMBERS, st.just("hotline"), st.just("zh"), st.just(""), AGENTS
    ),
    st.builds(Reached, NUMBERS),
    FLOORS,
    FLOORS,
    st.tuples(st.just("accept"), ENTRIES),
    st.tuples(st.just("decline"), ENTRIES),
    st.tuples(st.just("assign"), ENTRIES, AGENTS),
    st.tuples(st.just("cancel"), ENTRIES),
    st.tuples(st.just("note"), ENTRIES, st.sampled_from(["reached", "no_answer", "busy", "wrong_number"])),
    st.builds(CallNotPlaced, CHANNELS, st.just("not_placed")),
    st.builds(CallNotPlaced, CHANNELS, st.just("unreachable"), st.just(True)),
    st.builds(InDoubt, CHANNELS),
    st.builds(Alive, CHANNELS),
    st.builds(Rang, CHANNELS),
    st.builds(Unknown, CHANNELS),
    st.builds(PickedUp, CHANNELS),
    st.builds(CitizenDialled, CHANNELS),
    st.builds(CitizenUp, CHANNELS),
    st.builds(DialOver, CHANNELS, st.sampled_from(["BUSY", "NOANSWER", "ANSWER", "CANCEL", "?"])),
    st.builds(Over, CHANNELS),
    st.just("restart"),
)


@given(st.lists(st.tuples(STEPS, st.floats(0, 120)), max_size=60))
def test_any_order_of_events_keeps_the_rules(steps: list[tuple[object, float]]) -> None:
    centre = Centre()
    dialled: Counter[str] = Counter()
    for step, passes in steps:
        centre.at += passes
        if step == "restart":
            kept = list(centre.book)
            channels = centre.channels
            centre = Centre(at=centre.at)
            centre.channels = channels
            restore(centre.book, kept, centre.at)
            continue
        effects = play(centre, step)
        note(f"{step} -> {[type(one).__name__ for one in effects]}")
        dialled.update(one.attempt.channel_id for one in effects if isinstance(one, Dial))
        check(centre.book)
        if isinstance(step, Floor):
            check_offers(step, [one for one in effects if isinstance(one, Offer)], centre.book)
    assert all(count == 1 for count in dialled.values())


def play(centre: Centre, step: object) -> list[Effect]:  # noqa: PLR0911  # one line a step
    if not isinstance(step, tuple):
        return centre.take(step)  # type: ignore[arg-type]
    known = [*centre.book, *centre.book.closed.values()]
    if step[1] >= len(known):
        return []
    entry = known[step[1]]
    if step[0] == "accept":
        centre.channels += 1
        channel = f"cb-{centre.channels}"
        return centre.take(Accepted(entry.id, entry.offered_to, "desk", channel, uuid7()))
    if step[0] == "decline":
        return centre.take(Declined(entry.id, entry.offered_to, "li"))
    if step[0] == "assign":
        return centre.take(Assigned(entry.id, step[2], "chief"))
    if step[0] == "cancel":
        return centre.take(Cancelled(entry.id, "", "chief"))
    return centre.take(Noted(entry.id, step[2], "", "li"))


def check(book: CallbackBook) -> None:
    numbers = Counter(entry.number for entry in book)
    assert all(count == 1 for count in numbers.values()), "one open entry for a number"
    agents = Counter(
        entry.offered_to or entry.attempts[-1].agent_id
        for entry in book
        if entry.live or entry.stage == "offered"
    )
    assert all(count == 1 for count in agents.values()), "one callback for an agent at a time"
    assert dict(book.by_number) == {entry.number: entry.id for entry in book}
    assert set(book.by_agent) == set(agents)
    live = {entry.attempts[-1].channel_id: entry.id for entry in book if entry.live}
    assert book.by_channel == live
    assert not set(book.open) & set(book.closed)
    for entry in book:
        assert entry.live == (entry.attempts != () and entry.attempts[-1].outcome is None)
        assert all(one.outcome is not None for one in entry.attempts[:-1])
        if entry.calls:
            assert entry.place <= min(call.place for call in entry.calls)
    for entry in book.closed.values():
        assert entry.outcome is not None


def check_offers(floor: Floor, offers: list[Offer], book: CallbackBook) -> None:
    engaged = set(book.by_agent) - {offer.agent_id for offer in offers}
    free = {agent.id: agent for agent in floor.ready if agent.id not in engaged}
    for offer in offers:
        assert offer.agent_id in free
        ahead = [caller for caller in floor.waiting if caller.place <= offer.entry.place]
        with_him = most_served(ahead, list(free.values()))
        agent = free.pop(offer.agent_id)
        assert agent.serves(offer.entry.queue)
        assert most_served(ahead, list(free.values())) == with_him, "no agent is taken from a caller"
        assert offer.entry.number not in floor.on_line
    places = [offer.entry.place for offer in offers]
    assert places == sorted(places), "in the order of their places"
    assert len({offer.agent_id for offer in offers}) == len(offers)


def most_served(callers: Sequence[WaitingCaller], agents: Sequence[ReadyAgent]) -> int:
    """How many of these callers these agents could take at most, each one; by trying all ways."""
    if not callers or not agents:
        return 0
    first, others = callers[0], callers[1:]
    taken = (
        1 + most_served(others, [one for one in agents if one != agent])
        for agent in agents
        if agent.serves(first.queue)
    )
    return max([most_served(others, agents), *taken])


@given(st.lists(READY, max_size=3, unique_by=lambda agent: agent.id), st.lists(WAITING, max_size=5))
def test_an_agent_is_spared_when_as_many_callers_are_served_without_him(
    agents: list[ReadyAgent], callers: list[WaitingCaller]
) -> None:
    most = most_served(callers, agents)
    expected = {
        agent.id for agent in agents if most_served(callers, [one for one in agents if one != agent]) == most
    }
    assert spared(agents, callers) == expected


def test_of_two_callbacks_none_takes_the_only_agent_who_serves_a_waiting_caller() -> None:
    """Li alone speaks English: the English caller keeps him, though he has been idle for longest."""
    li = ReadyAgent("li", 0.0)
    wang, zhao = (ReadyAgent(name, 50.0, frozenset({"hotline"})) for name in ("wang", "zhao"))
    waiting = (WaitingCaller(NOON, "hotline"), WaitingCaller(NOON, "english"))
    centre = Centre()
    for number, place in (("+8613900000000", NOON), ("+8613900000001", NOON)):
        centre.take(lost(number, place))
    offers = [one for one in centre.take(Floor(waiting, (li, wang, zhao))) if isinstance(one, Offer)]
    assert [one.agent_id for one in offers] == ["wang"]


def test_many_agents_and_callers_make_no_deep_search() -> None:
    agents = [ReadyAgent(f"agent-{number}", 0.0) for number in range(1_200)]
    callers = [WaitingCaller(float(number), "hotline") for number in range(1_200)]
    assert spared(agents, callers) == frozenset()
    assert len(spared(agents, callers[1:])) == 1_200
