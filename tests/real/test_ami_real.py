"""The AMI client against a real Asterisk: cut and dead links, calls in doubt, and what other clients see."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from functools import partial

import pytest

from gateway.ami import (
    AcknowledgementRefused,
    AmiClient,
    AmiSettings,
    Live,
    NotPlaced,
    Originated,
    Placed,
    Snapshot,
    SubscriptionDown,
    Uncertain,
)
from gateway.ami.actions import (
    DeviceState,
    Getvar,
    HangupChannel,
    Originate,
    QueueAdd,
    QueuePause,
    QueueRemove,
    Setvar,
)
from gateway.ami.codec import MAX_LINE, MAX_LINES, encode
from gateway.ami.errors import ActionRefused, UnsafeValue
from tests.peers.asterisk import AsteriskPeer
from tests.real.ami_proxy import AmiProxy, AtOriginate
from tests.waiting import until

pytestmark = [
    pytest.mark.real,
    # pyst2 calls methods of threading that were renamed.
    pytest.mark.filterwarnings("ignore:.*:DeprecationWarning:asterisk.manager"),
]

CALL = Originate("Local/12345@hotline/n", "desk", "queue-hotline", timeout=20)
"""Both ends wait in the queue until they are hung up."""
GONE = Originate("Local/nobody@desk/n", "desk", "queue-hotline", timeout=20)
"""Its channel is made and ends at once: there is no such extension."""


def settings_of(switch: AsteriskPeer, **changes: object) -> AmiSettings:
    return AmiSettings.model_validate(
        {
            "port": switch.ports.ami,
            "username": switch.settings.ami.name,
            "secret": switch.settings.ami.secret.get_secret_value(),
            "contexts": frozenset({"hotline", "desk"}),
            "variables": frozenset({"CASE_NUMBER"}),
            **changes,
        }
    )


@contextlib.asynccontextmanager
async def running(settings: AmiSettings) -> AsyncIterator[AmiClient]:
    client = AmiClient(settings)
    task = asyncio.ensure_future(client.run())
    try:
        await asyncio.wait_for(client.ready(), 10)
        yield client
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def client(asterisk: AsteriskPeer) -> AsyncIterator[AmiClient]:
    async with running(settings_of(asterisk)) as client:
        yield client
        await hang_up_all(client)
    asterisk.wait_idle()


@pytest.fixture
async def proxy(asterisk: AsteriskPeer) -> AsyncIterator[AmiProxy]:
    proxy = AmiProxy(asterisk.ports.ami)
    await proxy.start()
    yield proxy
    await proxy.stop()


@pytest.fixture
async def proxied(asterisk: AsteriskPeer, proxy: AmiProxy, client: AmiClient) -> AsyncIterator[AmiClient]:
    """A client behind the proxy; `client` goes straight and cleans up."""
    settings = settings_of(asterisk, port=proxy.port, ping_every=0.5, ping_answer=1.0)
    async with running(settings) as proxied:
        yield proxied


async def hang_up_all(client: AmiClient) -> None:
    for channel in await client.list_action("CoreShowChannels"):
        with contextlib.suppress(ActionRefused):  # its other half ended it meanwhile
            await client.perform(HangupChannel(channel.get("Channel")))


async def uniqueids(client: AmiClient) -> set[str]:
    return {channel.get("Uniqueid") for channel in await client.list_action("CoreShowChannels")}


def both_of(call: Originated) -> set[str]:
    """Its two halves."""
    return {call.channel_id, f"{call.channel_id};2"}


async def are_there(client: AmiClient, channels: set[str]) -> None:
    """Wait until exactly these channels are."""

    async def right() -> bool:
        return await uniqueids(client) == channels

    await until(right, f"channels {channels}")


async def channel_of(client: AmiClient, uniqueid: str) -> str:
    async def found() -> str:
        rows = await client.list_action("CoreShowChannels")
        return next((row.get("Channel") for row in rows if row.get("Uniqueid") == uniqueid), "")

    return await until(found, f"channel {uniqueid}")


class View:
    """Which channels exist, by one subscription: the snapshot, then Newchannel and Hangup."""

    def __init__(self, client: AmiClient) -> None:
        self._client = client
        self.channels: set[str] = set()
        self.snapshots: list[Snapshot] = []
        self.epochs: list[int] = []
        self.known = False

    def is_newer_than(self, epoch: int) -> bool:
        return self.known and self.snapshots[-1].epoch > epoch

    async def follow(self) -> None:
        with self._client.subscribe("view", events={"Newchannel", "Hangup"}) as subscription:
            async for item in subscription:
                match item:
                    case Snapshot():
                        self.snapshots.append(item)
                        self.channels = {channel.get("Uniqueid") for channel in item.channels}
                        self.known = True
                    case Live(epoch, messages):
                        assert epoch == self.snapshots[-1].epoch
                        for message in messages:
                            change = (
                                self.channels.add if message.name == "Newchannel" else self.channels.discard
                            )
                            change(message.get("Uniqueid"))
                    case SubscriptionDown():
                        self.known = False


@contextlib.asynccontextmanager
async def viewing(client: AmiClient) -> AsyncIterator[View]:
    view = View(client)
    task = asyncio.ensure_future(view.follow())
    try:
        yield view
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_call_is_seen_from_its_first_event_to_its_last(client: AmiClient) -> None:
    async with viewing(client) as view:
        await until(lambda: view.known, "a view")
        result = await client.originate(CALL)
        assert isinstance(result, Originated)
        await until(lambda: {result.channel_id, f"{result.channel_id};2"} <= view.channels, "both channels")
        assert view.channels == await uniqueids(client)
        await hang_up_all(client)
        await until(lambda: not view.channels, "their end")


async def test_members_are_added_paused_and_removed(client: AmiClient) -> None:
    async def members() -> dict[str, str]:
        rows = await client.list_action("QueueStatus", {"Queue": "hotline"})
        return {row.get("Location"): row.get("Paused") for row in rows if row.name == "QueueMember"}

    await client.perform(QueueAdd("hotline", "PJSIP/agent-1", member_name="话务员甲"))
    assert await members() == {"PJSIP/agent-1": "0"}
    await client.perform(QueuePause("PJSIP/agent-1", paused=True, reason="wrap-up"))
    assert await members() == {"PJSIP/agent-1": "1"}
    with pytest.raises(ActionRefused):
        await client.perform(QueueAdd("hotline", "PJSIP/agent-1"))
    await client.perform(QueueRemove("hotline", "PJSIP/agent-1"))
    assert await members() == {}


async def test_a_variable_goes_to_one_channel_and_comes_back(client: AmiClient) -> None:
    result = await client.originate(CALL)
    assert isinstance(result, Originated)
    channel = await channel_of(client, result.channel_id)
    await client.perform(Setvar("CASE_NUMBER", "南岗-20260101-0001", channel))
    answer = await client.perform(Getvar("CASE_NUMBER", channel))
    assert answer.get("Value") == "南岗-20260101-0001"
    state = await client.perform(DeviceState("PJSIP/agent-1"))
    assert state.get("Value") == "UNAVAILABLE"


async def test_hanging_up_one_call_leaves_the_other(client: AmiClient) -> None:
    one, other = await client.originate(CALL), await client.originate(CALL)
    assert isinstance(one, Originated)
    assert isinstance(other, Originated)
    await are_there(client, both_of(one) | both_of(other))
    await client.perform(HangupChannel(await channel_of(client, one.channel_id)))
    await are_there(client, both_of(other))
    with pytest.raises(UnsafeValue):
        await client.perform(HangupChannel("/.*/"))
    with pytest.raises(ActionRefused):
        await client.perform(HangupChannel("PJSIP/nobody-00000001"))


async def test_the_heartbeat_is_a_recent_second_of_the_switchs_own_clock(
    client: AmiClient, asterisk: AsteriskPeer
) -> None:
    def beat() -> str:
        globals_ = asterisk.rx("dialplan show globals")
        return next((line.split("=")[1] for line in globals_.splitlines() if "GW_BEAT=" in line), "")

    await until(lambda: beat().isdigit(), "a beat")
    first = int(beat())
    await asyncio.sleep(3)
    assert 2 <= int(beat()) - first <= 4


async def test_what_the_encoder_lets_through_is_what_the_switch_accepts(asterisk: AsteriskPeer) -> None:
    user = asterisk.settings.ami
    reader, writer = await asyncio.open_connection("127.0.0.1", asterisk.ports.ami)
    login = [("Username", user.name), ("Secret", user.secret.get_secret_value()), ("Events", "off")]
    writer.write(encode("Login", login, action_id="login"))
    longest = [("X", "a" * (MAX_LINE - len("X: \r\n")))]
    writer.write(encode("Ping", longest, action_id="longest"))
    writer.write(encode("Ping", [("X", "1")] * (MAX_LINES - 2), action_id="most"))
    writer.write(encode("Ping", longest, action_id="over").replace(b"X: a", b"X: aa"))
    writer.write(encode("Ping", [("X", "1")] * (MAX_LINES - 2), action_id="more")[:-2] + b"X: 1\r\n\r\n")
    writer.write(encode("Logoff", action_id="logoff"))
    answers = (await asyncio.wait_for(reader.read(-1), 20)).decode().split("\r\n\r\n")
    writer.close()
    words = {
        answer.split("ActionID: ")[1].split("\r\n")[0]: answer.split("Response: ")[1].split("\r\n")[0]
        for answer in answers
        if "ActionID" in answer
    }
    assert words == {
        "login": "Success",
        "longest": "Success",
        "most": "Success",
        "over": "Error",
        "more": "Error",
        "logoff": "Goodbye",
    }


async def known_run(client: AmiClient) -> None:
    await until(lambda: client._placing._run, "the run of the switch")


async def test_an_originate_whose_answer_was_lost_is_one_call_and_is_found(
    proxied: AmiClient, proxy: AmiProxy, client: AmiClient
) -> None:
    await known_run(proxied)
    proxy.at_originate = AtOriginate.FORWARD_AND_CUT
    doubt = await proxied.originate(CALL)
    assert isinstance(doubt, Uncertain)
    assert await proxied.settle(doubt, within=10) == Placed(doubt.channel_id, alive=True)
    assert await uniqueids(client) == {doubt.channel_id, f"{doubt.channel_id};2"}
    assert proxy.originates == 1


async def test_an_originate_that_never_arrived_is_known_not_to_be_placed(
    proxied: AmiClient, proxy: AmiProxy, client: AmiClient
) -> None:
    await known_run(proxied)
    proxy.at_originate = AtOriginate.SWALLOW_AND_CUT
    doubt = await proxied.originate(CALL)
    assert isinstance(doubt, Uncertain)
    assert await proxied.settle(doubt, within=10) == NotPlaced(doubt.channel_id)
    assert await uniqueids(client) == set()
    assert proxy.originates == 1


async def test_an_originate_that_was_placed_and_has_ended_is_still_known(
    proxied: AmiClient, proxy: AmiProxy, client: AmiClient
) -> None:
    await known_run(proxied)
    proxy.at_originate = AtOriginate.FORWARD_AND_CUT
    doubt = await proxied.originate(GONE)
    assert isinstance(doubt, Uncertain)
    assert await proxied.settle(doubt, within=10) == Placed(doubt.channel_id, alive=False)
    assert proxy.originates == 1


async def test_a_refused_originate_says_why(client: AmiClient) -> None:
    result = await client.originate(Originate("Local/12345@hotline/n", "desk", "nowhere"))
    assert isinstance(result, AcknowledgementRefused)


async def test_the_view_is_right_within_two_seconds_of_each_cut(
    proxied: AmiClient, proxy: AmiProxy, client: AmiClient
) -> None:
    async with viewing(proxied) as view:
        await until(lambda: view.known, "a view")
        for _ in range(5):
            for _ in range(2):
                assert isinstance(await client.originate(CALL), Originated)
            await asyncio.sleep(0.3)
            epoch = proxied.epoch
            proxy.cut()
            await client.originate(CALL)  # while the link is down
            first = (await client.list_action("CoreShowChannels"))[0]
            await client.perform(HangupChannel(first.get("Channel")))
            await until(partial(view.is_newer_than, epoch), "a new view", 2.0)
            await asyncio.sleep(0.5)
            assert view.channels == await uniqueids(client)
        epochs = [snapshot.epoch for snapshot in view.snapshots]
        assert epochs == sorted(epochs)
        assert epochs[-1] >= 6


async def test_a_dead_link_is_found_and_the_view_recovers(
    proxied: AmiClient, proxy: AmiProxy, client: AmiClient
) -> None:
    async with viewing(proxied) as view:
        await until(lambda: view.known, "a view")
        proxy.dead = True
        assert isinstance(await client.originate(CALL), Originated)
        await until(lambda: not view.known, "the end of the link", 4)
        proxy.cut()
        proxy.dead = False
        await until(lambda: view.known, "a new view", 2.5)
        assert view.channels == await uniqueids(client)


Seen = list[tuple[str, str, str]]
"""Event, Uniqueid, caller's name."""


