"""DMRD, the frame of the Homebrew protocol that carries one burst of DMR (30 ms of one slot). Pure.

Checked against frames of MMDVM hosts and of hytera-homebrew-bridge 2021.2.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from radio_bridge.codecs.bits import Undecodable

MAGIC: Final = b"DMRD"
BURST_BYTES: Final = 33
_SHORT, _LONG = 53, 55
_HEAD: Final = struct.Struct("!4sB3s3sIBI")


class DataType(IntEnum):
    """What a burst that is no voice carries (ETSI TS 102 361-1, table 9.9)."""

    PI_HEADER = 0
    VOICE_HEADER = 1
    VOICE_TERMINATOR = 2
    CSBK = 3
    MBC_HEADER = 4
    MBC_CONTINUATION = 5
    DATA_HEADER = 6
    RATE_12 = 7
    RATE_34 = 8
    IDLE = 9
    RATE_1 = 10


@dataclass(frozen=True, slots=True)
class Frame:
    """One burst. `source` and `target` have 24 bits, `repeater` and `stream` 32; a stream is one call.

    Either `data_type` says what it is, or `voice` (0 to 5, bursts A to F; A has the sync). `ber_code` and
    `rssi_code` are as the repeater writes them, if it does.
    """

    seq: int
    source: int
    target: int
    repeater: int
    slot: int
    private: bool
    stream: int
    burst: bytes
    data_type: DataType | None = None
    voice: int | None = None
    ber_code: int | None = None
    rssi_code: int | None = None


def decode(data: bytes) -> Frame:
    """Raises `Undecodable`."""
    if data[:4] != MAGIC[: len(data[:4])] or not data:
        raise Undecodable(0, "it does not begin with DMRD")
    if len(data) not in {_SHORT, _LONG}:
        raise Undecodable(
            8 * min(len(data), _LONG),
            "{there} octets: a frame has {short} or {long}",
            there=len(data),
            short=_SHORT,
            long=_LONG,
        )
    _, seq, source, target, repeater, bits, stream = _HEAD.unpack_from(data)
    low = bits & 0x0F
    data_type, voice = None, None
    match (bits >> 4) & 3:
        case 0 if 1 <= low <= 5:
            voice = low
        case 1 if low == 0:
            voice = 0
        case 2 if low <= DataType.RATE_1:
            data_type = DataType(low)
        case kind:
            raise Undecodable(122, "kind of burst {kind} with number {low} is not known", kind=kind, low=low)
    measured = (data[53], data[54]) if len(data) == _LONG else (None, None)
    return Frame(
        seq, int.from_bytes(source), int.from_bytes(target), repeater, 2 if bits & 0x80 else 1,
        bool(bits & 0x40), stream, data[_HEAD.size : _SHORT], data_type, voice, *measured,
    )  # fmt: skip


def encode(frame: Frame) -> bytes:
    """Raises `ValueError` for what the format cannot hold."""
    if len(frame.burst) != BURST_BYTES:
        raise ValueError(f"a burst has {BURST_BYTES} octets, not {len(frame.burst)}")
    if (frame.data_type is None) == (frame.voice is None):
        raise ValueError("either voice or a type of data")
    if frame.slot not in {1, 2}:
        raise ValueError(f"slot {frame.slot}")
    if frame.data_type is not None:
        kind = 0x20 | frame.data_type
    elif frame.voice == 0:
        kind = 0x10
    elif frame.voice in range(1, 6):
        kind = frame.voice or 0
    else:
        raise ValueError(f"voice burst {frame.voice}")
    bits = (0x80 if frame.slot == 2 else 0) | (0x40 if frame.private else 0) | kind
    try:
        head = _HEAD.pack(
            MAGIC, frame.seq, frame.source.to_bytes(3), frame.target.to_bytes(3), frame.repeater, bits,
            frame.stream,
        )  # fmt: skip
        tail = b"" if frame.ber_code is None else bytes([frame.ber_code, frame.rssi_code or 0])
    except (struct.error, OverflowError, ValueError) as error:
        raise ValueError(f"a number does not fit: {error}") from error
    return head + frame.burst + tail
