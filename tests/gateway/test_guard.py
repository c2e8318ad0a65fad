"""What every request passes: the proof of our own page for whatever may change something, and a limit for
bodies, whatever they say about their length. A real server is asked over a real socket.
"""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi import APIRouter, Request
from pydantic import BaseModel

from gateway.settings import WebSettings
from gateway.web import guard
from gateway.web.app import WebParts, create
from gateway.web.bodies import DEFAULT as MAX_BODY
from gateway.web.bodies import SOUND as MAX_SOUND
from gateway.web.server import WebServer
from tests.gateway.unguarded import Unguarded

WITHIN_S = 20.0
PIECE = b"x" * 65_536
PROOF = "X-Songhua: 1\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n"


class Said(BaseModel):
    text: str


@dataclass
class Site:
    """A server whose routes note which methods reached them, and how many bytes of a body they were given."""

    server: WebServer
    reached: list[str] = field(default_factory=list)
    given: int = 0

    async def ask(self, head: str, *, pieces: int = 0, end: bool = True) -> tuple[int, str, int]:
        """Status and text of the answer, and how many pieces were taken until the connection ended."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        writer.write(f"{head}Host: songhua\r\n\r\n".encode())
        sent = 0
        answer = asyncio.create_task(reader.read())
        try:
            async with asyncio.timeout(WITHIN_S):
                while sent < pieces and not answer.done():
                    writer.write(b"%x\r\n%s\r\n" % (len(PIECE), PIECE))
                    await writer.drain()
                    sent += 1
                if pieces and end:
                    writer.write(b"0\r\n\r\n")
                    await writer.drain()
        except ConnectionError:
            pass
        finally:
            got = (await asyncio.wait_for(asyncio.gather(answer, return_exceptions=True), WITHIN_S))[0]
            writer.close()
        text = got.decode() if isinstance(got, bytes) else ""
        return int(text.split(" ", 2)[1]) if text else 0, text, sent


@pytest.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    routes = APIRouter()

    @routes.api_route(
        "/thing", methods=["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"]
    )
    async def thing(request: Request) -> dict[str, str]:
        made.reached.append(request.method)
        return {"method": request.method}

    @routes.post("/open311/v2/cookies")
    async def foreign(request: Request) -> dict[str, str]:
        return dict(request.cookies)

    @routes.post("/said")
    async def said(body: Said) -> dict[str, int]:
        made.reached.append("said")
        return {"length": len(body.text)}

    @routes.post("/ivr/prompts/sound")
    @routes.post("/stream")
    async def stream(request: Request) -> dict[str, int]:
        async for part in request.stream():
            made.given += len(part)
        return {"length": made.given}

    monkeypatch.setattr(guard, "DRAIN_S", 0.5)
    server = WebServer(create(WebParts([routes], tmp_path, lambda: (), Unguarded())), WebSettings(port=0))
    made = Site(server)
    await server.start()
    yield made
    await server.stop()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND", "post", "delete"])
async def test_whatever_may_change_something_needs_the_proof_of_our_own_page(site: Site, method: str) -> None:
    close = "Connection: close\r\n"
    status, text, _ = await site.ask(f"{method} /api/thing HTTP/1.1\r\n{close}")
    assert status == 403
    assert "X-Songhua is missing" in text
    assert "content-security-policy" in text.lower()
    assert site.reached == []
    if method.isupper():
        assert (await site.ask(f"{method} /api/thing HTTP/1.1\r\n{close}{PROOF}"))[0] == 200
        assert site.reached == [method]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_who_only_reads_needs_no_proof(site: Site, method: str) -> None:
    assert (await site.ask(f"{method} /api/thing HTTP/1.1\r\nConnection: close\r\n"))[0] == 200


async def test_programs_of_others_need_no_proof_and_their_routes_see_no_cookie(site: Site) -> None:
    cookie = "Cookie: session=of-a-person\r\nConnection: close\r\n"
    status, text, _ = await site.ask(f"POST /api/open311/v2/cookies HTTP/1.1\r\n{cookie}")
    assert status == 200
    assert text.endswith("{}")
    assert (await site.ask(f"POST /api/open311-x HTTP/1.1\r\n{cookie}"))[0] == 403


@pytest.mark.parametrize("path", ["/api/said", "/api/stream"])
async def test_a_chunked_body_without_end_is_refused_and_cut_off(site: Site, path: str) -> None:
    most = (MAX_BODY + guard.DRAIN) // len(PIECE)
    status, _, sent = await site.ask(f"POST {path} HTTP/1.1\r\n{PROOF}{CHUNKED}", pieces=20 * most, end=False)
    assert status in {413, 0}, "cut off while it sends, a client may not see the answer"
    # What lies in the buffers of both kernels was sent as well.
    assert sent < 5 * most
    assert site.reached == []
    assert site.given <= MAX_BODY


@pytest.mark.parametrize("path", ["/api/said", "/api/stream"])
async def test_a_chunked_body_that_is_a_little_too_large_is_told_so(site: Site, path: str) -> None:
    pieces = MAX_BODY // len(PIECE) + 1
    status, text, _ = await site.ask(f"POST {path} HTTP/1.1\r\n{PROOF}{CHUNKED}", pieces=pieces)
    assert status == 413
    assert "urn:songhua:problem:too-large" in text
    assert f"at most {MAX_BODY} bytes" in text
    assert site.given <= MAX_BODY


async def test_who_sends_everything_before_he_reads_sees_the_answer(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "DRAIN_S", WITHIN_S)

    def send_and_read() -> bytes:
        body = PIECE * (2 * MAX_BODY // len(PIECE))
        head = f"POST /api/stream HTTP/1.1\r\n{PROOF}Host: songhua\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", site.server.port), WITHIN_S) as client:
            client.sendall(head.encode())
            # The answer is on its way, and the client goes on sending all the same.
            assert select.select([client], [], [], WITHIN_S)[0]
            for begin in range(0, len(body), len(PIECE)):
                client.sendall(body[begin : begin + len(PIECE)])
            return client.recv(4_096)

    assert (await asyncio.to_thread(send_and_read)).startswith(b"HTTP/1.1 413")


async def test_a_chunked_body_of_exactly_the_limit_is_taken(site: Site) -> None:
    pieces = MAX_BODY // len(PIECE)
    head = f"POST /api/stream HTTP/1.1\r\nConnection: close\r\n{PROOF}{CHUNKED}"
    assert (await site.ask(head, pieces=pieces))[0] == 200
    assert site.given == MAX_BODY


async def test_a_sound_may_be_longer_and_has_a_limit_too(site: Site) -> None:
    head = f"POST /api/ivr/prompts/sound HTTP/1.1\r\nConnection: close\r\n{PROOF}{CHUNKED}"
    assert (await site.ask(head, pieces=MAX_SOUND // len(PIECE)))[0] == 200
    assert site.given == MAX_SOUND
    assert (await site.ask(head, pieces=MAX_SOUND // len(PIECE) + 1))[0] == 413


async def test_who_asks_before_he_sends_too_much_is_not_told_to_go_on(site: Site) -> None:
    length = f"Expect: 100-continue\r\nContent-Length: {MAX_BODY + 1}\r\n"
    status, text, _ = await site.ask(f"POST /api/stream HTTP/1.1\r\n{PROOF}{length}")
    assert status == 413
    assert "100 Continue" not in text


@pytest.mark.parametrize("length", [str(MAX_BODY + 1), "9" * 18])
async def test_a_length_that_is_too_large_is_refused_before_the_body_comes(site: Site, length: str) -> None:
    status, _, _ = await site.ask(f"POST /api/stream HTTP/1.1\r\n{PROOF}Content-Length: {length}\r\n")
    assert status == 413
    assert site.given == 0
