"""The story of a floor, one rule at a time."""

from __future__ import annotations

from uuid import UUID

import pytest

from core.ids import uuid7
from radio_bridge.floor.model import (
    DISPATCHER,
    EMERGENCY,
    FIELD,
    NOTICE,
    PHONE,
    Cause,
    FloorRules,
    FloorStage,
    FloorState,
    admits,
    due,
)
from radio_bridge.floor.reduce import apply
from radio_bridge.floor.signals import (
    AskNetwork,
    CeaseNetwork,
    CloseFloor,
    FloorPressed,
    FloorRelease,
    FloorRequestEnded,
    FloorSound,
    FloorTaken,
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
    Quiet,
    Said,
    Signal,
    Talking,
    Void,
)

CREW, OTHER, DESK, PHONE_LEG = "app:17", "app:18", "user:wang.fang", "phone:1"
RULES = FloorRules(limit_s=60, dead_key_s=2, hang_s=3, wait_s=30, answer_s=2, queue_most=3)


class Group:
    """A floor with a clock, and words to speak with it."""

    def __init__(self, rules: FloorRules = RULES) -> None:
        self.floor = FloorState("app:101", "run1", rules)
        self.at = 0.0
        self.said: list[Said] = []

    def take(self, signal: Signal, *, after: float = 0.0) -> list[Said]:
        self.at += after
        self.floor, said = apply(self.floor, signal, self.at)
        self.said += said
        return list(said)

    def ask(self, party: str, priority: int = FIELD, *, take_over: bool = False, after: float = 0.0) -> UUID:
        request_id = uuid7()
        self.take(FloorPressed(party, request_id, priority, take_over), after=after)
        return request_id

    def wait(self, seconds: float) -> list[Said]:
        return self.take(FloorTick(), after=seconds)

    def talk(self, seconds: float) -> list[Said]:
        """The holder talks for so long."""
        heard: list[Said] = []
        for _ in range(int(seconds)):
            hold = self.floor.hold
            assert hold is not None
            heard += self.take(Talking(hold.ask.party, hold.token), after=1)
        return heard

    def verdicts(self, request_id: UUID) -> list[tuple[str, str]]:
        """What was said to this request, copies left out."""
        found: list[tuple[str, str]] = []
        for one in self.said:
            if isinstance(one, Granted) and one.ask.request_id == request_id and not one.again:
                found.append(("granted", ""))
            elif isinstance(one, FloorRequestEnded) and one.over.request_id == request_id and not one.again:
                found.append((one.over.verdict, one.over.cause.value))
        return found

    @property
    def stage(self) -> FloorStage:
        return self.floor.stage

    @property
    def token(self) -> str:
        assert self.floor.hold is not None
        return self.floor.hold.token


def test_who_asks_first_is_granted_and_everybody_sees_it() -> None:
    group = Group()
    request_id = group.ask(CREW)
    assert group.verdicts(request_id) == [("granted", "")]
    assert FloorTaken(CREW, FIELD) in group.said
    assert group.stage is FloorStage.TAKEN
    assert admits(group.floor, group.token, group.at)


def test_a_released_floor_hangs_and_then_is_idle() -> None:
    group = Group()
    request_id = group.ask(CREW)
    token = group.token
    said = group.take(FloorRelease(CREW, request_id))
    assert Quiet(CREW, Cause.NONE) in said
    assert group.stage is FloorStage.HANG
    assert not admits(group.floor, token, group.at)
    group.wait(3)
    assert group.floor.hang_until is None
    assert due(group.floor) is None


def test_the_second_waits_with_his_place_and_comes_next() -> None:
    group = Group()
    first = group.ask(CREW)
    second = group.ask(OTHER, after=0.5)
    assert [one for one in group.said if isinstance(one, Queued)][-1].position == 1
    group.take(FloorRelease(CREW, first), after=0.5)
    assert group.verdicts(second) == [("granted", "")]


def test_the_queue_is_by_priority_and_then_by_time() -> None:
    group = Group()
    group.ask(CREW)
    group.ask(PHONE_LEG, PHONE)
    group.ask(OTHER, FIELD, after=0.1)
    group.ask(DESK, DISPATCHER, after=0.1)
    assert [ask.party for ask in group.floor.queue] == [DESK, OTHER, PHONE_LEG]
    places = {one.ask.party: one.position for one in group.said if isinstance(one, Queued)}
    assert places == {DESK: 1, OTHER: 2, PHONE_LEG: 3}


