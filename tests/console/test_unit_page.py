"""The unit's page in a real Chromium over a real Mosquitto with the accounts and rights that Songhua renders.

The centre is simulated by one MQTT client.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import aiomqtt
import pytest

from cases.events import VerificationFinding
from core.ids import uuid7
from field.contract.mobile import codec, crew
from field.contract.mobile import whereabouts as field
from field.contract.mobile.messages import UP, Payload, StatusMessage, said_at
from field.delivery.radio.asked import TalkRequest
from field.inspectors.radio.reports import InspectorReport
from field.wechat.messages import CrewWeChatAnswer, CrewWeChatAsk, CrewWeChatBinding
from tests.console.page import Page
from tests.console.phone import allow_position, photograph
from tests.console.simulated_gateway import SimulatedGateway, now, serving
from tests.console.test_accessibility import faults
from tests.console.test_desk_look import BEYOND, WIDER
from tests.console.test_desk_page import clean, picture
from tests.field.pictures import jpeg
from tests.mqtt.broker import RenderedBroker
from tests.peers.program import PeerFailed
from tests.waiting import until

pytestmark = pytest.mark.real

DIST_UNIT = Path(__file__).parents[2] / "console" / "dist" / "unit"
KEPT_FILES = """(async () => {
  const worker = await navigator.serviceWorker.ready;
  if (worker.active?.state !== "activated") return null;
  const names = (await caches.keys()).filter((name) => name.startsWith("songhua-unit-"));
  if (names.length !== 1) return null;
  return (await (await caches.open(names[0])).keys()).map((one) => new URL(one.url).pathname);
})()"""
CLOCK_BEHIND = """(() => {
  const RightDate = Date, wrong = -86400000;
  globalThis.Date = class extends RightDate {
    constructor(...given) { if (given.length) super(...given); else super(RightDate.now() + wrong); }
    static now() { return RightDate.now() + wrong; }
  };
})()"""
KEPT = """(async () => {
  const database = await new Promise((done) => {
    const asked = indexedDB.open("songhua-unit");
    asked.onsuccess = () => done(asked.result);
  });
  const all = (ask) => new Promise((done) => { ask.onsuccess = () => done(ask.result); });
  const of = (store) => database.transaction(store).objectStore(store);
  return WANTED;
})()"""
BYTES_KEPT = KEPT.replace(
    "WANTED",
    "Promise.all((await all(of('photos').getAllKeys())).map("
    "async (name) => [name, (await all(of('photos').get(name))).size]))",
)
ALL_KEPT = KEPT.replace("WANTED", "JSON.stringify([await all(of('texts').getAll()), {...localStorage}])")
UID = "app:17"
PASSWORD = "a-long-password-of-a-unit"
CODE = "abcd2345"
ROOT = f"v1/harbin/unit/{UID}"
JOB = {
    "dispatch_id": "0198f0aa-0000-7000-8000-0000000000e1",
    "case_number": "230103-20261125-0001",
    "category": "雨水井盖",
    "place": "南岗区 学府路74号",
    "position": None,
    "description": "门口井盖丢了，晚上走路危险",
    "urgent": True,
}


class SimulatedCentre:
    """Says jobs and receipts, and keeps what units said, once each; read with the real models."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self._seq = 0
        self.receipts = True
        self.answers_hello = False
        self.inspector = False
        self.wechats: dict[UUID, CrewWeChatBinding] = {}
        self.wechat_acts: list[str] = []
        self.heard: list[tuple[str, Payload]] = []
        self.online: list[bool] = []

    async def listen(self) -> None:
        async for message in self._client.messages:
            kind = message.topic.value.rsplit("/", 1)[-1]
            body = json.loads(bytes(message.payload))
            if kind == "state":
                self.online.append(body["online"])
                continue
            if kind == "voice":
                await self.no_voice(body)
                continue
            if kind == "wechat":
                await self.about_wechat(CrewWeChatAsk.model_validate(body))
                continue
            said = (UP | crew.UP | field.UP | {"talk": TalkRequest, "report": InspectorReport})[
                kind
            ].model_validate(body)
            # At least once on the wire, once by `msg_id`, as the real centre counts.
            if all(said.msg_id != before.msg_id for _kind, before in self.heard):
                self.heard.append((kind, said))
            if kind == "hello" and self.answers_hello:
                await self.sync()
            if kind not in {"hello", "location", "affiliate"} and self.receipts:
                await self.receipt(said)

    async def receipt(self, said: Payload, reason: str = "") -> None:
        body = {"cmd": "receipt", "of": str(said.msg_id), "dispatch_id": None, "reason": reason}
        await self._say("cmd", body)

    async def job(self, **changed: Any) -> None:
        await self._say("case", {"job": JOB | changed})

    async def text(self, words: str) -> None:
        await self._say("text", {"text": words, "by": "李娜"})

    async def groups(self, *groups: field.GroupBody) -> None:
        await self._say("groups", {"groups": [group.model_dump() for group in groups]})

    async def about_alarm(self, cmd: str, alarm_id: object, *, by: str, reason: str = "") -> None:
        body = {"cmd": cmd, "alarm_id": str(alarm_id), "by": by, "of": None, "dispatch_id": None}
        await self._say("cmd", {**body, "reason": reason})

    async def no_voice(self, ask: dict[str, Any]) -> None:
        """The centre has no switch."""
        answer = {"of": ask["msg_id"], "talkgroup": ask["talkgroup"], "cause": "no_voice"}
        head = {"msg_id": str(uuid7()), "seq": 0, "ts": now(), "schema": "unit.ticket/1"}
        await self._client.publish(f"{ROOT}/down/voice", json.dumps(head | answer), qos=1)

    async def about_wechat(self, ask: CrewWeChatAsk) -> None:
        self.wechat_acts.append(ask.act)
        if ask.act == "unbind" and ask.binding_id is not None:
            del self.wechats[ask.binding_id]
        answer = CrewWeChatAnswer(
            ts=datetime.now(UTC), of=ask.msg_id, code=CODE if ask.act == "code" else "", lasts_s=600.0,
            bindings=list(self.wechats.values()),
        )  # fmt: skip
        await self._client.publish(f"{ROOT}/down/wechat", codec.encode(answer), qos=1)

    def bind_wechat(self, *, silent: bool = False) -> UUID:
        bound = CrewWeChatBinding(binding_id=uuid7(), bound_at=datetime.now(UTC), silent=silent)
        self.wechats[bound.binding_id] = bound
        return bound.binding_id

    async def sync(self, *jobs: dict[str, Any]) -> None:
        await self._say("sync", {"jobs": list(jobs), "complete": True, "inspector": self.inspector})

    async def recall(self, reason: str) -> None:
        await self._say(
            "cmd", {"cmd": "recall", "dispatch_id": JOB["dispatch_id"], "of": None, "reason": reason}
        )

    async def _say(self, kind: str, body: dict[str, Any]) -> None:
        self._seq += 1
        head = {"msg_id": str(uuid7()), "seq": self._seq, "ts": now(), "schema": f"unit.{kind}/1"}
        await self._client.publish(f"{ROOT}/down/{kind}", json.dumps(head | body), qos=1)

    def steps(self) -> list[str]:
        return [str(getattr(said, "step", kind)) for kind, said in self.heard if kind != "hello"]

    async def until(self, steps: list[str]) -> None:
        with contextlib.suppress(PeerFailed):
            await until(lambda: self.steps() == steps, "these steps", 20)
        assert self.steps() == steps


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RenderedBroker]:
    peer = RenderedBroker(tmp_path_factory.mktemp("mosquitto"), units={UID: PASSWORD})
    peer.start()
    yield peer
    peer.close()


