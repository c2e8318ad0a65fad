"""Frames of the dragged map with 5,000 units of which 500 move each second; and of MapLibre alone."""

from __future__ import annotations

import asyncio
import contextlib
import math
from pathlib import Path
from typing import Any

from tests.bench.desk.city import SimulatedCity, before
from tests.bench.desk.figures import DeskFigure, quantile
from tests.console.page import Page
from tests.console.test_desk_page import sign_in

UNITS = 5000
CHANGES_A_SECOND = 500
TOLD_EVERY_S = 0.1
WATCH = """(() => {
  window.frames = [];
  let last = 0;
  const frame = (at) => { if (last) window.frames.push(at - last); last = at; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
})()"""


async def run(folder: Path, *, quick: bool) -> tuple[list[DeskFigure], dict[str, Any]]:
    seconds = 6 if quick else 20
    city = SimulatedCity(UNITS)
    async with before(city, folder) as page:
        await sign_in(page, city, "sun.li")
        moving = asyncio.create_task(_move(city))
        try:
            rounds = [(await _desk(page, city, seconds), await _bare(page, city, seconds)) for _ in range(2)]
        finally:
            moving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await moving
    desk = [one for mine, _ in rounds for one in mine]
    bare = [one for _, its in rounds for one in its]
    mine, its = quantile(desk, 0.95), quantile(bare, 0.95)
    figure = DeskFigure(
        "map", "p95 frame to bare MapLibre's", mine / its, 1.2, "times", f"{mine:.1f} ms to {its:.1f} ms"
    )
    return [figure], {"desk_ms": desk, "bare_ms": bare, "units": UNITS, "changes_a_second": CHANGES_A_SECOND}


async def _move(city: SimulatedCity) -> None:
    while True:
        await city.move(round(CHANGES_A_SECOND * TOLD_EVERY_S))
        await asyncio.sleep(TOLD_EVERY_S)


async def _desk(page: Page, city: SimulatedCity, seconds: float) -> list[float]:
    await page.open(f"{city.url}/desk/field/map")
    await page.until(
        "document.querySelector('[data-testid=map-canvas]')?.dataset.ready === 'true'", "the map", seconds=60
    )
    await page.until(
        f"document.querySelector('[data-testid=map-count]').innerText === '{UNITS}'", "units", seconds=60
    )
    return await _frames(page, "map-canvas", seconds)


async def _bare(page: Page, city: SimulatedCity, seconds: float) -> list[float]:
    await page.open(f"{city.url}/bare/")
    await page.until(
        "document.querySelector('[data-testid=bare-map]')?.dataset.ready === 'true'", "the map", seconds=60
    )
    return await _frames(page, "bare-map", seconds)


async def _frames(page: Page, testid: str, seconds: float) -> list[float]:
    box = await page.run(
        f"(({{x, y, width, height}}) => ({{x: x + width / 2, y: y + height / 2, width, height}}))"
        f"(document.querySelector('[data-testid={testid}]').getBoundingClientRect())"
    )
    await asyncio.sleep(2)
    await page.command(
        "Input.dispatchMouseEvent", type="mousePressed", button="left", clickCount=1, x=box["x"], y=box["y"]
    )
    await page.run(WATCH)
    loop = asyncio.get_running_loop()
    began = loop.time()
    while (passed := loop.time() - began) < seconds:
        x = box["x"] + 60 * math.cos(3 * passed)
        y = box["y"] + 60 * math.sin(3 * passed)
        await page.command("Input.dispatchMouseEvent", type="mouseMoved", button="left", buttons=1, x=x, y=y)
        await asyncio.sleep(0.015)
    found: list[float] = await page.run("window.frames")
    await page.command(
        "Input.dispatchMouseEvent", type="mouseReleased", button="left", clickCount=1, x=box["x"], y=box["y"]
    )
    return found
