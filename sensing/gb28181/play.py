"""One picture by INVITE: what we offer, what a camera answers, and that the session ends whatever happens."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
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
from sensing.snapshots.rtsp_camera import CodedPicture

ANSWER_S: Final = 60.0
"""The picture's own time ends before that."""
_REFUSED: Final = {404: "it has no such camera", 486: "it is busy", 603: "it declines"}


@dataclass(slots=True)
class GbPlay:
    """Asks cameras for live pictures. `networks` are where a camera may say that its stream comes from."""

    settings: Gb28181Settings
    questions: GbQuestions
    networks: Addresses
    end: Callable[[SipRequest, GbSource], None]
    """Sends what ends a session until the camera has heard it; does not wait."""
    _numbers: set[int] = field(default_factory=set)
    """The last four digits of the streams that are open."""

    async def picture(self, channel: str, to: GbSource) -> CodedPicture:
        """Raises `NoPicture`, `CamerasBusy`. The caller limits the time; then the session is ended."""
        one = self.settings
        number = self._number()
        try:
            with media_port(one.host, one.media_first, one.media_last, {to.ip}) as media:
                return await self._played(channel, to, media, stream_number(one.id, number))
        finally:
            self._numbers.discard(number)

    async def _played(self, channel: str, to: GbSource, media: MediaPort, ssrc: str) -> CodedPicture:
        body = offer(self.settings.id, self.settings.host, media.port, ssrc)
        invite = self.questions.request(
            "INVITE", channel, to, body=body, kind=SDP,
            more=(("subject", f"{channel}:{ssrc},{self.settings.id}:0"),),
        )  # fmt: skip
        answer = await self.questions.ask(invite, to, ANSWER_S)
        if answer is None:
            raise NoPicture(CameraFault.SLOW)
        if answer.status >= 300:
            raise NoPicture(CameraFault.REFUSED, _REFUSED.get(answer.status, f"it answers {answer.status}"))
        try:
            media.senders |= {one for one in sender_of(answer) if one in self.networks}
            return await media.keyframe(int(ssrc))
        finally:
            self.end(self.questions.bye(invite, answer, to), to)

    def _number(self) -> int:
        """Four digits that no open stream has."""
        for _ in range(100):
            number = secrets.randbelow(10_000)
            if number not in self._numbers:
                self._numbers.add(number)
                return number
        raise CamerasBusy(remedy="try again in a moment")


def offer(server_id: str, host: str, port: int, ssrc: str) -> bytes:
    """The session that we ask for (annex F). The order of the lines is the standard's: devices read by it."""
    net = "IP6" if ":" in host else "IP4"
    lines = (
        "v=0", f"o={server_id} 0 0 IN {net} {host}", "s=Play", f"c=IN {net} {host}", "t=0 0",
        f"m=video {port} RTP/AVP 96", "a=recvonly", "a=rtpmap:96 PS/90000", f"y={ssrc}", "f=v/////a///", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode()


def sender_of(answer: SipResponse) -> set[str]:
    """Where the camera says that its stream comes from."""
    found = re.search(rb"^c=IN IP[46] ([0-9A-Fa-f.:]{2,45})\s*$", answer.body[:4096], re.MULTILINE)
    return {found.group(1).decode()} if found else set()