@pytest.fixture
async def centre(broker: RenderedBroker) -> AsyncIterator[SimulatedCentre]:
    password = broker.rendered.passwords["radio"]
    async with aiomqtt.Client("127.0.0.1", broker.port, username="radio", password=password) as client:
        await client.subscribe("v1/harbin/unit/+/up/#", qos=1)
        await client.subscribe("v1/harbin/unit/+/state", qos=1)
        simulated = SimulatedCentre(client)
        listener = asyncio.create_task(simulated.listen())
        yield simulated
        listener.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listener


@pytest.fixture
async def unit(page: Page, broker: RenderedBroker, centre: SimulatedCentre) -> AsyncIterator[Page]:
    """The page of `app:17`, signed in and connected."""
    gateway = SimulatedGateway(mqtt_ws_url=f"ws://127.0.0.1:{broker.websocket_port}")
    async with serving(gateway) as running:
        await page.size(430, 900)
        await page.open(f"{running.url}/unit/")
        await sign_in(page)
        yield page


async def sign_in(page: Page) -> None:
    await page.fill("sign-in-user", UID)
    await page.fill("sign-in-password", PASSWORD)
    await page.click("sign-in-submit")
    await page.until_attribute("unit-link", "data-state", "online")


async def test_a_job_goes_from_arrival_to_done_and_each_word_is_confirmed(
    unit: Page, centre: SimulatedCentre
) -> None:
    await centre.job()
    await unit.until_text(f"job-{JOB['dispatch_id']}", "学府路74号")
    await unit.click("job-accepted")
    await picture(unit, "unit-accepted")
    await unit.click("job-on-the-way")
    await unit.click("job-arrived")
    await unit.click("job-done")
    await unit.fill("job-words", "已换新井盖")
    await picture(unit, "unit-done")
    await unit.click("job-send")
    await centre.until(["delivered", "displayed", "accepted", "on_the_way", "arrived", "done"])
    assert getattr(centre.heard[-1][1], "note", "") == "已换新井盖"
    await unit.until_attribute("outbox", "data-unconfirmed", "0")
    await unit.until_attribute("outbox-done", "data-state", "accepted")
    numbers = [said.seq for _kind, said in centre.heard]
    assert numbers == list(range(1, len(numbers) + 1))
    assert centre.online[-1] is True
    clean(unit)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_an_inspector_answers_a_task_with_what_was_found(
    unit: Page, centre: SimulatedCentre, language: str
) -> None:
    await unit.size(390, 844)
    await unit.choose("language", language)
    due = datetime.now(UTC) + timedelta(minutes=30)
    await centre.job(kind="verification", due_at=due.isoformat(), case_number="40217")
    await unit.click("task-accept")
    await picture(unit, f"unit-task-{language}")
    assert await faults(unit) == []
    await unit.click("task-answer")
    await unit.click("task-differs")
    assert await unit.run("document.querySelector('[data-testid=task-send]').disabled")
    await unit.fill("task-words", "是雨水箅子，没有丢")
    await picture(unit, f"unit-task-answer-{language}")
    await unit.run("scrollTo(0, 0)")
    assert await faults(unit) == []
    await unit.click("task-send")
    await centre.until(["delivered", "displayed", "accepted", "done"])
    said = centre.heard[-1][1]
    assert isinstance(said, StatusMessage)
    assert (said.finding, said.note) == (VerificationFinding.DIFFERS, "是雨水箅子，没有丢")
    await unit.until_attribute("outbox", "data-unconfirmed", "0")
    clean(unit)


