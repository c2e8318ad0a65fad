"""Calls in doubt: never sent a second time, and settled by what the switch remembers."""

from __future__ import annotations

import asyncio

import pytest

from gateway.ami import AcknowledgementRefused, AmiClient, NotPlaced, Originated, Placed, Uncertain, placing
from gateway.ami.actions import Originate
from gateway.ami.errors import UnsafeValue
from tests.ami.conftest import settings_for
from tests.ami.simulator import Action, AmiSimulator
from tests.ami.streams import event, response

CALL = Originate("PJSIP/agent-1", "agents", "8001")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "QUIET_S", 0.05)


async def known_run(client: AmiClient, simulator: AmiSimulator) -> None:
    """Wait until the client has recognised this run of the switch."""
    async with asyncio.timeout(2):
        while not client._placing._run:
            await asyncio.sleep(0.005)


def marked(action: Action) -> dict[str, str]:
    """The global variables that Asterisk would set for this Originate."""
    found = {}
    for line in action["All"].split("\n"):
        if line.startswith("Variable: GLOBAL("):
            name, _, value = line.removeprefix("Variable: GLOBAL(").partition(")=")
            found[name] = value
    return found


async def doubt(client: AmiClient, simulator: AmiSimulator) -> Uncertain:
    """Place a call whose answer is lost together with the link."""
    await known_run(client, simulator)
    simulator.deadly = {"Originate"}
    result = await client.originate(CALL)
    simulator.deadly = set()
    assert isinstance(result, Uncertain)
    return result


async def test_a_call_is_placed_with_an_id_of_its_own(client: AmiClient, simulator: AmiSimulator) -> None:
    one, two = await client.originate(CALL), await client.originate(CALL)
    assert isinstance(one, Originated)
    assert isinstance(two, Originated)
    sent = [action for action in simulator.received if action["Action"] == "Originate"]
    assert [action["ChannelId"] for action in sent] == [one.channel_id, two.channel_id]
    assert all(action["Async"] == "true" for action in sent)
    assert one.channel_id != two.channel_id


async def test_a_refused_call_may_be_tried_again(client: AmiClient, simulator: AmiSimulator) -> None:
    simulator.answers["Originate"] = lambda a: response("Error", a["ActionID"], Message="No such extension")
    result = await client.originate(CALL)
    assert isinstance(result, AcknowledgementRefused)
    assert "No such extension" in result.reason


async def test_without_a_link_nothing_is_sent_and_nothing_is_uncertain(simulator: AmiSimulator) -> None:
    client = AmiClient(settings_for(simulator))
    assert isinstance(await client.originate(CALL), AcknowledgementRefused)
    assert simulator.received == []


async def test_what_may_not_be_named_is_never_sent(client: AmiClient, simulator: AmiSimulator) -> None:
    with pytest.raises(UnsafeValue):
        await client.originate(Originate("PJSIP/agent-1", "default", "1"))
    assert "Originate" not in simulator.names()


async def test_a_call_in_doubt_whose_channel_lives_was_placed(
    client: AmiClient, simulator: AmiSimulator
) -> None:
    uncertain = await doubt(client, simulator)
    simulator.channels = [{"Channel": "PJSIP/agent-1-1", "Uniqueid": uncertain.channel_id}]
    assert await client.settle(uncertain, within=5) == Placed(uncertain.channel_id, alive=True)
    assert simulator.names().count("Originate") == 1


async def test_a_call_in_doubt_that_left_its_mark_was_placed_and_has_ended(
    client: AmiClient, simulator: AmiSimulator
) -> None:
    uncertain = await doubt(client, simulator)
    simulator.globals |= marked(simulator.received[simulator.names().index("Originate")])
    assert await client.settle(uncertain, within=5) == Placed(uncertain.channel_id, alive=False)
    assert simulator.names().count("Originate") == 1


async def test_a_call_in_doubt_without_a_trace_was_not_placed(
    client: AmiClient, simulator: AmiSimulator
) -> None:
    uncertain = await doubt(client, simulator)
    assert await client.settle(uncertain, within=5) == NotPlaced(uncertain.channel_id)
    assert simulator.names().count("Originate") == 1


async def test_a_late_originate_response_is_a_trace(client: AmiClient, simulator: AmiSimulator) -> None:
    uncertain = await doubt(client, simulator)
    await asyncio.wait_for(client.ready(), 2)
    simulator.say(event("OriginateResponse", ActionID=uncertain.action_id, Response="Failure", Reason="3"))
    assert await client.settle(uncertain, within=5) == Placed(uncertain.channel_id, alive=False)


async def test_after_a_restart_of_the_switch_the_doubt_remains(
    client: AmiClient, simulator: AmiSimulator
) -> None:
    uncertain = await doubt(client, simulator)
    simulator.globals.clear()
    assert await client.settle(uncertain, within=5) == uncertain


async def test_a_switch_that_does_not_write_marks_never_says_not_placed(
    client: AmiClient, simulator: AmiSimulator
) -> None:
    simulator.answers["Setvar"] = lambda a: response("Success", a["ActionID"])
    simulator.globals.clear()
    simulator.cut()
    await asyncio.sleep(0.3)
    assert client.up
    simulator.deadly = {"Originate"}
    uncertain = await client.originate(CALL)
    simulator.deadly = set()
    assert isinstance(uncertain, Uncertain)
    assert await client.settle(uncertain, within=5) == uncertain


async def test_a_mark_that_may_have_been_overwritten_proves_nothing(
    client: AmiClient, simulator: AmiSimulator
) -> None:
    uncertain = await doubt(client, simulator)
    await asyncio.wait_for(client.ready(), 2)
    for _ in range(64):
        assert isinstance(await client.originate(CALL), Originated)
    assert await client.settle(uncertain, within=5) == uncertain


async def test_settling_without_a_link_ends_in_time(client: AmiClient, simulator: AmiSimulator) -> None:
    uncertain = await doubt(client, simulator)
    await simulator.stop()
    assert await asyncio.wait_for(client.settle(uncertain, within=0.3), 2) == uncertain


async def test_a_call_written_down_before_is_found_again_by_its_own_channel_id(
    client: AmiClient, simulator: AmiSimulator
) -> None:
    placed = await client.originate(CALL, channel_id="cb-1")
    assert isinstance(placed, Originated)
    assert placed.channel_id == "cb-1"
    # As the next run of this process: it knows nothing but the channel id.
    assert await client.look_up("cb-1", within=5) is None
    simulator.globals |= marked(simulator.received[simulator.names().index("Originate")])
    assert await client.look_up("cb-1", within=5) == Placed("cb-1", alive=False)
    simulator.channels = [{"Channel": "PJSIP/agent-1-1", "Uniqueid": "cb-1"}]
    assert await client.look_up("cb-1", within=5) == Placed("cb-1", alive=True)
    with pytest.raises(UnsafeValue):
        await client.originate(CALL, channel_id="a\r\nAction: Command")
