"""AsyncAGI's server on a simulated AMI link: full, in doubt, cut off, stopped; never a command twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import cast
from urllib.parse import quote

import pytest

from gateway.agi import AgiCall, AgiNames, CallGone, CallHandedOver, Handler, UnsafeArgument
from gateway.agi.asyncagi import AsyncAgiServer
from gateway.agi.asyncagi.action import BREAK, AgiCommand
from gateway.ami import AmiClient
from gateway.ami.errors import ActionRefused, LinkLost
from gateway.ami.message import AmiEvent
from gateway.ami.outcome import DownReason
from gateway.ami.subscription import Live, Snapshot, Subscription, SubscriptionDown

NAMES = AgiNames(contexts=frozenset({"gw-play"}), variables=frozenset({"FLOW_RESULT", "GW_PLAYED"}))
PRELUDE = 4
"""Three variables cleared, and the dialogue asked for."""


class SimulatedLink:
    """Takes commands and answers them as Asterisk does: acknowledged, then executed. Not a real AMI."""

    def __init__(self) -> None:
        self.up = True
        self.sent: list[AgiCommand] = []
        self.on_command: Callable[[AgiCommand], None] = self.execute
        self._subscription: Subscription

    def subscribe(self, name: str, *, events: frozenset[str]) -> Subscription:
        self._subscription = Subscription(
            name, events=events, limit=100, ask=lambda: None, closed=lambda _one: None
        )
        self._subscription.fence()
        self._subscription.give_snapshot(Snapshot(1, "boot", (), ()))
        return self._subscription

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def perform(self, action: AgiCommand, *, deadline: float) -> None:
        del deadline
        self.sent.append(action)
        self.on_command(action)

    def execute(self, command: AgiCommand) -> None:
        uniqueid = command.channel.rpartition("-")[2]
        if command.command == BREAK:
            self.tell("AsyncAGIEnd", Uniqueid=uniqueid, Channel=command.channel)
            return
        result = "200 result=1 (hotline)\n" if command.command.startswith(b"GET") else "200 result=1\n"
        self.tell("AsyncAGIExec", Uniqueid=uniqueid, CommandID=command.command_id, Result=quote(result))

    def call(self, uniqueid: str) -> None:
        self.tell("AsyncAGIStart", Uniqueid=uniqueid, Channel=f"PJSIP/trunk-{uniqueid}", Env="")

    def tell(self, name: str, **headers: str) -> None:
        lines = [f"Event: {name}", *(f"{key}: {value}" for key, value in headers.items())]
        self._subscription.give_live(Live(1, [AmiEvent(name, "\n".join(lines).encode())]))

    def cut(self) -> None:
        self._subscription.give_down(SubscriptionDown(1, DownReason.STOPPED))

    def breaks(self) -> list[str]:
        return [command.channel for command in self.sent if command.command == BREAK]


@pytest.fixture
def link() -> SimulatedLink:
    return SimulatedLink()


@pytest.fixture
async def serve(link: SimulatedLink) -> AsyncIterator[Callable[[Handler, int], AsyncAgiServer]]:
    servers: list[AsyncAgiServer] = []

    def make(handler: Handler, sessions: int = 10) -> AsyncAgiServer:
        server = AsyncAgiServer(handler, cast("AmiClient", link), names=NAMES, sessions=sessions)
        servers.append(server)
        return server

    yield make
    for server in servers:
        await server.stop()


Make = Callable[..., AsyncAgiServer]


async def until(done: Callable[[], object]) -> None:
    async with asyncio.timeout(2):
        while not done():
            await asyncio.sleep(0)


async def test_a_dialogue_knows_what_is_wanted_and_sends_the_call_on(
    link: SimulatedLink, serve: Make
) -> None:
    seen: list[str] = []

    async def flow(call: AgiCall) -> None:
        seen.append(call.env.script)
        await call.set_variable("FLOW_RESULT", f"ok-{call.env.uniqueid}")

    await serve(flow).start()
    link.call("7")
    await until(link.breaks)
    assert seen == ["hotline"]
    assert [command.command for command in link.sent] == [
        b'SET VARIABLE "FLOW_RESULT" ""\n',
        b'SET VARIABLE "FLOW_NEXT" ""\n',
        b'SET VARIABLE "FLOW_EMERGENCY" ""\n',
        b'GET VARIABLE "GW_DIALOGUE"\n',
        b'SET VARIABLE "FLOW_RESULT" "ok-7"\n',
        BREAK,
    ]
    assert len({command.command_id for command in link.sent}) == len(link.sent)


async def test_who_does_not_fit_is_sent_on_at_once(link: SimulatedLink, serve: Make) -> None:
    async def flow(_call: AgiCall) -> None:
        await asyncio.Event().wait()

    await serve(flow, sessions=1).start()
    link.call("7")
    await until(lambda: len(link.sent) == PRELUDE)
    link.call("8")
    await until(link.breaks)
    assert link.breaks() == ["PJSIP/trunk-8"]


@pytest.mark.parametrize("error", [LinkLost("cut"), ActionRefused("no such channel")])
async def test_a_command_that_was_not_taken_ends_the_dialogue_and_is_not_sent_again(
    link: SimulatedLink, serve: Make, error: Exception
) -> None:
    gone: asyncio.Future[CallGone] = asyncio.get_running_loop().create_future()

    def refuse(command: AgiCommand) -> None:
        if b"GW_PLAYED" in command.command:
            raise error
        link.execute(command)

    async def flow(call: AgiCall) -> None:
        try:
            await call.set_variable("GW_PLAYED", "x")
        except CallGone as left:
            gone.set_result(left)
            raise

    link.on_command = refuse
    await serve(flow).start()
    link.call("7")
    assert isinstance(await asyncio.wait_for(gone, 2), CallHandedOver)
    await asyncio.sleep(0.01)
    assert sum(b"GW_PLAYED" in command.command for command in link.sent) == 1
    assert link.breaks() == []


async def test_a_lost_link_ends_every_dialogue_without_another_word(link: SimulatedLink, serve: Make) -> None:
    gone: list[CallGone] = []

    async def flow(call: AgiCall) -> None:
        try:
            await call.set_variable("GW_PLAYED", "never answered")
        except CallGone as left:
            gone.append(left)
            raise

    link.on_command = lambda command: None if b"GW_PLAYED" in command.command else link.execute(command)
    await serve(flow).start()
    link.call("7")
    link.call("8")
    await until(lambda: len(link.sent) == 2 * (PRELUDE + 1))
    link.cut()
    await until(lambda: len(gone) == 2)
    assert len(link.sent) == 2 * (PRELUDE + 1)


async def test_a_server_that_stops_sends_its_calls_on(link: SimulatedLink, serve: Make) -> None:
    async def flow(_call: AgiCall) -> None:
        await asyncio.Event().wait()

    server = serve(flow)
    await server.start()
    assert server.serving
    for uniqueid in ("7", "8"):
        link.call(uniqueid)
    await until(lambda: len(link.sent) == 2 * PRELUDE)
    await server.stop()
    assert sorted(link.breaks()) == ["PJSIP/trunk-7", "PJSIP/trunk-8"]
    assert not server.serving


async def test_a_command_longer_than_a_line_is_refused_before_it_is_sent(
    link: SimulatedLink, serve: Make
) -> None:
    refused: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def flow(call: AgiCall) -> None:
        with pytest.raises(UnsafeArgument):
            await call.set_variable("GW_PLAYED", "x" * 1000)
        await call.set_variable("GW_PLAYED", "short")
        refused.set_result(True)

    await serve(flow).start()
    link.call("7")
    assert await asyncio.wait_for(refused, 2)