def test_a_full_queue_denies_the_lowest() -> None:
    group = Group()
    group.ask(CREW)
    phone = group.ask(PHONE_LEG, PHONE)
    for number in range(2):
        group.ask(f"app:{20 + number}")
    late = group.ask("app:30")
    assert group.verdicts(phone) == [("denied", "queue_full")]
    assert group.verdicts(late) == []
    more = group.ask("app:31")
    assert group.verdicts(more) == [("denied", "queue_full")]
    assert len(group.floor.queue) == 3


def test_an_emergency_takes_the_floor_at_once_and_the_former_token_is_not_heard() -> None:
    group = Group()
    talker = group.ask(DESK, DISPATCHER)
    token = group.token
    alarm = group.ask(CREW, EMERGENCY)
    assert group.verdicts(talker) == [("granted", ""), ("revoked", "pre_empted")]
    assert group.verdicts(alarm) == [("granted", "")]
    assert not admits(group.floor, token, group.at)
    assert admits(group.floor, group.token, group.at)


def test_a_second_emergency_waits_for_the_first() -> None:
    group = Group()
    group.ask(CREW, EMERGENCY)
    second = group.ask(OTHER, EMERGENCY)
    assert group.verdicts(second) == []
    assert group.floor.queue[0].party == OTHER


def test_a_dispatcher_waits_unless_he_takes_over() -> None:
    group = Group()
    talker = group.ask(CREW)
    waiting = group.ask(DESK, DISPATCHER)
    assert group.verdicts(waiting) == []
    taking = group.ask(DESK, DISPATCHER, take_over=True)
    assert group.verdicts(waiting) == [("denied", "superseded")]
    assert group.verdicts(talker)[-1] == ("revoked", "pre_empted")
    assert group.verdicts(taking) == [("granted", "")]


def test_a_take_over_ends_nobody_of_the_same_or_a_higher_priority() -> None:
    group = Group()
    group.ask(DESK, DISPATCHER)
    other = group.ask("user:zhao.lei", DISPATCHER, take_over=True)
    assert group.verdicts(other) == []


def test_the_time_out_timer_ends_a_talk() -> None:
    group = Group()
    request_id = group.ask(CREW)
    group.talk(60)
    assert group.verdicts(request_id)[-1] == ("revoked", "time_out")


def test_a_dead_key_is_ended_by_the_watchdog() -> None:
    group = Group()
    request_id = group.ask(CREW)
    token = group.token
    group.talk(5)
    assert not admits(group.floor, token, group.at + 2.0)
    group.wait(2)
    assert group.verdicts(request_id)[-1] == ("revoked", "dead_key")


def test_a_grant_has_time_to_reach_its_talker_who_is_watched_from_his_first_sign_on() -> None:
    """Of a dispatcher whose grant took 2 s to reach his page, the floor was taken before his first sign."""
    slow, gone = Group(), Group()
    request_id = slow.ask(CREW)
    slow.wait(3.5)
    slow.take(Talking(CREW, slow.token))
    slow.wait(1.9)
    assert slow.verdicts(request_id) == [("granted", "")]
    slow.wait(0.1)
    assert slow.verdicts(request_id)[-1] == ("revoked", "dead_key")
    request_id = gone.ask(CREW)
    gone.wait(4)
    assert gone.verdicts(request_id)[-1] == ("revoked", "dead_key")


def test_a_sign_of_life_counts_that_is_here_before_the_watch_has_looked() -> None:
    group = Group()
    request_id = group.ask(CREW)
    group.talk(1)
    group.take(Talking(CREW, group.token), after=5)
    group.take(FloorPressed(CREW, request_id, FIELD), after=5)
    group.take(FloorSound(group.token), after=5)
    assert group.verdicts(request_id) == [("granted", "")]
    group.take(Talking(OTHER, group.token), after=2)
    assert group.verdicts(request_id)[-1] == ("revoked", "dead_key")


def test_who_waits_too_long_is_told_so() -> None:
    group = Group()
    group.ask(CREW)
    waiting = group.ask(OTHER)
    group.talk(30)
    assert group.verdicts(waiting) == [("denied", "waited_too_long")]


def test_a_copy_of_a_request_is_answered_as_before() -> None:
    group = Group()
    request_id = group.ask(CREW)
    token = group.token
    (answer,) = group.take(FloorPressed(CREW, request_id, FIELD), after=0.5)
    assert isinstance(answer, Granted)
    assert (answer.again, answer.token, answer.limit_s) == (True, token, 59.5)
    group.take(FloorRelease(CREW, request_id))
    (answer,) = group.take(FloorPressed(CREW, request_id, FIELD))
    assert isinstance(answer, FloorRequestEnded)
    assert answer.over.verdict == "released"
    assert group.stage is FloorStage.HANG