async def test_an_inspectors_report_without_a_network_waits_and_goes_out_once(
    unit: Page, broker: RenderedBroker, centre: SimulatedCentre, tmp_path: Path
) -> None:
    (tmp_path / "photo.jpg").write_bytes(jpeg())
    await unit.size(390, 844)
    assert not await unit.has("view-report"), "crews have jobs"
    centre.inspector = True
    await centre.sync()
    await unit.click("view-report")
    broker.program.signal(19)  # frozen: the line is there and nothing answers
    try:
        await unit.fill("report-text", "井盖松动，车一过就响")
        await unit.fill("report-place", "公滨路7号")
        await photograph(unit, "report-photo", tmp_path / "photo.jpg")
        await unit.until("document.querySelector('[data-testid=report-files]') !== null", "the photo")
        assert await faults(unit) == []
        await unit.click("report-send")
        await unit.until("document.querySelector('[data-testid=report]') !== null", "the report")
        # A device that is switched off and on again in between.
        await unit.command("Page.reload")
        await unit.click("view-report")
        await unit.until_attribute("report", "data-state", "waiting")
        await picture(unit, "unit-report")
        assert await faults(unit) == []
    finally:
        broker.program.signal(18)
    await unit.until_attribute("report", "data-state", "accepted")
    photo = await announced(centre, 1)
    said = [one for _, one in centre.heard if isinstance(one, InspectorReport)]
    assert [(one.text, one.place) for one in said] == [("井盖松动，车一过就响", "公滨路7号")]
    assert photo.dispatch_id == said[0].msg_id, "its photo comes after it, and names it"


async def test_an_inspector_declines_a_task_with_a_reason(unit: Page, centre: SimulatedCentre) -> None:
    await centre.job(kind="verification")
    await unit.click("task-decline")
    await unit.fill("task-words", "太远")
    await unit.click("task-send")
    await centre.until(["delivered", "displayed", "declined"])
    assert getattr(centre.heard[-1][1], "reason", "") == "太远"
    clean(unit)


def talks(centre: SimulatedCentre) -> list[TalkRequest]:
    return [said for _kind, said in centre.heard if isinstance(said, TalkRequest)]


async def next_talk(centre: SimulatedCentre, before: int) -> TalkRequest:
    """The crew's next request to talk with the citizen, after so many."""
    await until(lambda: len(talks(centre)) == before + 1, "request to talk")
    return talks(centre)[-1]


