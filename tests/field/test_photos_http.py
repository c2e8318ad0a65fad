"""The routes of photos: pieces with a ticket, what is refused and how, and who is shown what."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Collection, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI, Request
from httpx2 import ASGITransport, AsyncClient, Response
from starlette.types import Message

from core.actor import Actor, Role
from core.ids import uuid7
from core.routes import add_routes
from field.photos.centre import http
from field.photos.centre.files import PhotoFiles
from field.photos.centre.http import router
from field.photos.centre.service import Photos
from field.photos.model import MOST_PIECE, Announced
from field.photos.radio.tickets import PhotoTickets
from gateway.web.guard import RequestGuard
from gateway.web.problems import install
from tests.field.conftest import UNIT, City
from tests.field.pictures import PLACE, exif, jpeg
from tests.field.test_photos import NOW, PlainVault

DATA = jpeg(noise=9000, tiff=exif(turned=6))


class Desk:
    """The routes as the web serves them, and the terminal's side of the broker."""

    def __init__(self, city: City, folder: Path) -> None:
        self.city = city
        self.roles = frozenset({Role.DISPATCHER})
        self.audited: list[str] = []
        self.tickets = PhotoTickets(city.storage, city.driver)
        photos = Photos(
            city.storage, PhotoFiles(folder, PlainVault()), self,
            case_of=self.no_case, districts_of=self.no_districts, coming_days=7, loose_days=30,
        )  # fmt: skip
        app = FastAPI()
        install(app)
        add_routes(app.router, router(photos, self.current_user), "/api")
        self.app = RequestGuard(app, "default-src 'self'")

    async def current_user(self, _request: Request) -> Actor:
        return Actor("anna", "安娜", self.roles)

    async def no_districts(self, _case_ids: Collection[UUID]) -> dict[UUID, str | None]:
        return {}

    async def no_case(self, _dispatch_id: UUID) -> None:
        return None

    async def record(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        self.audited.append(f"{actor.id} {action} {subject}")

    async def announce(self, data: bytes = DATA) -> str:
        photo_id = uuid7()
        digest = hashlib.sha256(data).hexdigest()
        await self.tickets.announce(Announced(photo_id, UNIT, len(data), digest, NOW, uuid7()))
        return f"/unit/photos/{photo_id}"

    async def ask(self, method: str, path: str, **more: object) -> Response:
        """`more` as the client takes it; with the newest ticket unless headers say otherwise."""
        headers = {"X-Songhua": "1", "Authorization": f"Bearer {self.city.driver.tickets[-1][1]}"}
        given = {str(key): str(value) for key, value in dict(more.pop("headers", {})).items()}  # type: ignore[call-overload]
        async with AsyncClient(transport=ASGITransport(self.app), base_url="http://desk") as client:
            return await client.request(method, f"/api{path}", headers={**headers, **given}, **more)  # type: ignore[arg-type]

    async def bring(self, path: str, offset: int, piece: bytes) -> Response:
        return await self.ask("PATCH", path, headers={"Upload-Offset": offset}, content=piece)


@pytest.fixture
def desk(city: City, tmp_path: Path) -> Desk:
    return Desk(city, tmp_path)


def progress(answer: Response) -> tuple[int, str, str]:
    return answer.status_code, answer.headers["Upload-Offset"], answer.headers["Photo-State"]


async def test_a_photo_comes_in_pieces_and_goes_on_where_the_centre_says(desk: Desk) -> None:
    path = await desk.announce()
    assert progress(await desk.ask("HEAD", path)) == (204, "0", "coming")
    assert progress(await desk.bring(path, 0, DATA[:5000])) == (204, "5000", "coming")
    elsewhere = await desk.bring(path, 0, DATA[:5000])
    assert (elsewhere.status_code, elsewhere.json()["offset"]) == (409, 5000)
    more_than_announced = await desk.bring(path, 5000, DATA[5000:] + b"x")
    assert (more_than_announced.status_code, more_than_announced.json()["offset"]) == (409, 5000)
    assert progress(await desk.bring(path, 5000, DATA[5000:])) == (204, str(len(DATA)), "kept")
    # The answer to the last piece was lost: the terminal asks, or brings it again.
    assert progress(await desk.ask("HEAD", path)) == (204, str(len(DATA)), "kept")
    assert progress(await desk.bring(path, 5000, DATA[5000:])) == (204, str(len(DATA)), "kept")


async def test_without_its_ticket_there_is_no_such_photo(desk: Desk) -> None:
    path = await desk.announce()
    for value in ("", "Bearer ", "Bearer x", "Basic YTpi"):
        headers = {"Authorization": value, "Upload-Offset": "0"}
        answer = await desk.ask("PATCH", path, headers=headers, content=DATA[:10])
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:songhua:problem:unknown-photo")
    assert progress(await desk.ask("HEAD", path)) == (204, "0", "coming")


async def test_what_is_no_photo_is_refused_by_name_and_other_mistakes_by_others(desk: Desk) -> None:
    """A terminal drops its copy for `no-photo` alone."""
    page = b"<svg onload='alert(1)'/>"
    path = await desk.announce(page)
    refused = await desk.bring(path, 0, page)
    assert (refused.status_code, refused.json()["type"], refused.json()["why"]) == (
        422, "urn:songhua:problem:no-photo", "no-picture",
    )  # fmt: skip
    again = await desk.bring(path, 0, page)
    assert again.json()["type"] == "urn:songhua:problem:no-photo"
    path = await desk.announce()
    for offset, piece, status in ((-1, b"x", 422), (0, bytes(MOST_PIECE + 1), 413)):
        answer = await desk.bring(path, offset, piece)
        assert answer.status_code == status
        assert answer.json().get("type") != "urn:songhua:problem:no-photo"
    assert progress(await desk.ask("HEAD", path)) == (204, "0", "coming")


async def test_a_line_that_is_cut_in_a_piece_counts_nothing_and_breaks_nothing(desk: Desk) -> None:
    path = await desk.announce()
    sent: list[Message] = []
    coming: list[Message] = [
        {"type": "http.request", "body": DATA[:3000], "more_body": True}, {"type": "http.disconnect"},
    ]  # fmt: skip

    async def receive() -> Message:
        return coming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    ticket = f"Bearer {desk.city.driver.tickets[-1][1]}".encode()
    scope = {
        "type": "http", "method": "PATCH", "path": f"/api{path}", "raw_path": b"", "query_string": b"",
        "headers": [(b"x-songhua", b"1"), (b"authorization", ticket), (b"upload-offset", b"0")],
        "http_version": "1.1", "scheme": "http", "server": ("desk", 80), "client": ("phone", 1),
        "root_path": "",
    }  # fmt: skip
    await desk.app(scope, receive, send)
    assert sent[0]["status"] == 400
    assert progress(await desk.ask("HEAD", path)) == (204, "0", "coming")


async def test_a_piece_that_does_not_come_is_not_waited_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "PIECE_DEADLINE_S", 0.05)
    path = await desk.announce()

    async def drops() -> AsyncIterator[bytes]:
        for byte in DATA[:100]:
            await asyncio.sleep(0.01)
            yield bytes([byte])

    answer = await desk.ask("PATCH", path, headers={"Upload-Offset": 0}, content=drops())
    assert answer.status_code == 408
    assert progress(await desk.ask("HEAD", path)) == (204, "0", "coming")


