"""From the camera to the screen: how old a live picture is when it is seen, in the desk's own page in a
Chromium, beside a bare ffmpeg that shows the same camera as a player without a buffer does.

The camera is simulated and says which picture it sends; encoding is its own affair and not in the figures.
The page's gateway is simulated, its live view is the product's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

from core.storage import Storage, StorageSettings, create_engine
from gateway import database
from tests.bench.city.marked import BARS, PICTURES, RATE, delays, marked, number_of
from tests.bench.parts import Found, headed, row
from tests.bench.radio.figures import Goal, quantile
from tests.console.live_service import live_service
from tests.console.page import Page, new_page
from tests.console.seats import chinese_browser, open_workspace, sit_at_desk
from tests.console.simulated_gateway import SimulatedGateway, serving
from tests.console.test_desk_cases import put
from tests.peers.simulated_rtsp_camera import SimulatedRtspCamera, simulated_rtsp_camera

GOAL_S = 1.0
SETTLE_S = 5.0
"""The first pictures are as old as the last keyframe; a page that is behind catches up."""
LIVE_S = 300
CODE = "N1"
WATCH = f"""(() => {{
  const video = document.querySelector('[data-testid=live-video]');
  const canvas = document.createElement('canvas');
  canvas.width = {BARS}; canvas.height = 1;
  const draw = canvas.getContext('2d', {{willReadFrequently: true}});
  window.songhuaSeen = [];
  const look = () => {{
    draw.drawImage(video, 0, 0, {BARS}, 1);
    const dots = draw.getImageData(0, 0, {BARS}, 1).data;
    const bars = [...Array({BARS}).keys()].map((bar) => dots[4 * bar]);
    window.songhuaSeen.push([(performance.timeOrigin + performance.now()) / 1000, bars]);
    video.requestVideoFrameCallback(look);
  }};
  video.requestVideoFrameCallback(look);
  return true;
}})()"""
PLAYS = """(() => {
  const video = document.querySelector('[data-testid=live-video]');
  return video !== null && video.videoWidth > 0 && video.currentTime > 0;
})()"""


def run(folder: Path, short: bool) -> Found:
    return asyncio.run(_both(folder, seconds=6.0 if short else 40.0))


async def _both(folder: Path, *, seconds: float) -> Found:
    sent: list[tuple[float, int]] = []

    def shows(picture: int) -> None:
        sent.append((time.time(), picture))

    recording = await asyncio.to_thread(marked, "h264")
    async with simulated_rtsp_camera(rate=RATE, recording=recording, shows=shows) as camera:
        # Each of them plays it from the beginning, alone.
        bare = delays(sent, await _ffmpeg(camera, seconds))
        sent.clear()
        async with _desk(folder, camera) as page:
            await asyncio.sleep(SETTLE_S)
            await page.run(WATCH)
            await asyncio.sleep(seconds)
            told: list[Any] = await page.run("window.songhuaSeen")
        ours = delays(sent, [(at, number_of(bars)) for at, bars in told])
    return {
        "seconds": seconds, "rate": RATE, "told_apart_s": PICTURES / RATE,
        "desk": _summed(ours), "ffmpeg": _summed(bare),
    }  # fmt: skip


async def _ffmpeg(camera: SimulatedRtspCamera, seconds: float) -> list[tuple[float, int]]:
    """When a bare ffmpeg has decoded which picture."""
    process = await asyncio.create_subprocess_exec(
        "ffmpeg", "-nostdin", "-loglevel", "error", "-fflags", "nobuffer", "-flags", "low_delay",
        "-rtsp_transport", "tcp", "-i", camera.url, "-fps_mode", "passthrough",
        "-vf", f"format=gray,scale={BARS}:1:flags=area", "-pix_fmt", "gray", "-f", "rawvideo", "pipe:1",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    seen: list[tuple[float, int]] = []
    began = 0.0
    try:
        async with asyncio.timeout(seconds + SETTLE_S + 30):
            while not began or time.time() < began + SETTLE_S + seconds:
                bars = await process.stdout.readexactly(BARS)
                now = time.time()
                began = began or now
                if now >= began + SETTLE_S:
                    seen.append((now, number_of(bars)))
    finally:
        process.kill()
        await process.wait()
    return seen


@asynccontextmanager
async def _desk(folder: Path, camera: SimulatedRtspCamera) -> AsyncIterator[Page]:
    """A dispatcher's page that shows the camera live."""
    settings = StorageSettings(url=f"sqlite+aiosqlite:///{folder / 'bench.db'}")
    await database.upgrade(settings)
    gateway = SimulatedGateway()
    (folder / "browser").mkdir()
    with chinese_browser(folder / "browser") as browser:
        async with (
            _opened(settings) as storage,
            live_service(storage, camera, code=CODE, live_s=LIVE_S) as (address, _),
            serving(gateway),
            new_page(browser) as page,
        ):
            gateway.live_at = address
            gateway.camera(CODE, "果戈里大街北向", 56.4)
            put(gateway, 1)
            await sit_at_desk(page, gateway.url, "sun.li", "correct-horse")
            await open_workspace(page, "cases")
            await page.until_attribute("case-grid", "data-rows", "1")
            await page.focus("case-grid")
            await page.press("ArrowDown")
            await page.press("Enter")
            await page.until_text(f"camera-{CODE}", "56 米")
            await page.click(f"camera-live-{CODE}")
            await page.until(PLAYS, "a picture that moves", seconds=30)
            yield page


@asynccontextmanager
async def _opened(settings: StorageSettings) -> AsyncIterator[Storage]:
    storage = Storage(create_engine(settings))
    try:
        yield storage
    finally:
        await storage.close()


def _summed(values: list[float]) -> dict[str, float | int | None]:
    return {
        "pictures": len(values),
        "p50_s": round(median(values), 3) if values else None,
        "p95_s": round(quantile(values, 0.95), 3) if values else None,
        "max_s": round(max(values), 3) if values else None,
    }


def tell(found: Found) -> list[str]:
    return headed(
        "from camera to screen, s: p50, p95, max (pictures)",
        *(
            row(said, told["p50_s"], told["p95_s"], f"{told['max_s']} ({told['pictures']})")
            for said, told in (("the desk's page", found["desk"]), ("bare ffmpeg", found["ffmpeg"]))
        ),
    )


def goals(found: Found) -> list[Goal]:
    ours = found["desk"]["p95_s"]
    return [
        (
            ours is not None and ours < GOAL_S,
            f"from camera to screen p95 < {GOAL_S:g} s: {ours} s, bare ffmpeg {found['ffmpeg']['p95_s']} s",
        )
    ]
