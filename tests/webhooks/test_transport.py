"""Posting to a real server: deadlines, hostile answers, TLS, and the addresses of names."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from cases.exchange.errors import FormRefused, FormUnsent
from cases.exchange.model import FormReceiver, ReceiptWay
from core.clock import SystemClock
from core.listening import Addresses
from gateway.tls.folder import TlsFolder
from gateway.webhooks import guard
from gateway.webhooks.transport import SignedWebhooks
from tests.cases.exchange.world import webhooks
from tests.peers.department_system import department_system
from tests.peers.tls import private_authority


def receiver(url: str) -> FormReceiver:
    return FormReceiver(department_id="greening", way=ReceiptWay.WEBHOOK, url=url)


@asynccontextmanager
async def answering(
    answer: bytes, *, drip_s: float = 0.0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A server that answers so to every request; its port. With `drip_s` a byte at a time."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            for byte in answer if drip_s else ():
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(drip_s)
            if not drip_s:
                writer.write(answer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


ANSWERS = [
    (b"HTTP/1.1 200 OK\r\n\r\n", ""),
    (b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", ""),
    (b"HTTP/1.0 202\r\n", ""),
    (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 3_000_000, ""),
    (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", "http-302"),
    (b"HTTP/1.1 500 \xff\xfe\r\n\r\n", "http-500"),
    (b"HTTP/1.1 429 Too Many\r\nRetry-After: 1\r\n\r\n", "http-429"),
    (b"", "no-http"),
    (b"HTTP/1.1 2000 OK\r\n", "no-http"),
    (b"SSH-2.0-OpenSSH\r\n", "no-http"),
    (b"x" * 3_000_000, "no-http"),
    (b"HTTP/1.1 100 C\r\n\r\n" * 50, "no-http"),
    (b"HTTP/1.1 100 C\r\n" + b"X: y\r\n" * 100_000 + b"X" * 100_000, "no-http"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "error"), ANSWERS)
async def test_only_a_success_counts_whatever_is_answered(answer: bytes, error: str) -> None:
    async with answering(answer) as port:
        to = receiver(f"http://127.0.0.1:{port}/")
        if not error:
            await webhooks().post(to, uuid4(), b"{}")
            return
        with pytest.raises(FormUnsent) as unsent:
            await webhooks().post(to, uuid4(), b"{}")
        assert unsent.value.detail == error


BODIES = [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}more", b"{}"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\n{\r\n1\r\n}\r\n0\r\n\r\n", b"{}"),
    (b"HTTP/1.0 200 OK\r\n\r\n{}", b"{}"),
    (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + b"x" * 2_000_000, b"x" * 2_000_000),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", None),
    (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}", None),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", None),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", None),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n", None),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}xx\r\n0\r\n\r\n", None),
    (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000, None),
    (b"HTTP/1.1 200 OK\r\nX\r\n\r\n{}", None),
    (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5_000_000, None),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "body"), BODIES)
async def test_the_body_of_an_answer_is_read_up_to_its_bound(answer: bytes, body: bytes | None) -> None:
    async with answering(answer) as port:
        to = receiver(f"http://127.0.0.1:{port}/")
        if body is not None:
            assert await webhooks().ask(to, uuid4(), b"{}") == body
            return
        with pytest.raises(FormUnsent, match="no-http"):
            await webhooks().ask(to, uuid4(), b"{}")


@pytest.mark.parametrize("drip_s", [0.05, 30.0])
async def test_a_slow_answer_costs_no_more_than_the_deadline(drip_s: float) -> None:
    async with answering(b"HTTP/1.1 200 " + b"O" * 4000 + b"\r\n", drip_s=drip_s) as port:
        began = time.monotonic()
        with pytest.raises(FormUnsent, match="timeout") as unsent:
            await webhooks(timeout_s=0.4).post(receiver(f"http://127.0.0.1:{port}/"), uuid4(), b"{}")
        assert unsent.value.away
        assert time.monotonic() - began < 5


async def test_a_name_that_leads_to_a_named_network_is_reached_and_to_others_not() -> None:
    async with department_system() as system:
        to = receiver(f"http://localhost:{system.port}/")
        system.secret = webhooks().secret(to)
        with pytest.raises(FormUnsent, match="address-private"):
            await webhooks(private_networks=["10.0.0.0/8"]).post(to, uuid4(), b'{"form_id": "x"}')
        assert system.came == 0
        system.answer = 410
        with pytest.raises(FormRefused):
            await webhooks(private_networks=["127.0.0.0/8", "::1/128"]).post(to, uuid4(), b"{}")
        assert (system.came, system.refused) == (1, 0)


async def test_tls_is_checked_by_name_and_authority(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder: TlsFolder = private_authority(tmp_path_factory.mktemp("tls"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    files = folder.service("web")
    context.load_cert_chain(files.certificate, files.key)
    async with answering(b"HTTP/1.1 200 OK\r\n\r\n", tls=context) as port:
        trusting = webhooks(ca_file=folder.authority.certificate, private_networks=["127.0.0.0/8", "::1/128"])
        await trusting.post(receiver(f"https://localhost:{port}/"), uuid4(), b"{}")
        with pytest.raises(FormUnsent, match="certificate"):
            await webhooks(private_networks=["127.0.0.0/8", "::1/128"]).post(
                receiver(f"https://localhost:{port}/"), uuid4(), b"{}"
            )
    async with answering(b"HTTP/1.1 200 OK\r\n\r\n") as port:
        with pytest.raises(FormUnsent) as unsent:
            await webhooks().post(receiver(f"https://127.0.0.1:{port}/"), uuid4(), b"{}")
        assert unsent.value.away


async def test_whom_we_trust_is_read_once_and_not_on_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []
    real = ssl.create_default_context

    def counted(**told: Any) -> ssl.SSLContext:
        threads.append(threading.current_thread())
        return real(**told)

    async with answering(b"HTTP/1.1 200 OK\r\n\r\n") as port:
        monkeypatch.setattr(ssl, "create_default_context", counted)
        posts = webhooks()
        for _ in range(3):
            with pytest.raises(FormUnsent):
                await posts.post(receiver(f"https://127.0.0.1:{port}/"), uuid4(), b"{}")
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()


@pytest.mark.parametrize("text", [None, "", "no certificate"])
async def test_a_file_of_authorities_that_cannot_be_read_is_named(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "ca.pem"
    if text is not None:
        file.write_text(text)
    with pytest.raises(FormUnsent, match="ca-file"):
        await webhooks(ca_file=file).post(receiver("https://127.0.0.1:9/"), uuid4(), b"{}")


async def test_names_that_hang_take_no_thread_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    real = socket.getaddrinfo

    def hangs(host: str, *more: Any, **told: Any) -> Any:
        if host == "slow.example":
            go.wait(10)
            raise socket.gaierror
        return real(host, *more, **told)

    monkeypatch.setattr(socket, "getaddrinfo", hangs)
    posts = webhooks(timeout_s=0.2)
    try:
        for _ in range(3):
            with pytest.raises(FormUnsent, match="timeout"):
                await posts.post(receiver("https://slow.example/"), uuid4(), b"{}")
        assert {one.name[:13] for one in threading.enumerate() if "webhook" in one.name} == {"webhook-names"}
        assert sum("webhook-names" in one.name for one in threading.enumerate()) <= 2
    finally:
        go.set()


@pytest.mark.parametrize("address", ["fec0::1", "feff::2", "fe80::1", "fd00::1", "::1", "127.0.0.1"])
def test_an_address_of_a_site_is_not_public(address: str) -> None:
    with pytest.raises(guard.RefusedAddress, match="address-private"):
        guard.allowed([address], Addresses(()), secure=True)


def test_this_machines_own_public_address_is_refused() -> None:
    with pytest.raises(guard.RefusedAddress, match="address-private"):
        guard.allowed(["1.1.1.1"], Addresses(()), secure=True, own=lambda one: one == "1.1.1.1")
    assert guard.allowed(["1.1.1.1"], Addresses((ip_network("1.1.1.0/24"),)), secure=True, own=lambda _: True)
    assert guard.is_own("127.0.0.1")
    assert not guard.is_own("192.0.2.1")


async def test_without_a_key_nothing_leaves() -> None:

    off = SignedWebhooks(None, SystemClock())
    assert not off.ready
    with pytest.raises(FormUnsent, match="no-key"):
        await off.post(receiver("https://example.org/"), uuid4(), b"{}")