@pytest.mark.parametrize(
    ("role", "lists", "reveals", "looks", "original"),
    [
        (Role.AGENT, 403, 403, 403, 403), (Role.UNIT, 403, 403, 403, 403), (Role.ADMIN, 403, 403, 403, 403),
        (Role.ACCEPTOR, 200, 403, 200, 403), (Role.DISPATCHER, 200, 200, 200, 403),
        (Role.SUPERVISOR, 200, 200, 200, 200),
    ],
)  # fmt: skip
async def test_who_sees_what_of_a_photo_is_written_down(
    desk: Desk, role: Role, lists: int, reveals: int, looks: int, original: int
) -> None:
    path = await desk.announce()
    await desk.bring(path, 0, DATA)
    name = path.rpartition("/")[2]
    desk.roles = frozenset({role})
    asked = ["/photos", "/photos?reveal=true", f"/photos/{name}", f"/photos/{name}?original=true"]
    answers = [await desk.ask("GET", one) for one in asked]
    assert [answer.status_code for answer in answers] == [lists, reveals, looks, original]
    wanted = [
        (reveals, "photos-reveal photos:all"), (looks, f"photo-look photo:{name}"),
        (original, f"photo-original photo:{name}"),
    ]  # fmt: skip
    assert desk.audited == [f"anna {what}" for status, what in wanted if status == 200]
    if lists == 200:
        (seen,) = answers[0].json()["photos"]
        assert (seen["has_shown_place"], seen["shown_place"], seen["shown_at"]) == (True, None, "")
    if reveals == 200:
        assert answers[1].json()["photos"][0]["shown_place"] == pytest.approx(PLACE, abs=1e-6)
    if looks == 200:
        assert b"2026:11:25" not in answers[2].content
        assert (answers[2].headers["Content-Type"], answers[2].headers["X-Content-Type-Options"]) == (
            "image/jpeg", "nosniff",
        )  # fmt: skip
    if original == 200:
        assert answers[3].content == DATA
