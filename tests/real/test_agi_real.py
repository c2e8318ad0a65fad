"""The FastAGI server against a real Asterisk and the project's own dialplan."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from gateway.agi import (
    AgiCall,
    AgiNames,
    CallGone,
    CommandFailed,
    CommandRefused,
    FastAgiServer,
    Handler,
)
from gateway.ami import AmiClient, AmiSettings, Originated
from gateway.ami.actions import HangupChannel, Originate
from gateway.ami.errors import ActionRefused
from tests.peers.asterisk import AsteriskPeer
from tests.waiting import until

pytestmark = pytest.mark.real

CALL = Originate("Local/12345@hotline/n", "desk", "queue-hotline", timeout=20)
NAMES = AgiNames(
    contexts=frozenset({"gw-play", "gw-nowhere"}),
    variables=frozenset({"FLOW_RESULT", "FLOW_NEXT", "FLOW_NOTHING", "GW_PLAYED"}),
)

Place = Callable[[Handler], Awaitable[None]]


class Switch:
    """An Asterisk whose gateway lives: heartbeat by AMI, FastAGI server on the port of the dialplan."""

    def __init__(self, asterisk: AsteriskPeer, client: AmiClient) -> None:
        self.asterisk = asterisk
        self.client = client

    @contextlib.asynccontextmanager
    async def serving(self, handler: Handler) -> AsyncIterator[FastAgiServer]:
        server = FastAgiServer(handler, port=self.asterisk.ports.fastagi, names=NAMES)
        await server.start()
        try:
            yield server
        finally:
            await server.stop()

    async def call(self) -> str:
        """A citizen (a Local channel) calls the hotline; returns the Uniqueid of its side in the dialplan."""
        result = await self.client.originate(CALL)
        assert isinstance(result, Originated)
        return f"{result.channel_id};2"

    async def application(self, uniqueid: str) -> str:
        """What the dialplan runs for this channel now."""
        for row in await self.client.list_action("CoreShowChannels"):
            if row.get("Uniqueid") == uniqueid:
                return row.get("Application")
        return ""

    async def reaches(self, uniqueid: str, application: str) -> None:
        """Wait until the dialplan runs this application for the channel; a notice comes before a queue."""

        async def there() -> bool:
            return await self.application(uniqueid) == application

        await until(there, application or "end of the call", within=20)

    async def hang_up_all(self) -> None:
        for row in await self.client.list_action("CoreShowChannels"):
            with contextlib.suppress(ActionRefused):
                await self.client.perform(HangupChannel(row.get("Channel")))


@pytest.fixture
async def switch(asterisk: AsteriskPeer) -> AsyncIterator[Switch]:
    client = AmiClient(
        AmiSettings.model_validate(
            {
                "port": asterisk.ports.ami,
                "username": asterisk.settings.ami.name,
                "secret": asterisk.settings.ami.secret.get_secret_value(),
                "contexts": frozenset({"hotline", "desk"}),
            }
        )
    )
    task = asyncio.ensure_future(client.run())
    await asyncio.wait_for(client.ready(), 10)
    await until(lambda: "GW_BEAT=" in asterisk.rx("dialplan show globals"), "a heartbeat")
    switch = Switch(asterisk, client)
    yield switch
    await switch.hang_up_all()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    asterisk.wait_idle()


async def test_a_flow_reads_writes_and_ends_the_call(switch: Switch) -> None:
    seen: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    texts = ["王小明", 'a "quoted" \\ value', "brackets (1) and )", "", "x" * 1000, "200 result=1 (no)"]

    async def flow(call: AgiCall) -> None:
        got = []
        for text in texts:
            await call.set_variable("GW_PLAYED", text)
            got.append(await call.get_variable("GW_PLAYED") or "")
        assert got == texts
        assert await call.get_variable("FLOW_NOTHING") is None
        await call.set_variable("FLOW_NEXT", "hangup")
        await call.set_variable("FLOW_RESULT", f"ok-{call.env.uniqueid}")
        seen.set_result(call.env.uniqueid)

    async with switch.serving(flow):
        uniqueid = await switch.call()
        assert await asyncio.wait_for(seen, 10) == uniqueid
        await switch.reaches(uniqueid, "")


async def test_a_prompt_is_played_by_the_dialplan_and_errors_are_typed(switch: Switch) -> None:
    seen: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()

    async def flow(call: AgiCall) -> None:
        kinds = []
        await call.gosub("gw-play", "s", 1, "no/such/file", deadline=10)
        kinds.append(await call.get_variable("GW_PLAYED") or "")
        for attempt in (call.gosub("gw-nowhere", "s", 1), call.command("GOSUB", "gw-play")):
            try:
                await attempt
            except (CommandFailed, CommandRefused) as error:
                kinds.append(error.kind)
        seen.set_result(kinds)

    async with switch.serving(flow):
        await switch.call()
        assert await asyncio.wait_for(seen, 10) == ["FAILED", "agi-command-failed", "agi-command-refused"]


async def test_a_flow_that_wakes_too_late_learns_that_a_person_has_the_call(switch: Switch) -> None:
    seen: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    async def flow(call: AgiCall) -> None:
        try:
            await call.set_variable("GW_PLAYED", "in time")
            await asyncio.sleep(4.5)  # the dialplan's timer runs out after three seconds
            await call.set_variable("FLOW_RESULT", f"ok-{call.env.uniqueid}")
        except CallGone as gone:
            seen.set_result(gone)
            raise

    async with switch.serving(flow):
        uniqueid = await switch.call()
        assert isinstance(await asyncio.wait_for(seen, 10), CallGone)
        await switch.reaches(uniqueid, "Queue")


async def test_a_hangup_in_mid_dialogue_ends_the_flow(switch: Switch) -> None:
    begun = asyncio.Event()
    seen: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    async def flow(call: AgiCall) -> None:
        try:
            while True:
                await call.set_variable("GW_PLAYED", "x")
                begun.set()
                await asyncio.sleep(0.05)
        except CallGone as gone:
            seen.set_result(gone)
            raise

    async with switch.serving(flow):
        await switch.call()
        await asyncio.wait_for(begun.wait(), 10)
        await switch.hang_up_all()
        assert isinstance(await asyncio.wait_for(seen, 20), CallGone)


async def test_a_server_that_stops_in_mid_dialogue_leaves_the_caller_to_the_queue(switch: Switch) -> None:
    begun = asyncio.Event()

    async def flow(call: AgiCall) -> None:
        await call.set_variable("GW_PLAYED", "x")
        begun.set()
        await asyncio.sleep(30)

    async with switch.serving(flow):
        uniqueid = await switch.call()
        await asyncio.wait_for(begun.wait(), 10)
    await switch.reaches(uniqueid, "Queue")
