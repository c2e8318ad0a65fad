"""PMTiles, version 3 (github.com/protomaps/PMTiles, spec/v3): its header, and a writer of one archive. Pure
but for the two streams that it writes.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Final

from field.map.errors import BrokenMap

HEADER_BYTES: Final = 127
MAGIC: Final = b"PMTiles"
_LAYOUT: Final = struct.Struct("<7sB11QBBBBBBiiiiBii")
MOST_ROOT: Final = 16_384 - HEADER_BYTES
"""Header and root directory come with the first request of a reader."""
LEAF_ENTRIES: Final = 4096
GZIP: Final = 2
NONE: Final = 1
TILE_TYPES: Final = {1: "mvt", 2: "png", 3: "jpeg", 4: "webp"}
TILE_NUMBERS: Final = {name: number for number, name in TILE_TYPES.items()}
E7: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class MapHeader:
    """`bounds` is west, south, east, north in degrees."""

    tile_type: str
    min_zoom: int
    max_zoom: int
    bounds: tuple[float, float, float, float]
    tiles: int
    gzipped: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    tile_id: int
    offset: int
    length: int


def read_header(start: bytes, size: int) -> MapHeader:
    """The header of an archive of `size` bytes, of which `start` is the beginning. Raises `BrokenMap`."""
    if len(start) < HEADER_BYTES or not start.startswith(MAGIC):
        raise BrokenMap("it does not begin as PMTiles do", remedy="give a .pmtiles or .mbtiles file")
    fields = _LAYOUT.unpack(start[:HEADER_BYTES])
    version, sections, rest = fields[1], fields[2:13], fields[13:]
    if version != 3:
        raise BrokenMap(f"it is PMTiles version {version}", remedy="pmtiles upgrade makes version 3 of it")
    _, _, compression, kind, low, high, west, south, east, north = rest[:10]
    for at in range(0, 8, 2):
        if sections[at] + sections[at + 1] > size:
            raise BrokenMap("it is cut off", remedy="copy it once more")
    if kind not in TILE_TYPES:
        raise BrokenMap("its tiles are of no kind that the desk draws", remedy="vector, PNG, JPEG or WebP")
    if compression not in {NONE, GZIP}:
        raise BrokenMap("its tiles are packed as no browser can unpack them", remedy="use gzip")
    bounds = (west / E7, south / E7, east / E7, north / E7)
    if not low <= high <= 24 or not is_box(bounds):
        raise BrokenMap("its zooms or bounds are none")
    return MapHeader(TILE_TYPES[kind], low, high, bounds, sections[8], compression == GZIP)


def is_box(bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds
    return -180 <= west < east <= 180 and -90 <= south < north <= 90


def tile_id(z: int, x: int, y: int) -> int:
    """The place of a tile on the Hilbert curve of all zooms; `y` counts from the north."""
    found = ((1 << (2 * z)) - 1) // 3
    step = 1 << z >> 1
    while step:
        right, below = int(bool(x & step)), int(bool(y & step))
        found += step * step * ((3 * right) ^ below)
        if below == 0:
            if right:
                x, y = step - 1 - (x & (step - 1)), step - 1 - (y & (step - 1))
            x, y = y, x
        x, y = x & (step - 1), y & (step - 1)
        step >>= 1
    return found


def write(
    into: IO[bytes],
    spool: IO[bytes],
    tiles: Iterable[tuple[int, bytes]],
    header: MapHeader,
    metadata: bytes,
) -> int:
    """An archive of these tiles, in rising order of their ids. `spool` holds the tiles meanwhile; it is empty
    and may be read. How many tiles there are is returned. Raises `BrokenMap` without any.
    """
    entries: list[_Entry] = []
    offset = 0
    for number, data in tiles:
        entries.append(_Entry(number, offset, len(data)))
        spool.write(data)
        offset += len(data)
    if not entries:
        raise BrokenMap("it has no tiles")
    root, leaves = _directories(entries)
    packed = gzip.compress(metadata, mtime=0)
    at_root, at_metadata = HEADER_BYTES, HEADER_BYTES + len(root)
    at_leaves = at_metadata + len(packed)
    at_tiles = at_leaves + len(leaves)
    west, south, east, north = (round(edge * E7) for edge in header.bounds)
    into.write(
        _LAYOUT.pack(
            MAGIC, 3, at_root, len(root), at_metadata, len(packed), at_leaves, len(leaves), at_tiles, offset,
            len(entries), len(entries), len(entries), 1, GZIP, GZIP if header.gzipped else NONE,
            TILE_NUMBERS[header.tile_type], header.min_zoom, header.max_zoom, west, south, east, north,
            header.min_zoom, (west + east) // 2, (south + north) // 2,
        )
    )  # fmt: skip
    for part in (root, packed, leaves):
        into.write(part)
    spool.seek(0)
    while piece := spool.read(1 << 20):
        into.write(piece)
    return len(entries)


def _directories(entries: Sequence[_Entry]) -> tuple[bytes, bytes]:
    # A root of more entries hardly ever fits, and to try it takes as much memory as they do.
    if len(entries) <= 2 * MOST_ROOT:
        root = _directory([(one.tile_id, one.offset, one.length, 1) for one in entries])
        if len(root) <= MOST_ROOT:
            return root, b""
    size = LEAF_ENTRIES
    while True:
        leaves, index = bytearray(), []
        for at in range(0, len(entries), size):
            some = entries[at : at + size]
            leaf = _directory([(one.tile_id, one.offset, one.length, 1) for one in some])
            index.append((some[0].tile_id, len(leaves), len(leaf), 0))
            leaves += leaf
        root = _directory(index)
        if len(root) <= MOST_ROOT:
            return root, bytes(leaves)
        size *= 2


def _directory(rows: Sequence[tuple[int, int, int, int]]) -> bytes:
    """Rows of tile id, offset, length and run length; a run length of 0 leads to a leaf."""
    numbers: list[int] = [len(rows)]
    numbers += [row[0] - before for row, before in zip(rows, [0, *(r[0] for r in rows)], strict=False)]
    numbers += [row[3] for row in rows]
    numbers += [row[2] for row in rows]
    end = None
    for _, offset, length, _ in rows:
        numbers.append(0 if offset == end else offset + 1)
        end = offset + length
    return gzip.compress(b"".join(_varint(number) for number in numbers), mtime=0)


def _varint(number: int) -> bytes:
    def digits(rest: int) -> Iterator[int]:
        while rest > 0x7F:
            yield (rest & 0x7F) | 0x80
            rest >>= 7
        yield rest

    return bytes(digits(number))
