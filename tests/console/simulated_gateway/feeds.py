"""Feeds of other systems, and their newest events."""

from __future__ import annotations

from aiohttp import web

from core.ids import uuid7
from tests.console.simulated_gateway.answers import Json, now
from tests.console.simulated_gateway.edge import SimulatedEdge


class SimulatedFeeds(SimulatedEdge):
    """`feeds` by name with their events; `strangers` asked for others."""

    def __init__(self) -> None:
        super().__init__()
        self.feeds: dict[str, tuple[Json, list[Json]]] = {}
        self.strangers = 0

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            *super().routes(),
            web.get("/api/feeds", self._all_feeds),
            web.get("/api/feeds/{name}", self._one_feed),
            web.get("/api/feeds/{name}/events/{event_id}/plate", self._plate),
        ]

    # What a test lets happen ---------------------------------------------------------------------

    def feed(self, name: str, title: str, *, silent: bool = False, **refused: int) -> None:
        shown: Json = {
            "name": name, "title": title, "events": 0, "waiting": 0, "most_waiting": 10_000,
            "last": None, "silent": silent, "refused": refused, "certificate": False,
        }  # fmt: skip
        self.feeds[name] = shown, []

    def feed_event(self, name: str, source_id: str, state: str = "drafted", fate: str = "kept") -> str:
        """Its id."""
        shown, events = self.feeds[name]
        event_id = str(uuid7())
        events.insert(0, {
            "event_id": event_id, "source_id": source_id, "received_at": now(), "occurred_at": now(),
            "kind": "1039", "category": "", "place": "南岗区果戈里大街与民益街交口", "plate": "黑A***45",
            "has_plate": True, "state": state, "joined_to": None, "report_id": None,
            "pictures": [{"sha256": "5e" * 32, "size": 90_000, "fate": fate}],
        })  # fmt: skip
        shown |= {
            "events": len(events), "last": now(), "waiting": sum(one["state"] == "waiting" for one in events),
        }  # fmt: skip
        return event_id

    # What the pages ask for ----------------------------------------------------------------------

    async def _all_feeds(self, _request: web.Request) -> web.Response:
        shown = [one for one, _ in self.feeds.values()]
        return web.json_response({"feeds": shown, "strangers": self.strangers})

    async def _one_feed(self, request: web.Request) -> web.Response:
        shown, events = self.feeds[request.match_info["name"]]
        return web.json_response({"feed": shown, "events": events})

    async def _plate(self, _request: web.Request) -> web.Response:
        return web.json_response({"plate": "黑A12345"})
