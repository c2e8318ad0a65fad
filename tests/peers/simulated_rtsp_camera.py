"""A simulated camera that speaks RTSP: its packets were made by a real ffmpeg, its signalling is this file.

It takes DESCRIBE, SETUP and PLAY over TCP or UDP, may ask for a Digest, and has the faults of real cameras.
It knows nothing of the product.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import socket
import struct
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path

ENCODERS = {
    "h264": (
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-tune",
        "zerolatency",
        "-g",
        "5",
        "-pix_fmt",
        "yuv420p",
    ),
    "hevc": (
        "-c:v",
        "libx265",
        "-preset",
        "ultrafast",
        "-x265-params",
        "keyint=5:log-level=none",
        "-pix_fmt",
        "yuv420p",
    ),
    "mjpeg": ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p"),
}
REALM, NONCE = "camera", "5f1d"
FRAME_S, TICKS = 0.02, 18_000
"""Between two frames: for who waits, and on the clock of RTP, as five a second have it."""


@dataclass(frozen=True)
class Recorded:
    """What ffmpeg sent of a test picture: its description, and its packets."""

    sdp: str
    packets: Sequence[bytes]


@cache
def recorded(codec: str, size: str = "640x360", rate: int = 0, drawn: str = "") -> Recorded:
    """Eleven pictures, of which every fifth is a keyframe, as ffmpeg packs them into RTP. With a `rate`, two
    seconds of so many pictures a second, a keyframe in each. `drawn`: filters of ffmpeg that draw over the
    test picture.
    """
    source = ("-f", "lavfi", "-i", f"testsrc=size={size}:rate={rate or 5}" + (f",{drawn}" if drawn else ""))
    return packed(source, codec, 2 * rate or 11, rate)


def packed(source: Sequence[str], codec: str, pictures: int, rate: int, data: bytes = b"") -> Recorded:
    """So many pictures of a `source` of ffmpeg, which may read `data`, as it packs them into RTP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard, tempfile.TemporaryDirectory() as folder:
        heard.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        heard.bind(("127.0.0.1", 0))
        heard.settimeout(0.5)
        sdp = Path(folder) / "sdp"
        url = f"rtp://127.0.0.1:{heard.getsockname()[1]}?pkt_size=1200"
        subprocess.run(
            ["ffmpeg", "-nostdin", "-loglevel", "error", *source, "-frames:v", str(pictures), "-an",
             *_encoder(codec, rate), "-sdp_file", str(sdp), "-f", "rtp", url],
            check=True, timeout=60, input=data,
        )  # fmt: skip
        packets = []
        with contextlib.suppress(TimeoutError):
            while True:
                packets.append(heard.recv(65_536))
        # RTCP comes to the port after it.
        return Recorded(sdp.read_text(), packets)


def _encoder(codec: str, rate: int) -> Sequence[str]:
    interval = {"5": str(rate), "keyint=5:log-level=none": f"keyint={rate}:log-level=none"} if rate else {}
    return [interval.get(one, one) for one in ENCODERS[codec]]


