"""Cameras near a case, and the pictures that they took."""

from __future__ import annotations

from aiohttp import ClientSession, web

from tests.console.simulated_gateway.answers import Json, now, problem
from tests.console.simulated_gateway.edge import SimulatedEdge
from tests.sensing.test_pictures import jpeg


class SimulatedCameras(SimulatedEdge):
    """`cameras` see every case; `no_picture` is why none of them gives one. Live views are the
    product's own, served at `live_at`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.cameras: list[Json] = []
        self.snapshots: list[Json] = []
        self.no_picture = ""
        self.live_at = ""
        self.presets = {"1": "路口东", "2": "路口西"}
        self.steered_by = ""
        self.turned: list[Json] = []
        self.recordings: list[Json] = []
        self.searches: list[Json] = []
        self.playbacks: list[Json] = []
        self.clips: list[Json] = []
        self.clip_video = b""
        self.moves: list[Json] = []
        """What was asked of moves by hand, each with its `act`."""

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            *super().routes(),
            web.get("/api/cameras", self._all_cameras),
            web.get("/api/cameras/near", self._near_cameras),
            web.post("/api/cameras/{code}/snapshots", self._take_picture),
            web.get("/api/snapshots", self._snapshots_of),
            web.get("/api/snapshots/{snapshot_id}", self._snapshot_shown),
            web.get("/api/cameras/{code}/presets", self._presets_of),
            web.post("/api/cameras/{code}/preset", self._turn),
            web.post("/api/cameras/{code}/preset/release", self._let_go),
            web.get("/api/cameras/{code}/steering", self._steering),
            web.post("/api/cameras/{code}/move", self._move),
            web.post("/api/cameras/{code}/move/{act:hold|stop}", self._move),
            web.post("/api/cameras/{code}/live", self._passed_on),
            web.get("/api/cameras/{code}/recordings", self._recordings_of),
            web.post("/api/cameras/{code}/playback", self._played),
            web.post("/api/cameras/{code}/clips", self._ask_clip),
            web.get("/api/clips", self._clips_of),
            web.get("/api/clips/{clip_id}/video", self._clip_shown),
            web.get("/api/live-views/{view_id}/video", self._passed_on),
            web.post("/api/live-views/{view_id}/{act:extend|end}", self._passed_on),
            web.post("/api/snapshots/{snapshot_id}/moment", self._mark_snapshot),
        ]

    async def _passed_on(self, request: web.Request, path: str = "") -> web.StreamResponse:
        """To the routes of live views, and what they answer back as it comes."""
        async with (
            ClientSession() as session,
            session.request(
                request.method, self.live_at + (path or request.path_qs), data=await request.read(),
                headers={"Content-Type": "application/json"},
            ) as answer,
        ):  # fmt: skip
            out = web.StreamResponse(status=answer.status)
            out.content_type = answer.content_type
            await out.prepare(request)
            async for data in answer.content.iter_any():
                await out.write(data)
            return out

    # What a test lets happen ---------------------------------------------------------------------

    def camera(
        self, code: str, name: str, metres: float, *, state: str = "up", why: str = "", source: str = "rtsp",
        moved: bool = False, alarm: bool = False, link_lost: bool = False,
    ) -> None:  # fmt: skip
        self.cameras.append({
            "code": code, "name": name, "gb_id": "", "lon": 126.65, "lat": 45.75, "height_m": 6.0,
            "azimuth": 90.0, "view_angle": 60.0, "near_m": 0.0, "far_m": 200.0,
            "kind": "ptz" if code.startswith("D") else "fixed", "owner": "市公安局", "in_use": True,
            "has_address": True, "state": state, "since": now(), "why": why, "metres": metres,
            "source": source, "turns": source == "onvif", "moved_at": now() if moved else None,
            "records": source == "gb28181",
            "steerable": code.startswith("D") and source in {"onvif", "gb28181"},
            "alarm_at": now() if alarm else None, "link_lost_at": now() if link_lost else None,
        })  # fmt: skip

    # What the pages ask for ----------------------------------------------------------------------

    async def _all_cameras(self, _request: web.Request) -> web.Response:
        return web.json_response({"cameras": self.cameras})

    async def _near_cameras(self, _request: web.Request) -> web.Response:
        return web.json_response({"cameras": self.cameras, "placed": bool(self.cameras), "invented": False})

    async def _take_picture(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.no_picture:
            return problem(502, "no picture", kind="no-picture-from-camera", why=self.no_picture)
        made = {
            "snapshot_id": body["op_id"], "code": request.match_info["code"], "case_id": "k1",
            "case_number": body["case_number"], "taken_at": now(),
            "taken_by": (self.user_of(request) or {}).get("id", ""), "sha256": "5e" * 32, "size": 1000,
            "moment": "",
        }  # fmt: skip
        self.snapshots.insert(0, made)
        return self.once(body, made)

    async def _presets_of(self, _request: web.Request) -> web.Response:
        presets = [{"token": token, "name": name} for token, name in self.presets.items()]
        seconds = 60.0 if self.steered_by else 0.0
        return web.json_response({"presets": presets, "steered_by": self.steered_by, "seconds": seconds})

    async def _turn(self, request: web.Request) -> web.Response:
        body, who = await request.json(), (self.user_of(request) or {}).get("id", "")
        if self.steered_by not in {"", who}:
            return problem(409, "steered", kind="camera-steered", by=self.steered_by, seconds=42.0)
        self.steered_by = who
        self.turned.append(body)
        chosen = {"token": body["preset"], "name": self.presets[body["preset"]]}
        return self.once(body, {"preset": chosen, "seconds": 60.0})

    async def _recordings_of(self, request: web.Request) -> web.Response:
        self.searches.append(dict(request.query))
        return web.json_response({"recordings": self.recordings})

    async def _played(self, request: web.Request) -> web.StreamResponse:
        """What is recorded looks like what is there now."""
        self.playbacks.append(await request.json())
        return await self._passed_on(request, f"/api/cameras/{request.match_info['code']}/live")

    async def _ask_clip(self, request: web.Request) -> web.Response:
        body = await request.json()
        made = {
            "clip_id": body["op_id"], "code": request.match_info["code"], "case_id": "k1",
            "case_number": body["case_number"], "plays_from": body["begin"], "plays_to": body["end"],
            "asked_at": now(), "asked_by": (self.user_of(request) or {}).get("id", ""), "state": "taking",
            "why": "", "kept_at": None, "seconds": None, "sha256": "", "size": 0,
        }  # fmt: skip
        self.clips.insert(0, made)
        return self.once(body, made)

    async def _clips_of(self, _request: web.Request) -> web.Response:
        """Each is kept when it was listed once."""
        listed = [dict(one) for one in self.clips]
        for one in self.clips:
            one |= {"state": "kept", "kept_at": now(), "seconds": 2.0, "sha256": "c1" * 32, "size": 9}
        return web.json_response({"clips": listed})

    async def _clip_shown(self, _request: web.Request) -> web.Response:
        return web.Response(body=self.clip_video, content_type="video/mp4")

    async def _steering(self, _request: web.Request) -> web.Response:
        return web.json_response({
            "steered_by": self.steered_by, "seconds": 60.0 if self.steered_by else 0.0,
        })  # fmt: skip

    async def _move(self, request: web.Request) -> web.Response:
        act, who = request.match_info.get("act", "move"), (self.user_of(request) or {}).get("id", "")
        self.moves.append({**await request.json(), "act": act})
        if act == "stop":
            return web.Response(status=204)
        if self.steered_by not in {"", who}:
            return problem(409, "steered", kind="camera-steered", by=self.steered_by, seconds=42.0)
        self.steered_by = who
        return web.json_response({"steered_by": who, "seconds": 60.0, "hold_s": 2.0})

    async def _let_go(self, _request: web.Request) -> web.Response:
        self.steered_by = ""
        return web.Response(status=204)

    async def _snapshots_of(self, _request: web.Request) -> web.Response:
        return web.json_response({"snapshots": self.snapshots})

    async def _mark_snapshot(self, request: web.Request) -> web.Response:
        moment = (await request.json())["moment"]
        for one in self.snapshots:
            if one["snapshot_id"] == request.match_info["snapshot_id"]:
                one["moment"] = moment
                return web.json_response(one)
            if one["moment"] == moment:
                one["moment"] = ""
        return problem(404, "no such picture", kind="no-such-snapshot")

    async def _snapshot_shown(self, _request: web.Request) -> web.Response:
        return web.Response(body=jpeg("steelblue"), content_type="image/jpeg")
