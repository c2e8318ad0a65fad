"""The desk's map: tiles of both formats are checked, stored, served by ranges and read again by a reader of
others; outlines of districts are checked, too.
"""

from __future__ import annotations

import gzip
import itertools
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from httpx2 import ASGITransport, AsyncClient
from hypothesis import given
from hypothesis import strategies as st

from core.actor import Actor, Role
from core.errors import SonghuaError
from core.routes import add_routes
from field.map.centre.http import router
from field.map.errors import BrokenMap, NoSuchMap
from field.map.pmtiles import HEADER_BYTES, read_header, tile_id
from field.map.store import MapFiles, outlines

BOX = "126.4,45.6,126.8,45.9"


def mbtiles(
    path: Path, *, zooms: range = range(3, 9), kind: str = "pbf"
) -> dict[tuple[int, int, int], bytes]:
    """A file with every tile of a corner of these zooms; the tiles by zoom, column and row from the north."""
    tiles = {}
    with sqlite3.connect(path) as tables:
        tables.execute("CREATE TABLE metadata (name text, value text)")
        tables.execute("CREATE TABLE tiles (zoom_level int, tile_column int, tile_row int, tile_data blob)")
        layers = json.dumps({"vector_layers": [{"id": "water", "fields": {}}]})
        tables.executemany(
            "INSERT INTO metadata VALUES (?, ?)",
            [("name", "哈尔滨"), ("format", kind), ("bounds", BOX), ("json", layers)],
        )
        for z in zooms:
            for x in range(min(1 << z, 90)):
                for y in range(min(1 << z, 90)):
                    data = gzip.compress(f"tile {z} {x} {y}".encode(), mtime=0)
                    tiles[z, x, y] = data
                    tables.execute("INSERT INTO tiles VALUES (?,?,?,?)", (z, x, (1 << z) - 1 - y, data))
    return tiles


def test_the_ids_of_tiles_are_those_of_the_specification() -> None:
    wanted = {(0, 0, 0): 0, (1, 0, 0): 1, (1, 0, 1): 2, (1, 1, 1): 3, (1, 1, 0): 4, (2, 0, 0): 5}
    assert {tile: tile_id(*tile) for tile in wanted} == wanted
    assert tile_id(12, 3423, 1763) == 19078479


@given(st.integers(0, 6))
def test_each_tile_of_a_zoom_has_an_id_of_its_own(z: int) -> None:
    first = ((1 << (2 * z)) - 1) // 3
    found = {tile_id(z, x, y) for x in range(1 << z) for y in range(1 << z)}
    assert found == set(range(first, first + (1 << (2 * z))))


def test_mbtiles_become_an_archive_in_which_every_tile_is_found(tmp_path: Path) -> None:
    tiles = mbtiles(tmp_path / "harbin.mbtiles")
    stored = MapFiles(tmp_path / "maps").bring(tmp_path / "harbin.mbtiles")
    head = stored.header
    assert (stored.name, head.tile_type, head.min_zoom, head.max_zoom) == ("harbin", "mvt", 3, 8)
    assert (head.tiles, head.bounds) == (len(tiles), (126.4, 45.6, 126.8, 45.9))
    data = (tmp_path / "maps" / "harbin.pmtiles").read_bytes()
    for place in [*list(tiles)[:: len(tiles) // 60], (8, 89, 89), (3, 0, 0)]:
        assert _tile(data, place) == tiles[place]
    assert _tile(data, (9, 0, 0)) is None


@pytest.mark.parametrize("tile", [10**10, "text", None])
def test_a_tile_that_is_no_data_is_refused(tmp_path: Path, tile: object) -> None:
    mbtiles(tmp_path / "a.mbtiles", zooms=range(3))
    with sqlite3.connect(tmp_path / "a.mbtiles") as tables:
        tables.execute("UPDATE tiles SET tile_data = ? WHERE zoom_level = 2", (tile,))
    with pytest.raises(BrokenMap):
        MapFiles(tmp_path / "maps").bring(tmp_path / "a.mbtiles")


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 8], "little")


def _numbers(raw: bytes) -> list[int]:
    found, value, shift = [], 0, 0
    for byte in raw:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            found.append(value)
            value, shift = 0, 0
    return found


def _rows(data: bytes, at: int, length: int) -> list[tuple[int, int, int, int]]:
    """Tile id, offset, length and run length of each entry of a directory."""
    count, *rest = _numbers(gzip.decompress(data[at : at + length]))
    ids = list(itertools.accumulate(rest[:count]))
    runs, lengths = rest[count : 2 * count], rest[2 * count : 3 * count]
    offsets: list[int] = []
    for index, offset in enumerate(rest[3 * count :]):
        offsets.append(offset - 1 if offset else offsets[index - 1] + lengths[index - 1])
    return list(zip(ids, offsets, lengths, runs, strict=True))


def _tile(data: bytes, place: tuple[int, int, int]) -> bytes | None:
    """As a reader finds it: root, leaf, tile (written from the specification, apart from the writer)."""
    wanted, at, length = tile_id(*place), _number(data, 8), _number(data, 16)
    for _ in range(3):
        row = [one for one in _rows(data, at, length) if one[0] <= wanted][-1:]
        first, offset, size, run = row[0] if row else (0, 0, 0, 1)
        if run > 0:
            return data[_number(data, 56) + offset :][:size] if row and wanted < first + run else None
        at, length = _number(data, 40) + offset, size
    return None


