"""A simulated camera that registers by GB/T 28181: its pictures are a program stream that a real ffmpeg made,
its signalling is this file, with the faults of real devices. It knows nothing of the product.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import struct
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

from tests.peers.simulated_rtsp_camera import ENCODERS

PIECE = 1_300
"""Bytes of the stream in a packet."""
PACKETS_AT_ONCE = 20


@cache
def program_stream(codec: str, size: str = "640x360") -> bytes:
    """Eleven pictures, of which every fifth is a keyframe, as ffmpeg's program stream."""
    return subprocess.run(
        ["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", f"testsrc=size={size}:rate=5",
         "-frames:v", "11", "-an", *ENCODERS[codec], "-f", "vob", "-"],
        check=True, capture_output=True, timeout=60,
    ).stdout  # fmt: skip


@cache
def recording(codec: str, seconds: int) -> bytes:
    """So many seconds of ten pictures each, the first of each a keyframe, as ffmpeg's program stream."""
    interval = {"5": "10", "keyint=5:log-level=none": "keyint=10:bframes=0:log-level=none"}
    return subprocess.run(
        ["ffmpeg", "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=10",
         "-frames:v", str(10 * seconds), "-an", *(interval.get(one, one) for one in ENCODERS[codec]),
         "-f", "vob", "-"],
        check=True, capture_output=True, timeout=60,
    ).stdout  # fmt: skip


def packet(sequence: int, ssrc: int, payload: bytes, timestamp: int = 0) -> bytes:
    """RFC 3550, 5.1."""
    return struct.pack(">BBHII", 0x80, 96, sequence % (1 << 16), timestamp, ssrc) + payload


def moved(command: str) -> str:
    """`pan tilt zoom` of a command in the standard's steps, or `stop`; fails for a wrong one."""
    said = bytes.fromhex(command)
    assert len(said) == 8
    assert sum(said[:7]) % 256 == said[7], "the check byte"
    assert (said[0], said[1] & 0x0F) == (0xA5, (0xA + 0x5 + (said[1] >> 4)) % 16)
    bits = said[3]
    assert bits < 0x40
    if not bits:
        return "stop"
    pan = said[4] * (bool(bits & 1) - bool(bits & 2))
    tilt = said[5] * (bool(bits & 8) - bool(bits & 4))
    return f"{pan} {tilt} {(said[6] >> 4) * (bool(bits & 16) - bool(bits & 32))}"


