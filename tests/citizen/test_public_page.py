"""What the page of the public asks: adding to a report, rating it, open reports nearby; what nobody learns by
guessing.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2 as httpx
from sqlalchemy import select

from cases.timeline.model import TimelineSubject
from citizen.events import ReportAdded, ReportRated
from citizen.reports import additions, store
from citizen.tables import me_too, ratings, reports
from core.events import parse
from core.storage import Storage
from core.storage.schema import outbox
from gateway.wiring.case_timeline import ReporterOfCase
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER
from tests.citizen.city import SUPERVISOR, City, city
from tests.citizen.test_merged_cases import filed_by, merged
from tests.citizen.test_web_form import body, follow
from tests.field.pictures import jpeg

PLACE = {"lon": 126.6424, "lat": 45.7567, "accuracy_m": 20.0}
NEAR = {"lon": 126.6425, "lat": 45.7568}


async def post(on: City, path: str, proof: dict[str, str], **said: object) -> httpx.Response:
    return await on.ask(None, "POST", f"/citizen/reports/{path}", **proof, **said)


async def reported(on: City, **changed: object) -> dict[str, str]:
    answer = await on.ask(None, "POST", "/citizen/reports", **body(**changed))
    assert answer.status_code == 201, answer.text
    await on.settle()
    return dict(answer.json())


async def filed(on: City, **said: object) -> str:
    (draft,) = (await on.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"]
    await on.act(AGENT, f"/drafts/{draft['draft_id']}/take")
    answer = await on.act(AGENT, f"/drafts/{draft['draft_id']}/confirm", **said)
    await on.settle()
    return str(answer.json()["case_id"])


async def closed(on: City, case_id: str) -> None:
    await on.act(DISPATCHER, f"/cases/{case_id}/done")
    await on.act(ACCEPTOR, f"/cases/{case_id}/verify")
    await on.act(ACCEPTOR, f"/cases/{case_id}/close", note="现场已恢复", condition="restored")
    await on.settle()


async def near(on: City, **where: float) -> list[dict[str, Any]]:
    answer = await on.web.get("/api/citizen/nearby", params={**NEAR, **where})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["reports"])


async def events(on: City, kind: type[Any]) -> list[Any]:
    async with on.storage.read() as connection:
        rows = (await connection.execute(select(outbox.c.envelope).order_by(outbox.c.seq))).scalars().all()
    return [one for one in map(parse, rows) if isinstance(one, kind)]


async def test_a_reporter_adds_once_and_the_desk_reads_it(any_storage: Storage) -> None:
    async with city(any_storage) as on:
        proof = await reported(on)
        said = {
            "message_id": str(uuid4()),
            "text": "就在公交站旁边",
            "pictures": [base64.b64encode(jpeg()).decode()],
        }
        for _ in range(2):
            answer = await post(on, "add", proof, **said)
            assert (answer.status_code, answer.json()["additions"]) == (200, 1)
        case_id = await filed(on)
        assert (await post(on, "add", proof, message_id=str(uuid4()), text="又坏了")).json()["additions"] == 2
        seen = await on.ask(AGENT, "GET", f"/cases/{case_id}/report")
        assert [one["text"] for one in seen.json()["additions"]] == ["就在公交站旁边", "又坏了"]
        assert len(seen.json()["picture_ids"]) == 1
        assert "view-report" in str(on.looked.__dict__)
        assert (await on.ask(DISPATCHER, "GET", f"/cases/{case_id}/report")).status_code == 403
        assert (await on.ask(SUPERVISOR, "GET", f"/cases/{uuid4()}/report")).status_code == 404
        told = await events(on, ReportAdded)
        assert [(one.text, one.pictures, one.case_id) for one in told] == [
            ("就在公交站旁边", 1, None), ("又坏了", 0, UUID(case_id)),
        ]  # fmt: skip


async def test_what_is_added_has_bounds_and_ends_with_the_case(storage: Storage) -> None:
    async with city(storage) as on:
        proof = await reported(on)
        for said in ({"text": ""}, {"text": "  "}, {"pictures": ["bm8gcGljdHVyZQ=="]}, {"text": "a" * 4001}):
            answer = await post(on, "add", proof, message_id=str(uuid4()), **said)
            assert answer.status_code == 422, said
        statuses = [
            (await post(on, "add", proof, message_id=str(uuid4()), text=f"补充 {number}")).status_code
            for number in range(12)
        ]
        assert statuses == [200] * 10 + [422] * 2
        await closed(on, await filed(on))
        late = await post(on, "add", proof, message_id=str(uuid4()), text="又坏了")
        assert (late.status_code, late.json()["type"]) == (409, "urn:songhua:problem:report-ended")


async def test_a_closed_report_is_rated_and_a_later_rating_replaces_it(any_storage: Storage) -> None:
    async with city(any_storage) as on:
        proof = await reported(on)
        early = await post(on, "rate", proof, stars=5)
        assert (early.status_code, early.json()["type"]) == (409, "urn:songhua:problem:not-rateable")
        case_id = await filed(on)
        await closed(on, case_id)
        assert (await follow(on, proof))["may_rate"]
        for stars in (0, 6):
            assert (await post(on, "rate", proof, stars=stars)).status_code == 422
        assert (await post(on, "rate", proof, stars=2, solved=False, words="没修好")).json()["stars"] == 2
        assert (await post(on, "rate", proof, stars=5, solved=True, words="谢谢")).json()["stars"] == 5
        async with any_storage.read() as connection:
            rows = (await connection.execute(select(ratings.c.stars, ratings.c.solved))).all()
        assert [tuple(row) for row in rows] == [(5, True)]
        told = await events(on, ReportRated)
        assert [(one.stars, one.solved, one.case_id, one.source.value) for one in told] == [
            (2, False, UUID(case_id), "web"), (5, True, UUID(case_id), "web"),
        ]  # fmt: skip
        about = TimelineSubject(UUID(case_id), "", (), {})
        (entry,) = await ReporterOfCase(any_storage).entries(ACCEPTOR, about)
        assert (entry.act, entry.words) == ("citizen-rated", "5/5")
        assert await ReporterOfCase(any_storage).entries(ACCEPTOR, replace(about, case_id=uuid4())) == ()
        seen = (await on.ask(AGENT, "GET", f"/cases/{case_id}/report")).json()
        assert seen["rating"] == {"stars": 5, "solved": True, "words": "谢谢"}


async def test_numbers_cannot_be_enumerated(storage: Storage) -> None:
    async with city(storage, wrong_codes_per_address_hour=4, looks_per_address_hour=1000) as on:
        proof = await reported(on)
        wrong = {**proof, "code": "aaaaaaaaaa"}
        nobodys = {"number": "R20261130-99999", "code": "aaaaaaaaaa"}
        answers = [
            await post(on, "follow", wrong),
            await post(on, "follow", nobodys),
            await post(on, "rate", wrong, stars=5),
            await post(on, "add", nobodys, message_id=str(uuid4()), text="x"),
        ]
        assert {(one.status_code, one.text) for one in answers} == {(404, answers[0].text)}, (
            "a number that exists is answered as one that does not"
        )
        refused = await post(on, "follow", proof)
        assert refused.status_code == 429, "also with the right code: the address has guessed enough"
        elsewhere = await on.web.post(
            "/api/citizen/reports/follow", json=proof, headers={"x-from": "10.0.0.2"}
        )
        assert elsewhere.status_code == 200, "and the reporter is not shut out"


async def test_open_reports_nearby_say_class_street_and_step_alone(any_storage: Storage) -> None:
    async with city(any_storage, nearby=True) as on:
        said = {
            "text": "王女士：公滨路5号井盖不见了，13904510001",
            "place": "公滨路5号3单元",
            "position": PLACE,
        }
        await reported(on, **said)
        assert await near(on) == [], "nobody has read it"
        case_id = await filed(on)
        (one,) = await near(on)
        assert one["street"] == "公滨路"
        assert one["step"] == "received"
        for secret in ("王女士", "1390451", "5号", "3单元", "R2026"):
            assert secret not in str(one), secret
        assert await near(on, lat=45.78) == [], "it is far from there"
        await closed(on, case_id)
        assert await near(on) == [], "it is not open any more"


async def test_a_merged_report_is_nearby_and_takes_additions_until_its_survivor_is_over(
    any_storage: Storage,
) -> None:
    async with city(any_storage, nearby=True) as on:
        proof = await reported(on, position=PLACE)
        case_id = await filed(on)
        other = await filed_by(on, "13904510001")
        await merged(on, {"case_id": case_id}, other)
        assert [one["step"] for one in await near(on)] == ["merged"]
        assert (await post(on, "add", proof, text="还在那里", message_id=str(uuid4()))).status_code < 300
        await closed(on, other["case_id"])
        assert await near(on) == []
        late = await post(on, "add", proof, text="还在那里", message_id=str(uuid4()))
        assert late.status_code == 409, late.text


async def test_a_confidential_case_is_not_nearby(storage: Storage) -> None:
    async with city(storage, nearby=True) as on:
        await reported(on, position=PLACE)
        await filed(on, confidential=True)
        assert await near(on) == []


async def test_me_too_counts_a_device_once_and_an_address_a_few_times(any_storage: Storage) -> None:
    async with city(any_storage, nearby=True) as on:
        await reported(on, position=PLACE)
        await filed(on)
        (one,) = await near(on)
        path, device = f"/citizen/nearby/{one['key']}/me-too", str(uuid4())
        for _ in range(2):
            assert (await on.ask(None, "POST", path, device=device)).json() == {"others": 1}
        made_up = [(await on.ask(None, "POST", path, device=str(uuid4()))).status_code for _ in range(5)]
        assert made_up == [200, 200, 200, 429, 429]
        assert (await near(on))[0]["others"] == 4
        assert (await on.ask(None, "POST", "/citizen/nearby/0000/me-too", device=device)).status_code == 404
        async with any_storage.read() as connection:
            assert device not in str((await connection.execute(select(me_too.c.device))).all())


async def test_nearby_is_off_until_it_is_switched_on(storage: Storage) -> None:
    async with city(storage) as on:
        assert (await on.web.get("/api/citizen/nearby", params=NEAR)).status_code == 404
        page = (await on.ask(None, "GET", "/citizen/page")).json()
        assert page == {"takes_reports": True, "nearby": False, "hotline": "12319", "mails": False}
    async with city(storage, enabled=False, nearby=True) as on:
        page = (await on.ask(None, "GET", "/citizen/page")).json()
        assert (page["takes_reports"], page["nearby"]) == (False, False)


async def test_what_was_added_and_rated_is_erased_with_the_report(storage: Storage) -> None:
    async with city(storage, nearby=True) as on:
        proof = await reported(on, position=PLACE)
        await post(on, "add", proof, message_id=str(uuid4()), text="就在公交站旁边")
        await closed(on, await filed(on))
        await post(on, "rate", proof, stars=4, words="我是王女士")
        async with storage.write() as transaction:
            connection = transaction.connection
            report_id = (await connection.execute(select(reports.c.report_id))).scalar_one()
            await store.forget(connection, report_id, storage.clock.now() + timedelta(days=400))
            assert await additions.of_report(connection, report_id) == []
            rating = await additions.rating_of(connection, report_id)
        assert rating is not None
        assert (rating.stars, rating.words) == (4, ""), "the figure stays, the words go"
