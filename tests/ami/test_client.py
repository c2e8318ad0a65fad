"""The client against a simulator: half-open, slow and cut links, slow subscribers, and the heartbeat."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import pairwise

import pytest

from gateway.ami import AmiClient, Item, Live, Snapshot, Subscription, SubscriptionDown
from gateway.ami.actions import QueueAdd
from gateway.ami.errors import ActionRefused, ActionTimeout, LinkLost, NotReady, UnsafeValue
from tests.ami.conftest import running, settings_for
from tests.ami.simulator import AmiSimulator, listed
from tests.ami.streams import event, response

Until = Callable[[Callable[[], bool]], Awaitable[None]]


def is_newer(client: AmiClient, epoch: int) -> bool:
    return client.up and client.epoch > epoch


async def take(subscription: Subscription) -> Item:
    return await asyncio.wait_for(anext(subscription), 2)


async def test_a_subscriber_gets_a_snapshot_first_and_then_live_events(
    client: AmiClient, simulator: AmiSimulator
) -> None:
    simulator.channels = [{"Channel": "PJSIP/trunk-1", "Uniqueid": "1.1"}]
    with client.subscribe("test") as subscription:
        snapshot = await take(subscription)
        assert isinstance(snapshot, Snapshot)
        assert [channel.get("Uniqueid") for channel in snapshot.channels] == ["1.1"]
        assert [queue.name for queue in snapshot.queues] == ["QueueParams"]
        assert (snapshot.epoch, snapshot.gap) == (1, False)
        simulator.say(event("Newstate", Uniqueid="1.1"))
        live = await take(subscription)
        assert isinstance(live, Live)
        assert [message.name for message in live.messages] == ["Newstate"]


async def test_live_events_during_a_snapshot_come_after_it(
    client: AmiClient, simulator: AmiSimulator
) -> None:
    def busy(action: dict[str, str]) -> bytes:
        return event("Hangup", Uniqueid="1.1") + listed(action, []) + event("Newchannel", Uniqueid="2.1")

    simulator.answers["CoreShowChannels"] = busy
    with client.subscribe("test") as subscription:
        assert isinstance(await take(subscription), Snapshot)
        names: list[str] = []
        while len(names) < 2:
            live = await take(subscription)
            assert isinstance(live, Live)
            names += [message.name for message in live.messages]
        assert names == ["Hangup", "Newchannel"]


async def test_two_subscribers_share_one_snapshot(client: AmiClient, simulator: AmiSimulator) -> None:
    with client.subscribe("one") as one, client.subscribe("two") as two:
        simulator.cut()
        for subscription in (one, two):
            while not (isinstance(item := await take(subscription), Snapshot) and item.epoch == 2):
                pass
        assert simulator.names()[-20:].count("QueueStatus") <= 2


async def test_a_slow_subscriber_loses_live_events_and_gets_a_new_snapshot(
    client: AmiClient, simulator: AmiSimulator, until: Until
) -> None:
    with client.subscribe("slow", limit=10) as slow, client.subscribe("quick") as quick:
        assert isinstance(await take(slow), Snapshot)
        assert isinstance(await take(quick), Snapshot)
        seen = 0
        for number in range(50):
            simulator.say(event("Newstate", Number=str(number)))
            live = await take(quick)
            assert isinstance(live, Live)
            seen += len(live.messages)
        assert seen == 50
        numbers = []
        while not isinstance(item := await take(slow), Snapshot):
            assert isinstance(item, Live)
            numbers += [message.get("Number") for message in item.messages]
        assert numbers == [str(number) for number in range(10)]
        assert item.gap
        simulator.say(event("Newstate", Number="after"))
        live = await take(slow)
        assert isinstance(live, Live)
        assert live.messages[0].get("Number") == "after"


async def test_a_subscriber_that_never_reads_costs_no_memory(
    client: AmiClient, simulator: AmiSimulator, until: Until
) -> None:
    with client.subscribe("stuck", limit=10) as stuck:
        for _ in range(3):
            epoch = client.epoch
            simulator.say(event("Newstate") * 100)
            simulator.cut()
            await until(partial(is_newer, client, epoch))
        assert len(stuck._queue) < 25
        assert stuck._queued <= 10


async def test_only_the_events_that_were_asked_for_arrive(client: AmiClient, simulator: AmiSimulator) -> None:
    with client.subscribe("test", events={"Hangup"}) as subscription:
        await take(subscription)
        simulator.say(event("Newstate") + event("Hangup") + event("Newstate"))
        live = await take(subscription)
        assert isinstance(live, Live)
        assert [message.name for message in live.messages] == ["Hangup"]


async def test_after_a_cut_the_subscriber_is_told_and_epochs_grow(
    client: AmiClient, simulator: AmiSimulator
) -> None:
    epochs = []
    with client.subscribe("test") as subscription:
        for _ in range(3):
            while not isinstance(item := await take(subscription), Snapshot):
                assert isinstance(item, SubscriptionDown)
            epochs.append(item.epoch)
            simulator.say(b"Event: Newstate\r\nChannel: PJSI")
            simulator.cut()
    assert all(earlier < later for earlier, later in pairwise(epochs))


async def test_a_half_open_link_is_dropped_and_replaced(
    client: AmiClient, simulator: AmiSimulator, until: Until
) -> None:
    simulator.silent = {"Ping"}
    await until(lambda: simulator.connections == 2)
    simulator.silent = set()
    await until(lambda: client.up and client.epoch >= 2)


async def test_a_switch_that_restarts_is_found_again(
    client: AmiClient, simulator: AmiSimulator, until: Until
) -> None:
    await simulator.stop()
    await until(lambda: not client.up)
    with pytest.raises(NotReady):
        await client.action("CoreStatus")
    await asyncio.sleep(0.3)
    await simulator.start()
    await until(lambda: client.up)
    assert (await client.action("CoreStatus")).ok


async def test_a_starting_switch_without_queues_is_asked_again(simulator: AmiSimulator) -> None:
    complete = simulator.answers["QueueStatus"]
    refused = 2

    def starting(action: dict[str, str]) -> bytes:
        nonlocal refused
        if refused:
            refused -= 1
            return response("Error", action["ActionID"], Message="Invalid/unknown command: QueueStatus")
        return complete(action)

    simulator.answers["QueueStatus"] = starting
    async with running(AmiClient(settings_for(simulator))) as client:
        with client.subscribe("test") as subscription:
            snapshot = await take(subscription)
            assert isinstance(snapshot, Snapshot)
            assert [queue.name for queue in snapshot.queues] == ["QueueParams"]
            assert simulator.names().count("QueueStatus") == 3


async def test_actions_are_answered_refused_late_or_lost(client: AmiClient, simulator: AmiSimulator) -> None:
    simulator.answers["QueueAdd"] = lambda a: response("Success", a["ActionID"], Message="Added interface")
    simulator.answers["QueueRemove"] = lambda a: response("Error", a["ActionID"], Message="Not there")
    assert (await client.perform(QueueAdd("hotline", "PJSIP/agent-1"))).text == "Added interface"
    with pytest.raises(ActionRefused, match="Not there"):
        await client.action("QueueRemove", {"Queue": "hotline", "Interface": "PJSIP/agent-1"})
    simulator.silent = {"QueueSummary"}
    with pytest.raises(ActionTimeout):
        await client.action("QueueSummary", deadline=0.05)
    simulator.deadly = {"QueueSummary"}
    with pytest.raises(LinkLost):
        await client.action("QueueSummary")
    with pytest.raises(UnsafeValue):
        await client.action("Command", {"Command": "core stop now"})


async def test_a_list_is_answered_whole(client: AmiClient, simulator: AmiSimulator) -> None:
    simulator.channels = [{"Channel": f"PJSIP/{n}"} for n in range(3000)]
    items = await client.list_action("CoreShowChannels")
    assert [item.get("Channel") for item in items] == [f"PJSIP/{n}" for n in range(3000)]


async def test_the_heartbeat_is_asterisks_own_time_and_stops_when_the_gateway_is_unwell(
    simulator: AmiSimulator, until: Until
) -> None:
    well = True
    async with running(AmiClient(settings_for(simulator), healthy=lambda: well)):
        await until(lambda: simulator.globals.get("GW_BEAT") == "1700000000")
        well = False
        await asyncio.sleep(0.05)
        del simulator.globals["GW_BEAT"]
        await asyncio.sleep(0.4)
        assert "GW_BEAT" not in simulator.globals
        well = True
        await until(lambda: "GW_BEAT" in simulator.globals)


async def test_a_client_can_be_run_again_after_it_was_stopped(simulator: AmiSimulator) -> None:
    client = AmiClient(settings_for(simulator))
    for epoch in (1, 2):
        async with running(client):
            assert await asyncio.wait_for(client.ready(), 2) == epoch
        assert not client.up


async def test_a_link_that_ends_right_after_each_login_does_not_end_the_client(
    simulator: AmiSimulator, until: Until
) -> None:
    simulator.deadly = {"Ping", "Getvar", "CoreStatus"}
    client = AmiClient(settings_for(simulator))
    async with running(client):
        with client.subscribe("test") as subscription:
            await until(lambda: client.epoch >= 3)
            simulator.deadly = set()
            while not isinstance(await take(subscription), Snapshot):
                pass
    assert "Originate" not in simulator.names()