@dataclass
class SimulatedGb28181Camera:
    """`fault`: `silent` (takes INVITE and says nothing), `refuses` (486), `mute` (answers, sends no packet),
    `unended` (does not say that a recording was sent), `ssrc` (another stream number than asked for),
    `lossy` (the first keyframe lacks packets), `shuffled` (neighbours change places), `endless` (a stream
    without a keyframe). `first` is the first packet's number.
    """

    device: str
    password: str
    server: str
    port: int
    codec: str = "h264"
    fault: str = ""
    first: int = 65_530
    transport: str = "udp"
    channels: Sequence[dict[str, str]] = ()
    part: int = 2
    """Entries of its list in a message."""
    recordings: Sequence[tuple[str, str]] = ()
    """What it has recorded, as the standard writes times: of China, without a zone."""
    pace: float = 8.0
    """So much faster than it was recorded it sends what has a length."""
    video_s: int = 0
    """It shows so many seconds with their time, and then nothing; 0: a few pictures again and again."""
    edition: str = ""
    """Of the protocol, as it says when it registers: `3.0` is that of 2022."""
    jpeg: bytes = b""
    """What it brings when it is told to take a picture; without one it cannot be told to."""
    bring: Callable[[str, bytes], Awaitable[int]] | None = None
    """Brings a body to an address; the status of the answer."""
    uploads: list[int] = field(default_factory=list)
    encoding: str = "gb18030"
    sum_num: int | None = None
    heard: list[str] = field(default_factory=list)
    """Methods and kinds of what it was asked: `MESSAGE Catalog`."""
    bodies: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    spans: list[int] = field(default_factory=list)
    """Seconds of each recording that was played."""
    _write: Callable[[bytes], None] = field(default=lambda _data: None)
    _cseq: int = 0
    _taken: set[tuple[str, str]] = field(default_factory=set)
    _waiting: dict[str, asyncio.Future[tuple[int, str]]] = field(default_factory=dict)
    _streams: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _tasks: list[asyncio.Future[None]] = field(default_factory=list)
    _subscription: str = ""
    proof: str = ""
    last: str = ""
    """Its last Authorization, and the head of the answer to it."""
    _own: tuple[str, int] = ("127.0.0.1", 0)

    @property
    def realm(self) -> str:
        return self.server[:10]

    @property
    def playing(self) -> int:
        return sum(not one.done() for one in self._streams.values())

    @property
    def commands(self) -> list[str]:
        """The moves that it was told, by its own reading of annex A.3: `pan tilt zoom`, and `stop`."""
        return [moved(one[1]) for body in self.bodies for one in [re.search(r"<PTZCmd>(\w+)<", body)] if one]

    # What a device does ------------------------------------------------------------------------------

    async def register(self, expires: int = 3600, *, password: str = "", proof: str = "") -> int:
        """The status of the last answer; the second request shows the password."""
        status, head = await self.ask("REGISTER", expires=expires)
        if status != 401:
            return status
        nonce = re.search(r'nonce="([^"]+)"', head)
        assert nonce is not None
        self.proof = proof or self.prove(nonce[1], password or self.password)
        status, self.last = await self.ask("REGISTER", expires=expires, authorization=self.proof)
        return status

    def prove(self, nonce: str, password: str) -> str:
        uri = f"sip:{self.server}@{self.realm}"
        who = _md5(f"{self.device}:{self.realm}:{password}")
        what = _md5(f"REGISTER:{uri}")
        return (
            f'Digest username="{self.device}", realm="{self.realm}", nonce="{nonce}", uri="{uri}", '
            f'response="{_md5(f"{who}:{nonce}:00000001:0a4f113b:auth:{what}")}", algorithm=MD5, '
            'qop=auth, nc=00000001, cnonce="0a4f113b"'
        )

    async def say(self, root: str, kind: str, number: int = 1, about: str = "", **fields: str) -> int:
        """A MESSAGE; the status of its answer."""
        return (await self.ask("MESSAGE", body=self.document(root, kind, number, about, **fields)))[0]

    async def keepalive(self) -> int:
        return await self.say("Notify", "Keepalive", Status="OK")

    async def notify_position(self, lon: float, lat: float, *, forged: bool = False) -> int:
        body = self.document("Notify", "MobilePosition", 7, Longitude=str(lon), Latitude=str(lat))
        call_id = "guessed" if forged else self._subscription
        return (await self.ask("NOTIFY", body=body, call_id=call_id))[0]

    def document(
        self, root: str, kind: str, number: int, about: str = "", inner: str = "", **fields: str
    ) -> bytes:
        said = {"CmdType": kind, "SN": str(number), "DeviceID": about or self.device, **fields}
        lines = "".join(f"<{name}>{value}</{name}>" for name, value in said.items())
        shown = "GB2312" if self.encoding.startswith("gb") else "UTF-8"
        text = f'<?xml version="1.0" encoding="{shown}"?>\r\n<{root}>{lines}{inner}</{root}>'
        return text.encode(self.encoding)

    async def ask(
        self,
        method: str,
        *,
        body: bytes = b"",
        expires: int | None = None,
        authorization: str = "",
        call_id: str = "",
    ) -> tuple[int, str]:
        """A request and the head of its final answer; over UDP it is repeated until that comes."""
        self._cseq += 1
        branch = f"z9hG4bK-{self.device}-{id(self)}-{self._cseq}"
        lines = [
            f"{method} sip:{self.server}@{self.realm} SIP/2.0",
            f"Via: SIP/2.0/{self.transport.upper()} {self._own[0]}:{self._own[1]};rport;branch={branch}",
            f"From: <sip:{self.device}@{self.realm}>;tag=from{self._cseq}",
            f"To: <sip:{self.device if method == 'REGISTER' else self.server}@{self.realm}>",
            f"Call-ID: {call_id or f'call{self._cseq}-{id(self)}'}", f"CSeq: {self._cseq} {method}",
            f"Contact: <sip:{self.device}@{self._own[0]}:{self._own[1]}>", "Max-Forwards: 70",
        ]  # fmt: skip
        if expires is not None:
            lines.append(f"Expires: {expires}")
        if self.edition and method == "REGISTER":
            lines.append(f"X-GB-Ver: {self.edition}")
        if authorization:
            lines.append(f"Authorization: {authorization}")
        if body:
            lines.append("Content-Type: Application/MANSCDP+xml")
        data = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body
        answer: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        self._waiting[branch] = answer
        for _ in range(40):
            self._write(data)
            done, _rest = await asyncio.wait({answer}, timeout=0.5 if self.transport == "udp" else 20)
            if done:
                self.answers.append(answer.result()[0])
                return answer.result()
        raise TimeoutError(f"no answer to {method}")

    # What it is asked --------------------------------------------------------------------------------

    def _note(self, branch: str, method: str, kind: str, message: str) -> None:
        """Once: a busy machine answers late, and what was asked comes again (RFC 3261, 17.1.2)."""
        if (branch, method) not in self._taken:
            self._taken.add((branch, method))
            self.heard.append(f"{method} {kind}".strip())
            self.bodies.append(message)

    def received(self, data: bytes) -> None:
        head, _, body = data.partition(b"\r\n\r\n")
        text = head.decode()
        first = text.partition("\r\n")[0]
        branch = (re.search(r"branch=([^;\r\n]+)", text) or ["", ""])[1]
        if first.startswith("SIP/2.0"):
            waiting = self._waiting.get(branch)
            status = int(first.split()[1])
            if waiting is not None and status >= 200 and not waiting.done():
                waiting.set_result((status, text))
            return
        method = first.partition(" ")[0]
        kind = (re.search(rb"<CmdType>(\w+)", body) or [b"", b""])[1].decode()
        self._note(branch, method, kind, text + "\r\n\r\n" + body.decode("utf-8", "replace"))
        match method:
            case "INVITE":
                self._invited(text, body.decode())
            case "ACK" | "CANCEL":
                pass
            case "BYE":
                self._stop_streams()
                self._reply(text, 200)
            case "SUBSCRIBE":
                self._subscription = (re.search(r"Call-ID: (\S+)", text) or ["", ""])[1]
                self._reply(text, 200)
            case _:
                self._reply(text, 200)
                number = int((re.search(rb"<SN>(\d+)", body) or [b"", b"1"])[1])
                about = (re.search(rb"<DeviceID>(\d+)", body) or [b"", b""])[1].decode()
                if kind == "DeviceConfig":
                    self._tasks.append(asyncio.ensure_future(self._snap(body.decode())))
                if kind == "ConfigDownload" and self.jpeg:
                    self._tasks.append(asyncio.ensure_future(self._say_config(number)))
                if kind in {"Catalog", "DeviceInfo", "DeviceStatus", "RecordInfo"}:
                    self._tasks.append(asyncio.ensure_future(self._respond(kind, number, about)))

    async def _respond(self, kind: str, number: int, about: str) -> None:
        with contextlib.suppress(TimeoutError):
            if kind == "Catalog":
                await self.send_catalogue(number)
            elif kind == "RecordInfo":
                await self.send_recordings(number, about)
            elif kind == "DeviceInfo":
                await self.say(
                    "Response", kind, number, Manufacturer="模拟", Model="SIM-1", Firmware="1.0", Result="OK"
                )
            else:
                await self.say("Response", kind, number, Online="ONLINE", Status="OK", Result="OK")

    async def send_catalogue(self, number: int) -> None:
        """Its list, in parts, the last ones first."""
        parts = [self.channels[at : at + self.part] for at in range(0, len(self.channels), self.part)] or [()]
        for some in reversed(parts):
            items = "".join(
                "<Item>" + "".join(f"<{name}>{value}</{name}>" for name, value in one.items()) + "</Item>"
                for one in some
            )
            total = len(self.channels) if self.sum_num is None else self.sum_num
            body = self.document(
                "Response", "Catalog", number,
                inner=f'<SumNum>{total}</SumNum><DeviceList Num="{len(some)}">{items}</DeviceList>',
            )  # fmt: skip
            await self.ask("MESSAGE", body=body)

    async def _say_config(self, number: int) -> None:
        body = self.document(
            "Response", "ConfigDownload", number, Result="OK",
            inner="<SnapShotConfig><SnapNum>1</SnapNum><Interval>1</Interval></SnapShotConfig>",
        )  # fmt: skip
        await self.ask("MESSAGE", body=body)

    async def _snap(self, asked: str) -> None:
        """A.2.3.2.12 of the edition of 2022: `fault` may be `forgets` (brings nothing)."""
        said = dict(re.findall(r"<(SnapNum|UploadURL|SessionID)>([^<]*)<", asked))
        if self.bring is not None and self.fault != "forgets":
            self.uploads.append(await self.bring(said["UploadURL"], self.jpeg))
        listed = "<SnapShotList><SnapShotFileID>1</SnapShotFileID></SnapShotList>"
        body = self.document("Notify", "UploadSnapShotFinished", 8, inner=listed, SessionID=said["SessionID"])
        await self.ask("MESSAGE", body=body)

    async def send_recordings(self, number: int, channel: str) -> None:
        """Its list of recordings, in parts, the last ones first."""
        parts = [self.recordings[at : at + self.part] for at in range(0, len(self.recordings), self.part)]
        for some in reversed(parts or [()]):
            items = "".join(
                f"<Item><DeviceID>{channel}</DeviceID><Name>录像</Name><FilePath>{began}.ps</FilePath>"
                f"<StartTime>{began}</StartTime><EndTime>{ended}</EndTime><Type>time</Type></Item>"
                for began, ended in some
            )
            body = self.document(
                "Response", "RecordInfo", number, channel,
                inner=f'<Name>录像</Name><SumNum>{len(self.recordings)}</SumNum>'
                f'<RecordList Num="{len(some)}">{items}</RecordList>',
            )  # fmt: skip
            await self.ask("MESSAGE", body=body)

    def _invited(self, text: str, sdp: str) -> None:
        call_id = (re.search(r"Call-ID: (\S+)", text) or ["", ""])[1]
        if self.fault == "silent" or call_id in self._streams:
            return
        if self.fault == "refuses":
            self._reply(text, 486)
            return
        host = (re.search(r"^c=IN IP4 (\S+)", sdp, re.MULTILINE) or ["", ""])[1]
        port = int((re.search(r"^m=video (\d+)", sdp, re.MULTILINE) or ["", "0"])[1])
        times = re.search(r"^s=Playback\r\n(?:.*\r\n)*?t=(\d+) (\d+)\r$", sdp, re.MULTILINE)
        span = int(times[2]) - int(times[1]) if times else 0
        ssrc = (re.search(r"^y=(\d{10})\r?$", sdp, re.MULTILINE) or ["", "0"])[1]
        what = "Playback" if span else "Play"
        answer = "\r\n".join((
            "v=0", f"o={self.device} 0 0 IN IP4 127.0.0.1", f"s={what}", "c=IN IP4 127.0.0.1", "t=0 0",
            "m=video 9000 RTP/AVP 96", "a=sendonly", "a=rtpmap:96 PS/90000", f"y={ssrc}", "f=", "",
        ))  # fmt: skip
        self._reply(text, 100)
        self._reply(text, 200, body=answer)
        number = int(ssrc) + (1 if self.fault == "ssrc" else 0)
        channel = (re.search(r"^INVITE sip:(\d+)@", text) or ["", ""])[1]
        seconds = span or self.video_s
        self._streams[call_id] = asyncio.ensure_future(self._show(host, port, number, seconds, channel))
        self.spans += [span] if span else []

    async def _show(self, host: str, port: int, ssrc: int, seconds: int, channel: str) -> None:
        await self._send(host, port, ssrc, seconds)
        if seconds and self.fault != "unended" and not self.video_s:
            with contextlib.suppress(TimeoutError):
                await self.say("Notify", "MediaStatus", 9, channel, NotifyType="121")

    async def _send(self, host: str, port: int, ssrc: int, seconds: int = 0) -> None:
        if self.fault == "mute":
            return
        stream = await asyncio.to_thread(recording, self.codec, seconds) if seconds else b""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=(self._own[0], 0), remote_addr=(host, port)
        )
        try:
            cut = [stream[at : at + PIECE] for at in range(0, len(stream), PIECE)]
            for at, payload in enumerate(cut or self._payloads(), self.first):
                if self.fault == "lossy" and at in {self.first + 2, self.first + 3}:
                    continue
                swapped = at ^ 1 if self.fault == "shuffled" else at
                chosen = payload if swapped == at else self._piece(swapped - self.first)
                if chosen is not None:
                    transport.sendto(packet(swapped, ssrc, chosen))
                if cut:
                    await asyncio.sleep(seconds / len(cut) / self.pace)
                elif at % PACKETS_AT_ONCE == 0:
                    await asyncio.sleep(0.005)
        finally:
            transport.abort()

    def _piece(self, at: int) -> bytes | None:
        stream = program_stream(self.codec)
        many = -(-len(stream) // PIECE)
        return None if at < 0 else stream[at % many * PIECE : (at % many + 1) * PIECE]

    def _payloads(self) -> Any:
        if self.fault == "endless":
            head = b"\0\0\1\xe0" + struct.pack(">H", PIECE) + b"\x80\0\0"
            return (head + b"\xff" * (PIECE - 3) for _ in count())
        return (self._piece(at) for at in count())

    def _reply(self, text: str, status: int, *, body: str = "") -> None:
        kept = [
            line
            for line in text.split("\r\n")[1:]
            if line.lower().startswith(("via:", "from:", "to:", "call-id:", "cseq:"))
        ]
        kept = [
            f"{line};tag=sim" if line.lower().startswith("to:") and "tag=" not in line else line
            for line in kept
        ]
        kind = ["Content-Type: application/sdp"] if body else []
        head = [f"SIP/2.0 {status} Whatever", *kept, *kind, f"Content-Length: {len(body)}", "", ""]
        self._write(("\r\n".join(head) + body).encode())

    def _stop_streams(self) -> None:
        for one in self._streams.values():
            one.cancel()

    def close(self) -> None:
        self._stop_streams()
        for one in self._tasks:
            one.cancel()

    # Its line ----------------------------------------------------------------------------------------

    def use(self, write: Callable[[bytes], None], own: tuple[str, int]) -> None:
        self._write, self._own = write, own


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, camera: SimulatedGb28181Camera) -> None:
        self._camera = camera

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        del addr
        self._camera.received(data)


