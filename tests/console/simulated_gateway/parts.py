"""The part register, cells and beats, as the desk's pages ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.console.simulated_gateway.answers import Json, problem

if TYPE_CHECKING:
    from tests.console.simulated_gateway.drafts import SimulatedDrafts


def part(number: int, label: str, address: str) -> Json:
    """A lamp post in the Nangang district."""
    return {
        "part_id": f"2301030137{number:06d}", "label": label, "name": "路灯",
        "category": "gbt30428.2@2013/P0137", "district": "230103", "address": address,
        "owner": "市路灯管理处", "authority": "市城管局", "maintainer": "路灯养护公司", "state": "完好",
        "cell": "",
        "position": {"lon": 126.66, "lat": 45.75, "accuracy_m": 0.5}, "metres": None,
    }  # fmt: skip


PARTS = [part(1, "HX-1023", "学府路74号"), part(2, "HX-1023", "中山路80号"), part(3, "HX-1100", "学府路90号")]
BEAT = {
    "beat_id": "garden-1", "name_zh": "花园一号", "name_en": "Garden 1", "cells": 120, "units": ["app:17"],
    "people": ["wang.wei"],
}  # fmt: skip
GRID = {
    "version": 2, "made_at": "2026-11-30T08:00:00Z", "source": "districts.geojson",
    "areas": [
        {"code": "230103", "name_zh": "南岗区", "name_en": "Nangang District", "cells": 18_304,
         "without_beat": 12, "synthetic": False},
        {"code": "230104", "name_zh": "道外区", "name_en": "Daowai District", "cells": 61_877,
         "without_beat": 61_877, "synthetic": True},
    ],
    "beats": [BEAT],
}  # fmt: skip


FAR = 0.15


def square(west: float, south: float, east: float, north: float, at: int) -> Json:
    wide, high = (east - west) / 5, (north - south) / 5
    left, low = west + wide * (1 + at % 3), south + high * (1 + at // 3)
    ring = [(left, low), (left + wide, low), (left + wide, low + high), (left, low + high), (left, low)]
    beat = BEAT if at % 3 == 0 else {"beat_id": "", "name_zh": "", "name_en": ""}
    return {
        "type": "Feature",
        "properties": {
            "cell": f"2301030000000{at:02d}", "beat": beat["beat_id"], "name_zh": beat["name_zh"],
            "name_en": beat["name_en"],
        },
        "geometry": {"type": "MultiPolygon", "coordinates": [[[list(point) for point in ring]]]},
    }  # fmt: skip


def routes(gateway: SimulatedDrafts) -> list[web.AbstractRouteDef]:
    async def find(request: web.Request) -> web.Response:
        q = request.query.get("q", "")
        found = [one for one in PARTS if one["label"].startswith(q.upper()) or one["part_id"].startswith(q)]
        return web.json_response({"parts": found, "total": len(PARTS)})

    async def one(request: web.Request) -> web.Response:
        wanted = request.match_info["part_id"]
        found = next((each for each in PARTS if each["part_id"] == wanted), None)
        return (
            problem(404, "no such part", kind="no-such-part") if found is None else web.json_response(found)
        )

    async def choose(request: web.Request) -> web.Response:
        body = await request.json()
        draft = gateway.drafts[request.match_info["draft_id"]]
        chosen = next((each for each in PARTS if each["part_id"] == body["part_id"]), None)
        draft["part"] = chosen
        if chosen is not None:
            address = draft["fields"]["address"]
            user = gateway.user_of(request) or {}
            address |= {
                "value": chosen["address"], "by": "agent", "shown": "sure", "confidence": 1.0,
                "rev": address["rev"] + 1, "author": user.get("id", ""), "author_name": user.get("name", ""),
            }  # fmt: skip
        draft["rev"] += 1
        await gateway.tell("cases.draft_changed", call_id=draft["call_id"], draft=draft)
        return gateway.once(body, draft)

    async def bring(request: web.Request) -> web.Response:
        applied = "op_id" in request.query
        report: dict[str, Any] = {
            "encoding": "gb18030", "added": 1, "changed": 0, "same": 0, "refused": 0, "applied": applied,
            "lines": [{"line": 2, "key": "2301030137000009", "act": "add", "changes": [], "problems": []}],
        }  # fmt: skip
        return web.json_response(report)

    async def grid(_request: web.Request) -> web.Response:
        return web.json_response(GRID)

    async def at(_request: web.Request) -> web.Response:
        cell = {"cell": "230103000000017", "district": "230103", "street": "", "beat": BEAT}
        return web.json_response(cell)

    async def cells(request: web.Request) -> web.Response:
        """A few squares in the middle of what is asked for, those to the west of a beat; none from far."""
        west, south, east, north = (float(request.query[name]) for name in ("west", "south", "east", "north"))
        if east - west > FAR:
            return web.json_response({"type": "FeatureCollection", "features": [], "truncated": True})
        found = [square(west, south, east, north, at) for at in range(9)]
        return web.json_response({"type": "FeatureCollection", "features": found, "truncated": False})

    return [
        web.get("/api/grid/cells", cells),
        web.get("/api/parts", find),
        web.get("/api/parts/{part_id}", one),
        web.post("/api/parts/import", bring),
        web.post("/api/drafts/{draft_id}/part", choose),
        web.get("/api/grid", grid),
        web.get("/api/grid/cell", at),
    ]
