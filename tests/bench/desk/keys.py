"""From a key press to the paint that shows it, while ten calls a second come and go at other desks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.bench.desk.city import SimulatedCity, before
from tests.bench.desk.figures import DeskFigure, quantile
from tests.console.page import Page
from tests.console.test_desk_page import draft, talk

CALLS_A_SECOND = 10
KEY_EVERY_S = 0.1
# A key's own time to the first task behind the frame that it changed: the browser has painted by then.
WATCH = """(() => {
  window.painted = [];
  const {port1, port2} = new MessageChannel();
  let waiting = [];
  port2.onmessage = () => {
    for (const at of waiting.splice(0)) window.painted.push(performance.now() - at);
  };
  addEventListener('keydown', (event) => {
    const at = event.timeStamp;
    requestAnimationFrame(() => { waiting.push(at); port1.postMessage(0); });
  }, true);
})()"""


async def run(folder: Path, *, quick: bool) -> tuple[list[DeskFigure], dict[str, Any]]:
    presses = 60 if quick else 300
    city = SimulatedCity()
    async with before(city, folder) as page:
        await talk(page, city)
        await draft(city)
        await page.until_value("field-address", "学府路74号")
        await page.run(WATCH)
        await page.focus("field-description")
        busy = asyncio.create_task(_calls(city))
        try:
            desk = await _typed(page, presses)
        finally:
            busy.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await busy
        await page.open(f"{city.url}/bare/")
        await page.until("document.querySelector('[data-testid=bare-text]') !== null")
        await page.run(WATCH)
        await page.focus("bare-text")
        bare = await _typed(page, presses)
    at_bare = quantile(bare, 0.95)
    figure = DeskFigure(
        "keys", "key to paint, p95", quantile(desk, 0.95), 50, "ms", f"a bare text field {at_bare:.1f} ms"
    )
    return [figure], {"desk_ms": desk, "bare_ms": bare, "calls_a_second": CALLS_A_SECOND}


async def _typed(page: Page, presses: int) -> list[float]:
    for number in range(presses):
        await page.press("abcghjkopt"[number % 10])
        await asyncio.sleep(KEY_EVERY_S)
    await page.until(f"window.painted.length >= {presses}", "each key painted")
    found: list[float] = await page.run("window.painted")
    return found


async def _calls(city: SimulatedCity) -> None:
    """At other desks: who is rung, speaks and hangs up, with all that the desk is told of it."""
    async with asyncio.TaskGroup() as group:
        while True:
            group.create_task(one_call(city, asyncio.sleep))
            await asyncio.sleep(1 / CALLS_A_SECOND)


async def one_call(
    city: SimulatedCity,
    pause: Callable[[float], Awaitable[None]],
    meanwhile: Callable[[str], Awaitable[None]] | None = None,
) -> None:
    """`meanwhile` is what else happens before the caller hangs up, with the call's id."""
    call = str(uuid4())
    agent = {**city.agents["li.na"], "agent_id": "chen.mo", "name": "陈默"}
    await city.ring(call, "13904510002", agent_id="chen.mo")
    await city.tell("hotline.agent_changed", agent=agent | {"state": "ringing", "call_id": call})
    await pause(0.5)
    await city.answered(call, agent_id="chen.mo")
    await city.tell("hotline.agent_changed", agent=agent | {"state": "talking", "call_id": call})
    queue = {"queue": "hotline", "waiting": 0, "longest_since": None, "members": 2, "ready": 1}
    await city.tell("hotline.queue_changed", queue=queue)
    for number in range(6):
        await pause(0.3)
        await city.said(call, f"{call}.{number}", "citizen", "学府路七十四号门口那个井盖丢了", at_s=number)
    if meanwhile is not None:
        await meanwhile(call)
    await city.ended(call)
    await city.tell("hotline.agent_changed", agent=agent | {"state": "wrap_up", "call_id": call})