async def test_the_crew_reads_who_else_has_the_job_and_asks_for_the_citizen(
    unit: Page, centre: SimulatedCentre
) -> None:
    await centre.job(with_units=["道里二组"])
    await unit.until_text("job-with", "道里二组")
    await centre.job(with_units=["道里三组"])
    await unit.until_text("job-with", "道里三组")
    await unit.click("job-accepted")
    await centre.until(["delivered", "displayed", "accepted"])
    centre.receipts = False
    for reason, shown in (("unit-without-telephone", "noPhone"), ("", "ringing")):
        asked = len(talks(centre))
        await unit.click("job-citizen")
        await unit.until_attribute("job-citizen-state", "data-state", "asked")
        said = await next_talk(centre, asked)
        assert str(said.dispatch_id) == JOB["dispatch_id"]
        await centre.receipt(said, reason)
        await unit.until_attribute("job-citizen-state", "data-state", shown)
    clean(unit)


async def test_without_a_network_words_wait_and_go_out_once_when_it_is_back(
    unit: Page, centre: SimulatedCentre, broker: RenderedBroker
) -> None:
    await centre.job()
    await unit.until_text(f"job-{JOB['dispatch_id']}", "学府路74号")
    await centre.until(["delivered", "displayed"])
    await unit.until_attribute("outbox", "data-unconfirmed", "0")
    broker.program.signal(19)  # frozen: the line is there and nothing answers
    try:
        await unit.click("job-accepted")
        await unit.click("job-on-the-way")
        await unit.until_attribute("outbox", "data-unconfirmed", "2")
        # A device that is switched off and on again in between.
        await unit.command("Page.reload")
        await unit.until_attribute("outbox-on_the_way", "data-state", "waiting")
        await picture(unit, "unit-offline")
    finally:
        broker.program.signal(18)
    await centre.until(["delivered", "displayed", "accepted", "on_the_way"])
    await unit.until_attribute("outbox", "data-unconfirmed", "0")


async def test_a_message_without_a_receipt_stays_and_says_so(unit: Page, centre: SimulatedCentre) -> None:
    centre.receipts = False
    await centre.job()
    await unit.click("job-accepted")
    await centre.until(["delivered", "displayed", "accepted"])
    await unit.until_attribute("outbox-accepted", "data-state", "sent")
    assert await unit.attribute("outbox", "data-unconfirmed") == "3"
    for _kind, said in centre.heard[1:]:
        await centre.receipt(said)
    await unit.until_attribute("outbox", "data-unconfirmed", "0")


async def test_the_centre_takes_a_job_back_and_the_list_of_open_jobs_counts(
    unit: Page, centre: SimulatedCentre
) -> None:
    await centre.job()
    await unit.until_text(f"job-{JOB['dispatch_id']}", "学府路74号")
    await centre.recall("重复上报")
    await unit.until_text(f"job-{JOB['dispatch_id']}", "重复上报")
    second = JOB | {"dispatch_id": "0198f0aa-0000-7000-8000-0000000000e2"}
    await centre.sync(second)
    await unit.until_attribute(f"job-{second['dispatch_id']}", "data-step", "displayed")
    await centre.sync()
    await unit.until_attribute(f"job-{second['dispatch_id']}", "data-step", "gone")
    clean(unit)


async def test_the_page_opens_without_the_gateway_once_it_was_there(
    page: Page, broker: RenderedBroker, centre: SimulatedCentre
) -> None:
    async with serving(SimulatedGateway(mqtt_ws_url=f"ws://127.0.0.1:{broker.websocket_port}")) as gateway:
        await page.open(f"{gateway.url}/unit/")
        await sign_in(page)
        await centre.job()
        await page.until_text(f"job-{JOB['dispatch_id']}", "学府路74号")
        kept = await page.until(KEPT_FILES, "the page's own files on the device")
        await page.offline(True)
        await page.command("Page.reload")
        await page.until_text(f"job-{JOB['dispatch_id']}", "学府路74号")
        await page.offline(False)
    built = {f"/unit/{file.relative_to(DIST_UNIT)}" for file in DIST_UNIT.rglob("*") if file.is_file()}
    assert set(kept) == built - {"/unit/sw.js", "/unit/index.html"} | {"/unit/"}
    await page.command("Page.reload")
    await page.until_text(f"job-{JOB['dispatch_id']}", "学府路74号")
    await page.until_attribute("unit-link", "data-state", "online")
    await page.click("job-accepted")
    await centre.until(["delivered", "displayed", "accepted"])