@dataclass
class _Line:
    """A connection; `port` is where the other side takes UDP, 0 for TCP; `method` is what it asked last."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    port: int = 0
    method: str = ""
    playing: asyncio.Task[None] | None = None

    def reply(self, text: str, status: int, *headers: str, body: str = "") -> None:
        number = (re.search(r"CSeq: (\d+)", text) or ["", "0"])[1]
        head = [f"RTSP/1.0 {status} Whatever", f"CSeq: {number}", *headers, "", ""]
        self.writer.write(("\r\n".join(head) + body).encode())


@dataclass
class SimulatedRtspCamera:
    """`fault`: `hang` (takes the question and says nothing), `stall` (plays no packet), `redirect`, `noise`
    (answers with no RTSP), `flood` (packets of one picture that never ends), `lossy` (the first keyframe
    lacks a packet), `head` (a head without end), `silent` (no packet after a second).
    """

    codec: str = "h264"
    fault: str = ""
    tcp: bool = True
    rate: int = 0
    """Pictures a second, in their time; 0: a few, faster than their clock says."""
    drawn: str = ""
    """What is drawn over its test picture; who connects after a change sees that."""
    user: str = ""
    password: str = ""
    running: bool = False
    """With a rate, who joins comes into the middle, as with a camera that films all the time."""
    recording: Recorded | None = None
    """What it plays instead of its test picture."""
    shows: Callable[[int], None] = lambda _picture: None
    """Is told the number in the recording of each picture as it is sent."""
    asked: list[str] = field(default_factory=list)
    port: int = 0
    open_connections: int = 0

    @property
    def played(self) -> Recorded:
        """What it shows now; the first time its test picture takes ffmpeg a moment."""
        return self.recording or recorded(self.codec, rate=self.rate, drawn=self.drawn)

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/live/main?channel=1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open_connections += 1
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open_connections -= 1
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = _Line(reader, writer)
        try:
            while line.method != "TEARDOWN":
                text = (await reader.readuntil(b"\r\n\r\n")).decode()
                line.method = text.partition(" ")[0]
                self.asked.append(line.method)
                if not await self._faulty(line, text):
                    self._answer(line, text)
        finally:
            if line.playing is not None:
                line.playing.cancel()

    async def _faulty(self, line: _Line, text: str) -> bool:
        """Whether a fault, or a missing proof, has answered already."""
        method = line.method
        match self.fault:
            case "hang":
                await line.reader.read()
            case "noise":
                line.writer.write(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")
            case "head":
                while True:
                    line.writer.write(b"RTSP/1.0 200 OK\r\n" + b"X-Long: y\r\n" * 100)
                    await line.writer.drain()
            case "redirect":
                line.reply(text, 302, "Location: rtsp://127.0.0.1:9/elsewhere")
            case _ if self.user and method != "OPTIONS" and not self._proved(method, text):
                line.reply(text, 401, f'WWW-Authenticate: Digest realm="{REALM}", nonce="{NONCE}"')
            case _:
                return False
        return True

    def _answer(self, line: _Line, text: str) -> None:
        transport = (re.search(r"Transport: (.*)\r\n", text) or ["", ""])[1]
        match line.method:
            case "DESCRIBE":
                sdp = self.played.sdp + "a=control:trackID=0\r\n"
                kind, length = "Content-Type: application/sdp", f"Content-Length: {len(sdp)}"
                line.reply(text, 200, f"Content-Base: {self.url}/", kind, length, body=sdp)
            case "SETUP" if "TCP" in transport and not self.tcp:
                line.reply(text, 461)
            case "SETUP":
                found = re.search(r"client_port=(\d+)", transport)
                line.port = int(found[1]) if found else 0
                line.reply(text, 200, f"Transport: {transport}", "Session: 77;timeout=60")
            case "PLAY":
                line.reply(text, 200, "Session: 77")
                if self.fault != "stall":
                    line.playing = asyncio.create_task(self._play(line.writer, line.port))
            case _:
                line.reply(text, 200, "Public: DESCRIBE, SETUP, PLAY, TEARDOWN")

    def _proved(self, method: str, text: str) -> bool:
        said = dict(re.findall(r'(\w+)="([^"]*)"', text))
        who = _md5(f"{self.user}:{REALM}:{self.password}")
        wanted = _md5(f"{who}:{NONCE}:{_md5(method + ':' + said.get('uri', ''))}")
        return said.get("username") == self.user and said.get("response") == wanted

    async def _play(self, writer: asyncio.StreamWriter, port: int) -> None:
        """The recorded pictures again and again, their numbers and times going on, a frame each `FRAME_S`."""
        packets = self._packets()
        frames = len({packet[4:8] for packet in packets})
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sent, contextlib.suppress(OSError):
            sent.bind(("127.0.0.1", 0))
            began = asyncio.get_running_loop().time()
            first = int(began * self.rate) % frames if self.running else 0
            for turn in count():
                if turn and self.fault == "silent":
                    await asyncio.sleep(3600)
                picture = 0
                for packet in packets:
                    if not turn and picture < first:
                        picture += packet[1] >> 7
                        continue
                    moved = _moved(
                        packet,
                        turn * len(packets),
                        turn * frames * (90_000 // self.rate if self.rate else TICKS),
                    )
                    if port:
                        sent.sendto(moved, ("127.0.0.1", port))
                    else:
                        writer.write(struct.pack(">BBH", 0x24, 0, len(moved)) + moved)
                        await writer.drain()
                    if moved[1] & 0x80:
                        self.shows(picture)
                        picture += 1
                        await self._next(began, turn * frames + picture - first)

    async def _next(self, began: float, sent: int) -> None:
        """Until the next picture is due: with a rate, none comes later because another one was late."""
        if not self.rate:
            await asyncio.sleep(FRAME_S)
            return
        await asyncio.sleep(max(0.0, began + sent / self.rate - asyncio.get_running_loop().time()))

    def _packets(self) -> Sequence[bytes]:
        packets = list(self.played.packets)
        if self.fault == "lossy":
            del packets[2]
        if self.fault == "flood":
            head = bytearray(packets[0][:12])
            head[1] &= 0x7F
            packets = [
                bytes(head[:2])
                + struct.pack(">H", at & 0xFFFF)
                + bytes(head[4:12])
                + b"\x7c\x05"
                + bytes(60_000)
                for at in range(1000)
            ]
        return packets


def _moved(packet: bytes, numbers: int, ticks: int) -> bytes:
    """The packet with another number and time (RFC 3550, 5.1)."""
    number, time = struct.unpack_from(">HI", packet, 2)
    head = struct.pack(">HI", (number + numbers) % (1 << 16), (time + ticks) % (1 << 32))
    return packet[:2] + head + packet[8:]


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@asynccontextmanager
async def simulated_rtsp_camera(**how: object) -> AsyncIterator[SimulatedRtspCamera]:
    """A camera on a free port of this machine."""
    camera = SimulatedRtspCamera(**how)  # type: ignore[arg-type]
    if camera.fault not in {"hang", "noise", "head", "redirect"}:
        await asyncio.to_thread(lambda: camera.played)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(camera.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    camera.port = server.sockets[0].getsockname()[1]
    try:
        yield camera
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
