"""The FastAGI server against sockets: silence, floods, deadlines, and handlers that fail."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import psutil
import pytest

from gateway.agi import (
    AgiCall,
    AgiNames,
    AgiTiming,
    CallGone,
    CallHandedOver,
    CommandFailed,
    CommandRefused,
    FastAgiServer,
    Handler,
    UnsafeArgument,
)
from tests.waiting import until

ENVIRONMENT = b"agi_network: yes\nagi_network_script: flow\nagi_uniqueid: 1.7\nagi_arg_1: zh\n\n"
NAMES = AgiNames(contexts=frozenset({"gw-play"}), variables=frozenset({"FLOW_RESULT"}))

Serve = Callable[..., Awaitable[FastAgiServer]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    servers: list[FastAgiServer] = []

    async def serve(handler: Handler, **options: object) -> FastAgiServer:
        server = FastAgiServer(handler, port=0, names=NAMES, **options)  # type: ignore[arg-type]
        await server.start()
        servers.append(server)
        return server

    yield serve
    for server in servers:
        await server.stop()


class Caller:
    """The side of Asterisk, as a simulator: opens, reads commands, writes answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    @classmethod
    async def call(cls, server: FastAgiServer, first: bytes = ENVIRONMENT) -> Caller:
        caller = cls(*await asyncio.open_connection("127.0.0.1", server.port))
        caller.say(first)
        return caller

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    async def command(self) -> str:
        """The next command, or the empty string when the server closed."""
        return (await asyncio.wait_for(self._reader.readline(), 2)).decode().removesuffix("\n")


async def test_a_dialogue_from_greeting_to_end(serve: Serve) -> None:
    async def flow(call: AgiCall) -> None:
        assert call.env.arguments == ("zh",)
        await call.answer()
        await call.gosub("gw-play", "s", 1, "greeting", "zh", deadline=30)
        assert await call.get_variable("FLOW_RESULT") is None
        await call.set_variable("FLOW_RESULT", 'ok "王"')

    caller = await Caller.call(await serve(flow))
    assert await caller.command() == "ANSWER"
    caller.say(b"200 result=0\n")
    assert await caller.command() == 'GOSUB "gw-play" "s" "1" "greeting,zh"'
    caller.say(b"100 result=0 Trying...\n")
    caller.say(b"200 result=0 Gosub complete\n")
    assert await caller.command() == 'GET VARIABLE "FLOW_RESULT"'
    caller.say(b"200 result=0\n")
    assert await caller.command() == 'SET VARIABLE "FLOW_RESULT" "ok \\"王\\""'
    caller.say(b"200 result=1\n")
    assert await caller.command() == ""


async def test_what_may_not_be_named_is_never_sent(serve: Serve) -> None:
    refused = []

    async def flow(call: AgiCall) -> None:
        for attempt in (
            call.set_variable("SHELL(reboot)", "x"),
            call.get_variable("SHELL(reboot)"),
            call.gosub("default", "s", 1),
            call.gosub("gw-play", "s,1", 1),
            call.gosub("gw-play", "s", 1, "x),System(reboot"),
            call.gosub("gw-play", "s", 1, "a,b"),
            call.command("EXEC", "System", "reboot"),
            call.command("NOOP", "a\nEXEC System reboot"),
        ):
            with pytest.raises(UnsafeArgument) as error:
                await attempt
            refused.append(error)

    caller = await Caller.call(await serve(flow))
    assert await caller.command() == ""
    assert len(refused) == 8


async def test_errors_are_typed(serve: Serve) -> None:
    seen: list[str] = []

    async def flow(call: AgiCall) -> None:
        for expected in (CommandRefused, CommandFailed):
            with pytest.raises(expected) as error:
                await call.answer()
            seen.append(error.value.kind)

    caller = await Caller.call(await serve(flow))
    await caller.command()
    caller.say(b"520-Usage follows\n Usage\n520 End of proper usage.\n")
    await caller.command()
    caller.say(b"200 result=-1\n")
    assert await caller.command() == ""
    assert seen == ["agi-command-refused", "agi-command-failed"]


