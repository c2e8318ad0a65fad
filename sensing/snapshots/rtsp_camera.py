"""The video of a camera, or its first keyframe, by RTSP 1.0 (RFC 2326): over TCP first, then UDP.

We speak RTSP ourselves: ffmpeg would follow a redirect to any address, and would have the password among its
arguments, where everybody on the machine reads it.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from sensing.asking.auth import CameraLogin, answer
from sensing.asking.target import CameraTarget
from sensing.asking.wire import (
    MOST_BODY,
    AnswerHead,
    connected,
    parse_head,
    read_body,
    request,
)
from sensing.snapshots.http_camera import require_success
from sensing.snapshots.keyframe import KeyframeCollector, RtpPacket, parse_rtp
from sensing.snapshots.sdp import VideoStream, video_of

UNSUPPORTED_TRANSPORT: Final = 461
KEEP_ALIVE_S: Final = 20.0
PIECES_AT_ONCE: Final = 64
"""Packets of a connection that are taken in one turn of the event loop; then others have theirs."""
MOST_WAITING: Final = 512
"""Datagrams that wait to be looked at; further ones are lost, as on the line."""


@dataclass(frozen=True, slots=True)
class CodedPicture:
    """A keyframe in the form of Annex B."""

    codec: str
    data: bytes
    transport: str


class _NoTcp(Exception):
    """The camera takes no interleaved transport."""


@dataclass(frozen=True, slots=True)
class PlayedVideo:
    """A camera that plays: its packets as they come, over `tcp` or `udp`. `keep_alive` is due every
    `KEEP_ALIVE_S`.
    """

    stream: VideoStream
    transport: str
    packets: AsyncIterator[RtpPacket]
    keep_alive: Callable[[], Awaitable[None]]


async def keyframe(target: CameraTarget, login: CameraLogin | None) -> CodedPicture:
    """Raises `NoPicture`. The caller limits the time."""
    async with playing(target, login) as video:
        collector = KeyframeCollector(video.stream)
        async for packet in video.packets:
            found = collector.add(packet)
            if found is not None:
                return CodedPicture(video.stream.codec, found, video.transport)
    raise AssertionError("packets end with an error alone")


@asynccontextmanager
async def playing(target: CameraTarget, login: CameraLogin | None) -> AsyncIterator[PlayedVideo]:
    """The camera plays until the end of the block; then it is told that we go. Raises `NoPicture`, also while
    its packets are read. The caller limits the time.
    """
    async with AsyncExitStack() as stack:
        try:
            video = await stack.enter_async_context(_over_tcp(target, login))
        except _NoTcp:
            video = await stack.enter_async_context(_over_udp(target, login))
        yield video


@asynccontextmanager
async def _over_tcp(target: CameraTarget, login: CameraLogin | None) -> AsyncIterator[PlayedVideo]:
    async with connected(target) as (reader, writer):
        session = _Session(target, login, reader, writer)
        stream = await session.describe()
        channel = await session.set_up(stream, "RTP/AVP/TCP;unicast;interleaved=0-1")
        await session.play()
        try:
            yield PlayedVideo(stream, "tcp", session.interleaved_packets(channel), session.keep_alive)
        finally:
            session.say("TEARDOWN")


@asynccontextmanager
async def _over_udp(target: CameraTarget, login: CameraLogin | None) -> AsyncIterator[PlayedVideo]:
    async with connected(target) as (reader, writer):
        session = _Session(target, login, reader, writer)
        stream = await session.describe()
        async with _datagrams(target.ip, writer) as (port, queue):
            await session.set_up(stream, f"RTP/AVP;unicast;client_port={port}-{port + 1}")
            await session.play()
            try:
                yield PlayedVideo(stream, "udp", _parsed(queue), session.keep_alive)
            finally:
                session.say("TEARDOWN")


async def _parsed(queue: asyncio.Queue[bytes]) -> AsyncIterator[RtpPacket]:
    while True:
        packet = parse_rtp(await queue.get())
        if packet is not None:
            yield packet


class _Session:
    def __init__(
        self,
        target: CameraTarget,
        login: CameraLogin | None,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._target = target
        self._login = login
        self._reader = reader
        self._writer = writer
        self._number = 0
        self._pieces = 0
        self._challenges: tuple[str, ...] = ()
        self._id = ""
        self._base = target.url

    async def describe(self) -> VideoStream:
        stream, self._base = await self._describe()
        return stream

    async def set_up(self, stream: VideoStream, transport: str) -> int:
        """The channel of its packets, which counts over TCP. Raises `_NoTcp`, `NoPicture`."""
        head = await self._ask("SETUP", stream.control, {"Transport": transport})
        if head.status == UNSUPPORTED_TRANSPORT and "TCP" in transport:
            raise _NoTcp
        require_success(head)
        self._remember(head)
        return _channel(head.first("transport"))

    async def play(self) -> None:
        require_success(await self._ask("PLAY", self._base, {"Range": "npt=0.000-"}))

    async def interleaved_packets(self, channel: int) -> AsyncIterator[RtpPacket]:
        while True:
            number, data = await self._interleaved()
            packet = parse_rtp(data) if number == channel else None
            if packet is not None:
                yield packet

    async def keep_alive(self) -> None:
        """Else the camera ends the session (RFC 2326, 12.37); its answer is passed over."""
        self.say("OPTIONS")
        await self._writer.drain()

    async def _describe(self) -> tuple[VideoStream, str]:
        """The stream, and the URL of the whole session."""
        url = self._target.url
        head, body = await self._asked("DESCRIBE", url, {"Accept": "application/sdp"})
        require_success(head)
        base = head.first("content-base") or head.first("content-location") or url
        stream = video_of(body.decode("utf-8", "replace"), self._ours(base))
        return VideoStream(
            stream.codec, stream.payload, self._ours(stream.control), stream.parameters
        ), self._ours(base)

    def _ours(self, url: str) -> str:
        """A URL that the camera named: it is only a name within this connection, and has no line break."""
        clean = re.sub(r"[\x00-\x20\x7f]", "", url)
        return clean if urlsplit(clean).scheme.lower() == "rtsp" else self._target.url

    async def _ask(self, method: str, url: str, headers: dict[str, str]) -> AnswerHead:
        return (await self._asked(method, url, headers))[0]

    async def _asked(self, method: str, url: str, headers: dict[str, str]) -> tuple[AnswerHead, bytes]:
        head, body = await self._once(method, url, headers)
        if head.status == 401 and self._login is not None:
            self._challenges = tuple(head.headers.get("www-authenticate", ()))
            head, body = await self._once(method, url, headers)
        return head, body

    async def _once(self, method: str, url: str, headers: dict[str, str]) -> tuple[AnswerHead, bytes]:
        self._number += 1
        given = {"CSeq": str(self._number), "User-Agent": "songhua", **headers}
        if self._id:
            given["Session"] = self._id
        if self._challenges and self._login is not None:
            proof = answer(self._challenges, self._login, method, url)
            if proof:
                given["Authorization"] = proof
        self._writer.write(request(method, url, "RTSP/1.0", given))
        await self._writer.drain()
        while True:
            head = await self._next_head()
            body = await read_body(self._reader, head, MOST_BODY) if head.length else b""
            if head.first("cseq") in {"", str(self._number)}:
                return head, body

    async def _next_head(self) -> AnswerHead:
        """The next answer; packets that come before it are left out, as is what the camera asks of us."""
        while True:
            first = await self._reader.readexactly(1)
            if first == b"$":
                _, length = struct.unpack(">BH", await self._reader.readexactly(3))
                await self._reader.readexactly(length)
                continue
            text = first + await self._reader.readuntil(b"\r\n\r\n")
            if text.lstrip().startswith(b"RTSP/"):
                return parse_head(text.lstrip()[:-4])
            if not re.match(rb"[A-Z_]+ \S+ RTSP/1\.0\r\n", text.lstrip()):
                return parse_head(text[:-4])

    async def _interleaved(self) -> tuple[int, bytes]:
        while True:
            self._pieces += 1
            if self._pieces % PIECES_AT_ONCE == 0:
                await asyncio.sleep(0)  # reading what is there already gives nobody else a turn
            first = await self._reader.readexactly(1)
            if first == b"$":
                channel, length = struct.unpack(">BH", await self._reader.readexactly(3))
                return channel, await self._reader.readexactly(length)
            # What the camera says in between; its body, which is rare, looks like noise and is passed over.
            if first == b"R":
                await self._reader.readuntil(b"\r\n\r\n")

    def _remember(self, head: AnswerHead) -> None:
        self._id = head.first("session").partition(";")[0].strip()

    def say(self, method: str) -> None:
        """Ask for what needs no answer."""
        self._number += 1
        given = {"CSeq": str(self._number), "User-Agent": "songhua", "Session": self._id}
        if self._challenges and self._login is not None:
            given["Authorization"] = answer(self._challenges, self._login, method, self._base)
        with contextlib.suppress(OSError):
            self._writer.write(request(method, self._base, "RTSP/1.0", given))


def _channel(transport: str) -> int:
    found = re.search(r"interleaved=(\d{1,3})", transport)
    return int(found.group(1)) if found else 0


class _Received(asyncio.DatagramProtocol):
    """Datagrams of the camera's address; others are left out."""

    def __init__(self, ip: str) -> None:
        self._ip = ip
        self.packets: asyncio.Queue[bytes] = asyncio.Queue(MOST_WAITING)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if addr[0] == self._ip:
            with contextlib.suppress(asyncio.QueueFull):
                self.packets.put_nowait(data)


class _datagrams:  # noqa: N801  # used as a function, as `contextlib.suppress` is
    """A port for RTP, on the address by which the camera is reached."""

    def __init__(self, ip: str, writer: asyncio.StreamWriter) -> None:
        self._ip = ip
        self._own = str(writer.get_extra_info("sockname")[0])
        self._transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> tuple[int, asyncio.Queue[bytes]]:
        received = _Received(self._ip)
        made = socket.socket(socket.AF_INET6 if ":" in self._own else socket.AF_INET, socket.SOCK_DGRAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2 << 20)
        made.setblocking(False)
        try:
            made.bind((self._own, 0))
            self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: received, sock=made
            )
        except OSError:
            made.close()
            raise
        return int(made.getsockname()[1]), received.packets

    async def __aexit__(self, *_: object) -> None:
        if self._transport is not None:
            self._transport.abort()
