"""Talkgroups, their floors, the networks that carry them and what was said there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from aiohttp import web

from cdr.playback.sound import SILENCE
from cdr.recordings.audio import player_head
from tests.console.simulated_gateway.answers import Json, none_of, now, one_of
from tests.console.simulated_gateway.edge import SimulatedEdge


class SimulatedRadio(SimulatedEdge):
    """`floors` and `networks` are what the pages see."""

    def __init__(self) -> None:
        super().__init__()
        self.talkgroups = [{"tg_id": "app:daoli", "name_zh": "道里", "name_en": "Daoli"}]
        self.floors: dict[str, Json] = {}
        self.networks: dict[str, Json] = {}
        # What was said in a talkgroup, by whether its silence is dropped; and the queries for it.
        self.recalls: dict[tuple[str, str], Json] = {}
        self.recalled: list[tuple[str, dict[str, str]]] = []

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            *super().routes(),
            web.get("/api/patches", none_of("patches")),
            web.get("/api/talkgroups", self._list_talkgroups),
            web.get("/api/talkgroups/{tg_id}", self._get_talkgroup),
            web.get("/api/networks", self._list_networks),
            web.get("/api/talkgroups/{talkgroup}/playback/transmissions", self._recall_talks),
            web.get("/api/talkgroups/{talkgroup}/playback", self._recall_sound),
        ]

    def state(self) -> Json:
        return super().state() | {"floors": list(self.floors.values())}

    # What a test lets happen ---------------------------------------------------------------------

    async def floor(self, talkgroup: str, stage: str, talker: str = "", **more: Any) -> None:
        """A talkgroup's floor, as floor control tells it."""
        since = now() if talker else None
        floor = {
            "talkgroup": talkgroup,
            "stage": stage,
            "talker": talker,
            "talker_name": "",
            "priority": None,
        }
        self.floors[talkgroup] = {**floor, "emergency": False, "since": since, "waiting": 0, **more}
        await self.tell("radio_bridge.floor_changed", **self.floors[talkgroup])

    async def network(
        self, network: str, *links: tuple[str, bool, str, str], lacks: tuple[str, ...] = (), **more: Any
    ) -> None:
        """How a network is, as the role `radio` tells it; a link is its talkgroup, whether it is up, why not,
        and the same in Chinese.
        """
        shown = [dict(zip(("talkgroup", "up", "why", "why_zh"), link, strict=True)) for link in links]
        state = "up" if all(link[1] for link in links) else "degraded"
        told = {"network": network, "driver": network, "state": state, "why": "", "why_zh": ""}
        self.networks[network] = {**told, "links": shown, "can": [], "lacks": list(lacks), **more}
        await self.tell("radio_bridge.network_changed", **self.networks[network])

    def said_there(
        self, talkgroup: str, *talks: Json, seconds: float = 60.0, silence: str = "drop", **more: Any
    ) -> None:
        """What is recalled of a talkgroup. Of a talk: `ago` and `long` in seconds (None: it goes on), and its
        span in the sound, `from_s` and `until_s`; anything else as the contract has it.
        """
        until = datetime.now(UTC)
        found = []
        for talk in talks:
            began = until - timedelta(seconds=talk["ago"])
            long = talk["long"]
            told = {
                "talk_id": None if long is None else str(uuid4()), "party": "svx:CREW-A", "name": "",
                "emergency": False, "came_from": "", "began_at": began.isoformat(),
                "ended_at": None if long is None else (began + timedelta(seconds=long)).isoformat(),
                "recorded_s": talk["until_s"] - talk["from_s"],
            }  # fmt: skip
            found.append(told | {key: value for key, value in talk.items() if key not in {"ago", "long"}})
        self.recalls[talkgroup, silence] = {
            "talkgroup": talkgroup, "since": (until - timedelta(seconds=600)).isoformat(),
            "until": until.isoformat(), "silence": silence, "seconds": seconds, "talks": found, "gaps": [],
            "recordings": [{"recording_id": str(uuid4())}], **more,
        }  # fmt: skip

    # What the pages ask for ----------------------------------------------------------------------

    async def _list_talkgroups(self, _request: web.Request) -> web.Response:
        return web.json_response({"talkgroups": self.talkgroups})

    async def _get_talkgroup(self, request: web.Request) -> web.Response:
        return one_of(self.talkgroups, "tg_id", request.match_info["tg_id"])

    async def _list_networks(self, _request: web.Request) -> web.Response:
        return web.json_response({"networks": [{"age_s": 0.0, **one} for one in self.networks.values()]})

    async def _recall_talks(self, request: web.Request) -> web.Response:
        return web.json_response(self._recall("talks", request))

    async def _recall_sound(self, request: web.Request) -> web.Response:
        """As the gateway makes it: A-law, here all of silence."""
        size = round(self._recall("sound", request)["seconds"] * 8_000)
        return web.Response(body=player_head("recall.alaw", size) + SILENCE * size, content_type="audio/wav")

    def _recall(self, what: str, request: web.Request) -> Json:
        self.recalled.append((what, dict(request.query)))
        return self.recalls[request.match_info["talkgroup"], request.query["silence"]]
