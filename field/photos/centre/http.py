"""Routes of photos: a terminal brings one in pieces with its ticket, people look at what is kept.

The terminal's two are in the spirit of tus 1.0 (HEAD says the offset, PATCH appends there); a photo is
created by its announcement over the broker, which has proved who the terminal is.
"""

# Annotations are evaluated here and now: FastAPI cannot see a closure's names in text.

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import AwareDatetime, BaseModel
from starlette.requests import ClientDisconnect

from core.actor import Actor
from core.errors import Conflict, Invalid, SonghuaError
from core.place import Position, distance_m
from core.routes import RoomRouter
from field.photos.centre.service import MOST_LISTED, Photos
from field.photos.model import MOST_PIECE, Photo, PhotoState

PIECE_DEADLINE_S = 120.0
"""A network that needs longer for a piece is better off with smaller ones."""


class PhotoView(BaseModel):
    """Of a department's or a camera's photo `unit_id` is empty. `place` is the terminal's word, `shown_place`
    (`lon`, `lat`) and `shown_at` the picture's own; without `reveal` they are empty, and `has_place`,
    `has_shown_place` say that there is one. `apart_m`: metres between the two.
    """

    photo_id: UUID
    unit_id: str
    department_id: str | None
    camera_code: str | None = None
    dispatch_id: UUID | None
    case_id: UUID | None
    state: PhotoState
    why: str
    size: int
    received: int
    sha256: str
    kind: str
    taken_at: AwareDatetime
    announced_at: AwareDatetime
    kept_at: AwareDatetime | None
    has_place: bool
    has_shown_place: bool
    apart_m: float | None
    place: Position | None
    shown_place: tuple[float, float] | None
    shown_at: str


class PhotoList(BaseModel):
    photos: list[PhotoView]


class WrongOffset(Conflict):
    kind = "wrong-offset"
    title = "The photo goes on elsewhere"


class OtherDigest(Conflict):
    kind = "other-digest"
    title = "All of it came and is not what was announced: it is to come again"


class NoPhoto(Invalid):
    kind = "no-photo"
    title = "This photo is not kept"


class TooLong(SonghuaError):
    kind = "piece-too-long"
    title = "A piece is too long"
    status = 413


class CutOff(SonghuaError):
    """Nobody reads this answer: the line is gone."""

    kind = "cut-off"
    title = "The line was cut in a piece"
    status = 400


class TooSlow(SonghuaError):
    kind = "piece-too-slow"
    title = "A piece did not come in time"
    status = 408


def router(photos: Photos, current_user: Callable[[Request], Awaitable[Actor]]) -> APIRouter:
    routes = RoomRouter(tags=["photos"])
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes
    Ticket = Annotated[str, Header(alias="Authorization", max_length=200)]  # noqa: N806

    @routes.head("/unit/photos/{photo_id}")
    async def where(photo_id: UUID, ticket: Ticket = "") -> Response:
        return _progress(await photos.where(photo_id, _token(ticket)))

    @routes.patch("/unit/photos/{photo_id}")
    async def bring(
        request: Request,
        photo_id: UUID,
        offset: Annotated[int, Header(alias="Upload-Offset", ge=0)],
        ticket: Ticket = "",
    ) -> Response:
        piece = await _body(request)
        photo, outcome = await photos.bring(photo_id, _token(ticket), offset, piece)
        if outcome == "elsewhere":
            raise WrongOffset(remedy="ask with HEAD where it goes on", offset=photo.received)
        if outcome == "again":
            raise OtherDigest(remedy="begin at 0", offset=0)
        if outcome == "refused" or (outcome == "over" and photo.why):
            raise NoPhoto(remedy="JPEG and PNG are kept, not too large", why=photo.why)
        return _progress(photo)

    @routes.get("/photos")
    async def listed(
        actor: User,
        case_id: UUID | None = None,
        dispatch_id: UUID | None = None,
        unit_id: Annotated[str | None, Query(max_length=64)] = None,
        reveal: bool = False,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100,
    ) -> PhotoList:
        found = await photos.listed(
            actor, case_id=case_id, dispatch_id=dispatch_id, unit_id=unit_id, reveal=reveal, limit=limit
        )
        return PhotoList(photos=[_view(photo, reveal=reveal) for photo in found])

    @routes.get("/photos/{photo_id}")
    async def look(actor: User, photo_id: UUID, original: bool = False) -> Response:
        photo, data = await photos.look(actor, photo_id, original=original)
        name = f"{photo_id}.{'png' if photo.kind == 'image/png' else 'jpg'}"
        return Response(
            data, media_type=photo.kind, headers={"Content-Disposition": f"inline; filename={name}"}
        )

    return routes


async def _body(request: Request) -> bytes:
    """The piece. Raises `TooLong`, `TooSlow`; a cut line is nobody's error."""
    piece = bytearray()
    try:
        async with asyncio.timeout(PIECE_DEADLINE_S):
            async for part in request.stream():
                piece += part
                if len(piece) > MOST_PIECE:
                    raise TooLong(f"at most {MOST_PIECE} bytes")
    except TimeoutError as error:
        raise TooSlow(remedy="send smaller pieces") from error
    except ClientDisconnect as error:
        raise CutOff(remedy="ask with HEAD where it goes on") from error
    return bytes(piece)


def _token(header: str) -> str:
    return header.removeprefix("Bearer ")


def _progress(photo: Photo) -> Response:
    headers = {
        "Upload-Offset": str(photo.received),
        "Upload-Length": str(photo.size),
        "Photo-State": photo.state.value,
    }
    return Response(status_code=204, headers=headers)


def _view(photo: Photo, *, reveal: bool) -> PhotoView:
    shown = None
    if photo.shown_lon is not None and photo.shown_lat is not None:
        shown = (photo.shown_lon, photo.shown_lat)
    apart = None
    if photo.place is not None and shown is not None:
        apart = distance_m(photo.place, Position(lon=shown[0], lat=shown[1], accuracy_m=1))
    return PhotoView(
        photo_id=photo.photo_id, unit_id=photo.unit_id if photo.is_of_unit else "",
        department_id=photo.department_id, camera_code=photo.camera_code,
        dispatch_id=photo.dispatch_id, case_id=photo.case_id,
        state=photo.state, why=photo.why, size=photo.size,
        received=photo.received, sha256=photo.sha256, kind=photo.kind, taken_at=photo.taken_at,
        announced_at=photo.announced_at, kept_at=photo.kept_at, has_place=photo.place is not None,
        has_shown_place=shown is not None, apart_m=None if apart is None else round(apart, 1),
        place=photo.place if reveal else None, shown_place=shown if reveal else None,
        shown_at=photo.shown_at if reveal else "",
    )  # fmt: skip
