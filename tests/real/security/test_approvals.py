"""One person alone erases nobody, takes no key away and exports no person, unless the desks are told; and the
sealed account opens once, for whoever cannot sign in otherwise, before everybody's eyes. All of it stands in
the audit trail, also on the desk.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from cdr.calls import store as calls
from cdr.chain import seal_keys
from core.ids import uuid7
from core.storage import Storage, StorageSettings, create_engine
from tests.console.page import Page, new_page
from tests.console.seats import fill_in, open_alarms, open_workspace, sit_at_desk
from tests.console.test_accessibility import faults
from tests.peers.asterisk import AsteriskPeer
from tests.peers.chromium import ChromiumPeer
from tests.peers.program import PeerFailed
from tests.peers.running import running
from tests.peers.songhua import Person, SonghuaPeer, Visitor
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

ADMIN = Person("zhao.lei", "赵磊", ("admin",))
CHIEF = Person("chen.jing", "陈静", ("supervisor",))
NUMBER = "13906180339"


class World:
    """A service, one ended call of a citizen, and who asks at the machine."""

    def __init__(self, folder: Path, asterisk: AsteriskPeer) -> None:
        self.service = SonghuaPeer(folder, asterisk=asterisk, broker=None)
        self.service.prepare([ADMIN, CHIEF])
        self.settings = self.service._settings
        self.call = uuid7()

    def start(self) -> None:
        self.service.start(role="centre")
        asyncio.run(self._plant())

    def close(self) -> None:
        self.service.close()

    def run(self, *words: str, code: int = 0) -> Any:
        """What the command says as JSON, or as text where it is none."""
        said, ended = "", "with 0"
        try:
            said = self.service.run(*words, env={"SONGHUA_PASSWORD": CHIEF.password})
        except PeerFailed as failed:
            ended, _, said = str(failed).partition("\n")
        assert ended.endswith(f"with {code}"), said
        try:
            return json.loads(said)
        except ValueError:
            return said

    def numbers(self) -> list[str]:
        """Of the citizen, in the ledger."""
        return asyncio.run(self._numbers())

    def seal_keys(self) -> int:
        return len(self._key_file().read_text().split())

    def _key_file(self) -> Path:
        return seal_keys.beside(Path(self.settings["cdr"]["key_file"]))

    def _storage(self) -> Storage:
        engine = create_engine(StorageSettings(url=self.settings["storage"]["url"]))
        return Storage(engine, seal_keys=seal_keys.load(self._key_file()))

    async def _plant(self) -> None:
        storage, now = self._storage(), datetime.now(UTC)
        async with storage.write() as transaction:
            await transaction.connection.execute(
                insert(calls.calls).values(
                    call_id=self.call, system_name="songhua", linkedids=[f"songhua-{self.call}"],
                    direction="inbound", number=NUMBER, name="", dialled="12345", queue="hotline",
                    started_at=now - timedelta(hours=1), ended_at=now - timedelta(minutes=50), wait_s=1,
                    talk_s=60, outcome="answered", agents=[], rings=[], transfers=[], revision=1,
                )
            )  # fmt: skip
            await transaction.connection.execute(
                insert(calls.aliases).values(
                    alias=self.call, call_id=self.call, system_name="songhua", linkedid=f"songhua-{self.call}"
                )
            )
            await calls.CALLS.seal(transaction, [self.call], now)
        await storage.close()

    async def _numbers(self) -> list[str]:
        storage = self._storage()
        async with storage.read() as connection:
            found = list((await connection.execute(select(calls.calls.c.number))).scalars())
        await storage.close()
        return found


@pytest.fixture(scope="module")
def world(asterisk: AsteriskPeer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(World(tmp_path_factory.mktemp("approvals"), asterisk)) as made:
        yield made


def order(call: UUID, op_id: UUID, **more: object) -> tuple[str, dict[str, object]]:
    return f"/api/ledger/calls/{call}/erase", {"op_id": str(op_id), "reason": "request 2026-117", **more}


def refused(ask: Any, *words: Any) -> str:
    """The kind of the problem."""
    with pytest.raises(PeerFailed) as error:
        ask(*words)
    problem = json.loads(str(error.value).partition(": ")[2].partition(" ")[2])
    return str(problem["type"]).rpartition(":")[2]


def test_an_administrator_alone_erases_nobody(world: World) -> None:
    admin, chief = Visitor(world.service.address, ADMIN), Visitor(world.service.address, CHIEF)
    asked = admin.post(*order(world.call, uuid7()))
    assert (asked["erased"], asked["request"]["state"]) == (None, "waiting")
    assert world.numbers() == [NUMBER]
    path = f"/api/approvals/{asked['request']['number']}"
    assert refused(admin.post, f"{path}/approve", {}) == "own-request"
    assert chief.post(f"{path}/approve", {})["state"] == "approved"
    wait_for(lambda: world.numbers() == [""], "the erasure", 10)

    def requests() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = chief.get("/api/approvals?everything=true")["requests"]
        return found

    wait_for(lambda: [one["state"] for one in requests()] == ["done"], "the request that is done", 10)
    (done,) = requests()
    assert (done["outcome"], done["decided_by"]) == ("1", CHIEF.id)
    assert refused(chief.post, f"{path}/approve", {}) == "request-not-open"


def test_who_has_the_machine_takes_no_key_and_no_person_away_unseen(world: World, tmp_path: Path) -> None:
    before = world.seal_keys()
    rotate = ("audit", "rotate-key", "--why", "the yearly change")
    said = world.run(*rotate, code=4)
    assert "waits for a second person" in said
    assert world.seal_keys() == before
    as_chief = ("--user", CHIEF.id, "--json")
    (waiting,) = world.run("approvals", "list", *as_chief)["requests"]
    assert (waiting["act"], waiting["why"], waiting["own"]) == ("rotate-seal-key", "the yearly change", False)
    number = str(waiting["number"])
    assert world.run("approvals", "approve", number, *as_chief) == {
        "number": int(number),
        "state": "approved",
    }
    world.run(*rotate)
    assert world.seal_keys() == before + 1
    world.run(*rotate, code=4)
    assert world.seal_keys() == before + 1
    last = world.run("approvals", "list", *as_chief)["requests"][0]["number"]
    assert (
        world.run("approvals", "object", str(last), "--why", "once is enough", *as_chief)["state"]
        == "objected"
    )

    chief = Visitor(world.service.address, CHIEF)
    wait_for(lambda: chief.get("/api/rights-alarms")["alarms"], "the alarm of the objection", 10)
    assert chief.post(f"/api/rights-alarms/request-{last}/take", {}) == {"alarms": []}

    file = tmp_path / "person.json"
    world.run("cdr", "export", NUMBER, "--out", str(file), "--why", "asked by letter", code=1)
    assert not file.exists(), "nothing is kept of him, and nobody is asked"


async def test_who_is_alone_is_seen_on_every_desk_until_somebody_has_looked(
    world: World, chromium: ChromiumPeer
) -> None:
    chief = Visitor(world.service.address, CHIEF)
    await asyncio.to_thread(world.run, "audit", "rotate-key", "--why", "the key was seen", "--alone")
    (alarm,) = wait_for(
        lambda: [one for one in chief.get("/api/rights-alarms")["alarms"] if one["kind"] == "alone"],
        "the alarm",
        10,
    )
    parts = {part["part"]: part for part in world.service.health()["parts"]}
    assert "1 alone" in parts["identity"]["why"]
    await asyncio.to_thread(world.run, "audit", "rotate-key", "--why", "another", code=4)
    async with new_page(chromium) as page:
        await sit_at_desk(page, world.service.address, CHIEF.id, CHIEF.password)
        await open_alarms(page)
        await page.until_text("alarm-list", "独自执行了：更换封存密钥")
        await page.until_text("count-settings", "1")
        await page.focus("alarm-open")
        await page.press("Enter")
        await page.until_text(f"request-{alarm['number']}", "the key was seen")
        await picture(page, "approvals")
        assert await faults(page) == []
        await page.focus(f"object-{alarm['number']}")
        await page.press("Enter")
        assert await page.focused() == "objection"
        await page.fill("objection", "钥匙在保险柜里")
        await page.press("Enter")
        await open_alarms(page)
        await page.until_text("alarm-list", "钥匙在保险柜里")
        await page.focus("take-alarm")
        await page.press("Enter")
        await page.until("!document.querySelector('[data-testid=alarms]')", "no alarm any more")
    assert chief.get("/api/rights-alarms")["alarms"][0]["kind"] == "waiting"


async def test_the_sealed_account_opens_once_and_everybody_sees_it(
    world: World, chromium: ChromiumPeer
) -> None:
    glass = ("user", "break-glass")
    await asyncio.to_thread(world.run, *glass, "status", code=1)
    sealed = await asyncio.to_thread(world.run, *glass, "seal", "--role", "supervisor", "--json")
    async with new_page(chromium) as page:
        await page.size(1440, 900)
        await page.open(f"{world.service.address}/desk/")
        await page.focus("sign-in-envelope")
        await page.press("Enter")
        assert await page.focused() == "envelope-name"
        await page.fill("envelope-name", "王芳")
        await page.fill("envelope-words", "AAAA-BBBB")
        await page.press("Enter")
        await page.until_text("envelope-trouble", "口令不对")
        assert await faults(page) == []
        await page.fill("envelope-words", sealed["words"].lower())
        await page.press("Enter")
        await page.until_attribute("link-state", "data-state", "live")
        await open_alarms(page)
        await page.until_text("alarm-list", "使用人自称 王芳")
        assert not await page.has("take-alarm"), "nobody takes over his own"
        assert page.hosts == {"127.0.0.1"}
    chief = Visitor(world.service.address, CHIEF)
    (alarm,) = [one for one in chief.get("/api/rights-alarms")["alarms"] if one["kind"] == "break-glass"]
    assert (alarm["who"], alarm["over"]) == ("王芳", False)
    used = await asyncio.to_thread(world.run, *glass, "status", "--json", code=1)
    assert used["used"]["open"]
    async with new_page(chromium) as page:
        await page.open(f"{world.service.address}/desk/")
        await page.click("sign-in-envelope")
        await page.fill("envelope-name", "王芳")
        await page.fill("envelope-words", sealed["words"])
        await page.press("Enter")
        await page.until_text("envelope-trouble", "信封已用过")
        await page.press("Escape")
        await fill_in(page, CHIEF.id, CHIEF.password)
        await open_alarms(page)
        await page.until_text("alarm-list", "使用人自称 王芳")
        await picture(page, "break-glass")
    await asyncio.to_thread(world.run, "user", "end-sessions", "break-glass")
    chief.post(f"/api/rights-alarms/{alarm['alarm_id']}/take", {})
    found = await asyncio.to_thread(world.run, "audit", "list", "--action", "break-glass", "--json")
    assert [row["detail"]["says"] for row in found["rows"]] == ["王芳"]


async def test_the_audit_trail_is_searched_on_the_desk_and_each_look_is_a_row_of_it(
    world: World, chromium: ChromiumPeer
) -> None:
    """Last: the tests before have left rows of what they did."""
    async with new_page(chromium) as page:
        await page.size(1440, 900)
        await sit_at_desk(page, world.service.address, CHIEF.id, CHIEF.password)
        await open_workspace(page, "settings")
        await page.focus("view-audit")
        await page.press("Enter")
        await page.until("document.querySelectorAll('[data-testid=audit-row]').length > 3", "rows")
        assert await page.focused() == "audit-who"
        assert await faults(page) == []
        await picture(page, "audit")
        await page.fill("audit-action", "read-audit")
        await page.press("Enter")
        only = "[...document.querySelectorAll('[data-testid=audit-row]')].map(row => row.children[2].title)"
        await page.until(f"{only}.length > 0 && {only}.every(one => one === 'read-audit')", "looks alone")
        await page.until_text("audit-row", CHIEF.id)
        # Of a person: a look for a word is itself a row with that word.
        await page.fill("audit-who", "nobody")
        await page.press("Enter")
        nothing = "document.querySelector('[data-testid=audit-none]') !== null"
        await page.until(nothing, "word that there is none")
        await page.press("Escape")
        await page.until("document.querySelectorAll('[data-testid=audit-row]').length > 3", "all rows again")


async def picture(page: Page, name: str) -> None:
    folder = os.environ.get("SONGHUA_PICTURES")
    if folder:
        await page.picture(Path(folder) / f"{name}.png")
