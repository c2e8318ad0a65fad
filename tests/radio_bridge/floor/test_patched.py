"""Two patched talkgroups: who is granted the floor has it in both, and what ends one ends the other."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from core.ids import uuid7
from radio_bridge.floor.model import EMERGENCY, NOTICE, PATCH, Cause
from radio_bridge.floor.patched import PATCHED_FOR_S, TAIL_S
from radio_bridge.floor.signals import NetworkAway, NetworkDenied, NetworkGranted, NetworkIdle, NetworkTaken
from tests.radio_bridge.floor.patched_world import (
    CREW,
    DESK,
    ECHO,
    GROUP,
    OTHER,
    RADIO,
    RADIO_GROUP,
    SECOND,
    PatchedWorld,
)

OF_RADIO, OF_GROUP = f">{RADIO_GROUP}", f">{GROUP}"


def test_a_talk_is_granted_when_the_other_talkgroups_network_has_granted_it_and_not_before() -> None:
    world = PatchedWorld()
    pressed = world.press(CREW, GROUP)
    assert world.heard.results(CREW) == []
    ((group, ask),) = world.network.asked
    assert (group, ask.party, ask.priority) == (RADIO_GROUP, f"{PATCH}{GROUP}", 5)
    world.network_says(NetworkGranted(*ask.key))
    assert world.talkers() == (CREW, OF_GROUP)
    assert world.heard.results(CREW) == ["granted"]
    view = world.control.view(RADIO_GROUP)
    assert view is not None
    assert view.talker is not None
    assert view.talker.name == "道里一组"
    # Signs of life of the crew are enough for both.
    for _ in range(20):
        world.wait(0.5)
        world.control.talking(GROUP, CREW, world.floor(GROUP).hold.token)  # type: ignore[union-attr]
    assert world.talkers() == (CREW, OF_GROUP)
    world.let_go(GROUP, CREW, pressed)
    assert world.talkers() == (None, OF_GROUP)
    # Its last words are still on their way.
    world.wait(TAIL_S + 0.01)
    assert world.talkers() == (None, None)
    assert world.network.ceased[-1] == ask.request_id


def test_a_notice_is_told_in_its_own_talkgroup_alone_and_gives_way_to_who_talks_in_the_other_one() -> None:
    world = PatchedWorld()
    notice = world.press(NOTICE, RADIO_GROUP)
    assert [(group, ask.key) for group, ask in world.network.asked] == [(RADIO_GROUP, (NOTICE, notice))]
    world.network_says(NetworkGranted(NOTICE, notice))
    world.wait(0.1)
    assert world.talkers() == (None, NOTICE)
    world.press(CREW, GROUP)
    assert world.network.ceased == [notice]
    world.network_says(NetworkGranted(*world.network.asked[-1][1].key))
    assert world.talkers() == (CREW, OF_GROUP)
    assert world.heard.results(NOTICE) == ["granted", "revoked pre_empted"]


def test_the_other_network_says_no_and_who_pressed_is_told_why() -> None:
    world = PatchedWorld()
    world.press(CREW, GROUP)
    world.network_says(NetworkDenied(*world.network.asked[0][1].key, Cause.NETWORK_BUSY))
    assert world.heard.results(CREW) == ["denied network_busy"]
    assert world.talkers() == (None, None)


def test_who_talks_in_the_network_is_heard_in_the_other_talkgroup_and_takes_its_floor() -> None:
    world = PatchedWorld()
    world.press(CREW, GROUP)
    world.network_says(NetworkGranted(*world.network.asked[0][1].key))
    # The network gives the floor to somebody of its own: the crew is told that it is not heard any more.
    world.network_says(NetworkTaken(RADIO))
    assert world.heard.results(CREW) == ["granted", "revoked network_took_it"]
    assert world.talkers() == (OF_RADIO, RADIO)
    second = world.press(CREW, GROUP)
    assert world.heard.results(CREW)[-1] == "queued"
    world.network_says(NetworkIdle())
    world.wait(TAIL_S + 0.01)
    world.network_says(NetworkGranted(*world.network.asked[-1][1].key))
    assert world.talkers() == (CREW, OF_GROUP)
    world.let_go(GROUP, CREW, second)


def test_a_units_radio_has_its_name_in_both_talkgroups() -> None:
    world = PatchedWorld()
    world.table.names[RADIO] = "道里三组"
    world.network_says(NetworkTaken(RADIO))
    named = {
        group: (view.talker.party, view.talker.name)
        for group in (GROUP, RADIO_GROUP)
        if (view := world.control.view(group)) is not None and view.talker is not None
    }
    assert named == {GROUP: (f"patch:{RADIO_GROUP}", "道里三组"), RADIO_GROUP: (RADIO, "道里三组")}


def test_an_echo_of_our_own_talk_is_not_patched_on() -> None:
    world = PatchedWorld()
    world.network_says(NetworkTaken(ECHO))
    world.wait(5)
    assert world.talkers() == (None, ECHO)
    assert world.press(CREW, GROUP)


def test_what_came_by_a_patch_goes_no_further() -> None:
    world = PatchedWorld(GROUP, SECOND)
    # A second patch of the same talkgroup counts for nothing: the centre allows one, and so does this.
    world.patched.told(RADIO_GROUP, GROUP)
    world.press(CREW, GROUP)
    assert world.talkers() == (CREW, OF_GROUP)
    assert world.talker(RADIO_GROUP) is None
    assert world.network.asked == []


def test_two_talkgroups_of_ours_talk_in_turns_and_whoever_waits_is_told() -> None:
    world = PatchedWorld(GROUP, SECOND)
    first = world.press(CREW, GROUP)
    assert world.talkers() == (CREW, OF_GROUP)
    second = world.press(OTHER, SECOND)
    third = world.press("app:20", GROUP)
    assert world.heard.results(OTHER) == ["queued"]
    world.let_go(GROUP, CREW, first)
    world.wait(1)
    # Who waits in the talkgroup that is free first goes first; then the other one.
    assert world.talkers() == ("app:20", OF_GROUP)
    world.let_go(GROUP, "app:20", third)
    world.wait(1)
    assert world.talkers() == (f">{SECOND}", OTHER)
    world.let_go(SECOND, OTHER, second)
    world.wait(1)
    assert world.talkers() == (None, None)


def test_two_who_take_over_at_the_same_moment_do_not_make_the_floors_ask_each_other_without_end() -> None:
    world = PatchedWorld()
    world.press(CREW, RADIO_GROUP)
    world.press(CREW, GROUP, take_over=True)
    world.press(CREW, RADIO_GROUP, take_over=True)
    world.network_says(NetworkGranted(*world.network.asked[-1][1].key))
    assert world.talkers() == (OF_RADIO, CREW)


def test_an_emergency_takes_the_floor_of_both_and_is_heard_alone_where_the_other_cannot_be_had() -> None:
    world = PatchedWorld(GROUP, SECOND)
    world.press(CREW, GROUP)
    world.press(OTHER, SECOND, emergency=True)
    assert world.heard.results(CREW) == ["granted", "revoked pre_empted"]
    assert world.talkers() == (f">{SECOND}", OTHER)
    away = PatchedWorld()
    away.press(CREW, GROUP, emergency=True)
    away.network_says(NetworkAway())
    assert away.talkers() == (CREW, None)
    # Once the network is back, the emergency is carried on: nobody has to press again.
    for _ in range(6):
        away.wait(0.5)
        away.control.talking(GROUP, CREW, away.floor(GROUP).hold.token)  # type: ignore[union-attr]
    away.network_says(NetworkGranted(*away.network.asked[-1][1].key))
    assert away.talkers() == (CREW, OF_GROUP)


def test_a_desk_that_takes_over_takes_both() -> None:
    world = PatchedWorld(GROUP, SECOND)
    world.press(CREW, GROUP)
    world.press(DESK, SECOND, take_over=True)
    assert world.talkers() == (f">{SECOND}", DESK)


def test_whom_the_network_takes_off_the_air_is_off_in_both() -> None:
    world = PatchedWorld()
    world.press(CREW, RADIO_GROUP)
    _, ask = world.network.asked[-1]
    world.network_says(NetworkGranted(*ask.key))
    assert world.talkers() == (OF_RADIO, CREW)
    world.network_says(NetworkDenied(*ask.key, Cause.NETWORK_DENIED))
    assert world.heard.results(CREW) == ["granted", "revoked network_denied"]
    world.wait(TAIL_S + 0.01)
    assert world.talkers() == (None, None)


def test_the_end_of_a_patch_is_at_once_and_the_talk_goes_on_in_its_own_talkgroup() -> None:
    world = PatchedWorld(GROUP, SECOND)
    world.press(CREW, GROUP)
    world.unpatch()
    assert world.talkers() == (CREW, None)
    assert world.press(OTHER, SECOND)
    assert world.talkers() == (CREW, OTHER)
    # And a request that waited for the other network is granted by its own talkgroup alone.
    waits = PatchedWorld()
    waits.press(CREW, GROUP)
    assert waits.talkers() == (None, None)
    waits.unpatch()
    assert waits.talkers() == (CREW, None)


def test_a_patch_that_is_not_said_any_more_is_over() -> None:
    world = PatchedWorld(GROUP, SECOND)
    world.wait(PATCHED_FOR_S + 1, said=False)
    world.press(CREW, GROUP)
    assert world.talkers() == (CREW, None)


def test_a_talk_that_began_before_the_patch_is_carried_when_the_other_floor_is_free() -> None:
    world = PatchedWorld(GROUP, SECOND)
    world.unpatch()
    world.press(CREW, GROUP)
    world.press(OTHER, SECOND)
    world.patch()
    assert world.talkers() == (CREW, OTHER)
    world.let_go(SECOND, OTHER, world.floor(SECOND).hold.ask.request_id)  # type: ignore[union-attr]
    world.wait(0.5)
    assert world.talkers() == (CREW, OF_GROUP)


# --- whatever happens --------------------------------------------------------------------------------

PARTIES = (CREW, OTHER, "app:20", DESK)
HOW = ("", "", "emergency", "over")
WAITS = ("0.1", "0.3", "1", "3", "31")
WORDS = ("grants", "denies", "taken", "echo", "idle", "away")
second = st.booleans()
ACTS = st.one_of(
    st.tuples(st.just("press"), st.sampled_from(PARTIES), second, st.sampled_from(HOW)),
    st.tuples(st.just("let go"), st.sampled_from(PARTIES), second, st.just("")),
    st.tuples(st.just("wait"), st.sampled_from(WAITS), second, st.just("")),
    st.tuples(st.just("network"), st.sampled_from(WORDS), second, st.just("")),
    st.tuples(st.just("patch"), st.just(""), second, st.just("")),
)


class Story:
    """What happens in two talkgroups, and whether they are patched meanwhile."""

    def __init__(self, other: str) -> None:
        self.world = PatchedWorld(GROUP, other)
        self.groups = (GROUP, other)
        self.patched = True
        self.before: set[tuple[str, UUID]] = set()
        """Requests of before the patch, or of a moment when there was none."""
        self.pressed: dict[tuple[str, str], UUID] = {}

    def do(self, act: str, what: str, group: str, how: str) -> None:
        world = self.world
        match act:
            case "press":
                request = self.pressed[what, group] = uuid7()
                emergency, over = how == "emergency", how == "over"
                world.control.request(group, what, request, emergency=emergency, take_over=over)
            case "let go" if (what, group) in self.pressed:
                world.control.release(group, what, self.pressed[what, group])
            case "wait":
                for _ in range(max(1, int(float(what) / 0.5))):
                    world.wait(min(0.5, float(what)), said=self.patched)
            case "network":
                _network(world, what)
            case "patch":
                self.switch(on=group != GROUP)
        world.settle()

    def switch(self, *, on: bool) -> None:
        for floor in (self.world.floor(group) for group in self.groups):
            self.before |= {one.ask.key for one in (floor.hold, floor.asking) if one is not None}
        self.patched = on
        if on:
            self.world.patch()
        else:
            self.world.unpatch()

    def ends(self) -> None:
        """Nothing comes any more."""
        for _ in range(130):
            self.world.wait(2.0, said=self.patched)
            self.world.network_says(NetworkIdle())
        assert self.world.talkers() == (None, None)
        assert not any(self.world.floor(group).queue for group in self.groups)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([RADIO_GROUP, SECOND]), st.lists(ACTS, max_size=40))
def test_nobody_is_granted_alone_and_nobody_stays_keyed(
    other: str, acts: list[tuple[str, str, bool, str]]
) -> None:
    story = Story(other)
    for act, what, there, how in acts:
        story.do(act, what, other if there else GROUP, how)
        if story.patched:
            _nobody_is_alone(story.world, other, story.before)
            if act == "wait":
                _nobody_is_carried_without_a_talk(story.world, other)
    story.ends()


def _network(world: PatchedWorld, what: str) -> None:
    asking, hold = world.floor(RADIO_GROUP).asking, world.floor(RADIO_GROUP).hold
    of = asking.ask.key if asking is not None else hold.ask.key if hold is not None else None
    if of not in {ask.key for _, ask in world.network.asked}:
        # A network answers what it was asked alone.
        of = None
    match what:
        case "grants" if of is not None:
            world.network_says(NetworkGranted(*of))
        case "denies" if of is not None:
            world.network_says(NetworkDenied(*of))
        case "taken":
            world.network_says(NetworkTaken(RADIO))
        case "echo":
            world.network_says(NetworkTaken(ECHO))
        case "idle":
            world.network_says(NetworkIdle())
        case "away":
            world.network_says(NetworkAway())


def _nobody_is_alone(world: PatchedWorld, other: str, before: set[tuple[str, UUID]]) -> None:
    """Who has the floor by a request of ours has both, but for emergencies and talks of before the patch."""
    for here, there in ((GROUP, other), (other, GROUP)):
        hold = world.floor(here).hold
        if hold is None or hold.ask.relayed or hold.ask.priority == EMERGENCY or hold.ask.key in before:
            continue
        far = world.floor(there).hold
        assert far is not None
        assert far.ask.relayed


def _nobody_is_carried_without_a_talk(world: PatchedWorld, other: str) -> None:
    """Once the last words of what has just ended are over."""
    world.clock.advance(TAIL_S + 0.01)
    world.settle()
    for here, there in ((GROUP, other), (other, GROUP)):
        hold, origin = world.floor(here).hold, world.floor(there)
        if hold is None or not hold.ask.relayed:
            continue
        asks = [one.ask for one in (origin.hold, origin.asking) if one is not None]
        talks = any(not ask.relayed for ask in asks)
        assert talks or (origin.outsider is not None and origin.outsider.party != ECHO)
