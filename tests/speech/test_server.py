"""The AudioSocket server under peers that flood it, say nothing, or talk nonsense."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.clock import SystemClock
from core.errors import Unavailable
from core.sound.audiosocket import FrameKind, encode
from speech.audiosocket.server import AudioSocketServer
from tests.speech.fakes import until


@pytest.fixture(autouse=True)
def quick_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speech.audiosocket.server.SWEEP_S", 0.01)
    monkeypatch.setattr("speech.audiosocket.session.PROD_S", 0.1)


class Ear:
    patient = False
    ready = True
    known = True

    def __init__(self) -> None:
        self.pcm = b""
        self.pieces = 0
        self.closings = 0
        self.silences = 0
        self.fails = False

    def audio(self, pcm: bytes, now: float) -> None:
        if self.fails:
            raise ValueError("a listener fails")
        self.pcm += pcm
        self.pieces += 1

    def silent(self) -> None:
        self.silences += 1

    def closed(self, now: float) -> None:
        self.closings += 1


class Running:
    def __init__(self, port: int, ears: dict[UUID, Ear], refuse: set[UUID]) -> None:
        self.port = port
        self.ears = ears
        self.refuse = refuse

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def tap(self, tap: UUID) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await self.connect()
        writer.write(encode(FrameKind.UUID, tap.bytes))
        return reader, writer


@asynccontextmanager
async def server(max_connections: int = 8, hello_within: float = 5.0) -> AsyncIterator[Running]:
    ears: dict[UUID, Ear] = {}
    refuse: set[UUID] = set()
    made = AudioSocketServer(
        SystemClock(),
        lambda tap: None if tap in refuse else ears.setdefault(tap, Ear()),
        max_connections=max_connections,
        hello_within=hello_within,
        idle_for=60,
    )
    port = await made.start("127.0.0.1", 0)
    sweeper = asyncio.create_task(made.sweep())
    try:
        yield Running(port, ears, refuse)
    finally:
        sweeper.cancel()
        await made.stop()


async def closed(reader: asyncio.StreamReader) -> bytes:
    """What the server still says until it closes."""
    async with asyncio.timeout(3):
        try:
            return await reader.read()
        except ConnectionError:
            return b""


async def test_a_tap_is_heard_until_the_channel_hangs_up() -> None:
    async with server() as running:
        tap = uuid4()
        reader, writer = await running.tap(tap)
        writer.write(encode(FrameKind.SLIN, b"\1\0" * 160) * 50 + encode(FrameKind.HANGUP))
        assert await closed(reader) == b""
        assert running.ears[tap].pcm == b"\1\0" * 160 * 50
        assert running.ears[tap].closings == 1


async def test_a_silent_tap_is_sent_silence_so_that_its_channel_looks_whether_its_party_is_there() -> None:
    async with server() as running:
        reader, writer = await running.tap(uuid4())
        for _ in range(3):
            async with asyncio.timeout(2):
                assert await reader.readexactly(323) == encode(FrameKind.SLIN, bytes(320))
        writer.write(encode(FrameKind.HANGUP))
        await closed(reader)


async def test_a_recording_is_not_prodded() -> None:
    async with server() as running:
        tap = uuid4()
        running.ears[tap] = ear = Ear()
        ear.patient = True
        reader, writer = await running.tap(tap)
        await asyncio.sleep(0.3)
        writer.write(encode(FrameKind.HANGUP))
        assert await closed(reader) == b""


async def test_a_lost_connection_ends_the_tap_once() -> None:
    async with server() as running:
        tap = uuid4()
        _, writer = await running.tap(tap)
        await until(lambda: tap in running.ears)
        writer.transport.abort()
        await until(lambda: running.ears[tap].closings == 1)


async def test_a_refused_tap_is_told_to_hang_up() -> None:
    async with server() as running:
        tap = uuid4()
        running.refuse.add(tap)
        reader, _ = await running.tap(tap)
        assert await closed(reader) == encode(FrameKind.HANGUP)
        assert tap not in running.ears


async def test_a_peer_that_says_nothing_is_closed() -> None:
    async with server(hello_within=0.1) as running:
        reader, _ = await running.connect()
        assert await closed(reader) == encode(FrameKind.HANGUP)


async def test_a_flood_of_sockets_is_bounded_and_leaves_the_running_tap_alone() -> None:
    async with server(max_connections=8, hello_within=0.15) as running:
        tap = uuid4()
        _, writer = await running.tap(tap)
        await until(lambda: tap in running.ears)
        flood = [await running.connect() for _ in range(80)]
        ends = await asyncio.gather(*(closed(reader) for reader, _ in flood))
        assert len(ends) == 80
        writer.write(encode(FrameKind.SLIN, b"\2\0" * 160))
        await until(lambda: running.ears[tap].pcm == b"\2\0" * 160)
        again = uuid4()
        await running.tap(again)
        await until(lambda: again in running.ears)


async def test_a_failing_listener_ends_its_own_tap_only() -> None:
    async with server() as running:
        bad, good = uuid4(), uuid4()
        running.ears[bad] = Ear()
        running.ears[bad].fails = True
        bad_reader, bad_writer = await running.tap(bad)
        _, good_writer = await running.tap(good)
        bad_writer.write(encode(FrameKind.SLIN, bytes(320)))
        assert await closed(bad_reader) == encode(FrameKind.HANGUP)
        good_writer.write(encode(FrameKind.SLIN, bytes(320)))
        await until(lambda: good in running.ears and len(running.ears[good].pcm) == 320)


@given(st.binary(min_size=1, max_size=300), st.booleans())
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_bytes_end_or_run_a_connection_and_the_server_goes_on(data: bytes, opened: bool) -> None:
    async def story() -> None:
        async with server(max_connections=4) as running:
            _reader, writer = await (running.tap(uuid4()) if opened else running.connect())
            writer.write(data)
            writer.write_eof()
            tap = uuid4()
            await running.tap(tap)
            await until(lambda: tap in running.ears)

    asyncio.run(story())


async def test_frames_that_come_one_by_one_are_read_several_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("speech.audiosocket.server.SWEEP_S", 0.25)
    async with server() as running:
        tap = uuid4()
        _, writer = await running.tap(tap)
        await until(lambda: tap in running.ears)
        for number in range(61):
            writer.write(encode(FrameKind.SLIN, bytes([number, 0]) * 160))
            await asyncio.sleep(0.005)
        whole = b"".join(bytes([number, 0]) * 160 for number in range(61))
        await until(lambda: running.ears[tap].pcm == whole)  # the last one, too, though nothing follows it
        assert running.ears[tap].pieces <= 25


async def test_a_goodbye_is_heard_though_little_stands_before_it() -> None:
    async with server() as running:
        tap = uuid4()
        _, writer = await running.tap(tap)
        await until(lambda: tap in running.ears)
        writer.write(encode(FrameKind.SLIN, bytes(320)))
        await asyncio.sleep(0.05)
        writer.write(encode(FrameKind.HANGUP))
        await until(lambda: running.ears[tap].closings == 1)
        assert len(running.ears[tap].pcm) == 320


async def test_a_taken_port_is_an_error_that_says_what_to_do() -> None:
    async with server() as running:
        second = AudioSocketServer(
            SystemClock(), lambda _: None, max_connections=1, hello_within=1, idle_for=1
        )
        with pytest.raises(Unavailable) as refused:
            await second.start("127.0.0.1", running.port)
        assert "speech.port" in refused.value.remedy


async def test_a_listener_is_told_when_nothing_comes_and_hears_on() -> None:
    async with server() as running:
        tap = uuid4()
        _, writer = await running.tap(tap)
        for number in (1, 2):
            writer.write(encode(FrameKind.SLIN, bytes(320)))
            await until(
                lambda number=number: tap in running.ears and len(running.ears[tap].pcm) == number * 320
            )
            silences = running.ears[tap].silences
            await until(lambda silences=silences: running.ears[tap].silences > silences)
