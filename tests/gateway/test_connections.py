"""Connections of a real web server: deadlines for who is slow, places for who is many."""

from __future__ import annotations

import asyncio
import contextlib
import socket as socket_module
import ssl
import struct
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect

from gateway.settings import WebSettings
from gateway.web import connection
from gateway.web.server import WebServer
from tests.waiting import until

GET = b"GET /here HTTP/1.1\r\nHost: a\r\n"
POST = b"POST /here HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
LARGE = 8 * 1024 * 1024


async def here(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def large(_request: Request) -> Response:
    return PlainTextResponse("x" * LARGE)


async def socket(link: WebSocket) -> None:
    await link.accept()
    with contextlib.suppress(Exception):
        while True:
            await link.send_text(await link.receive_text())


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WebServer]:
    for name in ("HEAD_S", "BODY_S", "UNREAD_S"):
        monkeypatch.setattr(connection, name, 0.6)
    monkeypatch.setattr(connection, "SLOWEST", 20_000)
    routes = [
        Route("/here", here, methods=["GET", "POST"]),
        Route("/large", large),
        WebSocketRoute("/socket", socket),
    ]
    made = WebServer(Starlette(routes=routes), WebSettings(port=0, connections_per_address=6))
    await made.start()
    yield made
    await made.stop()


async def opened(server: WebServer, words: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(words)
    return reader, writer


async def ended(reader: asyncio.StreamReader, within: float = 8.0) -> bytes:
    async with asyncio.timeout(within):
        with contextlib.suppress(ConnectionError):
            return await reader.read()
        return b""


async def answered(server: WebServer) -> bool:
    reader, writer = await opened(server, GET + b"Connection: close\r\n\r\n")
    said = await ended(reader)
    writer.close()
    return said.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "words", [b"", GET, POST, POST + b"x" * 500], ids=["nothing", "head", "body", "some"]
)
async def test_who_does_not_go_on_is_ended(server: WebServer, words: bytes) -> None:
    reader, writer = await opened(server, words)
    assert await ended(reader) == b""
    writer.close()


@pytest.mark.parametrize("words", [GET, POST], ids=["head", "body"])
async def test_a_byte_now_and_then_keeps_nobody_there(server: WebServer, words: bytes) -> None:
    reader, writer = await opened(server, words)
    end = asyncio.create_task(ended(reader))
    with contextlib.suppress(ConnectionError):
        while not end.done():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)
    assert await end == b""
    writer.close()


async def test_a_body_that_comes_steadily_is_taken_however_long_it_needs(server: WebServer) -> None:
    reader, writer = await opened(server, POST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    for _ in range(20):
        writer.write(b"x" * 5_000)
        await asyncio.sleep(0.08)
    assert (await ended(reader)).startswith(b"HTTP/1.1 200")
    writer.close()


async def test_who_does_not_read_his_answer_is_cut_off(server: WebServer) -> None:
    _, writer = await opened(server, b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
    transport: Any = writer.transport
    transport.pause_reading()
    await until(lambda: len(server.places) == 1, "the request")
    await until(lambda: len(server.places) == 0, "its end")
    writer.close()


async def test_who_takes_his_answer_slowly_gets_all_of_it(server: WebServer) -> None:
    link = socket_module.socket()
    link.setsockopt(socket_module.SOL_SOCKET, socket_module.SO_RCVBUF, 64 * 1024)
    link.setblocking(False)
    await asyncio.get_running_loop().sock_connect(link, ("127.0.0.1", server.port))
    reader, writer = await asyncio.open_connection(sock=link)
    writer.write(b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    began, taken = asyncio.get_running_loop().time(), 0
    while piece := await reader.read(LARGE):
        taken += len(piece)
        await asyncio.sleep(0.02)
    assert taken > LARGE
    assert asyncio.get_running_loop().time() - began > connection.UNREAD_S
    writer.close()


async def test_many_of_one_address_make_room_for_the_next_one_of_it(server: WebServer) -> None:
    crowd = [await opened(server, GET) for _ in range(30)]
    assert await answered(server)
    assert len(server.places) <= 6
    for _, writer in crowd:
        writer.close()


async def test_who_resets_and_comes_again_from_the_same_port_takes_no_place_for_good(
    server: WebServer,
) -> None:
    source = ("127.0.0.1", 0)
    for _ in range(20):
        with socket_module.socket() as one:
            one.setsockopt(socket_module.SOL_SOCKET, socket_module.SO_REUSEADDR, 1)
            one.setsockopt(socket_module.SOL_SOCKET, socket_module.SO_LINGER, struct.pack("ii", 1, 0))
            one.bind(source)
            one.connect(("127.0.0.1", server.port))
            source = one.getsockname()
    assert await answered(server)
    await until(lambda: len(server.places) == 0, "their places")


async def test_an_open_socket_is_not_ended_and_does_not_give_way(server: WebServer) -> None:
    async with connect(f"ws://127.0.0.1:{server.port}/socket") as link:
        crowd = [await opened(server) for _ in range(30)]
        await asyncio.sleep(1.5)
        await link.send("there")
        assert await link.recv() == "there"
        for _, writer in crowd:
            writer.close()


async def test_a_connection_is_used_again_and_its_place_is_given_back(server: WebServer) -> None:
    reader, writer = await opened(server)
    for _ in range(3):
        writer.write(GET + b"\r\n")
        async with asyncio.timeout(5):
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            await reader.readexactly(1)
        await asyncio.sleep(0.3)
    writer.close()
    await until(lambda: len(server.places) == 0, "its place")


async def test_what_never_ends_its_handshake_counts_too(server: WebServer) -> None:
    """The limit is kept in `accept`: TLS, which has no protocol yet, changes nothing."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with pytest.raises((ssl.SSLError, ConnectionError, TimeoutError)):
        async with asyncio.timeout(5):
            await asyncio.open_connection("127.0.0.1", server.port, ssl=context)
    await until(lambda: len(server.places) == 0, "its place")