@pytest.mark.parametrize("text", [b"", b"PMTiles", b"SQLite format 3\0" * 20, b"PMTiles\x02" + bytes(200)])
def test_what_is_no_map_is_refused_and_leaves_nothing(tmp_path: Path, text: bytes) -> None:
    files = MapFiles(tmp_path / "maps")
    for ending in ("pmtiles", "mbtiles"):
        source = tmp_path / f"x.{ending}"
        source.write_bytes(text)
        with pytest.raises(BrokenMap):
            files.bring(source)
    assert list((tmp_path / "maps").iterdir()) == []


def test_a_file_that_is_cut_off_is_refused_and_the_one_before_stays(tmp_path: Path) -> None:
    files = MapFiles(tmp_path / "maps")
    mbtiles(tmp_path / "a.mbtiles", zooms=range(3))
    files.bring(tmp_path / "a.mbtiles")
    whole = (tmp_path / "maps" / "a.pmtiles").read_bytes()
    (tmp_path / "a.pmtiles").write_bytes(whole[:-10])
    with pytest.raises(BrokenMap, match="cut off"):
        files.bring(tmp_path / "a.pmtiles")
    assert (tmp_path / "maps" / "a.pmtiles").read_bytes() == whole
    assert [one.name for one in files.maps()] == ["a"]
    files.remove("a")
    for name in ("a", "../a", "A", ""):
        with pytest.raises(NoSuchMap):
            files.path(name)


@given(st.binary(max_size=200), st.integers(0, 1000))
def test_any_bytes_are_a_header_or_refused(start: bytes, size: int) -> None:
    for text in (start, b"PMTiles\x03" + start):
        try:
            read_header(text, size)
        except BrokenMap:
            continue
        assert len(text) >= HEADER_BYTES


SQUARE = {"type": "Polygon", "coordinates": [[[126, 45], [127, 45], [127, 46], [126, 45]]]}


def collection(geometry: Any, **properties: Any) -> bytes:
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


def test_outlines_are_kept_with_their_names_and_nothing_else() -> None:
    (kept,) = outlines(collection(SQUARE, name="道里区", adcode=230102, secret="x"))["features"]
    assert kept["properties"] == {
        "name_zh": "道里区", "name_en": "道里区", "code": "230102", "synthetic": False,
    }  # fmt: skip
    assert kept["geometry"] == SQUARE


@pytest.mark.parametrize(
    "text",
    [
        b"", b"[]", b'{"features": []}',
        collection(SQUARE),
        collection({"type": "Point", "coordinates": [126, 45]}, name="x"),
        collection({"type": "Polygon", "coordinates": [[[126, 45], [127, 45], [126, 45]]]}, name="x"),
        collection({"type": "Polygon", "coordinates": [[[500, 45], [7, 45], [7, 46], [500, 45]]]}, name="x"),
        collection({"type": "Polygon", "coordinates": [[["a", 45], [7, 45], [7, 46], [6, 45]]]}, name="x"),
        collection({"type": "MultiPolygon", "coordinates": [3]}, name="x"),
    ],
)  # fmt: skip
def test_what_is_no_outline_is_refused(text: bytes) -> None:
    with pytest.raises(BrokenMap):
        outlines(text)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[tuple[AsyncClient, MapFiles]]:
    files, app = MapFiles(tmp_path / "maps"), FastAPI()

    async def somebody(_request: Request) -> Actor:
        return Actor("li.na", "李娜", frozenset({Role.AGENT}))

    add_routes(app.router, router(files, somebody), "/api")
    transport = ASGITransport(app=app)
    async with AsyncClient(transport=transport, base_url="http://desk") as client:
        yield client, files


async def test_tiles_are_listed_and_served_by_ranges(
    desk: tuple[AsyncClient, MapFiles], tmp_path: Path
) -> None:
    client, files = desk
    assert (await client.get("/api/map/tiles")).json() == {"maps": []}
    mbtiles(tmp_path / "harbin.mbtiles", zooms=range(4))
    files.bring(tmp_path / "harbin.mbtiles")
    (listed,) = (await client.get("/api/map/tiles")).json()["maps"]
    assert (listed["name"], listed["tile_type"], listed["max_zoom"]) == ("harbin", "mvt", 3)
    whole = files.path("harbin").read_bytes()
    part = await client.get("/api/map/tiles/harbin", headers={"Range": "bytes=10-29"})
    assert (part.status_code, part.content) == (206, whole[10:30])
    assert part.headers["Content-Range"] == f"bytes 10-29/{len(whole)}"
    with pytest.raises(SonghuaError):
        await client.get("/api/map/tiles/nothing")


async def test_without_an_import_there_are_outlines_that_say_they_are_invented(
    desk: tuple[AsyncClient, MapFiles], tmp_path: Path
) -> None:
    client, files = desk
    shipped = (await client.get("/api/map/districts")).json()["features"]
    assert len(shipped) == 18
    assert all(one["properties"]["synthetic"] for one in shipped)
    (tmp_path / "own.geojson").write_bytes(collection(SQUARE, name_zh="道里区", name_en="Daoli"))
    assert files.bring_districts(tmp_path / "own.geojson") == 1
    (own,) = (await client.get("/api/map/districts")).json()["features"]
    assert (own["properties"]["name_en"], own["properties"]["synthetic"]) == ("Daoli", False)