async def test_a_wrong_password_is_said(page: Page, broker: RenderedBroker, centre: SimulatedCentre) -> None:
    async with serving(SimulatedGateway(mqtt_ws_url=f"ws://127.0.0.1:{broker.websocket_port}")) as gateway:
        await page.open(f"{gateway.url}/unit/")
        await page.fill("sign-in-user", "nonsense")
        await page.fill("sign-in-password", "x")
        await page.click("sign-in-submit")
        await page.until_text("sign-in-trouble", "app:17")
        await page.fill("sign-in-user", UID)
        await page.click("sign-in-submit")
        await page.until_text("sign-in-trouble", "口令不对")


async def test_a_scanned_code_enrols_the_terminal_once_and_leaves_no_trace(
    page: Page, broker: RenderedBroker, centre: SimulatedCentre
) -> None:
    code = "kX3-" * 8
    async with serving(SimulatedGateway(mqtt_ws_url=f"ws://127.0.0.1:{broker.websocket_port}")) as gateway:
        gateway.enrolments[code] = {"unit_id": UID, "password": PASSWORD}
        await page.open(f"{gateway.url}/unit/#enrol={code}")
        await page.until_text("enrol", "登记本终端")
        assert await page.run("location.href") == f"{gateway.url}/unit/"
        await picture(page, "unit-enrol")
        await page.click("enrol-submit")
        await page.until_text("enrolled-password", PASSWORD)
        await page.until_value("sign-in-user", UID)
        await page.click("sign-in-submit")
        await page.until_attribute("unit-link", "data-state", "online")
        await page.click("sign-out")
        await page.until_value("sign-in-user", UID)
        await page.open("about:blank")
        await page.open(f"{gateway.url}/unit/#enrol={code}")
        await page.until_text("enrol", "登记本终端")
        await page.click("enrol-submit")
        await page.until_text("enrol-trouble", "已用过")


def test_the_service_worker_and_the_manifest_are_built() -> None:
    worker = (DIST_UNIT / "sw.js").read_text()
    assert "/unit/assets/" in worker
    assert "VERSION" not in worker
    assert json.loads((DIST_UNIT / "manifest.webmanifest").read_text())["start_url"] == "/unit/"


async def test_a_browser_offers_to_install_the_page(unit: Page) -> None:
    await unit.until(KEPT_FILES, "the page's own files on the device")
    told = await unit.command("Page.getAppManifest")
    assert told["errors"] == []
    assert json.loads(told["data"])["display"] == "standalone"
    found = await unit.command("Page.getInstallabilityErrors")
    # The tab is a private one, where a browser installs nothing; a reason of ours would stand beside it.
    assert {one["errorId"] for one in found["installabilityErrors"]} <= {"in-incognito"}


async def test_without_a_network_only_the_password_of_the_last_sign_in_shows_what_is_kept(
    unit: Page, centre: SimulatedCentre, broker: RenderedBroker
) -> None:
    await centre.job()
    await unit.until_text(f"job-{JOB['dispatch_id']}", "学府路74号")
    await unit.until_attribute("outbox", "data-unconfirmed", "0")
    await unit.click("sign-out")
    broker.program.signal(19)
    try:
        await unit.fill("sign-in-user", UID)
        await unit.fill("sign-in-password", "a-guess")
        await unit.click("sign-in-submit")
        await unit.until_attribute("unit-link", "data-state", "unproved", seconds=20)
        assert not await unit.has(f"job-{JOB['dispatch_id']}")
        await unit.fill("sign-in-password", PASSWORD)
        await unit.click("sign-in-submit")
        await unit.until_text(f"job-{JOB['dispatch_id']}", "学府路74号")
    finally:
        broker.program.signal(18)
    await unit.until_attribute("unit-link", "data-state", "online", seconds=20)


async def test_a_terminal_whose_clock_is_a_day_behind_says_so_and_its_words_count_from_now(
    page: Page, broker: RenderedBroker, centre: SimulatedCentre
) -> None:
    centre.answers_hello = True
    async with serving(SimulatedGateway(mqtt_ws_url=f"ws://127.0.0.1:{broker.websocket_port}")) as gateway:
        await page.command("Page.addScriptToEvaluateOnNewDocument", source=CLOCK_BEHIND)
        await page.open(f"{gateway.url}/unit/")
        await sign_in(page)
        await page.until_text("clock-off", "慢24 小时")
        await centre.job()
        await page.click("job-accepted")
        await centre.until(["delivered", "displayed", "accepted"])
        await page.until_attribute("outbox", "data-unconfirmed", "0")
    said = centre.heard[-1][1]
    right = datetime.now(UTC)
    assert (right - said.ts).total_seconds() > 86_000
    assert abs((right - said_at(said, right)).total_seconds()) < 60


