"""A role's own `/metrics`: served at its port, said when that is taken, and what the doctor makes of it."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from core.metrics import counter
from core.room import Health
from gateway.asterisk.metrics_checks import REFUSED, check_figures
from gateway.settings import MetricsSettings
from gateway.tls.client import for_own
from gateway.tls.folder import TlsFolder
from gateway.tls.settings import ServerTls
from gateway.web.metrics_server import MetricsServer
from tests.peers.ports import free_port

_seen = counter("test_figures_seen", "Figures fetched in this test")


def parts() -> list[Health]:
    return [Health("floor", "degraded", "the broker is away")]


async def fetch(port: int, path: str) -> str:
    def read() -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            body: str = answer.read().decode()
            return body

    return await asyncio.to_thread(read)


@asynccontextmanager
async def stranger(answer: bytes) -> AsyncIterator[int]:
    """Another program at a port."""

    async def take(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


async def test_figures_and_health_are_served_and_the_port_is_written_down(tmp_path: Path) -> None:
    server = MetricsServer(MetricsSettings(radio_port=0, port_files=tmp_path), "radio", parts)
    await server.start()
    try:
        _seen.inc()
        assert int((tmp_path / "radio.port").read_text()) == server.port
        assert "songhua_test_figures_seen_total 1.0" in await fetch(server.port, "/metrics")
        assert '"why":"the broker is away"' in await fetch(server.port, "/api/health")
        assert server.health() == (Health("metrics", "up"),)
        assert await check_figures("127.0.0.1", {"radio": server.port}) == []
    finally:
        await server.stop()


async def test_a_port_that_is_taken_is_said_and_holds_nothing_up() -> None:
    async with stranger(b"220 something else\r\n") as port:
        server = MetricsServer(MetricsSettings(speech_port=port), "speech", parts)
        await server.start()
        (said,) = server.health()
        assert (said.state, str(port) in said.why, server.port) == ("degraded", True, 0)
        await server.stop()


async def test_switched_off_and_for_the_centre_nothing_listens() -> None:
    for settings, role in ((MetricsSettings(enabled=False), "radio"), (MetricsSettings(), "centre")):
        server = MetricsServer(settings, role, parts)  # type: ignore[arg-type]
        await server.start()
        assert (server.port, server.health()) == (0, ())
        await server.stop()


async def test_the_doctor_knows_a_role_that_speaks_tls_and_one_that_refuses_it(tmp_path: Path) -> None:
    folder = TlsFolder(tmp_path)
    folder.init(("127.0.0.1",), datetime.now(UTC))
    tls = ServerTls(certificate=folder.service("web").certificate, key=folder.service("web").key)
    server = MetricsServer(MetricsSettings(radio_port=0), "radio", parts, tls)
    await server.start()
    try:
        assert await check_figures("127.0.0.1", {"radio": server.port}, for_own(tls)) == []
    finally:
        await server.stop()
    async with stranger(b"220 something else\r\n") as port:
        (found,) = await check_figures("127.0.0.1", {"radio": port}, for_own(tls))
        assert str(port) in found.where
    async with stranger(b"HTTP/1.1 401 Unauthorized\r\n\r\n" + REFUSED) as port:
        assert await check_figures("127.0.0.1", {"radio": port}) == []


async def test_the_doctor_names_who_has_the_port_of_a_role_and_nobody_who_is_not_there() -> None:
    assert await check_figures("127.0.0.1", {"radio": free_port()}) == []
    for answer in (b"220 something else\r\n", b"", b"HTTP/1.1 404 Not Found\r\n\r\n"):
        async with stranger(answer) as port:
            (found,) = await check_figures("127.0.0.1", {"radio": port})
            assert (found.check, str(port) in found.where) == ("metrics", True)
            assert "metrics.radio_port" in found.remedy.in_language("en")
            assert "metrics.radio_port" in found.remedy.in_language("zh")
