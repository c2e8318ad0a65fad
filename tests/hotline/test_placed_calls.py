"""Calls that the centre places: who talked with the citizen owes a disposition, as of calls that come in."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.ids import call_id, uuid7
from core.storage import Storage
from hotline.errors import DispositionMissing
from hotline.events import AgentState, CallEnded, CallOutcome, CallRinging, DispositionKind
from tests.hotline.stream import Message, message
from tests.hotline.world import CHIEF, LI, WANG, CallScript, World

DESK = {"agent101": "PJSIP/agent101-00000001", "agent102": "PJSIP/agent102-00000002"}
OUTSIDE = "PJSIP/trunk-00000009"


class PlacedScript:
    """Writes what Asterisk sends for a call that agent 101 places to a citizen."""

    def __init__(self, linkedid: str = "hl-5.1") -> None:
        self.linkedid = linkedid
        self.desk, self.citizen = linkedid, f"{linkedid}2"
        self.channels = {self.desk: DESK["agent101"], self.citizen: OUTSIDE}

    def about(self, uniqueid: str, state: int, **more: str) -> dict[str, str]:
        legs = {"Uniqueid": uniqueid, "Linkedid": self.linkedid, "Channel": self.channels[uniqueid]}
        return {**legs, "ChannelState": str(state), **more}

    def dials(self, to: str = "", channel: str = OUTSIDE) -> list[Message]:
        """The agent's telephone is off the hook, and the far end rings."""
        to = to or self.citizen
        self.channels[to] = channel
        rung = {"DestUniqueid": to, "DestLinkedid": self.linkedid, "DestChannel": channel}
        return [
            message("Newchannel", **self.about(self.desk, 4, Exten="13936005678", Context="outbound")),
            message("Newstate", **self.about(self.desk, 6)),
            *self.rings(to, channel),
            message("DialBegin", **self.about(self.desk, 6, **rung)),
        ]

    def rings(self, uniqueid: str, channel: str) -> list[Message]:
        self.channels[uniqueid] = channel
        return [
            message("Newchannel", **self.about(uniqueid, 0)),
            message("Newstate", **self.about(uniqueid, 5)),
        ]

    def talk(self, *legs: str, bridge: str = "b1") -> list[Message]:
        return [
            one
            for leg in legs or (self.desk, self.citizen)
            for one in (
                message("Newstate", **self.about(leg, 6)),
                message("BridgeEnter", **self.about(leg, 6, BridgeUniqueid=bridge)),
            )
        ]

    def apart(self, *legs: str, bridge: str = "b1") -> list[Message]:
        return [message("BridgeLeave", **self.about(leg, 6, BridgeUniqueid=bridge)) for leg in legs]

    def moved(self, leg: str, place: str, other: str = "-") -> list[Message]:
        return [message("UserEvent", **self.about(leg, 6), UserEvent="Control", Place=place, With=other)]

    def end(self, *legs: str) -> list[Message]:
        return [
            message("Hangup", Uniqueid=leg, Linkedid=self.linkedid, Cause="16")
            for leg in legs or (self.citizen, self.desk)
        ]

    def rows(self, bridge: str = "b1") -> list[Message]:
        """The same call in a list of all channels."""
        dialled = {"ApplicationData": "(Outgoing Line)", "Duration": "00:00:40"}
        return [
            message(
                "CoreShowChannel",
                **self.about(self.desk, 6, BridgeId=bridge, Duration="00:00:41", Context="outbound"),
            ),
            message("CoreShowChannel", **self.about(self.citizen, 6, BridgeId=bridge, **dialled)),
        ]


def _owed(world: World, agent_id: str) -> list[object]:
    view = world.hotline.board.agent(agent_id)
    assert view is not None
    return list(view.owed)


async def _dispose(world: World, linkedid: str) -> None:
    await world.hotline.people.set_disposition(
        LI, call_id("hl", linkedid), op_id=uuid7(), kind=DispositionKind.EXISTING_CASE
    )


@pytest.mark.parametrize("citizen_first", [False, True])
async def test_who_talked_with_the_citizen_owes_a_disposition(world: World, citizen_first: bool) -> None:
    """Whichever of the two comes into the bridge first."""
    script = PlacedScript()
    world.hotline.registry.sign_in(LI, None)
    legs = (script.citizen, script.desk) if citizen_first else (script.desk, script.citizen)
    await world.plays([*script.dials(), *script.talk(*legs)])
    (call,) = world.hotline.board.calls()
    assert (call.direction, call.state, call.agent_ids) == ("outbound", "talking", ["li"])
    assert call.answered_at is not None
    await world.plays(script.end())
    assert (world.state_of("li"), _owed(world, "li")) == ("wrap_up", [call.call_id])
    (ended,) = world.bus.of(CallEnded)
    assert (ended.outcome, ended.disposition_needed) == (CallOutcome.ANSWERED, True)
    assert world.bus.of(CallRinging) == []
    with pytest.raises(DispositionMissing):
        world.hotline.registry.ask(LI, AgentState.READY, "")
    await _dispose(world, script.linkedid)
    assert world.state_of("li") == "ready"