async def test_a_connection_that_is_reset_under_the_dialogue_is_a_call_handed_over(serve: Serve) -> None:
    left = asyncio.get_running_loop().create_future()

    async def flow(call: AgiCall) -> None:
        try:
            while True:
                await call.set_variable("FLOW_RESULT", "x")
        except CallGone as gone:
            left.set_result(gone)
            raise

    caller = await Caller.call(await serve(flow))
    await caller.command()
    caller.say(b"200 result=1\n")
    await caller.command()
    caller.writer.transport.abort()
    assert isinstance(await asyncio.wait_for(left, 2), CallHandedOver)


async def test_a_handler_that_fails_ends_its_own_call_only(serve: Serve) -> None:
    async def flow(call: AgiCall) -> None:
        await call.answer()
        raise RuntimeError("a defect")

    server = await serve(flow)
    for _ in range(3):
        caller = await Caller.call(server)
        assert await caller.command() == "ANSWER"
        caller.say(b"200 result=0\n")
        assert await caller.command() == ""


async def test_a_peer_that_opens_and_closes_at_once_harms_nothing(serve: Serve) -> None:
    async def flow(call: AgiCall) -> None:
        await call.answer()

    server = await serve(flow)
    for first in (b"", b"agi_", ENVIRONMENT):
        caller = await Caller.call(server, first)
        caller.writer.close()
    caller = await Caller.call(server)
    assert await caller.command() == "ANSWER"


async def test_a_thousand_silent_connections_cost_nothing_and_end(serve: Serve) -> None:
    async def flow(call: AgiCall) -> None:
        await call.answer()

    server = await serve(flow, silent=50, timing=AgiTiming(silence=0.5))
    process = psutil.Process()
    tasks, descriptors = len(asyncio.all_tasks()), process.num_fds()
    silent = []
    try:
        for _ in range(1000):
            half_open = socket.socket()
            half_open.setblocking(False)
            await asyncio.get_running_loop().sock_connect(half_open, ("127.0.0.1", server.port))
            silent.append(half_open)
        await asyncio.sleep(0.05)
        assert len(asyncio.all_tasks()) == tasks
        assert len(server._silent) <= 50
        caller = await Caller.call(server)
        assert await caller.command() == "ANSWER"
        caller.say(b"200 result=0\n")
        assert await caller.command() == ""
        await asyncio.sleep(0.6)
        assert len(server._silent) == 0
    finally:
        for half_open in silent:
            half_open.close()
    await until(lambda: process.num_fds() < descriptors + 20, "the end of their descriptors")


async def test_dialogues_are_bounded_and_a_full_server_closes_at_once(serve: Serve) -> None:
    async def flow(call: AgiCall) -> None:
        await call.answer()

    server = await serve(flow, sessions=2)
    held = [await Caller.call(server) for _ in range(2)]
    assert [await caller.command() for caller in held] == ["ANSWER"] * 2
    assert await (await Caller.call(server)).command() == ""
    held[0].say(b"200 result=0\n")
    assert await held[0].command() == ""
    assert await (await Caller.call(server)).command() == "ANSWER"


async def test_a_dialogue_gives_way_to_no_flood_of_connections(serve: Serve) -> None:
    async def flow(call: AgiCall) -> None:
        await call.answer()

    server = await serve(flow, sessions=2, silent=4)
    caller = await Caller.call(server)
    assert await caller.command() == "ANSWER"
    # All at once: the server meets them in one turn.
    flood = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(40)]
    try:
        await until(lambda: 1 < len(server.places) <= server.places.most, "the end of those that gave way")
        assert len(server._talking) == 1
        caller.say(b"200 result=0\n")
        assert await caller.command() == ""
        assert len(server._talking) == 0
    finally:
        for one in flood:
            one.close()


async def test_a_stopped_server_lets_its_callers_go_on_in_the_dialplan(serve: Serve) -> None:
    async def flow(call: AgiCall) -> None:
        await call.answer()

    server = await serve(flow)
    caller = await Caller.call(server)
    await caller.command()
    before = server.serving
    await server.stop()
    assert (before, server.serving) == (True, False)
    assert await caller.command() == ""
