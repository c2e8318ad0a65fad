"""What a picture of a camera takes, beside a bare ffmpeg that asks the same simulated camera."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from statistics import median
from typing import Any

from sensing.cameras.model import RegisteredCamera
from sensing.settings import SensingSettings
from sensing.snapshots.picture import CameraPictures
from tests.bench.parts import Found, headed, row
from tests.bench.radio.figures import Goal, quantile
from tests.peers.simulated_rtsp_camera import SimulatedRtspCamera, simulated_rtsp_camera

SETTINGS = SensingSettings.model_validate({"networks": ["127.0.0.0/8"]})
GOAL_S, GOAL_RATIO = 1.5, 1.1


def run(_folder: Path, short: bool) -> Found:
    return asyncio.run(pictures(rounds=3 if short else 40))


async def pictures(*, rounds: int = 20) -> dict[str, Any]:
    """Seconds of a picture by RTSP, and of ffmpeg alone that asks the same camera, one after the other."""
    async with simulated_rtsp_camera() as peer:
        taken_by = CameraPictures(SETTINGS)
        camera = RegisteredCamera(
            code="C1", name="C1", lon=126.65, lat=45.75, view_angle=360, address=peer.url
        )
        ours, bare = [], []
        for _ in range(rounds):
            began = time.perf_counter()
            await taken_by.take(camera)
            ours.append(time.perf_counter() - began)
            began = time.perf_counter()
            await _ffmpeg(peer)
            bare.append(time.perf_counter() - began)
    ratio = round(median(ours) / median(bare), 3)
    return {"rounds": rounds, "ours": _told(ours), "ffmpeg_alone": _told(bare), "ratio": ratio}


async def _ffmpeg(peer: SimulatedRtspCamera) -> None:
    process = await asyncio.create_subprocess_exec(
        "ffmpeg", "-nostdin", "-loglevel", "error", "-rtsp_transport", "tcp", "-i", peer.url,
        "-frames:v", "1", "-f", "mjpeg", "pipe:1", stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    data, _ = await process.communicate()
    assert process.returncode == 0
    assert data.startswith(b"\xff\xd8")


def _told(times: list[float]) -> dict[str, float]:
    return {"p50_s": round(median(times), 3), "p95_s": round(quantile(times, 0.95), 3)}


def tell(found: Found) -> list[str]:
    return headed(
        f"a picture, s: p50, p95 ({found['rounds']} each)",
        row("ours", *found["ours"].values()),
        row("bare ffmpeg", *found["ffmpeg_alone"].values()),
        row("ours to bare ffmpeg, p50", found["ratio"]),
    )


def goals(found: Found) -> list[Goal]:
    p95 = found["ours"]["p95_s"]
    return [
        (found["ratio"] <= GOAL_RATIO, f"{GOAL_RATIO:g} times bare ffmpeg's time: {found['ratio']}"),
        (p95 < GOAL_S, f"a picture p95 < {GOAL_S:g} s: {p95} s"),
    ]
