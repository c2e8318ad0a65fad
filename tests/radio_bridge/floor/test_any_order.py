"""Whatever comes in whatever order, twice or not at all: what always holds for a floor."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from radio_bridge.floor.model import EMERGENCY, NOTICE, Cause, FloorRules, FloorStage, FloorState, admits, due
from radio_bridge.floor.reduce import apply
from radio_bridge.floor.signals import (
    AskNetwork,
    CeaseNetwork,
    CloseFloor,
    FloorPressed,
    FloorRelease,
    FloorRequestEnded,
    FloorSound,
    FloorTick,
    Gone,
    Granted,
    NetworkAway,
    NetworkDenied,
    NetworkGranted,
    NetworkIdle,
    NetworkQueued,
    NetworkTaken,
    Queued,
    Said,
    Signal,
    Talking,
)

PARTIES = [*(f"app:{number}" for number in range(6)), NOTICE]
IDS = [UUID(int=number) for number in range(24)]
RULES = FloorRules(limit_s=20, dead_key_s=2, hang_s=3, wait_s=10, answer_s=2, talker_s=30, queue_most=3)
NETWORK = FloorRules(
    limit_s=20,
    dead_key_s=2,
    hang_s=3,
    wait_s=10,
    answer_s=2,
    talker_s=30,
    queue_most=3,
    owned_by_network=True,
)

party, request_id = st.sampled_from(PARTIES), st.sampled_from(IDS)
token = st.integers(1, 12).map(lambda number: f"run.g.{number}")
OURS = (
    st.builds(FloorPressed, party, request_id, st.integers(0, EMERGENCY), st.booleans(), st.booleans()),
    st.builds(FloorPressed, party, request_id, st.sampled_from([3, 5, 5, 10, 15])),
    st.builds(FloorRelease, party, request_id),
    st.builds(Talking, party, token),
    st.builds(FloorSound, token),
    st.builds(Gone, party, st.just(Cause.UNREACHABLE)),
    st.just(FloorTick()),
)
THEIRS = (
    st.builds(NetworkGranted, party, request_id),
    st.builds(NetworkQueued, party, request_id, st.integers(0, 9)),
    st.builds(NetworkDenied, party, request_id),
    st.builds(NetworkTaken, st.sampled_from(["tetra:1", "tetra:2"])),
    st.just(NetworkIdle()),
    st.just(NetworkAway()),
)
gap = st.sampled_from([0.0, 0.0, 0.1, 0.5, 1.0, 3.0, 11.0, 40.0])


def stories(*signals: st.SearchStrategy[Signal]) -> st.SearchStrategy[list[tuple[float, Signal]]]:
    return st.lists(st.tuples(gap, st.one_of(*signals)), max_size=50)


@dataclass
class Watch:
    """Follows a floor and checks after each signal what must hold."""

    floor: FloorState
    at: float = 0.0
    said: list[Said] = field(default_factory=list)
    asked: set[tuple[str, UUID]] = field(default_factory=set)
    answers: dict[tuple[str, UUID], str] = field(default_factory=dict)
    tokens: dict[str, tuple[str, UUID]] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    let_go: set[tuple[str, UUID]] = field(default_factory=set)
    given: set[tuple[str, UUID]] = field(default_factory=set)

    def take(self, signal: Signal, after: float = 0.0) -> None:
        self.at += after
        before = self.floor
        if isinstance(signal, FloorPressed):
            self.asked.add((signal.party, signal.request_id))
        if isinstance(signal, FloorRelease):
            self.let_go.add((signal.party, signal.request_id))
        if isinstance(signal, NetworkGranted):
            self.given.add((signal.party, signal.request_id))
        self.floor, said = apply(before, signal, self.at)
        self.said += said
        for one in said:
            self._hear(one)
        self._holds(before)

    def _hear(self, one: Said) -> None:
        match one:
            case Granted(ask, token, again=False):
                assert token not in self.tokens, "a token was used twice"
                assert ask.key not in self.answers, "a second answer"
                assert ask.key not in self.let_go, "the button had been let go"
                assert ask.key in self.asked
                if self.floor.rules.owned_by_network:
                    assert ask.key in self.given, "the network had not granted it"
                self.tokens[token] = ask.key
                self.answers[ask.key] = "granted"
            case Granted(ask, token, again=True):
                assert self.tokens[token] == ask.key
                assert token not in self.ended
            case FloorRequestEnded(over, again=False) if over.verdict == "denied":
                assert over.key not in self.answers, "a second answer"
                self.answers[over.key] = "denied"
            case FloorRequestEnded(over, again=True) if over.verdict == "denied":
                assert self.answers.setdefault(over.key, "denied") == "denied"
            case FloorRequestEnded(over, again=False):
                assert self.tokens[over.token] == over.key
                assert over.token not in self.ended, "a grant ended twice"
                self.ended.add(over.token)
            case Queued(ask, position):
                assert position >= 1
                assert ask.key not in self.answers

    def _holds(self, before: FloorState) -> None:
        floor = self.floor
        live = set(self.tokens) - self.ended
        assert live == ({floor.hold.token} if floor.hold else set()), "more than one holds the floor"
        assert floor.hold is None or floor.outsider is None
        for token in self.tokens:
            assert admits(floor, token, self.at) <= (token in live)
        ranks = [ask.rank for ask in floor.queue]
        assert ranks == sorted(ranks), "a lower priority stands before a higher one"
        parties = [ask.party for ask in floor.queue]
        parties += [floor.hold.ask.party] if floor.hold else []
        parties += [floor.asking.ask.party] if floor.asking else []
        assert len(parties) == len(set(parties)), "somebody has two places"
        assert len(floor.queue) <= floor.rules.queue_most
        assert NOTICE not in [ask.party for ask in floor.queue], "a notice waits"
        assert NOTICE not in parties or parties == [NOTICE], "somebody waits for a notice"
        for ask in floor.queue:
            assert floor.hold is not None or floor.asking is not None, "somebody waits for nobody"
            if floor.hold is not None:
                assert ask.priority < EMERGENCY or floor.hold.ask.priority == EMERGENCY
            if floor.asking is not None:
                assert ask.priority <= floor.asking.ask.priority
        end = due(floor)
        if floor.stage is FloorStage.IDLE and not floor.queue:
            assert end is None
        else:
            assert end is not None, "nothing ends this"
        if floor.hold is not None and (before.hold is None or before.hold.token != floor.hold.token):
            assert all(ask.priority <= floor.hold.ask.priority for ask in floor.queue)

    def drain(self) -> None:
        """Nothing comes any more: timers alone end everything."""
        for _ in range(100):
            end = due(self.floor)
            if end is None:
                break
            self.at = max(self.at, end)
            self.take(FloorTick())
        assert self.floor.stage is FloorStage.IDLE
        assert not self.floor.queue
        assert set(self.answers) >= self.asked, "somebody who asked was never answered"
        assert set(self.tokens) == self.ended, "somebody stayed keyed"


@settings(max_examples=400, deadline=None)
@given(stories(*OURS))
def test_a_floor_of_ours(story: list[tuple[float, Signal]]) -> None:
    watch = Watch(FloorState("g", "run", RULES))
    for after, signal in story:
        watch.take(signal, after)
    watch.drain()


@settings(max_examples=400, deadline=None)
@given(stories(*OURS, *THEIRS))
def test_a_floor_that_a_network_owns(story: list[tuple[float, Signal]]) -> None:
    watch = Watch(FloorState("g", "run", NETWORK))
    for after, signal in story:
        watch.take(signal, after)
    watch.drain()


@settings(max_examples=200, deadline=None)
@given(stories(*OURS, *THEIRS, st.just(CloseFloor())))
def test_a_network_that_answers_what_it_is_asked(story: list[tuple[float, Signal]]) -> None:
    """Grants that come in answer are the ones that lead far: talk, revocation, the next one."""
    watch = Watch(FloorState("g", "run", NETWORK))
    for number, (after, signal) in enumerate(story):
        watch.take(signal, after)
        asking = watch.floor.asking
        if asking is not None and number % 2:
            watch.take(NetworkGranted(*asking.ask.key), 0.1)
            if number % 3 == 0:
                watch.take(NetworkDenied(*asking.ask.key), 0.1)
    watch.drain()


@settings(max_examples=100, deadline=None)
@given(stories(*OURS, *THEIRS), st.sampled_from([RULES, NETWORK]))
def test_the_network_is_told_the_end_of_all_that_it_was_asked(
    story: list[tuple[float, Signal]], rules: FloorRules
) -> None:
    watch = Watch(FloorState("g", "run", rules))
    for after, signal in story:
        watch.take(signal, after)
    watch.drain()
    asked = {one.ask.key for one in watch.said if isinstance(one, AskNetwork)}
    told = {(one.party, one.request_id) for one in watch.said if isinstance(one, CeaseNetwork)}
    knew = {(signal.party, signal.request_id) for _, signal in story if isinstance(signal, NetworkDenied)}
    took = any(isinstance(signal, NetworkAway | NetworkTaken | NetworkIdle) for _, signal in story)
    assert rules.owned_by_network or not asked | told
    assert took or asked <= told | knew


@settings(max_examples=100, deadline=None)
@given(stories(*OURS))
def test_a_token_of_a_former_run_is_void(story: list[tuple[float, Signal]]) -> None:
    former, now = Watch(FloorState("g", "run", RULES)), Watch(FloorState("g", "again", RULES))
    for after, signal in story:
        former.take(signal, after)
        now.take(signal, after)
    assert not set(former.tokens) & set(now.tokens)
    assert not any(admits(now.floor, token, now.at) for token in former.tokens)