async def test_texts_go_both_ways_and_the_centre_hears_when_one_was_on_the_screen(
    unit: Page, centre: SimulatedCentre
) -> None:
    await centre.text("学府路封闭，请绕行")
    await unit.until_text("unread", "1")
    await centre.until(["delivered"])
    await unit.click("view-texts")
    await unit.until_text("texts", "请绕行")
    await centre.until(["delivered", "displayed"])
    await unit.fill("text-words", "收到，预计十分钟到")
    await picture(unit, "unit-texts")
    await unit.click("text-send")
    await centre.until(["delivered", "displayed", "text"])
    await unit.until("document.querySelector('li.up')?.dataset.state === 'accepted'")
    said = centre.heard[-1][1]
    assert isinstance(said, crew.TextMessage)
    assert said.text == "收到，预计十分钟到"
    assert not await unit.has("unread")
    clean(unit)


NEAR = {"lon": 126.6324, "lat": 45.7561, "accuracy_m": 30}


async def test_jobs_are_on_a_map_without_tiles_and_in_a_list_beside_it(
    unit: Page, centre: SimulatedCentre
) -> None:
    second = {"dispatch_id": "0198f0aa-0000-7000-8000-0000000000e2", "place": "道里区 中央大街1号"}
    await centre.job(position=NEAR)
    await centre.job(**second, position={**NEAR, "lon": 126.62}, urgent=False)
    await centre.job(dispatch_id="0198f0aa-0000-7000-8000-0000000000e3", place="没有坐标的地方")
    await unit.click("view-map")
    await unit.until_attribute("map", "data-state", "drawn", seconds=20)
    await unit.until("document.querySelectorAll('.pin').length === 2", "two pins")
    await unit.until_text("row-0198f0aa-0000-7000-8000-0000000000e3", "没有坐标")
    drawn = """(() => {
      const canvas = document.querySelector(".chart canvas");
      return canvas !== null && canvas.width > 100 && canvas.getContext("webgl2") !== null;
    })()"""
    await unit.until(drawn, "a drawn map")
    await asyncio.sleep(1)
    await picture(unit, "unit-map")
    assert await faults(unit) == []
    await unit.focus(f"pin-{second['dispatch_id']}")
    await unit.press("Enter")
    await unit.until_text(f"job-{second['dispatch_id']}", "中央大街1号")
    assert await unit.focused() == f"job-{second['dispatch_id']}"
    clean(unit)


