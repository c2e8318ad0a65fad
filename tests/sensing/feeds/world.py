"""A room of feeds behind its routes, with a source and a queue of drafts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import httpx2 as httpx
from fastapi import Depends, FastAPI, Request

from core.actor import Actor, Role
from core.ids import uuid7
from core.routes import add_routes
from core.storage import Storage
from gateway.web import problems
from gateway.web.text import whole_text
from sensing.feeds.drafting import FeedDrafting
from sensing.feeds.evidence import FeedPictures
from sensing.feeds.http import feed_routes
from sensing.feeds.intake import FeedIntake
from sensing.feeds.plates import PlateSeal
from sensing.feeds.service import FeedRegister
from sensing.feeds.settings import FeedSettings
from sensing.ports import FeedDraft
from tests.cases.parts.trail import RememberedTrail
from tests.peers.simulated_feed_source import SimulatedFeedSource

ADMIN = Actor("root", "管理员", frozenset({Role.ADMIN}))
SUPERVISOR = Actor("ma", "马班长", frozenset({Role.SUPERVISOR}))
AGENT = Actor("wang", "王坐席", frozenset({Role.AGENT}))
PEOPLE = {one.id: one for one in (ADMIN, SUPERVISOR, AGENT)}
SECRET: Final = "the-secret-of-the-police"
FIELDS: Final = {
    "event_id": "eventId", "occurred_at": "captureTime", "kind": "type", "text": "describe",
    "plate": "vehicle.plate", "place": "location.name", "lon": "location.lon", "lat": "location.lat",
    "pictures": "images.*.url",
}  # fmt: skip


def police(**changed: Any) -> FeedSettings:
    """The settings of the source."""
    given = {"title": "电子警察", "secret": SECRET, "fields": FIELDS, "categories": {"1039": "x@1/E0407"}}
    return FeedSettings.model_validate(given | changed)


@dataclass
class RememberedDrafts:
    """Fills `sensing.ports.FeedDrafts`."""

    kept: dict[UUID, FeedDraft] = field(default_factory=dict)
    puts: int = 0

    async def put(self, draft: FeedDraft) -> UUID:
        self.puts += 1
        self.kept.setdefault(draft.event_id, draft)
        return draft.event_id

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.kept.values()]


class FeedWorld:
    """`certificate` is what the proxy says of each connection."""

    def __init__(self, storage: Storage, client: httpx.AsyncClient, **changed: Any) -> None:
        self.storage, self._client = storage, client
        self.settings = police(**changed)
        self.source = SimulatedFeedSource(SECRET)
        self.trail = RememberedTrail()
        self.drafts = RememberedDrafts()
        self.certificate = ""
        seal = PlateSeal("the-key-of-all-plates")
        feeds = {"police": self.settings}
        self.intake = FeedIntake(storage, feeds, seal)
        self.register = FeedRegister(storage, feeds, self.trail, seal, 90)
        self.drafting = FeedDrafting(
            "police", self.settings, storage, self.intake, FeedPictures(), self.drafts
        )

    @property
    def now(self) -> int:
        return int(self.storage.clock.now().timestamp())

    async def post(
        self, body: bytes, headers: dict[str, str] | None = None, *, name: str = "police"
    ) -> httpx.Response:
        """Signed by the source, unless `headers` say otherwise."""
        signed = self.source.signed(body, at=self.now) if headers is None else headers
        return await self._client.post(f"/api/feed-events/{name}", content=body, headers=signed)

    async def get(self, who: Actor, path: str) -> httpx.Response:
        return await self._client.get(f"/api{path}", headers={"x-user": who.id})

    async def drafted(self) -> None:
        """Until nothing waits."""
        while await self.drafting.work():
            await asyncio.sleep(0)


@asynccontextmanager
async def feed_world(storage: Storage, **changed: Any) -> AsyncIterator[FeedWorld]:
    def signed_in(request: Request) -> Actor:
        return PEOPLE[request.headers["x-user"]]

    app = FastAPI(dependencies=[Depends(whole_text)])
    problems.install(app)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        world = FeedWorld(storage, client, **changed)
        routes = feed_routes(world.intake, world.register, signed_in, lambda _asked: world.certificate)
        add_routes(app.router, routes, "/api")
        await world.intake.look()
        yield world


def new_id() -> str:
    return f"evt_{uuid7().hex}"
