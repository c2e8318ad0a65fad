"""The bench `patches`: the time to import change patches of remote sensing, in each form.

`scripts/bench patches` (five minutes); `--patches N`, `--only sqlite`. A grid of 30 km × 30 km with 100 beats
and 2,000 open cases is held in memory; files of N patches with 24 points each (every hundredth is bad) are
imported into an empty database. The goal is 100,000 patches a minute; reading the file is part of it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import platform
import random
import tempfile
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from cases.beats.model import Beat
from cases.grid.build import build, read_outlines
from cases.grid.index import GridIndex
from cases.grid.service import CaseGrid
from core.actor import Actor, Role
from core.ids import uuid7
from core.storage import Storage, StorageSettings, create_engine
from gateway.tables import metadata
from gateway.wiring.patches import CityOfGrid
from sensing.patches.importer import PatchImporter
from sensing.patches.ports import OpenCaseAt
from sensing.settings import SensingSettings
from tests.bench.open311.asking import load
from tests.cases.parts.trail import RememberedTrail
from tests.cases.test_grid import TO_METRES, collection, square
from tests.cases.test_grid import feature as area
from tests.peers.checkout import HOME
from tests.peers.postgres import PostgresPeer
from tests.sensing.patches.city import feature, geojson, geopackage, shapefile_parts, zipped

GOAL_PER_MIN = 100_000.0
SIDE_M = 30_000.0
POINTS = 24
ADMIN = Actor("bench", "bench", frozenset({Role.ADMIN}))


class City(CityOfGrid):
    """The real grid and beats; open cases at random places."""

    def __init__(self, storage: Storage) -> None:
        east, north = TO_METRES(126.65, 45.75)
        outline = area("230103", square(east - SIDE_M / 2, north - SIDE_M / 2, SIDE_M))
        grid = CaseGrid(storage)
        grid.index = GridIndex(build(read_outlines(collection(outline))))
        cells = len(grid.index.areas[0].columns)
        share = cells // 100
        first = 230103000000001
        beats = [
            Beat(
                beat_id=f"b{at}",
                name_zh=f"{at}号",
                cells=(f"{first + at * share}-{first + (at + 1) * share - 1}",),
            )
            for at in range(100)
        ]
        grid.use(beats)
        super().__init__(storage, grid)
        chance = random.Random(2)
        self._cases = [OpenCaseAt(uuid7(), f"N{at}", *place(chance)) for at in range(2_000)]

    async def open_cases(self) -> Collection[OpenCaseAt]:
        return self._cases


def place(chance: random.Random) -> tuple[float, float]:
    return 126.65 + chance.uniform(-0.17, 0.17), 45.75 + chance.uniform(-0.12, 0.12)


def features(count: int) -> list[dict[str, Any]]:
    chance = random.Random(1)
    found = []
    for number in range(1, count + 1):
        lon, lat = (120.0, 30.0) if number % 100 == 0 else place(chance)
        size = chance.uniform(0.0001, 0.0005)
        turns = [2 * math.pi * at / POINTS for at in range(POINTS)]
        outline = [[lon + size * math.cos(turn), lat + size * math.sin(turn)] for turn in turns]
        found.append(feature(number, [*outline, outline[0]]))
    return found


async def measured(url: str, city: type[City], file: Path) -> dict[str, Any]:
    storage = Storage(create_engine(StorageSettings(url=url)))
    async with storage.engine.begin() as connection:
        await connection.run_sync(metadata.drop_all)
        await connection.run_sync(metadata.create_all)
    importer = PatchImporter(storage, RememberedTrail(), city(storage), SensingSettings(patch_file_mb=2048))
    began, used = time.perf_counter(), time.process_time()
    told = await importer.import_file(ADMIN, file)
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    await storage.close()
    row = {
        "form": told.form, "bytes": file.stat().st_size, "added": told.added, "refused": told.refused,
        "seconds": round(seconds, 1), "cpu_s": round(cpu, 1),
        "per_min": round(told.features / seconds * 60),
    }  # fmt: skip
    print(f"{url.partition(':')[0]} {row}", flush=True)
    return row


async def run(folder: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    made = features(chosen.patches)
    files = [folder / "a.geojson", folder / "b.zip", folder / "c.gpkg"]
    files[0].write_bytes(geojson(made))
    files[1].write_bytes(zipped(shapefile_parts(made, "EPSG:4490")))
    geopackage(files[2], made)
    found: dict[str, Any] = {"patches": chosen.patches, "goal_per_min": GOAL_PER_MIN}
    if chosen.only in {"", "sqlite"}:
        url = f"sqlite+aiosqlite:///{folder / 'ledger.db'}"
        found["sqlite"] = [await measured(url, City, file) for file in files]
    if chosen.only in {"", "postgresql"}:
        cluster = PostgresPeer()
        try:
            cluster.start()
            found["postgresql"] = [await measured(cluster.url, City, file) for file in files]
        finally:
            cluster.close()
    return found


def table(found: dict[str, Any]) -> str:
    lines = [
        "| database | form | MB | patches a minute | seconds | processor, s |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {base} | {row['form']} | {row['bytes'] / 1e6:.0f} | {row['per_min']:,} | {row['seconds']} "
        f"| {row['cpu_s']} |"
        for base in ("sqlite", "postgresql")
        for row in found.get(base) or ()
    ]
    return "\n".join(lines)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--patches", type=int, default=100_000)
    arguments.add_argument("--only", choices=("", "sqlite", "postgresql"), default="")
    chosen = arguments.parse_args()
    HOME.mkdir(exist_ok=True)
    before = load()
    with tempfile.TemporaryDirectory(prefix="bench-patches-", dir=HOME) as name:
        found = asyncio.run(run(Path(name), chosen))
    found["machine"] = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_before": before,
        "load_after": load(),
    }
    chosen.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"\n{table(found)}\n\nload before {before:.1f}, after {load():.1f}")
    rows = [row for base in ("sqlite", "postgresql") for row in found.get(base) or ()]
    slow = [row["form"] for row in rows if row["per_min"] < GOAL_PER_MIN]
    print(f"goal: {GOAL_PER_MIN:,.0f} a minute: {'reached' if not slow else 'MISSED: ' + ', '.join(slow)}")
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
