"""How long it takes from the wish to see a camera live to its first picture, against a simulated camera of
25 pictures and one keyframe a second.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from core.actor import Actor, Role
from core.ids import uuid7
from core.storage import Storage, StorageSettings, create_engine
from gateway import database
from identity.audit.service import AuditTrail
from sensing.cameras.service import CameraRegister
from sensing.live.service import CameraLive
from sensing.settings import SensingSettings
from tests.bench.parts import Found, headed, row
from tests.bench.radio.figures import Goal, quantile
from tests.console.live_service import AnyCase
from tests.peers.simulated_rtsp_camera import simulated_rtsp_camera

PEOPLE = Actor("bench", "bench", frozenset({Role.ADMIN, Role.DISPATCHER}))
GOAL_S = 2.0
CODECS = ("h264", "h265")
APART_S = 0.37
"""Between two starts, so that they fall everywhere between two keyframes."""


def run(_folder: Path, short: bool) -> Found:
    return asyncio.run(live(starts=2 if short else 20))


def tell(found: Found) -> list[str]:
    return headed(
        f"first picture of a live view, s: p50, p95 ({found['starts']} starts)",
        *(row(codec, *found[codec].values()) for codec in CODECS),
    )


def goals(found: Found) -> list[Goal]:
    worst = max(found[codec]["p95_s"] for codec in CODECS)
    return [(worst < GOAL_S, f"first picture p95 < {GOAL_S:g} s: {worst} s")]


async def live(*, starts: int = 20) -> dict[str, Any]:
    """Seconds to the first fragment that a page gets, with the row and the audit, for both codecs."""
    with tempfile.TemporaryDirectory() as folder:
        settings = StorageSettings(url=f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}")
        await database.upgrade(settings)
        storage = Storage(create_engine(settings))
        try:
            return {
                "starts": starts,
                "goal_s": GOAL_S,
                "h264": await _codec(storage, "h264", starts),
                "h265": await _codec(storage, "hevc", starts),
            }
        finally:
            await storage.close()


async def _codec(storage: Storage, codec: str, starts: int) -> dict[str, float]:
    sensing, times = SensingSettings.model_validate({"networks": ["127.0.0.0/8"]}), []
    audit = AuditTrail(storage)
    async with simulated_rtsp_camera(codec=codec, rate=25, running=True) as peer:
        register = CameraRegister(storage, audit)
        table = f"code,name,lon,lat,kind,address\nC1,C1,126.6,45.7,ptz,{peer.url}\n"
        await register.import_table(PEOPLE, table.encode(), op_id=uuid7())
        views = CameraLive(storage, register, AnyCase(), audit, sensing)
        for _ in range(starts):
            began = time.perf_counter()
            view, _mime = await views.open(PEOPLE, "C1", "", op_id=uuid7())
            video = await views.video(PEOPLE, view.view_id)
            await anext(video)
            times.append(time.perf_counter() - began)
            await views.end(PEOPLE, view.view_id)
            await asyncio.sleep(APART_S)
        await views.stop()
    times.sort()
    return {"p50_s": round(median(times), 3), "p95_s": round(quantile(times, 0.95), 3)}
