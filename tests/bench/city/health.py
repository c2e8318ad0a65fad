"""What it costs to ask all cameras of a city whether they answer, against a simulated camera, whose own work
is in the figure.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from core.listening import Addresses
from sensing.cameras.store import CameraState
from sensing.health.probe import probe
from tests.bench.city.pictures import SETTINGS
from tests.bench.parts import Found, headed, row
from tests.bench.radio.figures import Goal
from tests.peers.simulated_rtsp_camera import simulated_rtsp_camera

CAMERAS = 950
"""Of a city of five million."""
EVERY_S = 300.0
GOAL = 0.1


def run(_folder: Path, short: bool) -> Found:
    return asyncio.run(health(cameras=50 if short else CAMERAS))


async def health(*, cameras: int) -> Found:
    """Processor time of one round of all cameras as a share of a core."""
    networks, turn = Addresses(SETTINGS.networks), asyncio.Semaphore(SETTINGS.health_at_once)
    async with simulated_rtsp_camera() as peer:

        async def ask() -> CameraState:
            async with turn:
                return (await probe(peer.url, networks, SETTINGS.health_wait_s))[0]

        began, started = time.process_time(), time.perf_counter()
        states = await asyncio.gather(*(ask() for _ in range(cameras)))
        spent = time.process_time() - began
    up = states.count(CameraState.UP)
    return {
        "cameras": cameras, "up": up, "cpu_s": round(spent, 2), "of_a_core": round(spent / EVERY_S, 4),
        "took_s": round(time.perf_counter() - started, 2),
    }  # fmt: skip


def tell(found: Found) -> list[str]:
    return headed(
        f"{found['cameras']} cameras asked once",
        row("up", found["up"]),
        row("seconds, of processor", found["took_s"], found["cpu_s"]),
        row(f"of a core, a round each {EVERY_S:g} s", found["of_a_core"]),
    )


def goals(found: Found) -> list[Goal]:
    good = found["of_a_core"] < GOAL and found["up"] == found["cameras"] and found["took_s"] < EVERY_S
    said = f"{found['cameras']} cameras each {EVERY_S:g} s < {GOAL:g} of a core: {found['of_a_core']}"
    return [(good, said)]
