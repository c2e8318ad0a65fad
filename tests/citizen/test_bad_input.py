"""Hostile words in every field of every channel that citizens write to; forms in GB18030; bombs; huge photos;
one person who reports 500 times. Text messages: `tests/sms/test_bad_messages.py`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any
from unittest.mock import ANY
from urllib.parse import quote_from_bytes
from uuid import uuid4
from xml.etree import ElementTree as ET

import httpx2 as httpx
import pytest
from sqlalchemy import func, select

from citizen.channels.open311.errors import GeoReportFault
from citizen.channels.open311.http import MOST_FIELDS, URLENCODED, fields_of
from citizen.channels.open311.settings import Open311Settings
from citizen.tables import pictures, reports
from core.storage import Storage
from tests.cases.rooms import AGENT
from tests.citizen.city import City, city
from tests.citizen.test_open311 import KEY, PATH, SETTINGS, post
from tests.citizen.test_web_form import body
from tests.citizen.test_wechat import ME, OTHER, town
from tests.field.pictures import jpeg

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
BIDI = "\u202e井盖\u2067不见了\u2066 moc.elpmaxe"
MARKUP = "]]></Content><MsgType>event</MsgType>&lol;{{7*7}}{case}${jndi:ldap://x}"
SQL = "');DROP TABLE citizen_reports;--"
HOSTILE = pytest.mark.parametrize(
    "words", [SCRIPT, BIDI, MARKUP, SQL], ids=["script", "bidi", "markup", "sql"]
)
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    b'<!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]><requests>&lol2;</requests>'
)


async def count(storage: Storage, table: Any) -> int:
    async with storage.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def filed_with_its_words(on: City, words: str, fields: tuple[str, ...]) -> None:
    """The report waits, an agent reads these words unchanged, and files it; no public list holds them."""
    await on.settle()
    (draft,) = (await on.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"]
    path = f"/drafts/{draft['draft_id']}"
    await on.act(AGENT, f"{path}/take")
    shown = await on.ask(AGENT, "GET", f"{path}/report")
    assert shown.headers["content-type"] == "application/json"
    report = shown.json()
    for field in fields:
        assert words.strip() in report[field], field
    for name, value in (("category", "gbt30428.2@2013/E0110"), ("address", "公滨路5号")):
        rev = ((await on.ask(AGENT, "GET", path)).json()["fields"].get(name) or {"rev": 0})["rev"]
        edit = {"op_id": str(uuid4()), "field": name, "value": value, "rev": rev}
        assert (await on.ask(AGENT, "PATCH", path, **edit)).status_code == 200
    case = await on.act(AGENT, f"{path}/confirm")
    assert case.status_code == 200, case.text
    await on.settle()
    listed = await on.web.get(f"{PATH}/requests.xml")
    assert ET.fromstring(listed.content).tag in {"service_requests", "errors"}
    for piece in ("<script>", "\u202e", "DROP TABLE", "7*7"):
        assert piece not in listed.text


@HOSTILE
async def test_hostile_words_in_every_field_of_the_web_form_are_words(storage: Storage, words: str) -> None:
    async with city(storage, SETTINGS) as on:
        said = body(text=words, place=words, phone=words[:40])
        answer = await on.ask(None, "POST", "/citizen/reports", **said)
        assert answer.status_code == 201
        assert set(answer.json()) == {"number", "code"}, "nothing that was written comes back"
        await filed_with_its_words(on, words, ("text", "place"))


@HOSTILE
async def test_hostile_words_in_every_field_of_open311_are_words(storage: Storage, words: str) -> None:
    said = {
        "description": words, "address_string": words, "phone": words, "media_url": words,
        "attribute[title]": words, "email": words, "first_name": words, "last_name": words,
        "device_id": words, "account_id": words, "attribute[external_id]": words,
    }  # fmt: skip
    async with city(storage, SETTINGS) as on:
        for form in ("json", "xml"):
            assert (await post(on, form, **said)).status_code == 200
            refused = await post(on, form, service_code=words, **{"attribute[condition]": words})
            assert refused.status_code == 404
            assert json.loads(refused.content) if form == "json" else ET.fromstring(refused.content)
        assert await count(storage, reports) == 1, "the same words of a client are one report"
        await filed_with_its_words(on, words, ("text", "place"))


@HOSTILE
async def test_hostile_words_in_every_field_of_wechat_are_words(storage: Storage, words: str) -> None:
    async with town(storage) as at:
        gcj = {"lat": 45.76, "lon": 126.64}
        assert (await at.peer.location(at.url, ME, **gcj, label=words)).statuses == [200]
        await at.say("跳过")
        assert "回复 1 提交" in await at.say(f"井盖{words}")
        await at.peer.event(at.url, OTHER, words, words)
        await at.peer.voice(at.url, OTHER, b"x", recognition=words)
        await at.say("1")
        await at.work()
        assert "编号：R" in at.peer.told(ME)[-1]
        await filed_with_its_words(at.on, words, ("text",))
        await at.notices()
        assert at.peer.told(ME)[-1].endswith("已立案")


async def test_a_form_in_gb18030_is_read_and_what_is_no_text_is_refused(any_storage: Storage) -> None:
    async with city(any_storage, SETTINGS) as on:
        for number, (encoding, status) in enumerate([("gb18030", 200), ("utf-8", 200), ("utf-16", 400)]):
            words = f"公滨路井盖不见了𠮷{number}"
            said = f"api_key={KEY}&service_code=P0101&lat=45.7&long=126.6&description=".encode()
            for form in (
                said + quote_from_bytes(words.encode(encoding)).encode(),
                said + words.encode(encoding),
            ):
                answer = await on.web.post(
                    f"{PATH}/requests.json", content=form, headers={"content-type": URLENCODED}
                )
                assert answer.status_code == status, (encoding, answer.text)
        async with any_storage.read() as connection:
            kept = set((await connection.execute(select(reports.c.text))).scalars())
        assert kept == {"公滨路井盖不见了𠮷0", "公滨路井盖不见了𠮷1"}
        answer = await on.web.post(
            "/api/citizen/reports", content=json.dumps(body(), ensure_ascii=False).encode("gb18030"),
            headers={"content-type": "application/json"},
        )  # fmt: skip
        assert answer.status_code in {400, 422}


def test_a_form_has_a_bound() -> None:
    assert len(fields_of(b"&".join(b"a=1" for _ in range(MOST_FIELDS)))) == MOST_FIELDS
    with pytest.raises(GeoReportFault, match=str(MOST_FIELDS)):
        fields_of(b"&".join(b"a=1" for _ in range(MOST_FIELDS + 1)))


@pytest.mark.parametrize("kind", ["application/xml", "text/xml", URLENCODED, "application/json"])
async def test_an_xml_bomb_is_no_report_to_anybody(storage: Storage, kind: str) -> None:
    async with city(storage, SETTINGS) as on:
        for path in (f"{PATH}/requests.xml", "/api/citizen/reports"):
            answer = await on.web.post(path, content=BOMB, headers={"content-type": kind})
            assert answer.status_code in {400, 403, 422}, path
            assert "lollol" not in answer.text
        assert await count(storage, reports) == 0


async def test_an_xml_bomb_that_is_encrypted_as_it_must_be_is_dropped(storage: Storage) -> None:
    async with town(storage) as at:
        assert await at.peer.post(at.url, BOMB) == (422, ANY)
        assert "编号：R" in await at.report()


HUGE = [jpeg(size=(65_000, 65_000)), jpeg(noise=2 * 1024 * 1024 + 1), b"\xff\xd8" + bytes(1000)]


@pytest.mark.parametrize("content", HUGE, ids=["pixels", "bytes", "torn"])
async def test_a_huge_photo_is_refused_and_nothing_is_kept(storage: Storage, content: bytes) -> None:
    async with city(storage, SETTINGS) as on:
        said = body(pictures=[base64.b64encode(content).decode()])
        assert (await on.ask(None, "POST", "/citizen/reports", **said)).status_code == 422
        told = {"api_key": KEY, "service_code": "P0101", "address_string": "公滨路5号"}
        files = {"media": ("a.jpg", content, "image/jpeg")}
        assert (await on.web.post(f"{PATH}/requests.json", data=told, files=files)).status_code == 400
        assert (await count(storage, reports), await count(storage, pictures)) == (0, 0)


async def by_web_form(on: City, number: int, who: str) -> httpx.Response:
    said = body(text=f"井盖不见了 {number}")
    return await on.web.post("/api/citizen/reports", json=said, headers={"x-from": who})


async def by_open311(on: City, number: int, who: str) -> httpx.Response:
    return await post(on, description=f"井盖不见了 {number}", api_key=who)


@pytest.mark.parametrize("report", [by_web_form, by_open311])
async def test_one_person_who_reports_500_times_is_stopped_and_nobody_else(
    storage: Storage, report: Callable[[City, int, str], Awaitable[httpx.Response]]
) -> None:
    other = "another-client-of-ours"
    keys = {**SETTINGS.keys, "other": type(SETTINGS.keys["fms"])(other)}
    settings = Open311Settings(enabled=True, keys=keys, per_key_hour=20)
    async with city(storage, settings, per_address_hour=20) as on:
        statuses = [(await report(on, number, KEY)).status_code for number in range(500)]
        assert statuses.count(429) == 480
        assert set(statuses[20:]) == {429}
        assert await count(storage, reports) == 20
        assert (await report(on, 500, other)).status_code < 300
        await on.settle()
        assert len((await on.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"]) == 21
