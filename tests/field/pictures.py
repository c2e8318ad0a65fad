"""Small pictures with what phones write into them, made here byte by byte; no camera's file is needed."""

from __future__ import annotations

import struct
import zlib

PLACE = (126.6324, 45.7561)
TAKEN = "2026:11:25 14:03:09"


def _fractions(degrees: float) -> bytes:
    whole = int(degrees)
    minutes = int((degrees - whole) * 60)
    seconds = round(((degrees - whole) * 60 - minutes) * 60 * 1000)
    return struct.pack(">6I", whole, 1, minutes, 1, seconds, 1000)


def _directory(at: int, entries: list[tuple[int, int, int, bytes]]) -> bytes:
    """An IFD that begins at `at`, with the values that do not fit into four bytes behind it."""
    head = struct.pack(">H", len(entries))
    behind, body = b"", b""
    start = at + 2 + 12 * len(entries) + 4
    for tag, kind, count, value in entries:
        if len(value) <= 4:
            body += struct.pack(">HHI", tag, kind, count) + value.ljust(4, b"\0")
        else:
            body += struct.pack(">HHII", tag, kind, count, start + len(behind))
            behind += value
    return head + body + struct.pack(">I", 0) + behind


def exif(lon: float = PLACE[0], lat: float = PLACE[1], *, turned: int = 0) -> bytes:
    """`turned` is the orientation, where the phone writes one."""
    gps = [
        (1, 2, 2, b"N\0"), (2, 5, 3, _fractions(lat)), (3, 2, 2, b"E\0"), (4, 5, 3, _fractions(lon)),
    ]  # fmt: skip
    taken = TAKEN.encode() + b"\0"
    before = [(0x0112, 3, 1, struct.pack(">H", turned))] if turned else []
    main = 8
    inner = main + 2 + 12 * (2 + len(before)) + 4
    inner_bytes = _directory(inner, [(0x9003, 2, len(taken), taken)])
    where = inner + len(inner_bytes)
    behind = [(0x8769, 4, 1, struct.pack(">I", inner)), (0x8825, 4, 1, struct.pack(">I", where))]
    entries = [*before, *behind]
    return b"MM\0\x2a" + struct.pack(">I", 8) + _directory(8, entries) + inner_bytes + _directory(where, gps)


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg(
    *, noise: int = 0, tiff: bytes | None = None, size: tuple[int, int] = (640, 480), scans: int = 1
) -> bytes:
    """As a phone's camera makes it, `noise` bytes long in its middle (decoders show grey). Between its scans
    stand words.
    """
    frame = struct.pack(">BHHB", 8, size[1], size[0], 1) + b"\x01\x11\x00"
    scan = bytes((7 * number) % 251 for number in range(noise)).replace(b"\xff", b"\xff\x00")
    one = _segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + scan + b"\xff\xd0" + scan[:10]
    return (
        b"\xff\xd8"
        + _segment(0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0")
        + _segment(0xE1, b"Exif\0\0" + (exif() if tiff is None else tiff))
        + _segment(0xEE, b"Zhang Wei's camera")
        + _segment(0xFE, b"owner: Zhang Wei")
        + _segment(0xC0, frame)
        + one
        + (_segment(0xFE, b"Zhang Wei") + one) * (scans - 1)
        + b"\xff\xd9"
        + jpeg_behind()
    )


def jpeg_behind() -> bytes:
    """A second picture behind the first one's end, as phones write it, with a place of its own."""
    return b"\xff\xd8" + _segment(0xE1, b"Exif\0\0" + exif()) + b"\xff\xd9"


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(size: tuple[int, int] = (4, 3), *, said_again: tuple[int, int] | None = None) -> bytes:
    """`said_again` is another size in a second head, which no camera writes."""
    second = b""
    if said_again is not None:
        second = _chunk(b"IHDR", struct.pack(">IIBBBBB", *said_again, 8, 2, 0, 0, 0))
    head = struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + bytes(12) for _ in range(3))
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + second
        + _chunk(b"eXIf", exif())
        + _chunk(b"tEXt", b"Author\0Zhang Wei")
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )
