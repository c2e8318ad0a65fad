"""The first whole keyframe of a stream of RTP packets: H.264 (RFC 6184) and H.265 (RFC 7798). Pure.

Packets come in any order and may be lost: they are sorted by their numbers, and a picture with a gap is not
taken. The result is in the form of Annex B, as decoders read it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from sensing.errors import CameraFault, NoPicture
from sensing.snapshots.sdp import VideoStream

MOST_BYTES: Final = 8 * 1024 * 1024
"""Of one picture as it is coded."""
MOST_PACKETS: Final = 12_000
"""Of one picture."""
MOST_TRIES: Final = 64
"""So often the packets of one picture are put together; who marks each packet as the last costs no more."""
START: Final = b"\0\0\0\1"


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """RFC 3550, 5.1; `marker` ends a picture."""

    payload_type: int
    sequence: int
    timestamp: int
    marker: bool
    payload: bytes


def parse_rtp(data: bytes) -> RtpPacket | None:
    """None for what is no packet of RTP."""
    if len(data) < 12 or data[0] >> 6 != 2:
        return None
    first, second, sequence, timestamp = struct.unpack_from(">BBHI", data)
    at = 12 + 4 * (first & 0x0F)
    if first & 0x10:
        if len(data) < at + 4:
            return None
        at += 4 + 4 * struct.unpack_from(">H", data, at + 2)[0]
    end = len(data) - (data[-1] if first & 0x20 else 0)
    if at > end:
        return None
    return RtpPacket(second & 0x7F, sequence, timestamp, bool(second & 0x80), data[at:end])


@dataclass(slots=True)
class PicturePackets:
    """The packets of one picture, in whatever order they come. What one more costs does not grow with them:
    they are sorted only where none is missing.
    """

    _packets: dict[int, RtpPacket] = field(default_factory=dict)
    """By their distance from the one that came first: numbers begin anew after 65535."""
    _base: int = 0
    _bytes: int = 0
    _low: int = 0
    _high: int = 0
    _tries: int = 0

    def add(self, packet: RtpPacket) -> None:
        """One that came before is left out. Raises `NoPicture` for a picture that is too large."""
        if not self._packets:
            self._base = packet.sequence
        at = (packet.sequence - self._base + (1 << 15)) % (1 << 16) - (1 << 15)
        if at in self._packets:
            return
        self._packets[at] = packet
        self._low, self._high = min(self._low, at), max(self._high, at)
        self._bytes += len(packet.payload)
        if self._bytes > MOST_BYTES or len(self._packets) > MOST_PACKETS:
            raise NoPicture(CameraFault.TOO_LARGE)

    @property
    def newest(self) -> int | None:
        """The highest number."""
        return self._packets[self._high].sequence if self._packets else None

    def whole(self) -> list[RtpPacket]:
        """In order, when none is missing and the last one is marked as such; else empty."""
        if not self._packets or not self._packets[self._high].marker or self._tries >= MOST_TRIES:
            return []
        found = self.closed()
        self._tries += bool(found)
        return found

    def closed(self) -> list[RtpPacket]:
        """In order, when none is missing and no further one comes; else empty."""
        if self._high - self._low + 1 != len(self._packets):
            return []
        return [self._packets[at] for at in range(self._low, self._high + 1)]


@dataclass(slots=True)
class KeyframeCollector:
    """`add` each packet; it returns the keyframe as soon as it is whole."""

    stream: VideoStream
    _packets: PicturePackets = field(default_factory=PicturePackets)
    _timestamp: int | None = None
    _sets: dict[int, bytes] = field(default_factory=dict)
    """Parameter sets that came apart from a keyframe, by their kind."""

    def add(self, packet: RtpPacket) -> bytes | None:
        """Raises `NoPicture` for a picture that is too large."""
        if packet.payload_type != self.stream.payload or not packet.payload:
            return None
        if packet.timestamp != self._timestamp:
            if self._timestamp is not None and (packet.timestamp - self._timestamp) % (1 << 32) > 1 << 31:
                return None  # late, of a picture that was given up
            done = self._keyframe(self._packets.closed())
            self._packets, self._timestamp = PicturePackets(), packet.timestamp
            if done is not None:
                return done
        self._packets.add(packet)
        return self._keyframe(self._packets.whole())

    def _keyframe(self, ordered: list[RtpPacket]) -> bytes | None:
        """The keyframe of packets without a gap; None for another picture, and for none."""
        if not ordered:
            return None
        try:
            units = list(units_of(ordered, hevc=self.stream.codec == "hevc"))
        except ValueError:
            return None
        hevc = self.stream.codec == "hevc"
        kinds = {kind_of(one, hevc=hevc): one for one in units}
        if not kinds.keys() & (IRAP_265 if hevc else IDR_264):
            # Some cameras send what a decoder needs first as a picture of its own.
            sets = _SETS_265 if hevc else _SETS_264
            self._sets.update((kind, one) for kind, one in kinds.items() if kind in sets)
            return None
        return b"".join(START + one for one in (*self.stream.parameters, *self._sets.values(), *units))


IDR_264: Final = frozenset({5})
IRAP_265: Final = frozenset(range(16, 22))
_SETS_264: Final = frozenset({7, 8})
_SETS_265: Final = frozenset({32, 33, 34})


def kind_of(unit: bytes, *, hevc: bool) -> int:
    return (unit[0] >> 1) & 0x3F if hevc else unit[0] & 0x1F


def units_of(packets: list[RtpPacket], *, hevc: bool) -> Iterator[bytes]:
    """The NAL units of these packets. Raises `ValueError` for a fragment without its beginning or end."""
    head = 2 if hevc else 1
    fragment, aggregate = (49, 48) if hevc else (28, 24)
    cut = bytearray()
    """The unit of which fragments have come."""
    for data in (packet.payload for packet in packets):
        kind = kind_of(data, hevc=hevc)
        if len(data) <= head or kind > fragment or (cut and kind != fragment):
            raise ValueError("no unit, one of another kind, or a fragment without its end")
        if kind == fragment:
            cut = _with_fragment(cut, data, hevc)
            if data[head] & 0x40:
                yield bytes(cut)
                cut = bytearray()
        elif kind == aggregate:
            yield from _aggregated(data, head)
        else:
            yield data
    if cut:
        raise ValueError("a fragment without its end")


def _with_fragment(cut: bytearray, data: bytes, hevc: bool) -> bytearray:
    head = 2 if hevc else 1
    if data[head] & 0x80:
        return bytearray(_rebuilt(data, data[head], hevc) + data[head + 1 :])
    if not cut:
        raise ValueError("a fragment without its beginning")
    return cut + data[head + 1 :]


def _rebuilt(data: bytes, mark: int, hevc: bool) -> bytes:
    """The head of the unit that was cut."""
    if hevc:
        return bytes((data[0] & 0x81 | (mark & 0x3F) << 1, data[1]))
    return bytes((data[0] & 0xE0 | mark & 0x1F,))


def _aggregated(data: bytes, at: int) -> Iterator[bytes]:
    while at + 2 <= len(data):
        (length,) = struct.unpack_from(">H", data, at)
        unit = data[at + 2 : at + 2 + length]
        if not unit or len(unit) != length:
            raise ValueError("a unit that is cut")
        yield unit
        at += 2 + length
