"""What a picture of a camera and the question whether it answers cost, against a simulated camera."""

from __future__ import annotations

import asyncio
import time
from statistics import median
from typing import Any

from core.listening import Addresses
from sensing.cameras.model import RegisteredCamera
from sensing.cameras.store import CameraState
from sensing.health.probe import probe
from sensing.settings import SensingSettings
from sensing.snapshots.picture import CameraPictures
from tests.peers.simulated_rtsp_camera import SimulatedRtspCamera, simulated_rtsp_camera

SETTINGS = SensingSettings.model_validate({"networks": ["127.0.0.0/8"]})
CAMERAS = 950
"""Of the city that the founding document describes."""
EVERY_S = 300.0


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
    return {"rounds": rounds, "ours": _told(ours), "ffmpeg_alone": _told(bare)}


async def _ffmpeg(peer: SimulatedRtspCamera) -> None:
    process = await asyncio.create_subprocess_exec(
        "ffmpeg", "-nostdin", "-loglevel", "error", "-rtsp_transport", "tcp", "-i", peer.url,
        "-frames:v", "1", "-f", "mjpeg", "pipe:1", stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    data, _ = await process.communicate()
    assert process.returncode == 0
    assert data.startswith(b"\xff\xd8")


async def health() -> dict[str, Any]:
    """Processor time of one round of all cameras as a share of a core, with the simulated camera's own."""
    networks, turn = Addresses(SETTINGS.networks), asyncio.Semaphore(SETTINGS.health_at_once)
    async with simulated_rtsp_camera() as peer:

        async def ask() -> CameraState:
            async with turn:
                return (await probe(peer.url, networks, SETTINGS.health_wait_s))[0]

        began = time.process_time()
        states = await asyncio.gather(*(ask() for _ in range(CAMERAS)))
        spent = time.process_time() - began
    up = states.count(CameraState.UP)
    return {"cameras": CAMERAS, "up": up, "cpu_s": round(spent, 2), "of_a_core": round(spent / EVERY_S, 4)}


def _told(times: list[float]) -> dict[str, float]:
    times = sorted(times)
    return {"p50_s": round(median(times), 3), "p95_s": round(times[len(times) * 95 // 100], 3)}
