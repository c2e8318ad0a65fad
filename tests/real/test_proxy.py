"""nginx and Caddy in front, as we ship them: addresses are the clients', sockets pass, limits hold."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from fastapi import APIRouter, Request, WebSocket

from core.listening import Addresses
from gateway.settings import WebSettings
from gateway.web.app import WebParts, create
from gateway.web.bodies import DEFAULT
from gateway.web.insiders import InternalReaders
from gateway.web.live.http import same_origin
from gateway.web.peer import address_of
from gateway.web.server import WebServer
from tests.gateway.unguarded import Unguarded
from tests.peers.caddy import CaddyPeer
from tests.peers.nginx import NginxPeer, lacking
from tests.waiting import until

WHY_NOT = lacking()
pytestmark = [pytest.mark.real, pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "it is there")]

PROXY = WebSettings(port=0, trusted_proxies=("127.0.0.1/32",), connections_per_address=8)
CLIENT = "127.0.0.9"
MANY = 400


class Site:
    def __init__(self, proxy: NginxPeer | CaddyPeer, server: WebServer) -> None:
        self.proxy = proxy
        self.server = server
        self.tls = ssl.create_default_context(cafile=str(proxy.certificate))

    @contextlib.asynccontextmanager
    async def client(self, address: str = CLIENT) -> AsyncIterator[aiohttp.ClientSession]:
        connector = aiohttp.TCPConnector(ssl=self.tls, local_addr=(address, 0))
        base = f"https://localhost:{self.proxy.port}"
        async with aiohttp.ClientSession(base, connector=connector, headers={"X-Songhua": "1"}) as client:
            yield client

    async def idle(self, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(
            "127.0.0.1", self.proxy.port, ssl=self.tls, server_hostname="localhost", local_addr=(address, 0)
        )


@pytest.fixture(params=[NginxPeer, CaddyPeer], ids=["nginx", "caddy"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    trusted = Addresses(PROXY.trusted_proxies)
    routes = APIRouter()

    @routes.api_route("/who", methods=["GET", "POST"])
    async def who(request: Request) -> dict[str, str]:
        await request.body()
        return {"address": address_of(request.scope, trusted)}

    @routes.websocket("/live")
    async def live(socket: WebSocket) -> None:
        assert same_origin(socket.headers.get("origin"), socket.headers.get("host"))
        await socket.accept()
        with contextlib.suppress(Exception):
            while True:
                await socket.send_text(await socket.receive_text())

    parts = WebParts([routes], tmp_path, lambda: (), Unguarded(), InternalReaders(trusted=trusted))
    server = WebServer(create(parts), PROXY)
    await server.start()
    proxy: NginxPeer | CaddyPeer = request.param(tmp_path, server.port)
    proxy.check()
    proxy.start()
    try:
        yield Site(proxy, server)
    finally:
        proxy.close()
        await server.stop()


async def test_an_address_is_the_clients_own_whatever_it_writes(site: Site) -> None:
    async with site.client() as client:
        for forged in ({}, {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}):
            async with client.get("/api/who", headers=forged) as answer:
                assert await answer.json() == {"address": CLIENT}
        async with client.get("/api/health", headers={"X-Forwarded-For": "127.0.0.1"}) as answer:
            assert await answer.json() == {"state": "up"}
        async with client.get("/metrics") as answer:
            assert answer.status == 404


async def test_sockets_pass_and_more_of_them_than_one_address_may_have(site: Site) -> None:
    """They are all of the proxy's address, which has no limit."""
    origin = f"https://localhost:{site.proxy.port}"
    async with site.client() as client, contextlib.AsyncExitStack() as links:
        for number in range(12):
            link = await links.enter_async_context(client.ws_connect("/api/live", origin=origin))
            await link.send_str(str(number))
            assert await link.receive_str(timeout=20) == str(number)


async def test_bodies_are_limited_before_they_reach_the_service(site: Site) -> None:
    async with site.client() as client:
        async with client.post("/api/who", data=b"x" * (DEFAULT - 10)) as answer:
            assert answer.status == 200
        async with client.post("/api/who", data=b"x" * (DEFAULT + 1)) as answer:
            assert answer.status == 413


async def test_no_log_has_the_key_of_a_reader_of_our_emails(site: Site) -> None:
    """The rest is written down as the proxy is told to."""
    key = "0123456789abcdef" * 2
    async with site.client() as client:
        for path in (f"/api/citizen/mails/{key}/stop", "/api/who"):
            async with client.post(path) as answer:
                await answer.read()

    async def written() -> bool:
        log = site.proxy.access_log
        return log.exists() and "/api/who" in log.read_text()

    await until(written, "a line of the access log", 10)
    assert key not in site.proxy.access_log.read_text()


@pytest.mark.parametrize("site", [NginxPeer], ids=["nginx"], indirect=True)
async def test_who_opens_too_much_is_limited_and_others_are_served(site: Site) -> None:
    crowd = await asyncio.gather(*(site.idle("127.0.0.7") for _ in range(MANY)), return_exceptions=True)
    waiting = [one for one in crowd if not isinstance(one, BaseException)]
    assert len(site.server.places) <= 8, "who says nothing stays with the proxy"
    for _, writer in waiting:
        writer.write(b"GET /api/who HTTP/1.1\r\nHost: localhost\r\n\r\n")

    async def served() -> bool:
        async with site.client() as client, client.get("/api/who") as answer:
            return answer.status == 200

    await until(served, "an answer for somebody else", 10)
    for _, writer in waiting:
        writer.close()
