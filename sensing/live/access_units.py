"""Whole pictures of a stream of RTP packets, in the order of decoding. Pure.

After a loss nothing is given until the next keyframe: a decoder would draw what never was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sensing.snapshots.keyframe import (
    IDR_264,
    IRAP_265,
    PicturePackets,
    RtpPacket,
    kind_of,
    units_of,
)
from sensing.snapshots.sdp import VideoStream


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """The NAL units of one picture; `timestamp` in 1/90,000 s, beginning anew after 2^32."""

    units: Sequence[bytes]
    timestamp: int
    key: bool


@dataclass(slots=True)
class AccessUnitCollector:
    """`add` each packet; it returns a picture as soon as it is whole."""

    stream: VideoStream
    _packets: PicturePackets = field(default_factory=PicturePackets)
    _timestamp: int | None = None
    _last: int | None = None
    """The number of the last packet of the picture before; None after a loss."""
    _given: bool = False
    """The picture of this timestamp is out."""

    def add(self, packet: RtpPacket) -> AccessUnit | None:
        """Raises `NoPicture` for a picture that is too large."""
        if packet.payload_type != self.stream.payload or not packet.payload:
            return None
        if packet.timestamp != self._timestamp:
            if self._timestamp is not None and (packet.timestamp - self._timestamp) % (1 << 32) > 1 << 31:
                return None if self._is_late(packet) else self._restart(packet)
            self._next(packet.timestamp)
        elif self._given:
            return None
        self._packets.add(packet)
        return self._whole()

    def _is_late(self, packet: RtpPacket) -> bool:
        """An older number too; else its time went back, as with pictures that refer to later ones."""
        newest = self._packets.newest
        newest = self._last if newest is None else newest
        return newest is None or (packet.sequence - newest) % (1 << 16) > 1 << 15

    def _restart(self, packet: RtpPacket) -> AccessUnit | None:
        self._next(packet.timestamp)
        self._packets.add(packet)
        return self._whole()

    def _next(self, timestamp: int) -> None:
        if not self._given and self._timestamp is not None:
            self._last = None
        self._packets, self._timestamp, self._given = PicturePackets(), timestamp, False

    def _whole(self) -> AccessUnit | None:
        ordered = self._packets.whole()
        if not ordered:
            return None
        follows = self._last is not None and (ordered[0].sequence - self._last) % (1 << 16) == 1
        hevc = self.stream.codec == "hevc"
        try:
            units = list(units_of(ordered, hevc=hevc))
        except ValueError:
            return None
        if not units:
            return None
        key = any(kind_of(one, hevc=hevc) in (IRAP_265 if hevc else IDR_264) for one in units)
        if not follows and not key and not self._only_sets(units, hevc=hevc):
            return None
        self._last, self._given = ordered[-1].sequence, True
        assert self._timestamp is not None
        return AccessUnit(units, self._timestamp, key)

    def _only_sets(self, units: Sequence[bytes], *, hevc: bool) -> bool:
        """What a decoder needs first, sent as a picture of its own."""
        return all(kind_of(one, hevc=hevc) in ({32, 33, 34} if hevc else {7, 8}) for one in units)
