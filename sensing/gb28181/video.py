"""Pictures of a program stream that comes in packets of RTP. Pure; takes any bytes."""

from __future__ import annotations

from dataclasses import dataclass, field

from sensing.errors import CameraFault, NoPicture
from sensing.gb28181.key_picture import PictureTooLarge
from sensing.gb28181.media import lost, taken
from sensing.gb28181.pictures import AnnexBPictures
from sensing.gb28181.program_stream import ProgramStream
from sensing.gb28181.rtp_order import RtpOrder
from sensing.live.access_units import AccessUnit


@dataclass(slots=True)
class GbVideoReader:
    """`ssrc` is the number that we asked for."""

    ssrc: int
    _order: RtpOrder = field(default_factory=RtpOrder)
    _stream: ProgramStream = field(default_factory=ProgramStream)
    _pictures: AnnexBPictures = field(default_factory=AnnexBPictures)

    @property
    def codec(self) -> str:
        """`h264` or `hevc`; empty as long as it is not known."""
        return self._pictures.codec

    def add(self, data: bytes) -> list[AccessUnit]:
        """The pictures that are whole now. Raises `NoPicture` for a codec that is not read, and for a picture
        that is too large.
        """
        packet = taken(data, self.ssrc)
        if packet is None:
            return []
        before = self._order.lost
        found: list[AccessUnit] = []
        for payload in self._order.add(packet.sequence, packet.payload):
            if payload is None:
                self._stream.gap()
                self._pictures.gap()
            else:
                found += self._piece(payload)
        lost(self._order.lost - before)
        return found

    def _piece(self, payload: bytes) -> list[AccessUnit]:
        found: list[AccessUnit] = []
        for video, shown_at in self._stream.pieces(payload):
            if self._stream.codec == "other":
                raise NoPicture(CameraFault.CODEC)
            self._pictures.codec = self._pictures.codec or self._stream.codec
            try:
                found += self._pictures.feed(video, shown_at)
            except PictureTooLarge:
                raise NoPicture(CameraFault.TOO_LARGE) from None
        return found
