"""Units, texts with them, their photos and their emergencies."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.console.simulated_gateway.answers import Json, none_of, now, one_of, problem
from tests.console.simulated_gateway.edge import SimulatedEdge
from tests.field.pictures import png


class SimulatedField(SimulatedEdge):
    """`units`, `texts`, `photos` and `emergencies` are what the pages see."""

    def __init__(self) -> None:
        super().__init__()
        self.units: dict[str, Json] = {
            "app:17": self._unit("app:17", "南岗一队", online=True),
            "app:18": self._unit("app:18", "香坊二队", online=False),
        }
        self.emergencies: dict[str, Json] = {}
        self.photos: list[Json] = []
        self.texts: dict[str, Json] = {}

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            *super().routes(),
            web.get("/api/units", self._list_units),
            web.get("/api/units/nearest", self._nearest),
            web.get("/api/units/places", none_of("places")),
            web.get("/api/dispatches/overdue", none_of("dispatches")),
            web.get("/api/gazetteer/search", none_of("places")),
            web.get("/api/units/{unit_id}", self._get_unit),
            web.get("/api/units/{unit_id}/texts", self._list_texts),
            web.post("/api/units/{unit_id}/texts", self._write_text),
            web.post("/api/texts/{text_id}/read", self._read_text),
            web.get("/api/photos", self._list_photos),
            web.get("/api/photos/{photo_id}", self._look_at_photo),
            web.post("/api/emergencies/{alarm_id}/{act:acknowledge|clear}", self._emergency_act),
        ]

    def state(self) -> Json:
        return super().state() | {
            "units": list(self.units.values()),
            "emergencies": list(self.emergencies.values()),
        }

    # What a test lets happen ---------------------------------------------------------------------

    async def emergency(self, alarm_id: str, **changes: Any) -> None:
        """A crew calls for help, or what has become of it since."""
        blank = {
            "alarm_id": alarm_id,
            "unit_id": "app:17",
            "kind": "alarm",
            "talkgroup": "app:daoli",
            "case_id": None,
            "state": "raised",
            "asked": "dispatcher",
            "raised_at": now(),
            "repeats": 1,
            "position": None,
            "position_at": None,
            "acknowledged_by": "",
            "note": "",
        }
        told = {**self.emergencies.get(alarm_id, blank), **changes}
        self.emergencies[alarm_id] = told
        if told["state"] == "cleared":
            del self.emergencies[alarm_id]
        await self.tell("field.emergency_changed", **told)

    def photo(self, photo_id: str, case_id: str, unit_id: str = "app:17", *, state: str = "kept") -> None:
        """A crew has taken one; nothing tells of it."""
        one = {"photo_id": photo_id, "case_id": case_id, "unit_id": unit_id, "state": state}
        self.photos.insert(0, {**one, "taken_at": now()})

    async def text(self, text_id: str, words: str, *, way: str, state: str, unit_id: str = "app:17") -> None:
        """A text with a unit as it is now; its event has no name of who wrote it."""
        by = "" if way == "up" else "li.na"
        one = {"text_id": text_id, "unit_id": unit_id, "way": way, "state": state, "text": words}
        fresh = {"said_at": now(), "at": now(), "by": by, "by_name": by and "李娜", "read_by": ""}
        self.texts[text_id] = {**self.texts.get(text_id, fresh), **one}
        event = {key: value for key, value in self.texts[text_id].items() if key not in {"by_name", "at"}}
        await self.tell("field.text_changed", **event, taken_at=self.texts[text_id]["at"])

    # What the pages ask for ----------------------------------------------------------------------

    async def _list_units(self, _request: web.Request) -> web.Response:
        return web.json_response({"units": list(self.units.values())})

    async def _get_unit(self, request: web.Request) -> web.Response:
        return one_of(self.units.values(), "unit_id", request.match_info["unit_id"])

    async def _nearest(self, _request: web.Request) -> web.Response:
        """Each unit, a kilometre further than the one before."""
        ranked = [
            {
                "unit_id": one["unit_id"], "name": one["name"], "online": one["online"], "jobs": 0,
                "metres": 1000.0 * place, "accuracy_m": 8.0, "age_s": 12.0, "reasons": [],
            }
            for place, one in enumerate(self.units.values(), 1)
        ]  # fmt: skip
        return web.json_response({"units": ranked})

    async def _list_texts(self, request: web.Request) -> web.Response:
        unit_id = request.match_info["unit_id"]
        found = [text for text in self.texts.values() if text["unit_id"] == unit_id]
        return web.json_response({"texts": found[::-1]})

    async def _write_text(self, request: web.Request) -> web.Response:
        body = await request.json()
        unit_id = request.match_info["unit_id"]
        await self.text(body["op_id"], body["text"], way="down", state="queued", unit_id=unit_id)
        return self.once(body, self.texts[body["op_id"]])

    async def _read_text(self, request: web.Request) -> web.Response:
        body = await request.json()
        text_id = request.match_info["text_id"]
        await self.text(text_id, self.texts[text_id]["text"], way="up", state="read")
        return self.once(body, self.texts[text_id])

    async def _list_photos(self, request: web.Request) -> web.Response:
        found = [photo for photo in self.photos if photo["case_id"] == request.query["case_id"]]
        return web.json_response({"photos": found})

    async def _look_at_photo(self, request: web.Request) -> web.Response:
        if request.match_info["photo_id"] not in {photo["photo_id"] for photo in self.photos}:
            return problem(404, "no such photo", kind="unknown-photo")
        return web.Response(body=png(), content_type="image/png")

    async def _emergency_act(self, request: web.Request) -> web.Response:
        body = await request.json()
        alarm_id, act = request.match_info["alarm_id"], request.match_info["act"]
        user = self.user_of(request) or {}
        told = {"acknowledge": {"state": "acknowledged", "acknowledged_by": user.get("name", "")}}
        await self.emergency(alarm_id, **told.get(act, {"state": "cleared", "note": body.get("note", "")}))
        return self.once(body, self.emergencies.get(alarm_id) or {"alarm_id": alarm_id, "state": "cleared"})

    # The shapes of things ------------------------------------------------------------------------

    def _unit(self, unit_id: str, name: str, *, online: bool) -> Json:
        lists = ("crew", "bearers", "groups", "aliases", "addresses", "devices", "skills")
        return {
            "unit_id": unit_id, "name": name, "network": "app", "online": online, "status": "free",
            "last_heard": now(), "heard_by": "", "vehicle": "", "shift": None, "on_shift": None,
            "revoked_at": None, **{key: [] for key in lists},
        }  # fmt: skip