async def test_a_call_that_nobody_answered_owes_nothing(world: World) -> None:
    script = PlacedScript()
    world.hotline.registry.sign_in(LI, None)
    await world.plays([*script.dials(), *script.end()])
    assert world.state_of("li") == "ready"
    (ended,) = world.bus.of(CallEnded)
    assert (ended.outcome, ended.disposition_needed) == (CallOutcome.ENDED_IN_FLOW, False)
    await world.hotline.dispositions.closings.write_waiting()
    assert await world.hotline.dispositions.agents_of(call_id("hl", script.linkedid)) is None


async def test_with_the_citizen_first_it_is_the_same(world: World) -> None:
    """Click to call: the switch rings the citizen by a Local channel and gives him to the desk."""
    script = PlacedScript("gw-op-1")
    near, far, desk = "gw-op-1", "gw-op-1b", "gw-op-1d"
    script.channels |= {
        near: "Local/13936005678@outbound-00000001;1",
        far: "Local/13936005678@outbound-00000001;2",
        script.citizen: OUTSIDE,
        desk: DESK["agent101"],
    }
    world.hotline.registry.sign_in(LI, None)
    await world.plays(
        [
            message("Newchannel", **script.about(near, 0)),
            message("Newchannel", **script.about(far, 4)),
            *script.rings(script.citizen, OUTSIDE),
            *script.talk(far, script.citizen, bridge="b1"),
            *script.rings(desk, DESK["agent101"]),
        ]
    )
    assert world.state_of("li") == "ringing"
    await world.plays(script.talk(near, desk, bridge="b2"))
    assert world.state_of("li") == "talking"
    await world.plays(script.end(script.citizen, far, near, desk))
    assert world.state_of("li") == "wrap_up"


async def test_a_call_between_desks_owes_nothing(world: World) -> None:
    script = PlacedScript()
    for actor in (LI, WANG):
        world.hotline.registry.sign_in(actor, None)
    await world.plays([*script.dials("hl-5.3", DESK["agent102"]), *script.talk(script.desk, "hl-5.3")])
    assert (world.state_of("li"), world.state_of("wang")) == ("talking", "talking")
    await world.plays(script.end(script.desk, "hl-5.3"))
    assert (world.state_of("li"), world.state_of("wang")) == ("ready", "ready")
    assert [ended.disposition_needed for ended in world.bus.of(CallEnded)] == [False]


async def test_a_colleague_who_is_only_asked_owes_nothing(world: World) -> None:
    """The citizen hears music meanwhile, so he has not heard the colleague."""
    script = PlacedScript()
    for actor in (LI, WANG):
        world.hotline.registry.sign_in(actor, None)
    await world.plays([*script.dials(), *script.talk()])
    asked = "hl-5.3"
    await world.plays(
        [
            *script.apart(script.desk, script.citizen),
            *script.moved(script.citizen, "held", script.desk),
            *script.moved(script.desk, "consult", script.citizen),
            *script.rings(asked, DESK["agent102"]),
            *script.talk(asked, script.desk, bridge="b2"),
        ]
    )
    assert world.state_of("wang") == "talking"
    await world.plays(script.end(asked))
    assert (world.state_of("wang"), _owed(world, "wang")) == ("ready", [])
    await world.plays([*script.apart(script.desk, bridge="b2"), *script.talk(bridge="b3")])
    await world.plays(script.end())
    assert (world.state_of("li"), world.state_of("wang")) == ("wrap_up", "ready")


async def test_who_listens_owes_nothing(world: World) -> None:
    script = PlacedScript()
    for actor in (LI, WANG):
        world.hotline.registry.sign_in(actor, None)
    await world.plays([*script.dials(), *script.talk()])
    ear = "hl-6.1"
    script.channels[ear] = DESK["agent102"]
    spy = PlacedScript("hl-6.1")
    spy.channels = script.channels
    await world.plays(
        [
            message("Newchannel", **spy.about(ear, 5)),
            message("Newstate", **spy.about(ear, 6)),
            *spy.moved(ear, "listen", script.desk),
        ]
    )
    assert world.state_of("wang") == "talking"
    await world.plays([*script.end(), *spy.end(ear)])
    assert (world.state_of("li"), world.state_of("wang")) == ("wrap_up", "ready")


