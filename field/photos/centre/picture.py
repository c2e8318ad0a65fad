"""What kind of picture some bytes are, where they say they were taken, and the same picture without that.

Decided by content alone: JPEG (ITU-T T.81 B.1) and PNG (RFC 2083, 3.2), EXIF 2.3 inside them. Any bytes are
read without an error, in a time that their length bounds; a picture that is cut or has no size is none.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from field.photos.model import MOST_PIXELS, PIXELS_OF_BYTE, PLAIN_PIXELS

Kind = Literal["image/jpeg", "image/png"]

_PNG = b"\x89PNG\r\n\x1a\n"
_EXIF = b"Exif\0\0"
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_COMMENT, _SCAN, _END = 0xFE, 0xDA, 0xD9
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length behind them."""
_FILL = re.compile(rb"\xff+")
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
"""What ends a scan; stuffed bytes, restarts and fill do not."""
_WINDOW = 1 << 16
"""So much is searched in one go: others run in between."""
_GPS, _EXIF_TAGS, _TAKEN, _CHANGED, _ORIENTATION = 0x8825, 0x8769, 0x9003, 0x0132, 0x0112
_MOST_TAGS = 200
_MOST_SEGMENTS = 5000
_MOST_SCANS = 100
"""Phones write up to a dozen. Each further one is work for who looks at it, and no picture."""
_KEPT_APPS = {0xE0: b"JFIF\0", 0xEE: b"Adobe"}
"""What a decoder needs, by how it begins."""
_KEPT_CHUNKS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"cHRM", b"pHYs"})
_MOST_CHUNKS = 20_000


@dataclass(frozen=True, slots=True)
class JpegFacts:
    """`lon` and `lat` in WGS-84 degrees and `taken` ("2026:11:25 14:03:09") as the picture itself says.

    `orientation` is how it is to be turned (EXIF 2.3, 4.6.4: 1 as it is, up to 8).
    """

    kind: Kind
    width: int
    height: int
    orientation: int = 1
    lon: float | None = None
    lat: float | None = None
    taken: str = ""


def look(data: bytes) -> JpegFacts | None:
    """The picture in these bytes; None for anything else."""
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if data.startswith(_PNG):
        return _png(data)
    return None


def fault_of(found: JpegFacts | None, size: int) -> str:
    """Why a picture of so many bytes is not kept: what a browser would need to open it stands in its head."""
    if found is None:
        return "no-picture"
    pixels = found.width * found.height
    is_blown_up = pixels > PLAIN_PIXELS and pixels > size * PIXELS_OF_BYTE
    return "too-large" if pixels > MOST_PIXELS or is_blown_up else ""


def bare(data: bytes) -> bytes:
    """The same picture without where, when and by whom it was taken. For what `look` takes.

    How it is to be turned stays: without that people see a phone's pictures lying on their side.
    """
    if data.startswith(_PNG):
        return _PNG + b"".join(raw for name, _, raw in _chunks(data) if name in _KEPT_CHUNKS)
    found = look(data)
    turned = b"" if found is None or found.orientation == 1 else _turn(found.orientation)
    kept = [
        data[start:end] for marker, start, end in _segments(data) if _needed(marker, data[start + 4 : end])
    ]
    return b"".join([b"\xff\xd8", turned, *kept])


def _needed(marker: int, body: bytes) -> bool:
    """Whether a decoder needs this segment of a JPEG."""
    if marker in range(0xE0, 0xF0):
        begins = _KEPT_APPS.get(marker)
        return begins is not None and body.startswith(begins)
    return marker != _COMMENT


def _turn(orientation: int) -> bytes:
    """An EXIF segment that says this alone."""
    entry = struct.pack(">HHIHxx", _ORIENTATION, 3, 1, orientation)
    body = _EXIF + b"MM\0\x2a" + struct.pack(">IH", 8, 1) + entry + bytes(4)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment up to the picture's end (0xD9), which a cut one lacks; to a scan
    (0xDA) belong the bytes that follow it. What phones put behind the end (a second picture, a clip) is none
    of it.
    """
    at, scans = 2, 0
    for _ in range(_MOST_SEGMENTS):
        fill = _FILL.match(data, at, at + _WINDOW)
        if fill is None or fill.end() == len(data):
            return
        at = fill.end() - 1
        marker = data[at + 1]
        if marker == _END:
            yield marker, at, at + 2
            return
        if marker in _BARE:
            at += 2
            continue
        if at + 4 > len(data):
            return
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        if length < 2 or end > len(data):
            return
        if marker == _SCAN:
            scans += 1
            end = _next_marker(data, end)
            if end < 0 or scans > _MOST_SCANS:
                return
        yield marker, at, end
        at = end


def _next_marker(data: bytes, at: int) -> int:
    """Where a scan ends; less than 0 when it does not."""
    while at < len(data):
        found = _MARKER.search(data, at, at + _WINDOW)
        if found:
            return found.start()
        at += _WINDOW - 1
    return -1


def _jpeg(data: bytes) -> JpegFacts | None:
    size: tuple[int, int] | None = None
    exif, scanned, ended = b"", False, False
    for marker, start, end in _segments(data):
        body = data[start + 4 : min(end, start + _WINDOW + 4)]
        if marker in _SOF and len(body) >= 5:
            height, width = struct.unpack_from(">HH", body, 1)
            size = _larger(size, (width, height))
        elif marker == 0xE1 and body.startswith(_EXIF) and not exif:
            exif = body[len(_EXIF) :]
        elif marker == _SCAN:
            scanned = True
        elif marker == _END:
            ended = True
    if size is None or 0 in size or not scanned or not ended:
        return None
    return _with_exif("image/jpeg", *size, exif)


def _larger(known: tuple[int, int] | None, said: tuple[int, int]) -> tuple[int, int]:
    """Of two sizes that a picture says the one that may be read by who opens it."""
    return said if known is None or said[0] * said[1] > known[0] * known[1] else known


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Name, content, and all of each chunk whose checksum is right."""
    at = len(_PNG)
    for _ in range(_MOST_CHUNKS):
        if at + 12 > len(data):
            return
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 12 + length
        if end > len(data):
            return
        name, body = data[at + 4 : at + 8], data[at + 8 : end - 4]
        if zlib.crc32(name + body) != struct.unpack_from(">I", data, end - 4)[0]:
            return
        yield name, body, data[at:end]
        if name == b"IEND":
            return
        at = end


