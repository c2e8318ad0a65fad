"""The unit's page in a real Chromium, on the real broker and the whole service: a crew's day in short; and
beside it a filed case on the desk, where the crew's photo and the texts both ways are.
"""

from __future__ import annotations

import asyncio
import json
import urllib.request
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cdr.recordings.vault import keys
from core.storage.schema import outbox
from tests.console.page import Page, new_page
from tests.console.phone import allow_position, photograph, slow
from tests.console.seats import sit_at_desk, take_terminal
from tests.field.pictures import PLACE, jpeg, png
from tests.peers.chromium import ChromiumPeer
from tests.real.field_case import UID, a_case, dispatch, step_of
from tests.real.service import SUPERVISOR, WholeService
from tests.speech.fakes import OBEDIENT
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]


CREW = "南岗市政 17"


@dataclass(frozen=True, slots=True)
class City:
    """A case is filed, and its call goes on."""

    service: WholeService
    password: str
    call: str
    case: str

    @property
    def address(self) -> str:
        return self.service.service.address

    def looks(self) -> int:
        """How often somebody looked at a photo, as the audit has it."""
        found = self.service.ask_database("SELECT count(*) FROM identity_audit WHERE action = 'photo-look'")
        return int(found[0][0])

    def photos(self) -> set[Path]:
        """The photos that the centre keeps."""
        return set((self.service.service.folder / "photos").rglob("*.enc"))

    def said(self, order: str) -> list[str]:
        """The steps of this dispatch that the role radio has emitted, each as often as it was."""
        rows = self.service.ask_database(
            f"SELECT envelope FROM {outbox.name} WHERE destination = 'bus' ORDER BY seq"
        )
        events = [json.loads(row[0]) for row in rows]
        return [
            str(event["step"])
            for event in events
            if event["type"] == "field.unit_reported" and event["dispatch_id"] == order
        ]

    async def order(self) -> str:
        return await asyncio.to_thread(dispatch, self.service, self.case)

    async def step(self, order: str, wanted: str, *, seconds: float = 30) -> None:
        def there() -> bool:
            return step_of(self.service, self.case, order) == wanted

        await asyncio.to_thread(wait_for, there, f"step {wanted}", seconds)

    async def get(self, path: str) -> Any:
        return await asyncio.to_thread(self.service.supervisor.get, path)

    async def post(self, path: str, **body: Any) -> Any:
        op = {"op_id": str(uuid.uuid4())}
        return await asyncio.to_thread(self.service.supervisor.post, path, op | body)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("city")
    key = folder / "recordings.key"
    keys.init(key, datetime.now(UTC))
    # Nobody's words count here.
    speech = {"engine": OBEDIENT, "model": str(folder)}
    overrides = {"cdr": {"recordings_key_file": str(key)}, "speech": speech}
    with WholeService(folder, agents=1, overrides=overrides) as service:
        citizen = service.dial(seconds=600)
        call = service.talking(citizen, 40)
        case = a_case(service, call)
        issued = service.supervisor.post("/api/units", {"unit_id": UID, "name": CREW})
        yield City(service, issued["password"], call, case)
        service.hang_up_all(citizen)


@pytest.fixture
async def terminal(city: City, chromium: ChromiumPeer) -> AsyncIterator[Page]:
    """The page on a phone, signed in with the credentials that were issued."""
    async with new_page(chromium) as page:
        await take_terminal(page, city.address, UID, city.password)
        yield page
        await page.click("sign-out")


@pytest.fixture
async def desk(city: City, chromium: ChromiumPeer) -> AsyncIterator[Page]:
    """The supervisor's page, with the call's case before him."""
    async with new_page(chromium) as page:
        await sit_at_desk(page, city.address, SUPERVISOR.id, SUPERVISOR.password)
        await page.click(f"call-{city.call}")
        await page.until("document.querySelector('[data-testid=case-number]') !== null", "the case")
        yield page


