"""Cold load on loopback: from the address to the live desk, with nothing in the browser's cache."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

from tests.bench.desk.city import SimulatedCity, before
from tests.bench.desk.figures import DeskFigure, quantile
from tests.console.test_desk_look import files_of_calls
from tests.console.test_desk_page import sign_in

WATCH = """(() => {
  const look = () => {
    const live = document.querySelector('[data-testid=link-state][data-state=live]');
    if (live && document.querySelector('main[data-workspace=calls]')?.children.length) {
      requestAnimationFrame(() => setTimeout(() => { window.loaded = performance.now(); }));
    } else requestAnimationFrame(look);
  };
  look();
})()"""


async def run(folder: Path, *, quick: bool) -> tuple[list[DeskFigure], dict[str, Any]]:
    city = SimulatedCity()
    taken: list[float] = []
    async with before(city, folder) as page:
        await sign_in(page, city)
        await page.command("Network.setCacheDisabled", cacheDisabled=True)
        await page.command("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        for _ in range(5 if quick else 30):
            await page.open("about:blank")
            await page.command("Network.clearBrowserCache")
            await page.open(f"{city.url}/desk/calls")
            taken.append(await page.until("window.loaded", "the desk"))
    sizes = {file.name: len(gzip.compress(file.read_bytes())) for file in files_of_calls()}
    figures = [
        DeskFigure("load", "address to live desk, p95", quantile(taken, 0.95) / 1000, 1.5, "s"),
        DeskFigure("load", "Calls gzipped, without fonts and map", sum(sizes.values()) / 1000, 250, "kB"),
    ]
    return figures, {"load_ms": taken, "gzip_bytes": sizes}
