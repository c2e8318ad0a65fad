"""How long the question takes which cameras see a place: 10,000 cameras of a city, and one street of them."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path
from statistics import median
from typing import Any

from core.actor import Actor, Role
from core.ids import uuid7
from core.place import Position
from core.storage import Storage, StorageSettings, create_engine
from gateway import database
from identity.audit.service import AuditTrail
from sensing.cameras.service import CameraRegister
from tests.bench.parts import Found, headed, row
from tests.bench.radio.figures import Goal

ADMIN = Actor("bench", "bench", frozenset({Role.ADMIN, Role.SUPERVISOR}))
WEST, SOUTH, WIDE, HIGH = 126.45, 45.60, 0.40, 0.28
GOAL_MS = 5.0
SPREAD = ("city", "middle")


def run(folder: Path, short: bool) -> Found:
    cameras, questions = (1_000, 200) if short else (10_000, 5_000)
    return asyncio.run(nearest(folder, cameras=cameras, questions=questions))


def tell(found: Found) -> list[str]:
    names = ("p50_ms", "p95_ms", "p99_ms", "found")
    return headed(
        f"which of {found['cameras']:,} cameras see a place, ms: p50, p95, p99; cameras found",
        *(row(one, *(found[one][name] for name in names)) for one in SPREAD),
        row("import of the register, s", found["import_s"]),
    )


def goals(found: Found) -> list[Goal]:
    worst = max(found[one]["p95_ms"] for one in SPREAD)
    said = f"nearest seeing camera of {found['cameras']:,}, p95 < {GOAL_MS:g} ms: {worst} ms"
    return [(worst < GOAL_MS, said)]


async def nearest(
    folder: Path, *, cameras: int = 10_000, questions: int = 5_000, seed: int = 7
) -> dict[str, Any]:
    """Milliseconds of a question, with the states of what it finds, as the route asks it: over the city, and
    in the middle, where every tenth camera stands.
    """
    chance = random.Random(seed)
    settings = StorageSettings(url=f"sqlite+aiosqlite:///{folder / 'bench.db'}")
    await database.upgrade(settings)
    storage = Storage(create_engine(settings))
    try:
        register = CameraRegister(storage, AuditTrail(storage))
        began = time.perf_counter()
        told = await register.import_table(ADMIN, _table(chance, cameras), op_id=uuid7())
        assert told.added == cameras, told.lines[:1]
        took = time.perf_counter() - began
        everywhere = await _asked(register, [_point(chance, 1.0) for _ in range(questions)])
        middle = await _asked(register, [_point(chance, 0.05) for _ in range(questions)])
    finally:
        await storage.close()
    return {
        "cameras": cameras,
        "import_s": round(took, 2),
        "goal_ms": GOAL_MS,
        "city": everywhere,
        "middle": middle,
    }


async def _asked(register: CameraRegister, places: list[Position]) -> dict[str, float]:
    times, found = [], 0
    for place in places:
        began = time.perf_counter()
        found += len(register.near(ADMIN, place, 8))
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    return {
        "p50_ms": round(median(times), 3), "p95_ms": round(times[len(times) * 95 // 100], 3),
        "p99_ms": round(times[len(times) * 99 // 100], 3), "found": round(found / len(places), 2),
    }  # fmt: skip


def _point(chance: random.Random, share: float) -> Position:
    """Somewhere in this share of the city, around its middle."""
    lon = WEST + WIDE * (0.5 + (chance.random() - 0.5) * share)
    return Position(lon=lon, lat=SOUTH + HIGH * (0.5 + (chance.random() - 0.5) * share), accuracy_m=1)


def _table(chance: random.Random, many: int) -> bytes:
    rows = ["code,name,lon,lat,azimuth,view_angle,far_m,kind,address"]
    for number in range(many):
        at = _point(chance, 0.05 if number % 10 == 0 else 1.0)
        kind = "ptz" if number % 5 == 0 else "fixed"
        rows.append(
            f"C{number},摄像头{number},{at.lon:.6f},{at.lat:.6f},{chance.randrange(360)},"
            f"{chance.choice((40, 60, 90))},{chance.choice((80, 150, 300))},{kind},rtsp://10.0.0.1/{number}"
        )
    return ("\n".join(rows) + "\n").encode()
