"""Change patches at the desk: one import, its beats, and what a dispatcher does with them."""

from __future__ import annotations

from aiohttp import web

from tests.console.simulated_gateway.answers import Json, now
from tests.console.simulated_gateway.edge import SimulatedEdge

MOST = 500
"""In one answer."""


class SimulatedPatches(SimulatedEdge):
    """`patches` are those of the only import; `patch_boxes` what maps showed: west, south, east, north."""

    def __init__(self) -> None:
        super().__init__()
        self.patches: list[Json] = []
        self.patch_tasks: list[Json] = []
        self.patch_boxes: list[tuple[float, ...]] = []

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            *super().routes(),
            web.get("/api/change-patches", self._patches),
            web.get("/api/change-patches/imports", self._imports),
            web.get("/api/change-patches/imports/{import_id}", self._import),
            web.post("/api/change-patches/imports/{import_id}/release", self._release),
            web.post("/api/change-patches/{patch_id}/outcome", self._decide),
        ]

    # What a test lets happen ---------------------------------------------------------------------

    def patch(self, number: int, lon: float, lat: float, *, near: str = "") -> None:
        ring = [[lon, lat], [lon + 0.01, lat], [lon + 0.01, lat + 0.008], [lon, lat + 0.008], [lon, lat]]
        self.patches.append({
            "patch_id": f"p{number}", "import_id": "i1", "number": number, "source_id": f"T{number}",
            "kind": "新增建筑", "before": "2026-05-01", "after": "2026-10-01", "district": "230103",
            "cell": "230103000000001", "beat": "b1", "beat_name": "果戈里网格", "lon": lon, "lat": lat,
            "area_m2": 1200.0, "outline": {"type": "Polygon", "coordinates": [ring]},
            "near": [{"case_id": "k1", "number": near}] if near else [], "draft_id": None, "place": 0,
            "result": "", "result_by": "", "result_at": None, "case_id": None,
        })  # fmt: skip

    # What the pages ask for ----------------------------------------------------------------------

    def _found(self) -> Json:
        return {
            "import_id": "i1", "file": "2026年三季度.zip", "form": "shapefile", "crs": "CGCS2000",
            "started_at": now(), "finished_at": now(), "started_by": "cli:root",
            "features": len(self.patches) + 1, "added": len(self.patches), "same": 0, "refused": 1,
            "problems": [
                {"feature": 7, "source_id": "T7", "cause": "it is empty", "remedy": "draw its outline"}
            ],
        }  # fmt: skip

    async def _patches(self, request: web.Request) -> web.Response:
        shown = self.patches
        if request.query.get("drawn") == "true":
            box = tuple(float(request.query[side]) for side in ("west", "south", "east", "north"))
            self.patch_boxes.append(box)
            west, south, east, north = box
            shown = [one for one in shown if west <= one["lon"] <= east and south <= one["lat"] <= north]
        return web.json_response({"patches": shown[:MOST], "more": len(shown) > MOST})

    async def _imports(self, _request: web.Request) -> web.Response:
        return web.json_response({"imports": [self._found()] if self.patches else []})

    async def _import(self, _request: web.Request) -> web.Response:
        results = [one["result"] for one in self.patches]
        beat = {
            "beat": "b1", "beat_name": "果戈里网格", "patches": len(self.patches),
            "waiting": 0 if self.patch_tasks else results.count(""), "real": results.count("real"),
            "not_real": results.count("not_real"), "cases": results.count("case"),
            "tasks": self.patch_tasks,
        }  # fmt: skip
        return web.json_response({"found": self._found(), "beats": [beat] if self.patches else []})

    async def _release(self, request: web.Request) -> web.Response:
        body = await request.json()
        task = {
            "draft_id": "d1", "beat": body["beat"], "task_id": "t1", "unit_id": "app:21",
            "unit_name": "监督员一号", "state": "asked", "released_by": "sun.li", "released_at": now(),
        }  # fmt: skip
        self.patch_tasks.append(task)
        for place, one in enumerate(self.patches, start=1):
            one |= {"draft_id": "d1", "place": place}
        return self.once(body, task)

    async def _decide(self, request: web.Request) -> web.Response:
        body = await request.json()
        (one,) = [one for one in self.patches if one["patch_id"] == request.match_info["patch_id"]]
        one |= {"result": "real" if body["real"] else "not_real", "result_by": "sun.li"}
        return web.json_response(one)