async def test_panoramisk_and_pyst2_see_the_same_events_of_a_call(
    asterisk: AsteriskPeer, client: AmiClient
) -> None:
    from asterisk.manager import Manager as Pyst2Manager
    from panoramisk import Manager as PanoramiskManager

    mine: Seen = []
    panoramisk_saw: Seen = []
    pyst2_saw: Seen = []
    user = asterisk.settings.ami

    panoramisk = PanoramiskManager(
        loop=asyncio.get_running_loop(),
        host="127.0.0.1",
        port=asterisk.ports.ami,
        username=user.name,
        secret=user.secret.get_secret_value(),
    )
    panoramisk.register_event(
        "*",
        lambda _manager, event: panoramisk_saw.append(
            (event.event, event.get("Uniqueid", ""), event.get("CallerIDName", ""))
        ),
    )
    panoramisk.connect()
    pyst2 = Pyst2Manager()
    lock = threading.Lock()

    def on_event(event: object, _manager: object) -> None:
        headers: dict[str, str] = event.headers  # type: ignore[attr-defined]
        found = {name.lower(): value for name, value in headers.items()}  # CEL writes UniqueID
        with lock:
            pyst2_saw.append((found["event"], found.get("uniqueid", ""), found.get("calleridname", "")))

    pyst2.register_event("*", on_event)

    def connect() -> None:
        pyst2.connect("127.0.0.1", asterisk.ports.ami)
        pyst2.login(user.name, user.secret.get_secret_value())

    await asyncio.to_thread(connect)
    async with running(settings_of(asterisk, unwanted_events=frozenset())) as own:

        async def watch() -> None:
            with own.subscribe("all") as subscription:
                async for item in subscription:
                    if isinstance(item, Live):
                        mine.extend(
                            (event.name, event.get("Uniqueid"), event.get("CallerIDName"))
                            for event in item.messages
                        )

        task = asyncio.ensure_future(watch())
        await asyncio.sleep(1)
        result = await client.originate(
            Originate("Local/12345@hotline/n", "desk", "queue-hotline", "13904510001", "王小明")
        )
        assert isinstance(result, Originated)
        await asyncio.sleep(1.5)
        await hang_up_all(client)
        await asyncio.sleep(1)
        task.cancel()
    panoramisk.close()
    with contextlib.suppress(ValueError):  # it waits for the answer to its logoff on a file it has closed
        await asyncio.to_thread(pyst2.close)

    def of_the_call(seen: Seen) -> Seen:
        return [one for one in seen if one[1].startswith(result.channel_id)]

    expected = of_the_call(mine)
    assert len(expected) > 30
    assert {"Newchannel", "Hangup"} <= {name for name, _, _ in expected}
    assert any(caller == "王小明" for _, _, caller in expected)
    assert of_the_call(panoramisk_saw) == expected
    assert of_the_call(pyst2_saw) == expected


async def test_a_restarted_switch_is_known_by_its_boot_and_settles_nothing_as_not_placed(
    asterisk: AsteriskPeer, client: AmiClient
) -> None:
    async with viewing(client) as view:
        await until(lambda: view.known, "a view")
        await known_run(client)
        run = client._placing._run
        await client.originate(CALL)
        await asyncio.sleep(1.1)  # the switch tells its boot to a second
        asterisk.kill()
        await until(lambda: not view.known, "the end of the link")
        await asyncio.to_thread(asterisk.restart)
        await until(lambda: view.known, "a view of the new run", 20)
        assert view.channels == set()
        assert view.snapshots[-1].boot != view.snapshots[0].boot
        assert [row.get("Queue") for row in view.snapshots[-1].queues if row.name == "QueueParams"] == [
            "hotline"
        ]
        await until(lambda: client._placing._run not in {"", run}, "another run", 20)
        lost = Uncertain("gone", "gw-gone", client._placing._sequence, run)
        assert await client.settle(lost, within=5) == lost