async def test_the_desk_sees_what_the_crew_took_and_they_write_to_each_other(
    city: City, terminal: Page, desk: Page, tmp_path: Path
) -> None:
    order = await city.order()
    await terminal.until_text(f"job-{order}", "公滨路5号")
    await terminal.click("job-accepted")
    await desk.until_attribute("dispatch-step", "data-step", "accepted", seconds=20)
    (tmp_path / "井盖.png").write_bytes(png())
    await photograph(terminal, "job-photo", tmp_path / "井盖.png")
    await terminal.until_attribute("photo", "data-state", "kept", seconds=40)
    await desk.until_attribute("case-photos", "data-count", "1", seconds=30)
    await desk.until_text("case-photos", CREW)
    # Nothing was looked at until somebody opens it; then it is in the audit, once.
    assert city.looks() == 0
    await desk.run("document.querySelector('[data-testid=case-photos] button').focus()")
    await desk.press("Enter")
    await desk.until("document.querySelector('[data-testid=photo-shown]')?.naturalWidth === 4", "the photo")
    assert city.looks() == 1

    await desk.fill("text-words", "学府路封闭，请绕行")
    await desk.press("Enter")
    await terminal.click("view-texts")
    await terminal.until_text("texts", "请绕行")
    shown = "document.querySelector('[data-testid=case-texts] li.down').dataset.state"
    await desk.until(f"{shown} === 'displayed'", "that the crew has it on its screen", seconds=20)
    await desk.until_text("case-texts", SUPERVISOR.name)
    await terminal.fill("text-words", "收到")
    await terminal.click("text-send")
    await desk.until_text("case-texts", "收到")
    answer = "document.querySelector('[data-testid=case-texts] li.up')"
    await desk.until(f"{answer}?.dataset.state === 'received'", "the crew's text")
    await desk.run(f"{answer}.querySelector('button').focus()")
    await desk.press("Enter")
    await desk.until(f"{answer}.dataset.state === 'read'", "that it was read")
    path = f"/api/units/{UID}/texts?limit=1"
    (text,) = (await asyncio.to_thread(city.service.supervisor.get, path))["texts"]
    assert (text["state"], text["read_by"]) == ("read", SUPERVISOR.id)
    assert desk.errors == []
    await terminal.click("view-jobs")
    await terminal.click("job-returned")
    await terminal.fill("job-words", "交给下一班")
    await terminal.click("job-send")
    await city.step(order, "returned")


async def test_a_job_goes_through_its_steps_and_is_given_back_with_a_reason(
    city: City, terminal: Page
) -> None:
    order = await city.order()
    await terminal.until_text(f"job-{order}", "公滨路5号")
    for button, step in (("accepted", "accepted"), ("on-the-way", "on_the_way"), ("arrived", "arrived")):
        await terminal.click(f"job-{button}")
        await city.step(order, step)
    # The map draws under the service's own content policy.
    await terminal.click("view-map")
    await terminal.until_attribute("map", "data-state", "drawn", seconds=20)
    await terminal.click(f"row-{order}")
    assert [error for error in terminal.errors if "Content Security Policy" in error] == []
    await terminal.click("job-returned")
    await terminal.fill("job-words", "不在本辖区")
    await terminal.click("job-send")
    await city.step(order, "returned")
    await terminal.until_attribute("outbox", "data-unconfirmed", "0")
    steps = ["delivered", "displayed", "accepted", "on_the_way", "arrived", "returned"]
    assert city.said(order) == steps