def test_a_release_that_overtakes_its_request_keeps_the_floor_free() -> None:
    group = Group()
    request_id = uuid7()
    group.take(FloorRelease(CREW, request_id))
    (answer,) = group.take(FloorPressed(CREW, request_id, FIELD))
    assert isinstance(answer, FloorRequestEnded)
    assert answer.over.cause is Cause.WITHDRAWN
    assert group.stage is FloorStage.IDLE


def test_nobody_releases_for_another() -> None:
    group = Group()
    request_id = group.ask(CREW)
    group.take(FloorRelease(OTHER, request_id))
    assert group.floor.hold is not None
    group.take(Talking(OTHER, group.token), after=3.9)
    group.wait(0.1)
    assert group.floor.hold is None


def test_a_sign_of_life_is_answered_and_sound_is_not() -> None:
    group = Group()
    group.ask(CREW)
    (answer,) = group.take(Talking(CREW, group.token), after=1)
    assert isinstance(answer, Granted)
    assert (answer.again, answer.limit_s) == (True, 59)
    assert group.take(FloorSound(group.token), after=1.9) == []
    assert group.wait(1.9) == []


def test_a_waiting_request_may_be_withdrawn() -> None:
    group = Group()
    group.ask(CREW)
    waiting = group.ask(OTHER)
    group.take(FloorRelease(OTHER, waiting))
    assert group.verdicts(waiting) == [("denied", "withdrawn")]


def test_who_talks_with_a_void_token_is_told() -> None:
    group = Group()
    assert group.take(Talking(CREW, "run0.app:101.4")) == [Void(CREW, "run0.app:101.4")]


@pytest.mark.parametrize("signal", [Gone(CREW, Cause.UNREACHABLE), CloseFloor()])
def test_who_is_gone_has_no_floor(signal: Signal) -> None:
    group = Group()
    request_id = group.ask(CREW)
    group.take(signal)
    assert group.verdicts(request_id)[-1][0] == "revoked"
    assert group.floor.hold is None


# --- a network that owns the floor -------------------------------------------------------------------

NETWORK = FloorRules(limit_s=60, dead_key_s=2, hang_s=3, wait_s=30, answer_s=2, owned_by_network=True)


def test_nothing_is_granted_before_the_network_grants_it() -> None:
    group = Group(NETWORK)
    request_id = group.ask(CREW)
    assert group.verdicts(request_id) == []
    assert isinstance(group.said[-1], AskNetwork)
    assert group.stage is FloorStage.REQUESTED
    group.take(NetworkGranted(CREW, request_id), after=0.2)
    assert group.verdicts(request_id) == [("granted", "")]


def test_a_silent_network_is_no_grant() -> None:
    group = Group(NETWORK)
    request_id = group.ask(CREW)
    group.wait(2)
    assert group.verdicts(request_id) == [("denied", "network_silent")]
    assert CeaseNetwork(CREW, request_id) in group.said
    # The grant comes late: it is given back.
    assert group.take(NetworkGranted(CREW, request_id)) == [CeaseNetwork(CREW, request_id)]
    assert group.floor.hold is None


def test_a_busy_network_denies_and_the_next_is_asked_for() -> None:
    group = Group(NETWORK)
    first = group.ask(CREW)
    second = group.ask(OTHER)
    said = group.take(NetworkDenied(CREW, first, Cause.NETWORK_BUSY))
    assert group.verdicts(first) == [("denied", "network_busy")]
    assert [one.ask.request_id for one in said if isinstance(one, AskNetwork)] == [second]


def test_the_networks_queue_is_told() -> None:
    group = Group(NETWORK)
    request_id = group.ask(CREW)
    (told,) = group.take(NetworkQueued(CREW, request_id, 4))
    assert isinstance(told, Queued)
    assert told.position == 4
    group.wait(29)
    assert group.verdicts(request_id) == []
    group.wait(1)
    assert group.verdicts(request_id) == [("denied", "waited_too_long")]


def test_a_higher_priority_is_asked_for_instead() -> None:
    group = Group(NETWORK)
    first = group.ask(CREW)
    alarm = group.ask(OTHER, EMERGENCY)
    assert CeaseNetwork(CREW, first) in group.said
    assert group.floor.asking is not None
    assert group.floor.asking.ask.request_id == alarm
    assert [ask.request_id for ask in group.floor.queue] == [first]


def test_an_emergency_takes_our_own_talker_off_before_the_network_answers() -> None:
    group = Group(NETWORK)
    talker = group.ask(CREW)
    group.take(NetworkGranted(CREW, talker))
    alarm = group.ask(OTHER, EMERGENCY)
    assert group.verdicts(talker)[-1] == ("revoked", "pre_empted")
    assert CeaseNetwork(CREW, talker) in group.said
    assert group.verdicts(alarm) == []


