"""Open311 GeoReport v2: an independent client reports and follows; errors are in the form asked for."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import httpx2 as httpx
import pytest
from georeport import GeoReport
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import select

from cases.events import CaseProgress, DeclineReason
from citizen.channels.open311.answers import extended_status, status, w3c
from citizen.channels.open311.documents import GeoReportDocument, written
from citizen.channels.open311.errors import GeoReportFault
from citizen.channels.open311.questions import requests_question
from citizen.channels.open311.remembered import MOST_BYTES, RememberedAnswers
from citizen.channels.open311.service import WRONG_KEYS_HOUR
from citizen.channels.open311.services import ServiceList
from citizen.channels.open311.settings import Open311Settings
from citizen.channels.open311.submission import report_of
from citizen.contract import ReportStep
from citizen.errors import ReportInvalid
from citizen.reports.model import check
from citizen.tables import reports
from core.ids import uuid7
from core.storage import Storage
from gateway.wiring.citizen import report_classes
from tests.cases.rooms import ADMIN, AGENT, DISPATCHER
from tests.citizen.city import AT, SUPERVISOR, City, city
from tests.citizen.served import served
from tests.field.pictures import jpeg

KEY = "a-key-of-a-client-of-ours"
SETTINGS = Open311Settings(
    enabled=True, keys={"fms": SecretStr(KEY)}, contact="12319@example.org", answers_kept_s=0
)
PATH = "/api/open311/v2"
CLASSES = report_classes()
SERVICES = ServiceList(CLASSES)


@asynccontextmanager
async def town(storage: Storage, settings: Open311Settings = SETTINGS) -> AsyncIterator[City]:
    async with city(storage, settings) as on:
        yield on


async def post(on: City, form: str = "json", **said: str) -> httpx.Response:
    """A report, as a client sends it: no header of ours."""
    told = {
        "api_key": KEY, "service_code": "P0101", "lat": "45.7567", "long": "126.6424",
        "description": "井盖不见了", **said,
    }  # fmt: skip
    content = urlencode({name: value for name, value in told.items() if value})
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return await on.web.post(f"{PATH}/requests.{form}", content=content, headers=headers)


async def got(on: City, path: str, **asked: str) -> Any:
    answer = await on.web.get(f"{PATH}/{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_independent_client_reads_the_services_and_follows_a_report(any_storage: Storage) -> None:
    async with town(any_storage) as on, served(on.app) as address:
        made = (await post(on)).json()[0]["service_request_id"]

        def look(form: str) -> tuple[list[Any], Any, list[Any], Any]:
            client = GeoReport(f"{address}{PATH}", output_format=form)
            listed = client.get_service_requests(status="open")
            return (
                client.get_service_list(),
                client.get_service_definition("P0101"),
                listed if isinstance(listed, list) else [listed],
                client.get_service_request(made),
            )

        for form in ("json", "xml"):
            services, definition, listed, one = await asyncio.to_thread(look, form)
            assert len(services) == len(CLASSES)
            assert "上水井盖" in [service["service_name"] for service in services]
            assert definition["service_code"] == "P0101"
            assert [request["service_request_id"] for request in listed] == [made]
            assert (one["status"], one["service_code"], float(one["lat"])) == ("open", "P0101", 45.757)
            assert not one["description"], "words of a citizen are nobody else's"


async def test_a_report_becomes_a_case_and_its_steps_are_told(any_storage: Storage) -> None:
    async with town(any_storage) as on:
        first = (await post(on, **{"attribute[condition]": "1", "phone": "13904510001"})).json()[0]
        number = first["service_request_id"]
        assert "查询码" in first["service_notice"]
        assert (await post(on, **{"attribute[condition]": "1", "phone": "13904510001"})).json()[0] == first
        await on.settle()
        (draft,) = (await on.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"]
        assert (draft["source"], draft["fields"]["category"]["value"]) == ("open311", "gbt30428.2@2013/P0101")
        assert "缺失" in draft["fields"]["description"]["value"]
        assert draft["fields"]["callback"]["value"] == "13904510001"
        await on.act(AGENT, f"/drafts/{draft['draft_id']}/take")
        case = (await on.act(AGENT, f"/drafts/{draft['draft_id']}/confirm")).json()
        await on.settle()
        await on.act(AGENT, f"/cases/{case['case_id']}/cancel", reason="mistake")
        await on.settle()
        (shown,) = await got(on, f"requests/{number}.json")
        updates = await got(on, "servicerequestupdates.json")
        assert updates[0]["status"] == "open"
        assert {one["service_request_id"] for one in updates} == {number}
        assert shown["updated_datetime"] == updates[-1]["updated_datetime"]
        assert len(await got(on, "requests.json", status=shown["status"])) == 1
        other = "closed" if shown["status"] == "open" else "open"
        assert await got(on, "requests.json", status=other) == []


async def rows(on: City, *columns: Any) -> list[tuple[Any, ...]]:
    async with on.storage.read() as connection:
        return [tuple(row) for row in await connection.execute(select(*columns))]


async def taken(on: City) -> dict[str, Any]:
    """The only draft that waits, taken by an agent."""
    await on.settle()
    (draft,) = (await on.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"]
    return (await on.act(AGENT, f"/drafts/{draft['draft_id']}/take")).json()  # type: ignore[no-any-return]


async def test_a_report_says_when_it_is_expected_to_be_done(any_storage: Storage) -> None:
    """From the case's own deadline, in XML and in JSON, while the city works on it and no longer."""
    async with town(any_storage) as on, served(on.app) as address:
        number = (await post(on)).json()[0]["service_request_id"]
        assert (await got(on, f"requests/{number}.json"))[0]["expected_datetime"] is None
        draft = await taken(on)
        case = (await on.act(AGENT, f"/drafts/{draft['draft_id']}/confirm")).json()
        await on.settle()
        due = w3c(datetime.fromisoformat(case["deadline"]["due_at"]))

        def read(form: str) -> Any:
            return GeoReport(f"{address}{PATH}", output_format=form).get_service_request(number)

        for form in ("json", "xml"):
            assert (await asyncio.to_thread(read, form))["expected_datetime"] == due
        assert (await on.act(DISPATCHER, f"/cases/{case['case_id']}/done")).status_code == 200
        await on.settle()
        assert (await got(on, f"requests/{number}.json"))[0]["expected_datetime"] is None