async def test_a_photo_goes_on_after_the_centre_was_killed_and_is_kept_as_it_was_taken(
    city: City, terminal: Page, tmp_path: Path
) -> None:
    order = await city.order()
    await terminal.click("job-accepted")
    await city.step(order, "accepted")
    kept_before = city.photos()
    data = jpeg(noise=4_000_000)
    (tmp_path / "井盖.jpg").write_bytes(data)
    await allow_position(terminal, *PLACE)
    await terminal.click("location-agree")
    await terminal.until_attribute("location", "data-state", "on")
    await slow(terminal, bytes_a_second=800_000)
    await photograph(terminal, "job-photo", tmp_path / "井盖.jpg")
    percent = "Number(/(\\d+)%/.exec(document.querySelector('[data-testid=photo]')?.innerText ?? '')?.[1])"
    before = await terminal.until(f"{percent} >= 20 && {percent}", "a fifth of the photo at the centre")
    await asyncio.to_thread(city.service.process("centre").kill)
    await slow(terminal, bytes_a_second=-1)
    await terminal.until_attribute("photo", "data-state", "kept", seconds=60)
    assert before < 100
    (row,) = (await city.get(f"/api/photos?dispatch_id={order}"))["photos"]
    assert (row["state"], row["size"], row["case_id"]) == ("kept", len(data), city.case)
    assert (row["has_place"], row["has_shown_place"], row["place"], row["shown_place"]) == (
        True,
        True,
        None,
        None,
    )
    assert row["apart_m"] < 50
    (shown,) = (await city.get(f"/api/photos?dispatch_id={order}&reveal=true"))["photos"]
    assert shown["shown_place"] == pytest.approx(PLACE, abs=1e-6)
    path = f"/api/photos/{row['photo_id']}"
    assert b"Exif" not in await asyncio.to_thread(fetch, city, path)
    assert await asyncio.to_thread(fetch, city, f"{path}?original=true") == data
    (kept,) = city.photos() - kept_before
    assert kept.read_bytes().startswith(b"SGREC1")
    assert [file.name for file in (city.service.service.folder / "photos" / "coming").iterdir()] == []
    await terminal.click("job-returned")
    await terminal.fill("job-words", "交给下一班")
    await terminal.click("job-send")
    await city.step(order, "returned")


async def test_what_was_said_while_the_broker_was_dead_comes_once_each_and_in_order(
    city: City, terminal: Page
) -> None:
    order = await city.order()
    await terminal.until_text(f"job-{order}", "公滨路5号")
    await city.step(order, "displayed")
    await asyncio.to_thread(city.service.broker.kill)
    try:
        await terminal.until_attribute("unit-link", "data-state", "offline", seconds=20)
        for button in ("accepted", "on-the-way", "arrived", "done"):
            await terminal.click(f"job-{button}")
        await terminal.fill("job-words", "已换新井盖")
        await terminal.click("job-send")
        await terminal.until_attribute("outbox", "data-unconfirmed", "4")
        # Switched off and on again without a network.
        await terminal.command("Page.reload")
        await terminal.until_attribute("outbox", "data-unconfirmed", "4")
    finally:
        await asyncio.to_thread(city.service.broker.start)
    await city.step(order, "done", seconds=40)
    await terminal.until_attribute("outbox", "data-unconfirmed", "0", seconds=40)
    assert city.said(order) == ["delivered", "displayed", "accepted", "on_the_way", "arrived", "done"]


async def test_an_emergency_is_told_to_the_desk_until_a_person_answers_by_name(
    city: City, terminal: Page
) -> None:
    screen = await asyncio.to_thread(city.service.screen)
    kind = "field.emergency_changed"
    await terminal.click("emergency-button", hold_s=2.2)
    await terminal.until_attribute("emergency", "data-state", "heard", seconds=20)
    await asyncio.to_thread(screen.wait, lambda: screen.of(kind, what="escalated"), "the next one asked", 30)
    (raised,) = screen.of(kind, what="raised")
    assert (raised.event["unit_id"], raised.event["asked"]) == (UID, "dispatcher")
    assert screen.of(kind, what="escalated")[0].event["asked"] == "next_dispatcher"
    alarm = raised.event["alarm_id"]
    await city.post(f"/api/emergencies/{alarm}/acknowledge")
    await terminal.until_text("emergency-told", "赵磊 已应答")
    (row,) = (await city.get("/api/emergencies"))["emergencies"]
    assert (row["state"], row["acknowledged_by"]) == ("acknowledged", "赵磊")
    assert row["repeats"] >= 4
    await city.post(f"/api/emergencies/{alarm}/clear", note="误按")
    await terminal.until_text("emergency-told", "误按")
    assert (await city.get("/api/emergencies"))["emergencies"] == []
    await terminal.click("emergency-put-away")