def test_somebody_in_the_network_talks() -> None:
    group = Group(NETWORK)
    talker = group.ask(CREW)
    group.take(NetworkGranted(CREW, talker))
    said = group.take(NetworkTaken("tetra:1234"))
    assert group.verdicts(talker)[-1] == ("revoked", "network_took_it")
    assert FloorTaken("tetra:1234", 0) in said
    assert group.take(NetworkTaken("tetra:1234")) == []
    group.take(NetworkIdle(), after=5)
    assert group.stage is FloorStage.HANG


def test_a_talker_whose_end_is_never_told_ends_by_a_timer() -> None:
    group = Group(NETWORK)
    group.take(NetworkTaken("tetra:1234"))
    group.wait(NETWORK.talker_s)
    assert group.floor.outsider is None


def test_a_network_that_is_away_denies_everybody() -> None:
    group = Group(NETWORK)
    asked = [group.ask(CREW), group.ask(OTHER)]
    group.take(NetworkAway())
    assert [group.verdicts(one) for one in asked] == [[("denied", "network_away")]] * 2


def test_what_a_network_says_of_a_floor_that_is_ours_changes_nothing() -> None:
    group = Group()
    request_id = group.ask(CREW)
    before = group.floor
    for signal in (
        NetworkTaken("tetra:1"), NetworkIdle(), NetworkAway(), NetworkDenied(CREW, request_id),
        NetworkGranted(OTHER, request_id), NetworkQueued(CREW, request_id, 1),
    ):  # fmt: skip
        assert group.take(signal) == []
    assert group.floor == before


# --- notices -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("take_over", [False, True])
def test_a_notice_asks_only_when_nobody_talks_waits_or_may_answer_at_once(take_over: bool) -> None:
    group = Group()
    talker = group.ask(CREW)
    refused = group.ask(NOTICE, 0, take_over=take_over)
    group.take(FloorRelease(CREW, talker))
    assert group.stage is FloorStage.HANG
    refused_too = group.ask(NOTICE, EMERGENCY)
    for request_id in (refused, refused_too):
        assert group.verdicts(request_id) == [("denied", "pre_empted")]
    group.wait(3)
    assert group.verdicts(group.ask(NOTICE, 0)) == [("granted", "")]


def test_the_floor_is_free_at_once_when_a_notice_has_ended() -> None:
    group = Group()
    request_id = group.ask(NOTICE, 0)
    group.take(FloorRelease(NOTICE, request_id))
    assert group.stage is FloorStage.IDLE
    assert due(group.floor) is None


@pytest.mark.parametrize("priority", [0, PHONE, EMERGENCY])
def test_nobody_waits_for_a_notice(priority: int) -> None:
    group = Group()
    notice = group.ask(NOTICE, 0)
    token = group.token
    assert group.verdicts(group.ask(CREW, priority, after=0.1)) == [("granted", "")]
    assert group.verdicts(notice) == [("granted", ""), ("revoked", "pre_empted")]
    assert not admits(group.floor, token, group.at)


def test_a_network_is_asked_for_the_next_one_before_it_has_answered_for_a_notice() -> None:
    group = Group(NETWORK)
    notice, crew = group.ask(NOTICE, 0), group.ask(CREW, 0, after=0.1)
    assert group.verdicts(notice) == [("denied", "pre_empted")]
    assert CeaseNetwork(NOTICE, notice) in group.said
    group.take(NetworkGranted(NOTICE, notice))
    assert group.floor.hold is None
    group.take(NetworkGranted(CREW, crew))
    assert group.verdicts(crew) == [("granted", "")]


def test_who_talks_in_the_network_ends_a_notice() -> None:
    group = Group(NETWORK)
    notice = group.ask(NOTICE, 0)
    group.take(NetworkGranted(NOTICE, notice))
    group.take(NetworkTaken("svx:CREW-A"))
    assert group.verdicts(notice) == [("granted", ""), ("revoked", "network_took_it")]
    assert group.verdicts(group.ask(NOTICE, 0)) == [("denied", "pre_empted")]


def test_a_notice_is_refused_while_somebody_waits_whom_the_network_is_asked_for_next() -> None:
    """It comes at the very moment at which the network has been silent for too long about another one."""
    group = Group(NETWORK)
    first, second = group.ask(CREW), group.ask(OTHER)
    notice = group.ask(NOTICE, 0, after=NETWORK.answer_s)
    assert group.verdicts(first) == [("denied", "network_silent")]
    assert group.verdicts(notice) == [("denied", "pre_empted")]
    group.take(NetworkGranted(OTHER, second))
    assert group.verdicts(second) == [("granted", "")]