async def test_a_photo_is_on_the_device_until_the_centre_has_it_also_after_a_restart(
    unit: Page, centre: SimulatedCentre, tmp_path: Path
) -> None:
    """Nobody answers its announcement here; that it is brought is told in tests/real."""
    await centre.job()
    await unit.click("job-accepted")
    data = jpeg(noise=300_000)
    (tmp_path / "photo.jpg").write_bytes(data)
    (tmp_path / "page.jpg").write_bytes(b"<svg onload='alert(1)'/>")
    await photograph(unit, "job-photo", tmp_path / "page.jpg")
    await unit.until_text("unit-trouble", "JPEG")
    await photograph(unit, "job-photo", tmp_path / "photo.jpg")
    await unit.until_attribute("photo", "data-state", "waiting")
    first = await announced(centre, 1)
    assert (first.size, first.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert (str(first.dispatch_id), first.fix) == (JOB["dispatch_id"], None)
    await picture(unit, "unit-photo")
    assert await faults(unit) == []
    await unit.command("Page.reload")
    await unit.until_attribute("photo", "data-state", "waiting")
    again = await announced(centre, 2)
    assert (again.photo_id, again.sha256, again.taken_at) == (first.photo_id, first.sha256, first.taken_at)
    kept = await unit.run(BYTES_KEPT)
    assert kept == [[f"{UID}/{first.photo_id}", len(data)]]
    clean(unit)


async def announced(centre: SimulatedCentre, many: int) -> crew.PhotoNotice:
    """The latest of so many announcements."""

    def said() -> list[crew.PhotoNotice]:
        return [one for _kind, one in centre.heard if isinstance(one, crew.PhotoNotice)]

    await until(lambda: len(said()) >= many, "announcement of the photo", 20)
    return said()[-1]


async def test_nobody_is_told_where_the_device_is_before_the_crew_agrees_or_after_it_takes_that_back(
    unit: Page, centre: SimulatedCentre
) -> None:
    await allow_position(unit, 126.6324, 45.7561)
    await unit.until_attribute("location", "data-state", "off")
    await asyncio.sleep(1.5)
    assert places(centre) == []
    await unit.click("location-agree")
    await unit.until_attribute("location", "data-state", "on")
    await until(lambda: places(centre), "place of the unit")
    (said,) = places(centre)
    assert (said.lon, said.lat, said.accuracy_m) == (126.6324, 45.7561, 8)
    assert said.sent is not None
    await unit.click("location-agree")
    await unit.until_attribute("location", "data-state", "off")
    await allow_position(unit, 126.64, 45.76)
    await asyncio.sleep(11)
    assert len(places(centre)) == 1
    kept = await unit.run(ALL_KEPT)
    assert "126.6" not in kept
    clean(unit)


def places(centre: SimulatedCentre) -> list[field.Location]:
    return [said for _kind, said in centre.heard if isinstance(said, field.Location)]


CITY, SEWAGE = (
    field.GroupBody(tg_id="city", name_zh="全市", name_en="City", talk=False, on=True),
    field.GroupBody(tg_id="sewage", name_zh="排水", name_en="Sewage", talk=True, priority=4),
)
INCIDENT = field.GroupBody(
    tg_id="incident-1", name_zh="学府路塌陷", name_en="Collapse", talk=True, priority=4, incident=True
)


async def test_the_crew_says_which_talkgroups_it_listens_to_until_the_centre_counts_it_so(
    unit: Page, centre: SimulatedCentre
) -> None:
    await centre.groups(INCIDENT, CITY, SEWAGE)
    await unit.click("view-groups")
    await unit.until_text("talkgroups", "学府路塌陷")
    await unit.click("group-sewage")
    await unit.until_attribute("talkgroups", "data-state", "waiting")
    # Here there is no switch, which is said, and the button asks for nothing.
    await unit.until_attribute("talk", "data-why", "no_voice")
    await unit.until_attribute("voice-city", "data-state", "no_voice")
    await unit.click("talk-button", hold_s=0.2)
    assert await faults(unit) == []
    await centre.until(["affiliate"])
    said = centre.heard[-1][1]
    assert isinstance(said, field.Affiliation)
    assert said.groups == ["city", "sewage"]
    await centre.groups(INCIDENT, CITY, SEWAGE.model_copy(update={"on": True}))
    await unit.until_attribute("talkgroups", "data-state", "counted")
    assert await unit.run("document.querySelector('[data-testid=group-sewage]').checked") is True
    # What is told to the unit leaves no gap in what it has: nothing is asked for again.
    hellos = [kind for kind, _said in centre.heard if kind == "hello"]
    await centre.text("收到请回复")
    await unit.until_text("unread", "1")
    assert [kind for kind, _said in centre.heard if kind == "hello"] == hellos
    clean(unit)


def alarms(centre: SimulatedCentre) -> list[crew.EmergencyMessage]:
    return [said for _kind, said in centre.heard if isinstance(said, crew.EmergencyMessage)]


async def test_a_short_press_calls_nobody_and_a_held_one_calls_until_a_person_answers(
    unit: Page, centre: SimulatedCentre
) -> None:
    await unit.click("emergency-button", hold_s=1.2)
    await unit.until_text("emergency-told", "已取消")
    assert alarms(centre) == []
    await unit.click("emergency-button", hold_s=2.2)
    await unit.until_attribute("emergency", "data-state", "heard")
    await picture(unit, "unit-emergency")
    await until(lambda: len(alarms(centre)) >= 3, "third word of the alarm", 20)
    assert len({alarm.alarm_id for alarm in alarms(centre)}) == 1
    assert [alarm.repeat for alarm in alarms(centre)] == list(range(1, len(alarms(centre)) + 1))
    await centre.about_alarm("acknowledge", alarms(centre)[0].alarm_id, by="李娜")
    await unit.until_text("emergency-told", "李娜 已应答")
    said = len(alarms(centre))
    await asyncio.sleep(4.5)
    # One more may have been on its way when the answer came.
    assert len(alarms(centre)) <= said + 1
    await centre.about_alarm("clear", alarms(centre)[0].alarm_id, by="赵磊", reason="误按")
    await unit.until_text("emergency-told", "误按")
    await unit.click("emergency-put-away")
    await unit.until_attribute("emergency", "data-state", "none")
    clean(unit)


async def test_a_call_for_help_without_a_network_says_so_and_goes_out_as_soon_as_there_is_one(
    page: Page, broker: RenderedBroker
) -> None:
    async with serving(SimulatedGateway(mqtt_ws_url=f"ws://127.0.0.1:{broker.websocket_port}")) as gateway:
        await page.open(f"{gateway.url}/unit/")
        await sign_in(page)
        broker.kill()
        try:
            await page.until_attribute("unit-link", "data-state", "offline")
            await page.focus("emergency-button")
            await page.press("Enter", hold_s=2.2)
            await page.until_text("emergency-told", "没有网络")
        finally:
            broker.start()
        password = broker.rendered.passwords["radio"]
        async with aiomqtt.Client("127.0.0.1", broker.port, username="radio", password=password) as client:
            await client.subscribe("v1/harbin/unit/+/up/emergency", qos=1)
            async with asyncio.timeout(30):
                message = await anext(aiter(client.messages))
    said = crew.EmergencyMessage.model_validate_json(bytes(message.payload))
    assert said.sent is not None
    assert (said.sent - said.raised_at).total_seconds() > 0


async def test_a_crew_makes_a_code_for_its_wechat_sees_it_bound_and_unbinds_it(
    unit: Page, centre: SimulatedCentre
) -> None:
    silent = centre.bind_wechat(silent=True)
    await unit.click("wechat-open")
    await unit.until_text(f"wechat-{silent}", "收不到通知")
    assert "code" not in centre.wechat_acts, "no code is made that nobody asked for"
    await unit.click("wechat-make")
    await unit.until_text("wechat-code", f"绑定 {CODE}")
    await unit.until_text("wechat-left", "剩余")
    assert await faults(unit) == []
    await picture(unit, "unit-wechat")
    # It looks by itself every ten seconds, and when it is opened.
    bound = centre.bind_wechat()
    await unit.click("wechat-open")
    await unit.until("document.querySelector('[data-testid=wechat-make]') === null", "it is closed")
    await unit.click("wechat-open")
    await unit.until_text(f"wechat-{bound}", "绑定")
    assert not await unit.has("wechat-code"), "it works once"
    await unit.choose("language", "en")
    await unit.until_text(f"wechat-unbind-{silent}", "Unbind")
    await unit.click(f"wechat-unbind-{silent}")
    assert centre.wechat_acts.count("unbind") == 0, "a second press confirms it"
    await unit.until(f"document.querySelector('[data-testid=\"wechat-unbind-{silent}-sure\"]') !== null")
    await unit.click(f"wechat-unbind-{silent}-sure")
    await unit.until(f"document.querySelector('[data-testid=\"wechat-{silent}\"]') === null", "its end")
    assert list(centre.wechats) == [bound]
    assert (centre.wechat_acts.count("code"), centre.wechat_acts.count("unbind")) == (1, 1)
    clean(unit)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_axe_finds_nothing_on_any_view_in_both_languages(
    unit: Page, centre: SimulatedCentre, language: str
) -> None:
    await unit.choose("language", language)
    await centre.job()
    await unit.click("job-accepted")
    await unit.click("job-on-the-way")
    await centre.text("绕行" if language == "zh" else "Take the other road")
    await unit.until("document.querySelector('[data-testid=unread]') !== null")
    assert await faults(unit) == []
    await unit.click("job-returned")
    await unit.until("document.querySelector('[data-testid=job-words]') !== null")
    assert await faults(unit) == []
    await unit.click("view-texts")
    await unit.until("document.querySelector('[data-testid=texts] li') !== null")
    assert await faults(unit) == []
    await unit.click("emergency-button", hold_s=2.2)
    await unit.until_attribute("emergency", "data-state", "heard")
    assert await faults(unit) == []
    await centre.about_alarm("acknowledge", alarms(centre)[0].alarm_id, by="Li Na")
    await unit.until_attribute("emergency", "data-state", "acknowledged")
    assert await faults(unit) == []


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_no_view_scrolls_sideways_on_the_smallest_telephone(
    unit: Page, centre: SimulatedCentre, language: str
) -> None:
    await unit.size(320, 640)
    await unit.choose("language", language)
    await centre.job()
    await unit.click("job-accepted")
    await unit.click("job-on-the-way")
    for view in ("jobs", "map", "texts", "groups"):
        await unit.click(f"view-{view}")
        await picture(unit, f"unit-320-{view}-{language}")
        assert await unit.run(BEYOND.replace(".stage *", "body *")) == [], view
        assert await unit.run(WIDER) <= 0, view
    await unit.click("emergency-button", hold_s=2.2)
    await unit.until_attribute("emergency", "data-state", "heard")
    assert await unit.run(WIDER) <= 0
