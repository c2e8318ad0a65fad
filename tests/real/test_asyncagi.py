"""AsyncAGI on a real Asterisk: what its queue, its timer and its buffers do; the dialogue lives with it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from gateway.agi import AgiCall, AgiNames, CallGone, CallHandedOver, CommandFailed, CommandRefused, Handler
from gateway.agi.asyncagi import AsyncAgiServer
from gateway.agi.asyncagi.action import AgiCommand
from gateway.ami import AmiClient, Originated
from gateway.ami.actions import HangupChannel, Originate, Redirect
from gateway.ami.errors import ActionRefused
from tests.peers.asterisk import AsteriskPeer, private_settings
from tests.real.dialogues import ami_link, with_dialogue
from tests.waiting import until

pytestmark = pytest.mark.real

CALL = Originate("Local/12345@hotline/n", "desk", "queue-hotline", timeout=20)
NAMES = AgiNames(
    contexts=frozenset({"gw-play", "gw-nowhere"}),
    variables=frozenset({"FLOW_RESULT", "FLOW_NEXT", "GW_PLAYED"}),
)


class Switch:
    """An Asterisk in AsyncAGI mode, the gateway's link, and the account that may run AGI commands."""

    def __init__(self, asterisk: AsteriskPeer, client: AmiClient) -> None:
        self.asterisk = asterisk
        self.client = client

    def account(self) -> AmiClient:
        account = self.asterisk.settings.asyncagi
        assert account is not None
        return ami_link(self.asterisk.settings, account, heartbeat=False)

    @contextlib.asynccontextmanager
    async def serving(self, handler: Handler) -> AsyncIterator[AsyncAgiServer]:
        server = AsyncAgiServer(handler, self.account(), names=NAMES)
        await server.start()
        try:
            await until(lambda: server.serving, "a server of dialogues")
            yield server
        finally:
            await server.stop()

    async def call(self) -> str:
        result = await self.client.originate(CALL)
        assert isinstance(result, Originated)
        return f"{result.channel_id};2"

    async def application(self, uniqueid: str) -> str:
        for row in await self.client.list_action("CoreShowChannels"):
            if row.get("Uniqueid") == uniqueid:
                return row.get("Application")
        return ""

    async def reaches(self, uniqueid: str, application: str, *, within: float) -> float:
        """Seconds until the dialplan runs this application for the call."""

        async def there() -> bool:
            return await self.application(uniqueid) == application

        began = time.monotonic()
        await until(there, application or "end of the call", within)
        return time.monotonic() - began

    async def leaves_agi(self, uniqueid: str, *, within: float) -> float:
        """Seconds until the dialplan runs something else for the call."""

        async def gone() -> bool:
            return await self.application(uniqueid) != "AGI"

        began = time.monotonic()
        await until(gone, "end of AGI()", within)
        return time.monotonic() - began

    async def hang_up_all(self) -> None:
        for row in await self.client.list_action("CoreShowChannels"):
            with contextlib.suppress(ActionRefused):
                await self.client.perform(HangupChannel(row.get("Channel")))


@pytest.fixture(scope="module")
def asyncagi_switch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsteriskPeer]:
    settings = with_dialogue(private_settings(tmp_path_factory.mktemp("asyncagi")), "asyncagi")
    peer = AsteriskPeer(settings)
    peer.start()
    yield peer
    peer.close()


@pytest.fixture
async def switch(asyncagi_switch: AsteriskPeer) -> AsyncIterator[Switch]:
    client = ami_link(asyncagi_switch.settings, asyncagi_switch.settings.ami, heartbeat=True)
    task = asyncio.ensure_future(client.run())
    await asyncio.wait_for(client.ready(), 10)
    await until(lambda: "GW_BEAT=" in asyncagi_switch.rx("dialplan show globals"), "a heartbeat")
    switch = Switch(asyncagi_switch, client)
    yield switch
    await switch.hang_up_all()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    asyncagi_switch.wait_idle()