async def test_dispatcher_and_crew_write_to_each_other(city: City, terminal: Page) -> None:
    screen = await asyncio.to_thread(city.service.screen)
    kind = "field.text_changed"
    sent = await city.post(f"/api/units/{UID}/texts", text="学府路封闭，请绕行")
    await terminal.until_text("unread", "1")
    await terminal.click("view-texts")
    await terminal.until_text("texts", "请绕行")
    displayed = {"text_id": sent["text_id"], "state": "displayed"}
    await asyncio.to_thread(screen.wait, lambda: screen.of(kind, **displayed), "that it was displayed", 20)
    await terminal.fill("text-words", "收到")
    await terminal.click("text-send")
    await asyncio.to_thread(screen.wait, lambda: screen.of(kind, way="up"), "the crew's text", 20)
    (said,) = (await city.get("/api/texts?unread=true"))["texts"]
    assert said["text"] == "收到"
    await city.post(f"/api/texts/{said['text_id']}/read")
    assert (await city.get("/api/texts?unread=true"))["texts"] == []


async def test_an_inspector_answers_a_task_with_a_photo_and_reports_by_himself(
    city: City, terminal: Page, tmp_path: Path
) -> None:
    agent = city.service.seats[0].visitor
    await asyncio.to_thread(
        city.service.supervisor.patch,
        f"/api/units/{UID}",
        {"op_id": str(uuid.uuid4()), "skills": ["inspector"]},
    )
    draft = await asked(agent.post, f"/api/calls/{city.call}/drafts", {})
    mine = f"/api/drafts/{draft['draft_id']}/verifications"
    await asked(agent.post, mine, {"unit_id": UID, "words": "还在吗"})
    await terminal.until("document.querySelector('[data-testid=task-accept]') !== null", "the task")
    await terminal.click("task-accept")
    (tmp_path / "现场.png").write_bytes(png())
    await photograph(terminal, "task-photo", tmp_path / "现场.png")
    await terminal.until_attribute("photo", "data-state", "kept", seconds=40)
    await terminal.click("task-answer")
    await terminal.click("task-confirmed")
    await terminal.fill("task-words", "确实没有井盖")
    await terminal.click("task-send")

    def answered() -> dict[str, Any]:
        one: dict[str, Any] = agent.get(mine)["verifications"][0]
        return one if one["state"] == "answered" and one["photos"] else {}

    found = await asyncio.to_thread(wait_for, answered, "the answer", 30)
    assert (found["finding"], found["answer"]) == ("confirmed", "确实没有井盖")
    photo = f"/api/verifications/{found['task_id']}/photos/{found['photos'][0]['photo_id']}"
    assert (await asyncio.to_thread(fetch, city, photo)).startswith(b"\x89PNG")
    # The page learns that its unit is an inspector when it connects.
    await terminal.command("Page.reload")
    await terminal.click("view-report")
    await terminal.fill("report-text", "公滨路7号井盖松动，车一过就响")
    await terminal.click("report-send")
    await terminal.until_attribute("report", "data-state", "accepted", seconds=30)

    def waiting() -> bool:
        drafts = agent.get("/api/drafts/waiting")["drafts"]
        return [one["source"] for one in drafts] == ["inspector"]

    await asyncio.to_thread(wait_for, waiting, "the report in the queue", 30)


async def asked(post: Any, path: str, body: dict[str, Any]) -> Any:
    return await asyncio.to_thread(post, path, {"op_id": str(uuid.uuid4())} | body)


def fetch(city: City, path: str) -> bytes:
    visitor = city.service.supervisor
    wanted = urllib.request.Request(city.service.service.address + path, headers={"Cookie": visitor.cookie})
    with urllib.request.urlopen(wanted, timeout=20) as answer:
        return bytes(answer.read())