async def test_a_report_by_the_number_of_a_part_is_about_this_part(any_storage: Storage) -> None:
    async with town(any_storage) as on:
        row = "部件编号,牌号,名称,地址,经度,纬度\n2301030137000001,HX-1023,路灯,学府路74号,126.65,45.75\n"
        await on.cases.parts.import_table(ADMIN, row.encode(), op_id=uuid7())
        answer = await post(
            on, lat="", long="", service_code="P0137", address_id="2301030137000001",
            description="这盏路灯一直不亮", account_id="a-person-of-theirs",
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        assert answer.json()[0]["account_id"] is None, "reporters have no accounts here"
        draft = await taken(on)
        assert draft["part"]["part_id"] == "2301030137000001"
        case = (await on.act(AGENT, f"/drafts/{draft['draft_id']}/confirm")).json()
        assert case["part_id"] == "2301030137000001"
        assert await rows(on, reports.c.lon, reports.c.lat) == [(126.65, 45.75)]


async def test_a_street_has_an_id_by_which_it_is_reported_and_shown(any_storage: Storage) -> None:
    """The shipped place's position is invented: it is no position of the report. What everybody reads is the
    street alone, once an agent has filed it.
    """
    async with town(any_storage) as on:
        said = {"lat": "", "long": "", "address_id": "street:公滨路"}
        number = (await post(on, **said)).json()[0]["service_request_id"]
        (shown,) = await got(on, f"requests/{number}.json")
        assert (shown["address_id"], shown["address"], shown["lat"]) == (None, None, None)
        draft = await taken(on)
        assert draft["fields"]["address"]["value"] == "公滨路"
        await on.act(AGENT, f"/drafts/{draft['draft_id']}/confirm")
        await on.settle()
        (shown,) = await got(on, f"requests/{number}.json")
        assert (shown["address_id"], shown["address"]) == ("street:公滨路", "公滨路")
        assert (await post(on, lat="", long="", address_id=shown["address_id"], description="又一个")).json()


async def test_pictures_come_by_multipart(storage: Storage) -> None:
    async with town(storage) as on:
        said = {"api_key": KEY, "service_code": "P0101", "address_string": "公滨路5号"}
        answer = await on.web.post(
            f"{PATH}/requests.json", data=said, files={"media": ("a.jpg", jpeg(), "image/jpeg")}
        )
        assert answer.status_code == 200, answer.text
        bad = await on.web.post(
            f"{PATH}/requests.json", data=said, files={"media": ("a.jpg", b"no picture", "image/jpeg")}
        )
        assert bad.status_code == 400
        await on.settle()
        (draft,) = (await on.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"]
        await on.act(AGENT, f"/drafts/{draft['draft_id']}/take")
        pictures = (await on.ask(AGENT, "GET", f"/drafts/{draft['draft_id']}/report")).json()["picture_ids"]
        assert len(pictures) == 1


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize(
    ("said", "code", "what"),
    [
        ({"api_key": ""}, 403, "api_key was not provided"),
        ({"api_key": "wrong"}, 403, "api_key is not valid"),
        ({"service_code": ""}, 400, "service_code was not provided"),
        ({"service_code": "P9999"}, 404, "was not found"),
        ({"lat": "", "long": ""}, 400, "lat and long, address_string, or address_id was not provided"),
        ({"lat": "91"}, 400, "lat is not valid"),
        ({"lat": "nan"}, 400, "lat is not valid"),
        ({"long": ""}, 400, "long was not provided"),
        ({"description": "a" * 4001}, 400, "description is not valid"),
        ({"attribute[condition]": "99"}, 400, "attribute[condition]"),
        ({"address_string": "x" * 201}, 400, "address_string"),
        ({"address_id": "2301030137000009"}, 400, "address_id is not valid: no place and no part has it"),
        ({"address_id": "street:没有这条街"}, 400, "address_id is not valid"),
        ({"address_id": "公滨路"}, 400, "address_id is not valid"),
    ],
)
async def test_each_error_has_its_code_and_its_words(
    storage: Storage, form: str, said: dict[str, str], code: int, what: str
) -> None:
    async with town(storage) as on:
        answer = await post(on, form, **said)
        assert answer.status_code == code
        if form == "json":
            (error,) = answer.json()
        else:
            error = {part.tag: part.text for part in ET.fromstring(answer.content)[0]}
        assert str(error["code"]) == str(code)
        assert what in error["description"]


@pytest.mark.parametrize(
    ("path", "asked", "code"),
    [
        ("services/P9999.json", {}, 404),
        ("services/P0402.json", {}, 404),
        ("requests/R20200101-00001.json", {}, 404),
        ("tokens/1.json", {}, 404),
        ("services.csv", {}, 404),
        ("requests.json", {"status": "waiting"}, 400),
        ("requests.json", {"start_date": "yesterday"}, 400),
        ("requests.json", {"start_date": "2026-11-30T08:00:00"}, 400),
        ("requests.json", {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-06-01T00:00:00Z"}, 400),
        ("requests.json", {"end_date": "0001-01-01T00:00:00+14:00"}, 400),
        ("requests.json", {"service_code": "P0101,P9999"}, 404),
        ("requests.json", {"page": "0"}, 400),
        ("requests.json", {"page_size": "1001"}, 400),
        ("requests.json", {"page": "21", "page_size": "1000"}, 400),
        ("servicerequestupdates.json", {"page": "101"}, 400),
    ],
)
async def test_what_cannot_be_asked_is_refused(
    storage: Storage, path: str, asked: dict[str, str], code: int
) -> None:
    async with town(storage) as on:
        answer = await on.web.get(f"{PATH}/{path}", params=asked)
        assert answer.status_code == code, answer.text


async def test_it_is_off_until_it_is_switched_on_and_knows_its_jurisdiction(storage: Storage) -> None:
    async with town(storage, Open311Settings()) as on:
        assert (await on.web.get(f"{PATH}/services.json")).status_code == 404
        assert (await post(on)).status_code == 404
    own = SETTINGS.model_copy(update={"jurisdiction": "harbin.example.org", "reads_per_address_hour": 3})
    async with town(storage, own) as on:
        asked = {"jurisdiction_id": "elsewhere.example.org"}
        assert (await on.web.get(f"{PATH}/services.json", params=asked)).status_code == 404
        found = await got(on, "discovery.json", jurisdiction_id="harbin.example.org")
        assert found["endpoints"][0]["url"].endswith(PATH)
        assert found["contact"] == "12319@example.org"
        for _ in range(2):
            await got(on, "services.json")
        assert (await on.web.get(f"{PATH}/services.json")).status_code == 429


async def test_only_its_own_reports_are_listed_and_pages_follow_each_other(storage: Storage) -> None:
    async with town(storage) as on:
        await on.ask(
            None, "POST", "/citizen/reports", message_id="0b81d7f6-5a6d-4e1c-9b1e-0d0d0d0d0d0d", text="别处"
        )
        made = [(await post(on, description=f"第{n}个")).json()[0]["service_request_id"] for n in range(5)]
        pages = [await got(on, "requests.json", page=str(page), page_size="2") for page in (1, 2, 3)]
        listed = [one["service_request_id"] for page in pages for one in page]
        assert sorted(listed) == sorted(made)
        asked = ",".join(made[:2])
        assert len(await got(on, "requests.json", service_request_id=asked, status="closed")) == 2


@pytest.mark.parametrize("at_filing", [True, False])
async def test_a_report_whose_case_is_confidential_is_shown_to_nobody(
    any_storage: Storage, at_filing: bool
) -> None:
    async with town(any_storage) as on:
        number = (await post(on)).json()[0]["service_request_id"]
        await on.settle()
        (draft,) = (await on.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"]
        await on.act(AGENT, f"/drafts/{draft['draft_id']}/take")
        path = f"/drafts/{draft['draft_id']}/confirm"
        case = (await on.act(AGENT, path, confidential=at_filing)).json()
        await on.settle()
        secret = f"/cases/{case['case_id']}/confidential"
        if not at_filing:
            assert len(await got(on, "requests.json")) == 1
            assert (await on.act(AGENT, secret, confidential=True)).status_code == 200
            await on.settle()
        assert await got(on, "requests.json") == await got(on, "servicerequestupdates.json") == []
        assert (await on.web.get(f"{PATH}/requests/{number}.json")).status_code == 404
        await on.act(SUPERVISOR, secret, confidential=False)
        await on.settle()
        assert len(await got(on, "requests.json")) == 1


async def test_nothing_is_read_of_who_has_no_key(storage: Storage) -> None:
    async def broken(on: City) -> int:
        headers = {"content-type": "multipart/form-data"}
        answer = await on.web.post(f"{PATH}/requests.json", content=b"no form", headers=headers)
        return answer.status_code

    async with town(storage, SETTINGS.model_copy(update={"keys": {}})) as on:
        assert await broken(on) == 403
    async with town(storage, Open311Settings()) as on:
        assert await broken(on) == 404
    async with town(storage) as on:
        assert await broken(on) == 400
        wrong = [(await post(on, api_key="wrong")).status_code for _ in range(WRONG_KEYS_HOUR + 1)]
        assert wrong == [403] * WRONG_KEYS_HOUR + [429]
        assert await broken(on) == 429
        elsewhere = await on.web.post(
            f"{PATH}/requests.json", data={"api_key": "wrong"}, headers={"x-from": "10.0.0.2"}
        )
        assert elsewhere.status_code == 403


async def test_an_answer_is_given_again_for_a_moment_until_something_is_reported(storage: Storage) -> None:
    async with town(storage, SETTINGS.model_copy(update={"answers_kept_s": 60})) as on:
        assert await got(on, "requests.json") == []
        number = (await post(on)).json()[0]["service_request_id"]
        (first,) = await got(on, "requests.json")
        assert (first["service_request_id"], first["status_notes"]) == (number, "已收到")
        english = {"accept-language": "en"}
        (told,) = (await on.web.get(f"{PATH}/requests.json", headers=english)).json()
        assert told["status_notes"] == "Received"
        async with storage.write() as transaction:
            await transaction.connection.execute(reports.update().values(hidden=True))
        assert await got(on, "requests.json") == [first], "as a moment ago"
        assert await got(on, "requests.json", status="open") == [], "another question"
        assert (await on.web.get(f"{PATH}/requests.none")).status_code == 404


def test_what_is_remembered_has_an_end() -> None:
    now = [0.0]
    memory = RememberedAnswers(2.0, lambda: now[0])
    memory.keep(("a",), b"one", memory.age)
    age = memory.age
    now[0] = 1.9
    assert memory.of(("a",)) == b"one"
    now[0] = 2.0
    assert memory.of(("a",)) is None
    memory.forget()
    memory.keep(("a",), b"made before all was forgotten", age)
    assert memory.of(("a",)) is None
    for number in range(40):
        memory.keep((str(number),), bytes(MOST_BYTES // 16), memory.age)
    kept = [number for number in range(40) if memory.of((str(number),)) is not None]
    assert kept == list(range(25, 40))


def test_an_address_may_ask_a_thousand_times_an_hour() -> None:
    assert Open311Settings().reads_per_address_hour == 1_000


def test_every_step_has_a_status() -> None:
    for progress in CaseProgress:
        step = ReportStep(AT, progress)
        assert extended_status(step)
        assert (status(step) == "open") == (
            progress.value in {"received", "assigned", "in_progress", "merged"}
        )
    for reason in DeclineReason:
        assert status(ReportStep(AT, None, reason)) == "closed"


_texts = st.text(max_size=40)
_names = st.sampled_from(
    ["service_request_id", "service_code", "start_date", "end_date", "status", "page", "page_size"]
)


@given(
    asked=st.dictionaries(_names, _texts | st.sampled_from(["2026-11-30T08:00:00Z", "open", "P0101", "3"]))
)
def test_any_question_is_a_query_or_a_fault(asked: dict[str, str]) -> None:
    with contextlib.suppress(GeoReportFault):
        query = requests_question(asked, "open311", SERVICES, AT)
        assert query.since <= query.until <= query.since + timedelta(days=91)


_fields = st.sampled_from(
    ["lat", "long", "address_string", "description", "attribute[condition]", "media_url", "phone"]
)


@given(said=st.dictionaries(_fields, _texts | st.sampled_from(["45.7", "1"])))
def test_any_form_is_a_report_or_a_fault(said: dict[str, str]) -> None:
    with contextlib.suppress(GeoReportFault, ReportInvalid):
        check(report_of("fms", SERVICES.of_code("P0101"), said, (), AT))


@given(texts=st.lists(st.dictionaries(st.sampled_from(["service_name", "lat", "metadata"]), st.text())))
def test_any_text_is_written_as_xml_that_can_be_read(texts: list[dict[str, str]]) -> None:
    document = GeoReportDocument("services", texts)
    root = ET.fromstring(written(document, "xml"))
    assert [part.tag for part in root] == ["service"] * len(texts)
    assert json.loads(written(document, "json")) == texts
