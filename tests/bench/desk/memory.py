"""The heap of a desk after each of eight hours of a city's calls, told as fast as the page takes them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.bench.desk.city import SimulatedCity, before
from tests.bench.desk.figures import DeskFigure
from tests.bench.desk.keys import one_call
from tests.console.page import Page
from tests.console.simulated_gateway import category
from tests.console.test_desk_page import sign_in

HOURS = 8
CALLS_AN_HOUR = 360
SETTLED_AFTER = 3
"""Hours until everything that the page keeps a number of is full."""


async def run(folder: Path, *, quick: bool) -> tuple[list[DeskFigure], dict[str, Any]]:
    calls = CALLS_AN_HOUR // 6 if quick else CALLS_AN_HOUR
    city = SimulatedCity(100)
    city.users["li.na"]["roles"] = ["agent", "supervisor", "dispatcher", "acceptor"]
    heap = []
    async with before(city, folder) as page:
        await sign_in(page, city)
        await page.command("HeapProfiler.enable")
        for _ in range(HOURS):
            for number in range(calls):
                await _call_with_case(city)
                await city.move(10)
                if number % 20 == 19:
                    # As fast as the page takes it, and no faster.
                    await page.run("new Promise((done) => setTimeout(done, 50))")
            heap.append(await _heap(page))
    # A short look does not fill it.
    settled = HOURS - 2 if quick else SETTLED_AFTER
    grown = heap[-1] / heap[settled - 1]
    figure = DeskFigure(
        "memory", "heap after eight hours to that after three", grown, 1.1, "times",
        " ".join(f"{size / 1e6:.1f}" for size in heap) + " MB",
    )  # fmt: skip
    return [figure], {"heap_bytes": heap, "calls_an_hour": calls}


async def _at_once(_seconds: float) -> None:
    return None


async def _call_with_case(city: SimulatedCity) -> None:
    async def file(call: str) -> None:
        await city.drafted(call, call, address=("学府路74号", 0.9, []), category=(category("P0103"), 0.9, []))
        values = dict.fromkeys(("district", "urgency"))
        values |= {"category": category("P0103"), "address": "学府路74号"}
        case = city.case_of(values, call, 1)
        await city.tell("cases.case_filed", call_id=call, draft_id=call, case=case)

    await one_call(city, _at_once, file)
    # What the centre itself has forgotten since.
    city.drafts.clear()
    city.segments.clear()


async def _heap(page: Page) -> int:
    await asyncio.sleep(1)
    for _ in range(2):
        await page.command("HeapProfiler.collectGarbage")
    return int((await page.command("Runtime.getHeapUsage"))["usedSize"])