async def test_a_flow_reads_writes_and_ends_the_call(switch: Switch) -> None:
    seen: asyncio.Future[tuple[str, str]] = asyncio.get_running_loop().create_future()
    texts = [
        "王小明",
        'a "quoted" \\ value',
        "brackets (1) and )",
        "",
        "200 result=1 (no)",
        "%41 100% +",
        "x" * 800,
    ]

    async def flow(call: AgiCall) -> None:
        got = []
        for text in texts:
            await call.set_variable("GW_PLAYED", text)
            got.append(await call.get_variable("GW_PLAYED") or "")
        assert got == texts
        assert await call.get_variable("FLOW_NEXT") == ""
        await call.set_variable("FLOW_NEXT", "hangup")
        await call.set_variable("FLOW_RESULT", f"ok-{call.env.uniqueid}")
        seen.set_result((call.env.uniqueid, call.env.script))

    async with switch.serving(flow):
        uniqueid = await switch.call()
        assert await asyncio.wait_for(seen, 15) == (uniqueid, "hotline")
        await switch.reaches(uniqueid, "", within=10)


async def test_a_prompt_is_played_by_the_dialplan_and_errors_are_typed(switch: Switch) -> None:
    seen: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()

    async def flow(call: AgiCall) -> None:
        kinds = []
        await call.gosub("gw-play", "s", 1, "no/such/file", deadline=10)
        kinds.append(await call.get_variable("GW_PLAYED") or "")
        for attempt in (
            lambda: call.command("GOSUB", "gw-play"),
            lambda: call.gosub("gw-nowhere", "s", 1),
            # FastAGI would go on here: AsyncAGI leaves AGI() after a command that failed.
            lambda: call.get_variable("GW_PLAYED"),
        ):
            try:
                await attempt()
            except (CommandFailed, CommandRefused, CallGone) as error:
                kinds.append(error.kind)
        seen.set_result(kinds)

    async with switch.serving(flow):
        await switch.call()
        assert await asyncio.wait_for(seen, 10) == [
            "FAILED",
            "agi-command-refused",
            "agi-command-failed",
            "agi-handed-over",
        ]


async def test_a_command_left_in_the_queue_is_carried_out_in_the_next_dialogue_and_does_no_harm(
    switch: Switch,
) -> None:
    """Asterisk keeps a channel's queue when it leaves AGI(): what came too late runs at its next AGI()."""
    entered: asyncio.Queue[tuple[AgiCall, str | None, str | None]] = asyncio.Queue()

    async def flow(call: AgiCall) -> None:
        await entered.put((call, await call.get_variable("FLOW_NEXT"), await call.get_variable("GW_PLAYED")))
        if entered.qsize() == 1 and not first.is_set():
            first.set()
            await asyncio.sleep(30)

    first = asyncio.Event()
    async with switch.serving(flow):
        uniqueid = await switch.call()
        call, _, _ = await asyncio.wait_for(entered.get(), 10)
        await switch.leaves_agi(uniqueid, within=20)  # the timer took it
        rogue = switch.account()
        running = asyncio.ensure_future(rogue.run())
        await asyncio.wait_for(rogue.ready(), 20)
        for number, line in enumerate(
            (b'SET VARIABLE "FLOW_NEXT" "hangup"', b'SET VARIABLE "GW_PLAYED" "late"')
        ):
            await rogue.perform(AgiCommand(call.env.channel, line, f"late-{number}"))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await switch.client.perform(Redirect(call.env.channel, "hotline", "s"))
        _, then, late = await asyncio.wait_for(entered.get(), 10)
        assert late == "late", "the queue was not kept: then LEFT_OVER is needless"
        assert then == ""


async def test_nobody_takes_the_channel_and_the_timer_does(switch: Switch) -> None:
    """With AsyncAGI a channel waits until someone takes it; here nobody is logged in who could."""
    uniqueid = await switch.call()
    await switch.reaches(uniqueid, "AGI", within=20)
    waited = await switch.leaves_agi(uniqueid, within=6)
    assert 2.5 < waited < 4  # measured: 3.02 s with silence_seconds = 3


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
        assert isinstance(await asyncio.wait_for(seen, 10), CallHandedOver)
        await switch.reaches(uniqueid, "Queue", within=15)


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


async def test_a_server_that_stops_in_mid_dialogue_sends_the_caller_on_at_once(switch: Switch) -> None:
    begun = asyncio.Event()

    async def flow(call: AgiCall) -> None:
        await call.set_variable("GW_PLAYED", "x")
        begun.set()
        await asyncio.sleep(30)

    async with switch.serving(flow):
        uniqueid = await switch.call()
        await asyncio.wait_for(begun.wait(), 10)
    assert await switch.leaves_agi(uniqueid, within=5) < 1
