"""Call control against a played switch: which verb when, each once, in turn, and what is written down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from core.actor import Actor, Role
from core.errors import Forbidden
from core.storage import Storage
from core.storage.schema import outbox
from hotline.calls.model import Call, Leg
from hotline.control.answer import ControlParameters, Target
from hotline.control.errors import (
    CallerIdNotAllowed,
    CallMovedOn,
    ControlOperationReused,
    NoSuchTarget,
    PhoneBusy,
    PhoneMustAnswer,
    PhoneUnreachable,
    SwitchInDoubt,
    SwitchRefused,
)
from hotline.control.model import ALLOWED, Verb, allowed, main_seat, seat_of
from hotline.control.ports import DialplanPlace, PhoneState, PlacedCall, Settled
from hotline.control.service import CallControl, channel_id_of
from hotline.control.settings import ControlSettings
from hotline.errors import NotYourCall
from hotline.events import AnswerRequested, HelpChanged
from hotline.service import Hotline
from hotline.settings import HotlineSettings
from tests.hotline.stream import Message, message
from tests.hotline.world import LI, WANG, ZHAO, CallScript, World, settle

CHIEF = Actor("zhao", "赵强", frozenset({Role.AGENT, Role.SUPERVISOR}))
SETTINGS = ControlSettings(caller_ids=("4518000",), effect_s=0.05, settle_s=0.2, book_s=0.2)


@dataclass
class PlayedControl:
    """Does at once what it is told, in the words of the real switch; keeps what it was told."""

    world: World | None = None
    told: list[tuple[object, ...]] = field(default_factory=list)
    phones: dict[str, PhoneState] = field(default_factory=dict)
    browsers: frozenset[str] = frozenset()
    fails: Exception | None = None
    gate: asyncio.Event | None = None
    settled: Settled = "unknown"
    marks: set[str] = field(default_factory=set)
    """Legs that bear the mark of mute, by channel."""
    silent: set[str] = field(default_factory=set)
    packets: dict[str, int] = field(default_factory=dict)
    blind: Exception | None = None
    """What reading a mark comes to."""

    async def move(
        self, channel: str, place: DialplanPlace, other: tuple[str, DialplanPlace] | None = None
    ) -> None:
        await self._tell("move", channel, place.context, place.extension)
        for name, where in [(channel, place), *([other] if other else [])]:
            self._arrives(name, where)

    async def mute(self, channel: str, *, muted: bool) -> None:
        await self._tell("mute", channel, muted)
        (self.marks.add if muted else self.marks.discard)(channel)

    async def muted(self, channel: str) -> bool:
        await self._tell("muted?", channel)
        if self.blind is not None:
            raise self.blind
        return channel in self.marks

    async def digit(self, channel: str, digit: str) -> None:
        await self._tell("digit", channel, digit)

    async def hang_up(self, channel: str) -> None:
        await self._tell("hang-up", channel)
        assert self.world is not None
        for leg in list(self.world.hotline.calls.legs.values()):
            if leg.channel == channel:
                self.world.hears([message("Hangup", Uniqueid=leg.uniqueid, Linkedid="", Cause="16")])

    async def phone(self, endpoint: str) -> PhoneState:
        return self.phones.get(endpoint, "free")

    async def registered(self, endpoint: str) -> bool:
        return self.phones.get(endpoint, "free") != "away"

    async def received(self, channel: str) -> int:
        """A leg that is not silenced has sent more each time that it is asked of."""
        self.packets[channel] = self.packets.get(channel, 0) + (channel not in self.silent)
        return self.packets[channel]

    async def ring(self, call: PlacedCall) -> None:
        await self._tell(
            "ring", call.phone, call.place.context, call.place.extension, call.channel_id, call.caller_id
        )

    async def settle(self, channel_id: str, within_s: float) -> Settled:
        del channel_id, within_s
        return self.settled

    def answers_itself(self, endpoint: str) -> bool:
        return endpoint in self.browsers

    async def _tell(self, *what: object) -> None:
        if self.gate is not None:
            await self.gate.wait()
        self.told.append(what)
        if self.fails is not None:
            raise self.fails

    def _arrives(self, channel: str, place: DialplanPlace) -> None:
        assert self.world is not None
        leg = next(one for one in self.world.hotline.calls.legs.values() if one.channel == channel)
        call = self.world.hotline.calls.call_of[leg.uniqueid]
        about = {"Uniqueid": leg.uniqueid, "Linkedid": call.linkedid, "Channel": channel}
        if leg.bridge:
            self.world.hears([message("BridgeLeave", **about, BridgeUniqueid=leg.bridge)])
        self.world.hears(_placed(about, place))


def _placed(about: dict[str, str], place: DialplanPlace) -> list[Message]:
    name = place.context.removeprefix("control-").removesuffix("-staff")
    other = place.extension.partition("*")[0]
    return [message("UserEvent", **about, UserEvent="Control", Place=name, With=other)]


@dataclass
class Centre:
    world: World
    switch: PlayedControl
    script: CallScript
    agent: str = ""

    @property
    def control(self) -> CallControl:
        found = self.world.hotline.control
        assert found is not None
        return found

    @property
    def call(self) -> Call:
        (found,) = self.world.hotline.calls
        return found

    async def act(
        self, verb: Verb, actor: Actor = LI, op: UUID | None = None, wish: ControlParameters | None = None
    ) -> object:
        return await self.control.act(actor, self.call.id, verb, op or uuid4(), wish)


@pytest.fixture
async def centre(storage: Storage) -> AsyncIterator[Centre]:
    """Li talks with a citizen; Wang and the chief are there."""
    world = World(storage)
    switch = PlayedControl(world)
    world.ports = replace(world.ports, control=switch)
    world.settings = HotlineSettings(system_name="hl", control=SETTINGS)
    world.hotline = Hotline(world.settings, world.ports)
    await world.hotline.start()
    await world.connect()
    for one in (LI, WANG):
        world.hotline.registry.sign_in(one, None)
    script = CallScript()
    await world.plays([*script.arrives(), *script.queues()])
    leg, messages = script.rings("agent101")
    await world.plays([*messages, *script.answers(leg, "agent101")])
    yield Centre(world, switch, script, leg)
    await world.hotline.stop()


def target(**one: str) -> ControlParameters:
    return ControlParameters(target=Target(**one))


# --- rules ----------------------------------------------------------------------------------------------


A_LEG = st.tuples(
    st.sampled_from(["citizen", "agent", "local"]),
    st.integers(0, 3),
    st.integers(0, 3),
    st.sampled_from(["", "held", "parked", "consult", "conference", "listen"]),
    st.integers(0, 3),
    st.booleans(),
)
"""Role, endpoint, bridge, place, whom that is about, and whether it is up."""


@given(st.lists(A_LEG, max_size=4))
def test_whatever_the_legs_are_no_verb_is_allowed_without_what_it_moves(
    legs: list[tuple[str, int, int, str, int, bool]],
) -> None:
    call = Call("x", UUID(int=1), 0.0)
    for number, (role, endpoint, bridge, place, other, up) in enumerate(legs):
        leg = Leg(str(number), f"PJSIP/a{endpoint}-{number}", f"a{endpoint}", role, 0.0, UUID(int=number))  # type: ignore[arg-type]
        leg.state = 6 if up else 5
        leg.bridge = f"b{bridge}" if bridge and up else ""
        leg.place, leg.other = place, str(other)
        call.legs[leg.uniqueid] = leg
    for seat in [seat_of(call, f"a{number}") for number in range(4)] + [main_seat(call)]:
        if seat is None:
            assert not any(allowed(verb, seat) for verb in Verb)
            continue
        if any(allowed(verb, seat) for verb in (Verb.HOLD, Verb.DIGITS)):
            assert seat.far is not None
        if any(allowed(verb, seat) for verb in (Verb.TRANSFER, Verb.CONSULT, Verb.PARK, Verb.INTERCEPT)):
            assert seat.citizen is not None
            assert seat.citizen is not seat.leg
        if allowed(Verb.RESUME, seat) or allowed(Verb.ABORT, seat):
            assert seat.held is not None
            assert seat.held.other == seat.leg.uniqueid
        if allowed(Verb.COMPLETE, seat) or allowed(Verb.CONFERENCE, seat):
            assert seat.held is not None
            assert seat.asked is not None


def test_every_verb_says_when_it_is_allowed() -> None:
    assert set(Verb) - set(ALLOWED) == {Verb.RETRIEVE, Verb.CALL, Verb.HELP_ACCEPT}


# --- verbs ----------------------------------------------------------------------------------------------


async def test_hold_shows_hold_and_no_wrap_up(centre: Centre) -> None:
    answer = await centre.act(Verb.HOLD)
    assert (answer.outcome, answer.state) == ("done", "hold")  # type: ignore[attr-defined]
    assert centre.world.state_of("li") == "hold"
    assert centre.world.hotline.registry.ledger.agents["li"].owed == []
    await centre.act(Verb.RESUME)
    resumed = centre.switch.told[-1]
    assert resumed[2:] == ("control-resume", centre.script.citizen)


async def test_a_second_hold_is_told_what_the_call_is_now(centre: Centre) -> None:
    await centre.act(Verb.HOLD)
    with pytest.raises(CallMovedOn) as moved:
        await centre.act(Verb.HOLD)
    assert moved.value.extra == {"state": "hold", "doing": "holding"}
    assert len(centre.switch.told) == 1


async def test_a_call_that_has_ended_is_said_to_have(centre: Centre) -> None:
    call_id = centre.call.id
    await centre.world.plays([*centre.script.hangs_up(), *centre.script.hangs_up(centre.agent)])
    with pytest.raises(CallMovedOn) as moved:
        await centre.control.act(LI, call_id, Verb.HOLD, uuid4())
    assert moved.value.extra["state"] == "ended"


async def test_the_switch_that_knows_no_such_leg_means_that_the_call_has_moved_on(centre: Centre) -> None:
    centre.switch.fails = SwitchRefused("Channel does not exist")
    with pytest.raises(CallMovedOn):
        await centre.act(Verb.HOLD)


async def test_who_is_not_on_the_call_may_do_nothing_with_it(centre: Centre) -> None:
    with pytest.raises(NotYourCall):
        await centre.act(Verb.HOLD, WANG)
    for verb in (Verb.MONITOR, Verb.WHISPER, Verb.BARGE, Verb.INTERCEPT, Verb.HELP_ACCEPT):
        with pytest.raises(Forbidden):
            await centre.act(verb, WANG)
    assert centre.switch.told == []


async def test_a_supervisor_transfers_on_the_agents_behalf(centre: Centre) -> None:
    await centre.act(Verb.TRANSFER, CHIEF, wish=target(agent_id="wang"))
    assert centre.switch.told == [("move", centre.script.channel, "control-transfer", "agent102")]


async def test_the_same_op_id_does_it_once_and_gets_the_same_answer(centre: Centre) -> None:
    op = uuid4()
    first = await centre.act(Verb.CONSULT, op=op, wish=target(agent_id="wang"))
    again = await centre.act(Verb.CONSULT, op=op, wish=target(agent_id="wang"))
    assert first == again
    assert len(centre.switch.told) == 1
    with pytest.raises(ControlOperationReused):
        await centre.act(Verb.CONSULT, op=op, wish=target(agent_id="zhao"))


async def test_the_same_op_id_at_the_same_moment_waits_for_the_first_answer(centre: Centre) -> None:
    centre.switch.gate = asyncio.Event()
    op = uuid4()
    both = [
        asyncio.ensure_future(centre.act(Verb.CONSULT, op=op, wish=target(agent_id="wang"))) for _ in "ab"
    ]
    await settle()
    centre.switch.gate.set()
    first, second = await asyncio.gather(*both)
    assert first == second
    assert len(centre.switch.told) == 1


async def test_verbs_on_one_call_take_turns(centre: Centre) -> None:
    """Two who hold at once: the second finds the call held."""
    centre.switch.gate = asyncio.Event()
    both = [asyncio.ensure_future(centre.act(Verb.HOLD)) for _ in "ab"]
    await settle()
    centre.switch.gate.set()
    done = await asyncio.gather(*both, return_exceptions=True)
    assert [type(one).__name__ for one in done] == ["Acted", "CallMovedOn"]
    assert len(centre.switch.told) == 1


async def test_a_refused_operation_may_be_asked_again_under_its_op_id(centre: Centre) -> None:
    op = uuid4()
    centre.switch.phones["agent102"] = "away"
    with pytest.raises(PhoneUnreachable):
        await centre.act(Verb.CONSULT, op=op, wish=target(agent_id="wang"))
    centre.switch.phones["agent102"] = "busy"
    with pytest.raises(PhoneBusy):
        await centre.act(Verb.CONSULT, op=op, wish=target(agent_id="wang"))
    centre.switch.phones["agent102"] = "free"
    await centre.act(Verb.CONSULT, op=op, wish=target(agent_id="wang"))
    assert len(centre.switch.told) == 1


async def test_a_verb_in_doubt_is_never_sent_again(centre: Centre) -> None:
    op = uuid4()
    centre.switch.fails = SwitchInDoubt()
    first = await centre.act(Verb.CONSULT, op=op, wish=target(agent_id="wang"))
    centre.switch.fails = None
    again = await centre.act(Verb.CONSULT, op=op, wish=target(agent_id="wang"))
    assert (first.outcome, again.outcome) == ("uncertain", "uncertain")  # type: ignore[attr-defined]
    assert len(centre.switch.told) == 1


async def test_a_park_and_who_fetches(centre: Centre) -> None:
    answer = await centre.act(Verb.PARK)
    assert answer.state == "parked"  # type: ignore[attr-defined]
    await centre.world.plays(centre.script.hangs_up(centre.agent))
    await centre.act(Verb.RETRIEVE, WANG)
    assert centre.switch.told[-1] == ("move", centre.script.channel, "control-retrieve", "agent102")


async def test_keys_are_sent_one_by_one_and_never_written_down(centre: Centre) -> None:
    await centre.act(Verb.DIGITS, wish=ControlParameters(digits="1#"))
    assert [told[2] for told in centre.switch.told] == ["1", "#"]
    await settle()
    envelopes = await _outbox(centre.world.storage)
    assert envelopes
    assert all("1#" not in str(one) for one in envelopes)


async def test_a_sip_telephone_says_that_it_must_be_answered_by_hand(centre: Centre) -> None:
    script = CallScript(2, caller="13900000002")
    await centre.world.plays([*script.arrives(), *script.queues(), *script.rings("agent102")[1]])
    call = next(one for one in centre.world.hotline.calls if one.linkedid == script.citizen)
    with pytest.raises(PhoneMustAnswer):
        await centre.control.act(WANG, call.id, Verb.ANSWER, uuid4())
    centre.switch.browsers = frozenset({"agent102"})
    await centre.control.act(WANG, call.id, Verb.ANSWER, uuid4())
    (asked,) = centre.world.bus.of(AnswerRequested)
    assert (asked.agent_id, asked.endpoint) == ("wang", "agent102")


async def test_a_call_for_help_is_raised_and_accepted_once(centre: Centre) -> None:
    await centre.act(Verb.HELP)
    await centre.act(Verb.HELP_ACCEPT, CHIEF)
    told = centre.world.bus.of(HelpChanged)
    assert [one.help.accepted_by for one in told] == [None, "zhao"]
    view = centre.world.hotline.board.call(centre.call.id)
    assert view.help is not None
    assert view.help.asked_by == "li"
    other = Actor("chief2", "", frozenset({Role.SUPERVISOR}))
    with pytest.raises(CallMovedOn):
        await centre.act(Verb.HELP_ACCEPT, other)


# --- placing calls --------------------------------------------------------------------------------------


async def test_click_to_call_rings_the_agent_first_with_an_allowed_number(centre: Centre) -> None:
    op = uuid4()
    wish = ControlParameters(number="139 0451 2222", first="agent", caller_id="4518000")
    await centre.control.call(WANG, op, wish)
    channel = channel_id_of(op)
    assert centre.switch.told == [("ring", "PJSIP/agent102", "outbound", "13904512222", channel, "4518000")]
    with pytest.raises(CallerIdNotAllowed):
        await centre.control.call(WANG, uuid4(), ControlParameters(number="110", caller_id="110"))
    with pytest.raises(NoSuchTarget):
        await centre.control.call(WANG, uuid4(), ControlParameters(number="110&PJSIP/x"))


async def test_an_uncertain_call_is_settled_and_the_answer_follows(centre: Centre) -> None:
    op = uuid4()
    centre.switch.fails = SwitchInDoubt()
    centre.switch.settled = "not_placed"
    first = await centre.control.call(WANG, op, ControlParameters(number="13904512222"))
    assert first.outcome == "uncertain"
    await settle()
    again = await centre.control.call(WANG, op, ControlParameters(number="13904512222"))
    assert again.outcome == "not_placed"
    assert len(centre.switch.told) == 1


async def test_after_a_restart_the_same_op_id_rings_no_telephone(centre: Centre) -> None:
    op, wish = uuid4(), ControlParameters(number="13904512222")
    first = await centre.control.call(WANG, op, wish)
    await asyncio.sleep(0.05)
    later = Hotline(centre.world.settings, centre.world.ports)
    assert later.control is not None
    again = await later.control.call(WANG, op, wish)
    assert again.outcome == first.outcome == "done"
    assert len(centre.switch.told) == 1
    await later.stop()


async def test_what_took_effect_is_told_once(centre: Centre) -> None:
    op = uuid4()
    await centre.act(Verb.TRANSFER, op=op, wish=target(agent_id="wang"))
    await asyncio.sleep(0.05)
    acted = [one for one in await _outbox(centre.world.storage) if "call_acted" in str(one)]
    assert len(acted) == 1
    assert str(op) in str(acted[0])
    assert ZHAO.id not in str(acted[0])


async def _outbox(storage: Storage) -> list[object]:
    async with storage.read() as connection:
        return [row.envelope for row in (await connection.execute(select(outbox.c.envelope))).all()]
