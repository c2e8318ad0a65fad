"""Streams by INVITE: what we offer, what a camera answers, and that the session ends whatever happens."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from core.listening import Addresses
from sensing.errors import CameraFault, CamerasBusy, NoPicture
from sensing.gb28181.ids import stream_number
from sensing.gb28181.media import MediaPort, media_port
from sensing.gb28181.questions import SDP, GbQuestions
from sensing.gb28181.registrar import GbSource
from sensing.gb28181.settings import Gb28181Settings
from sensing.gb28181.sip import SipRequest, SipResponse
from sensing.gb28181.video import GbVideoReader
from sensing.live.access_units import AccessUnit
from sensing.live.channel import CodedVideo
from sensing.recordings.model import RecordedSpan
from sensing.snapshots.rtsp_camera import CodedPicture

ANSWER_S: Final = 60.0
"""The caller's own time ends before that."""
LAST_S: Final = 1.0
"""So long what is on its way still comes when a device says that all was sent."""
_REFUSED: Final = {404: "it has no such camera", 486: "it is busy", 603: "it declines"}


@dataclass(eq=False, slots=True)
class _Session:
    """An open one, by its camera and its dialogue; `over` when the device says that all was sent."""

    channel: str
    call_id: str
    media: MediaPort
    ssrc: int
    over: bool = False


@dataclass(slots=True)
class GbPlay:
    """Asks cameras for streams. `networks` are where a camera may say that its stream comes from."""

    settings: Gb28181Settings
    questions: GbQuestions
    networks: Addresses
    end: Callable[[SipRequest, GbSource], None]
    """Sends what ends a session until the camera has heard it; does not wait."""
    _numbers: set[int] = field(default_factory=set)
    """The last four digits of the streams that are open."""
    _sessions: list[_Session] = field(default_factory=list)

    async def picture(self, channel: str, to: GbSource) -> CodedPicture:
        """Raises `NoPicture`, `CamerasBusy`. The caller limits the time; then the session is ended."""
        async with self._played(channel, to, None) as session:
            return await session.media.keyframe(session.ssrc)

    @asynccontextmanager
    async def video(
        self, channel: str, to: GbSource, span: RecordedSpan | None = None
    ) -> AsyncIterator[CodedVideo]:
        """What it sees now, or what it recorded: the pictures from the first keyframe on, to the end of the
        block. Raises `NoPicture`, `CamerasBusy`, also while they are read. The caller limits the time.
        """
        async with self._played(channel, to, span) as session, session.media.heard() as packets:
            reader, first = GbVideoReader(session.ssrc), list[AccessUnit]()
            while not first:
                data = await _next(session, packets)
                if not data:
                    raise NoPicture(CameraFault.BROKEN, "its recording has no picture")
                first = reader.add(data)
            yield CodedVideo(reader.codec, _pictures(session, packets, reader, first))

    def sent(self, channel: str, call_id: str) -> None:
        """A device says that it has sent all of a recording: of this dialogue, or of one of this camera."""
        mine = [one for one in self._sessions if one.call_id == call_id]
        for one in mine or [one for one in self._sessions if channel and one.channel == channel][:1]:
            one.over = True
            asyncio.get_running_loop().call_later(LAST_S, one.media.end)

    @asynccontextmanager
    async def _played(self, channel: str, to: GbSource, span: RecordedSpan | None) -> AsyncIterator[_Session]:
        one = self.settings
        number = self._number()
        try:
            with media_port(one.host, one.media_first, one.media_last, {to.ip}) as media:
                ssrc = stream_number(one.id, number, recorded=span is not None)
                async with self._invited(channel, to, media, ssrc, span) as session:
                    yield session
        finally:
            self._numbers.discard(number)

    @asynccontextmanager
    async def _invited(
        self, channel: str, to: GbSource, media: MediaPort, ssrc: str, span: RecordedSpan | None
    ) -> AsyncIterator[_Session]:
        body = offer(self.settings.id, self.settings.host, media.port, ssrc, channel, span)
        invite = self.questions.request(
            "INVITE", channel, to, body=body, kind=SDP,
            more=(("subject", f"{channel}:{ssrc},{self.settings.id}:0"),),
        )  # fmt: skip
        answer = await self.questions.ask(invite, to, ANSWER_S)
        if answer is None:
            raise NoPicture(CameraFault.SLOW)
        if answer.status >= 300:
            raise NoPicture(CameraFault.REFUSED, _REFUSED.get(answer.status, f"it answers {answer.status}"))
        session = _Session(channel, invite.call_id, media, int(ssrc))
        self._sessions.append(session)
        try:
            media.senders |= {one for one in sender_of(answer) if one in self.networks}
            yield session
        finally:
            self._sessions.remove(session)
            self.end(self.questions.bye(invite, answer, to), to)

    def _number(self) -> int:
        """Four digits that no open stream has."""
        for _ in range(100):
            number = secrets.randbelow(10_000)
            if number not in self._numbers:
                self._numbers.add(number)
                return number
        raise CamerasBusy(remedy="try again in a moment")


async def _pictures(
    session: _Session, packets: asyncio.Queue[bytes], reader: GbVideoReader, first: list[AccessUnit]
) -> AsyncGenerator[AccessUnit]:
    """Until the device has sent all; of what it sees now, without end."""
    for unit in first:
        yield unit
    while data := await _next(session, packets):
        for unit in reader.add(data):
            yield unit


async def _next(session: _Session, packets: asyncio.Queue[bytes]) -> bytes:
    """What came next; empty for the end."""
    while True:
        data = await packets.get()
        if data or session.over:
            return data


def offer(
    server_id: str, host: str, port: int, ssrc: str, channel: str = "", span: RecordedSpan | None = None
) -> bytes:
    """The session that we ask for (annex F). The order of the lines is the standard's: devices read by it."""
    net = "IP6" if ":" in host else "IP4"
    what, asked, times = "Play", tuple[str, ...](), "0 0"
    if span is not None:
        # The standard's times are seconds since 1970, not those of SDP.
        what, asked = "Playback", (f"u={channel}:0",)
        times = f"{int(span.begin.timestamp())} {int(span.end.timestamp())}"
    lines = (
        "v=0", f"o={server_id} 0 0 IN {net} {host}", f"s={what}", *asked, f"c=IN {net} {host}", f"t={times}",
        f"m=video {port} RTP/AVP 96", "a=recvonly", "a=rtpmap:96 PS/90000", f"y={ssrc}", "f=v/////a///", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()


def sender_of(answer: SipResponse) -> set[str]:
    """Where the camera says that its stream comes from."""
    found = re.search(rb"^c=IN IP[46] ([0-9A-Fa-f.:]{2,45})\s*$", answer.body[:4096], re.MULTILINE)
    return {found.group(1).decode()} if found else set()
