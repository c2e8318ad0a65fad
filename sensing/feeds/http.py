"""Routes of feeds: where sources post, and what people see of it."""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from core.actor import Actor
from core.models import Frozen
from core.routes import RoomRouter
from sensing.feeds.intake import FeedIntake
from sensing.feeds.model import FeedEvent
from sensing.feeds.service import FeedRegister, KnownFeed
from sensing.feeds.store import FeedEventState, StoredFeedEvent
from sensing.ports import CertificateOf, CurrentUser

SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **FeedEvent.model_json_schema(),
}


class FeedReceipt(Frozen):
    """The event is stored under `event_id`; `again`: it was before."""

    event_id: UUID
    again: bool


class FeedView(Frozen):
    """A source. `refused` counts by cause since it was set up; `waiting` events have no draft yet."""

    name: str
    title: str
    events: int
    waiting: int
    most_waiting: int
    last: datetime | None
    silent: bool
    refused: dict[str, int]
    certificate: bool


class FeedList(Frozen):
    """`strangers`: requests to names that are none."""

    feeds: list[FeedView]
    strangers: int


class FeedPictureView(Frozen):
    sha256: str
    size: int
    fate: str


class FeedEventView(Frozen):
    """`plate` is masked; `has_plate`: it is stored sealed. `joined_to`: the event that it is one with."""

    event_id: UUID
    source_id: str
    received_at: datetime
    occurred_at: datetime
    kind: str
    category: str
    place: str
    plate: str
    has_plate: bool
    state: FeedEventState
    joined_to: UUID | None
    report_id: UUID | None
    pictures: list[FeedPictureView]


class FeedEvents(Frozen):
    """`events` are the newest, first the last."""

    feed: FeedView
    events: list[FeedEventView]


class FeedPlate(Frozen):
    plate: str


def feed_routes(
    intake: FeedIntake, register: FeedRegister, user: CurrentUser, certificate_of: CertificateOf
) -> APIRouter:
    routes = RoomRouter(tags=["feeds"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/feed-events/schema")
    async def schema() -> dict[str, Any]:
        """The JSON Schema of an event."""
        return SCHEMA

    @routes.post("/feed-events/{name}", status_code=202)
    async def take(name: str, request: Request) -> FeedReceipt:
        """Post an event, signed as docs/feeds.md says. 202: it is stored. 429: send it again later."""
        headers = {key.lower(): value for key, value in request.headers.items()}
        event_id, again = await intake.take(name, headers, request.stream(), certificate_of(request))
        return FeedReceipt(event_id=event_id, again=again)

    @routes.get("/feeds")
    async def listed(actor: person) -> FeedList:
        """All sources."""
        found = await register.listed(actor)
        return FeedList(feeds=[feed_view(one) for one in found], strangers=await register.strangers())

    @routes.get("/feeds/{name}")
    async def one(name: str, actor: person) -> FeedEvents:
        """A source, and its newest events with their plates masked."""
        feed, events = await register.one(actor, name)
        return feed_events_view(feed, events)

    @routes.get("/feeds/{name}/events/{event_id}/plate")
    async def plate(name: str, event_id: UUID, actor: person) -> FeedPlate:
        """The whole plate; audited."""
        return FeedPlate(plate=await register.plate(actor, name, event_id))

    return routes


def feed_view(one: KnownFeed) -> FeedView:
    """Without its secret and its networks."""
    settings, backlog = one.settings, one.backlog
    return FeedView(
        name=one.name, title=settings.title, events=backlog.events, waiting=backlog.waiting,
        most_waiting=settings.most_waiting, last=backlog.last, silent=one.silent,
        refused=dict(one.refused), certificate=bool(settings.certificate),
    )  # fmt: skip


def feed_events_view(feed: KnownFeed, events: Sequence[StoredFeedEvent]) -> FeedEvents:
    return FeedEvents(feed=feed_view(feed), events=[_event(one) for one in events])


def _event(one: StoredFeedEvent) -> FeedEventView:
    return FeedEventView(
        event_id=one.event_id, source_id=one.shown_id, received_at=one.received_at,
        occurred_at=one.occurred_at, kind=one.kind, category=one.category, place=one.place,
        plate=one.plate, has_plate=one.plate_sealed is not None, state=one.state,
        joined_to=one.joined_to, report_id=one.report_id,
        pictures=[FeedPictureView(sha256=it.sha256, size=it.size, fate=it.fate) for it in one.evidence],
    )  # fmt: skip
