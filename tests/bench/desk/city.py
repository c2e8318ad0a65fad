"""The stage of the parts that need no switch: a simulated gateway with a city's units, and a page."""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from tests.console.page import Page, new_page
from tests.console.seats import chinese_browser
from tests.console.simulated_gateway import Json, SimulatedGateway, serving
from tests.peers.checkout import CHECKOUT
from tests.peers.chromium import ChromiumPeer

CENTRE = (126.63, 45.75)
HERE = Path(__file__).parent
MAPLIBRE = CHECKOUT / "console" / "node_modules" / "maplibre-gl" / "dist"


class SimulatedCity(SimulatedGateway):
    """`crews` units that drive about, and beside the desk a page of MapLibre alone with the same units."""

    def __init__(self, crews: int = 0) -> None:
        super().__init__()
        self._chance = random.Random(1)
        self.units |= {
            unit: self._unit(unit, f"执法{number}队", online=True)
            for number in range(crews)
            for unit in [f"app:{1000 + number}"]
        }
        self._places = {unit: self._somewhere(unit) for unit in list(self.units)[-crews:]} if crews else {}

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/api/units/places", self._list_places),
            web.get("/bare/", self._bare),
            web.get("/bare/bare.js", self._bare_script),
            web.static("/bare/maplibre", MAPLIBRE),
            *super().routes(),
        ]

    def state(self) -> Json:
        return super().state() | {"places": list(self._places.values())}

    async def move(self, count: int) -> None:
        """So many units are a little further."""
        moved = self._chance.sample(list(self._places), count)
        for unit in moved:
            place = self._places[unit]
            turn = self._chance.uniform(0, 2 * math.pi)
            place |= {
                "lon": place["lon"] + 0.0005 * math.cos(turn),
                "lat": place["lat"] + 0.0004 * math.sin(turn),
                "measured_at": datetime.now(UTC).isoformat(),
            }
        await self.tell("field.units_moved", places=[self._places[unit] for unit in moved])

    def _somewhere(self, unit: str) -> Json:
        now = datetime.now(UTC).isoformat()
        return {
            "unit_id": unit,
            "lon": CENTRE[0] + self._chance.gauss(0, 0.08), "lat": CENTRE[1] + self._chance.gauss(0, 0.05),
            "accuracy_m": 8.0, "source": "gnss", "measured_at": now, "received_at": now,
            "speed_mps": None, "heading_deg": None, "battery_pct": None,
        }  # fmt: skip

    async def _list_places(self, _request: web.Request) -> web.Response:
        return web.json_response({"places": list(self._places.values())})

    async def _bare(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(HERE / "bare.html")

    async def _bare_script(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(HERE / "bare.js")


@contextlib.asynccontextmanager
async def before(city: SimulatedCity, folder: Path) -> AsyncIterator[Page]:
    """A page in a fresh browser, before the city's desk."""
    folder.mkdir(parents=True, exist_ok=True)
    with chinese_browser(folder) as browser:
        async with serving(city), opened(browser) as page:
            yield page


@contextlib.asynccontextmanager
async def opened(browser: ChromiumPeer) -> AsyncIterator[Page]:
    async with new_page(browser) as page:
        await page.size(1440, 900)
        yield page