def _png(data: bytes) -> JpegFacts | None:
    size: tuple[int, int] | None = None
    exif, drawn, ended = b"", False, False
    for name, body, _ in _chunks(data):
        if name == b"IHDR" and len(body) == 13:
            width, height = struct.unpack_from(">II", body)
            size = _larger(size, (width, height))
        elif name == b"eXIf":
            exif = body
        elif name == b"IDAT":
            drawn = True
        elif name == b"IEND":
            ended = True
    if size is None or 0 in size or not drawn or not ended:
        return None
    return _with_exif("image/png", *size, exif)


def _with_exif(kind: Kind, width: int, height: int, exif: bytes) -> JpegFacts:
    try:
        return JpegFacts(kind, width, height, *_exif(exif))
    except struct.error:
        return JpegFacts(kind, width, height)


def _exif(tiff: bytes) -> tuple[int, float | None, float | None, str]:
    """Orientation, longitude, latitude, when it was taken."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1, None, None, ""
    (first,) = struct.unpack_from(order + "I", tiff, 4)
    main = _tags(tiff, order, first)
    inner = _tags(tiff, order, _number(main.get(_EXIF_TAGS), order))
    gps = _tags(tiff, order, _number(main.get(_GPS), order))
    taken = inner.get(_TAKEN) or main.get(_CHANGED) or b""
    lat = _degrees(gps.get(2), gps.get(1), order, most=90)
    lon = _degrees(gps.get(4), gps.get(3), order, most=180)
    both = lon is not None and lat is not None
    turned = _orientation(main.get(_ORIENTATION), order)
    return turned, lon if both else None, lat if both else None, _printable(taken)


def _orientation(value: bytes | None, order: str) -> int:
    found = int(struct.unpack(order + "H", value)[0]) if value is not None and len(value) == 2 else 1
    return found if 1 <= found <= 8 else 1


def _tags(tiff: bytes, order: str, at: int) -> dict[int, bytes]:
    """The values of one directory, by their tags, as far as it can be read; the first of each counts."""
    if not 0 < at <= len(tiff) - 2:
        return {}
    (count,) = struct.unpack_from(order + "H", tiff, at)
    found: dict[int, bytes] = {}
    sizes = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}
    for number in range(min(count, _MOST_TAGS)):
        entry = at + 2 + 12 * number
        if entry + 12 > len(tiff):
            break
        tag, kind, many = struct.unpack_from(order + "HHI", tiff, entry)
        length = sizes.get(kind, 0) * many
        if not 0 < length <= 1024:
            continue
        start = entry + 8 if length <= 4 else struct.unpack_from(order + "I", tiff, entry + 8)[0]
        value = tiff[start : start + length]
        if len(value) == length:
            found.setdefault(tag, value)
    return found


def _number(value: bytes | None, order: str) -> int:
    if value is None or len(value) != 4:
        return 0
    return int(struct.unpack(order + "I", value)[0])


def _degrees(value: bytes | None, side: bytes | None, order: str, *, most: int) -> float | None:
    """Degrees, minutes, seconds as three fractions; south and west are negative. None also for 0/0, which a
    phone writes that did not know.
    """
    if value is None or len(value) != 24:
        return None
    parts: tuple[int, ...] = struct.unpack(order + "6I", value)
    if 0 in parts[1::2]:
        return None
    degrees, minutes, seconds = (parts[i] / parts[i + 1] for i in (0, 2, 4))
    found = degrees + minutes / 60 + seconds / 3600
    if found > most:
        return None
    return -found if (side or b"")[:1] in {b"S", b"W"} else found


def _printable(text: bytes) -> str:
    return "".join(chr(byte) for byte in text[:40] if 32 <= byte < 127)