async def _read(camera: SimulatedGb28181Camera, reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, OSError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int((re.search(rb"Content-Length: (\d+)", head) or [b"", b"0"])[1])
            camera.received(head + await reader.readexactly(length))


@asynccontextmanager
async def simulated_gb28181_camera(
    device: str, *, own: str = "127.0.0.1", **how: Any
) -> AsyncIterator[SimulatedGb28181Camera]:
    """A device on a port of its own of this machine, not yet registered."""
    camera = SimulatedGb28181Camera(device, **how)
    if not camera.fault or camera.fault in {"lossy", "shuffled", "ssrc"}:
        await asyncio.to_thread(program_stream, camera.codec)
    if camera.transport == "udp":
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Udp(camera), local_addr=(own, 0), remote_addr=("127.0.0.1", camera.port)
        )
        camera.use(transport.sendto, transport.get_extra_info("sockname"))
        try:
            yield camera
        finally:
            camera.close()
            transport.abort()
        return
    reader, writer = await asyncio.open_connection("127.0.0.1", camera.port)
    reading = asyncio.ensure_future(_read(camera, reader))
    camera.use(writer.write, writer.get_extra_info("sockname"))
    try:
        yield camera
    finally:
        camera.close()
        reading.cancel()
        writer.transport.abort()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