async def test_whoever_the_citizen_is_handed_to_owes_it(world: World) -> None:
    script = PlacedScript()
    for actor in (LI, WANG):
        world.hotline.registry.sign_in(actor, None)
    await world.plays([*script.dials(), *script.talk()])
    taker = "hl-5.3"
    await world.plays(
        [
            *script.apart(script.citizen, script.desk),
            *script.moved(script.citizen, "transfer", "agent102"),
            *script.end(script.desk),
            *script.rings(taker, DESK["agent102"]),
        ]
    )
    assert world.state_of("li") == "wrap_up"  # as long as nobody else has taken it
    await world.plays(script.talk(taker, script.citizen, bridge="b2"))
    assert (world.state_of("li"), world.state_of("wang")) == ("ready", "talking")
    await world.plays(script.end(script.citizen, taker))
    assert (world.state_of("li"), world.state_of("wang")) == ("ready", "wrap_up")


async def test_a_citizen_sent_to_the_queue_who_gives_up_there_was_still_talked_with(world: World) -> None:
    script = PlacedScript()
    world.hotline.registry.sign_in(LI, None)
    await world.plays([*script.dials(), *script.talk()])
    queue = message("QueueCallerJoin", **script.about(script.citizen, 6, Queue="hotline"))
    await world.plays([*script.apart(script.citizen, script.desk), queue, *script.end(script.desk)])
    await world.plays(script.end(script.citizen))
    (ended,) = world.bus.of(CallEnded)
    assert (ended.outcome, ended.disposition_needed) == (CallOutcome.ANSWERED, True)
    assert world.state_of("li") == "wrap_up"


async def test_what_was_said_during_the_call_is_enough(world: World) -> None:
    script = PlacedScript()
    world.hotline.registry.sign_in(LI, None)
    await world.plays([*script.dials(), *script.talk()])
    await _dispose(world, script.linkedid)
    await world.plays(script.end())
    assert world.state_of("li") == "ready"
    assert [ended.disposition_needed for ended in world.bus.of(CallEnded)] == [False]


async def test_a_call_that_runs_when_the_gateway_starts_is_owed_too(storage: Storage) -> None:
    world, script = World(storage), PlacedScript()
    await world.hotline.start()
    await world.connect(script.rows())
    world.hotline.registry.sign_in(LI, None)
    await world.plays(script.end())
    assert world.state_of("li") == "wrap_up"
    await _dispose(world, script.linkedid)
    assert world.state_of("li") == "ready"
    await world.hotline.stop()


async def test_what_is_owed_survives_a_restart_and_is_no_call_of_the_board(world: World) -> None:
    script, came_in = PlacedScript(), CallScript()
    leg, rings = came_in.rings("agent102")
    await world.plays([*came_in.arrives(), *came_in.queues(), *rings, *came_in.answers(leg, "agent102")])
    await world.plays([*came_in.hangs_up(leg), *came_in.hangs_up()])
    await world.plays([*script.dials(), *script.talk(), *script.end()])
    await world.hotline.dispositions.closings.write_waiting()
    async with world.storage.read() as connection:
        rows = await connection.execute(
            text("select direction, outcome from hotline_calls order by ended_at")
        )
        assert [tuple(row) for row in rows] == [("inbound", "answered"), ("outbound", "answered")]
    after = World(world.storage)
    after.clock.advance(2)
    await after.hotline.start()
    await after.connect()
    after.hotline.registry.sign_in(LI, None)
    assert after.state_of("li") == "wrap_up"
    assert after.hotline.figures.view().total.offered_24h == 1
    await after.hotline.people.set_disposition(
        CHIEF, call_id("hl", script.linkedid), op_id=uuid7(), kind=DispositionKind.SILENT
    )
    assert after.state_of("li") == "ready"
    await after.hotline.stop()


async def test_two_placed_calls_that_become_one_keep_who_talked(world: World) -> None:
    """An agent joins two citizens by his telephone: one call, one disposition."""
    one, two = PlacedScript("hl-5.1"), PlacedScript("hl-7.1")
    two.channels[two.desk] = "PJSIP/agent101-00000007"
    two.channels[two.citizen] = "PJSIP/trunk-0000000a"
    world.hotline.registry.sign_in(LI, None)
    await world.plays([*one.dials(), *one.talk(), *one.apart(one.desk, one.citizen)])
    await world.plays([*two.dials(channel="PJSIP/trunk-0000000a"), *two.talk(bridge="b2")])
    joined = message(
        "AttendedTransfer", Result="Success", OrigTransfererLinkedid=one.linkedid,
        SecondTransfererLinkedid=two.linkedid,
    )  # fmt: skip
    await world.plays([joined, *one.end(one.desk), *two.end(two.desk), *one.end(one.citizen)])
    await world.plays(two.end(two.citizen))
    merged, ended = world.bus.of(CallEnded)
    assert (merged.disposition_needed, ended.disposition_needed) == (False, True)
    assert ended.agent_ids == ["li"]
    assert _owed(world, "li") == [ended.call_id]
