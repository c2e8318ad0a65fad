"""Reports by the public web form: no account, switched off unless the operator wants it, limited."""

from __future__ import annotations

import base64
from typing import Any
from uuid import uuid4

import pytest

from citizen.contract.limits import HOUR_S, MOST_ADDRESSES, HourLimit
from citizen.errors import TooManyReports
from citizen.settings import CitizenSettings
from core.storage import Storage
from gateway.web.bodies import DEFAULT, largest_body
from tests.cases.rooms import AGENT
from tests.citizen.city import City, city
from tests.field.pictures import jpeg


def body(**changed: object) -> dict[str, object]:
    return {
        "message_id": str(uuid4()),
        "text": "中山路和红军街交口路灯不亮",
        "phone": "13904510001",
        **changed,
    }


async def follow(on: City, receipt: dict[str, str]) -> dict[str, Any]:
    answer = await on.ask(None, "POST", "/citizen/reports/follow", **receipt)
    assert answer.status_code == 200
    return dict(answer.json())


async def test_a_citizen_reports_without_an_account_and_follows_it(any_storage: Storage) -> None:
    async with city(any_storage) as on:
        picture = base64.b64encode(jpeg()).decode()
        said = body(pictures=[picture], position={"lon": 126.6, "lat": 45.7, "accuracy_m": 20})
        answer = await on.ask(None, "POST", "/citizen/reports", **said)
        assert answer.status_code == 201
        receipt = answer.json()
        assert (await on.ask(None, "POST", "/citizen/reports", **said)).json() == receipt, (
            "sent again: one report"
        )
        await on.settle()
        (draft,) = (await on.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"]
        assert (draft["source"], draft["fields"]["callback"]["value"]) == ("web", "13904510001")
        assert (await follow(on, receipt))["steps"] == []
        await on.act(AGENT, f"/drafts/{draft['draft_id']}/take")
        case = (await on.act(AGENT, f"/drafts/{draft['draft_id']}/confirm")).json()
        assert case["source"] == "web"
        await on.settle()
        found = await follow(on, receipt)
        assert found["case_number"] == case["number"]
        (step,) = found["steps"]
        assert step["progress"] == "received"


async def test_it_is_off_until_the_operator_switches_it_on(storage: Storage) -> None:
    assert not CitizenSettings().web_form.enabled
    async with city(storage, enabled=False) as on:
        for path, said in (("", body()), ("/follow", {"number": "R1", "code": "x"})):
            answer = await on.ask(None, "POST", f"/citizen/reports{path}", **said)
            assert (answer.status_code, answer.json()["type"]) == (404, "urn:songhua:problem:channel-off")


async def test_nothing_is_read_of_who_is_not_let_in(storage: Storage) -> None:
    async def broken(on: City, path: str) -> int:
        headers = {"content-type": "application/json"}
        answer = await on.web.post(f"/api/citizen/reports{path}", content=b"{", headers=headers)
        return answer.status_code

    async with city(storage, enabled=False) as on:
        assert [await broken(on, path) for path in ("", "/follow")] == [404, 404]
    async with city(storage, per_address_hour=1, looks_per_address_hour=1) as on:
        for path in ("", "/follow"):
            assert [await broken(on, path) for _ in range(2)] == [422, 429]


@pytest.mark.parametrize(
    "changed",
    [
        {"text": ""}, {"text": "a" * 4001}, {"message_id": "1"}, {"pictures": ["no base64!"]},
        {"pictures": [base64.b64encode(b"no picture").decode()]}, {"pictures": [""] * 4},
        {"position": {"lon": 200, "lat": 0, "accuracy_m": 1}}, {"phone": "1" * 41},
    ],
)  # fmt: skip
async def test_what_is_no_report_is_refused(storage: Storage, changed: dict[str, object]) -> None:
    async with city(storage) as on:
        answer = await on.ask(None, "POST", "/citizen/reports", **body(**changed))
        assert answer.status_code == 422


async def test_an_address_is_limited_and_others_are_not(storage: Storage) -> None:
    async with city(storage, per_address_hour=2, looks_per_address_hour=3) as on:
        answers = [await on.ask(None, "POST", "/citizen/reports", **body()) for _ in range(3)]
        assert [one.status_code for one in answers] == [201, 201, 429]
        elsewhere = await on.web.post("/api/citizen/reports", json=body(), headers={"x-from": "10.0.0.2"})
        assert elsewhere.status_code == 201
        guess = {"number": answers[0].json()["number"], "code": "aaaaaaaaaa"}
        looks = [await on.ask(None, "POST", "/citizen/reports/follow", **guess) for _ in range(4)]
        assert [one.status_code for one in looks] == [404, 404, 404, 429], "codes are not tried out"


def test_all_addresses_together_are_limited_and_the_hour_passes() -> None:
    now = 0.0
    limit = HourLimit(2, 3, lambda: now)
    for address in ("10.0.0.1", "10.0.0.1", "10.0.0.2"):
        limit.take(address)
    with pytest.raises(TooManyReports) as refused:
        limit.take("10.0.0.3")
    assert refused.value.extra["wait_s"] == HOUR_S
    now = HOUR_S
    limit.take("10.0.0.1")


def test_an_ipv6_customer_is_one_address_and_memory_is_bounded() -> None:
    limit = HourLimit(1, 10**9, lambda: 0.0)
    limit.take("2001:db8:1:2::1")
    with pytest.raises(TooManyReports):
        limit.take("2001:db8:1:2:ffff::9")
    for number in range(MOST_ADDRESSES + 10):
        limit.take(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(limit._by_address) == MOST_ADDRESSES


def test_addresses_that_are_refused_in_total_are_forgotten_too() -> None:
    limit = HourLimit(1, 1, lambda: 0.0)
    limit.take("192.0.2.1")
    for number in range(MOST_ADDRESSES + 10):
        with pytest.raises(TooManyReports):
            limit.take(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(limit._by_address) <= MOST_ADDRESSES


def test_a_total_that_is_used_up_lets_nobody_try_on() -> None:
    """Of who tries keys, his own limit counts too: `require` refuses him."""
    limit = HourLimit(2, 1, lambda: 0.0)
    limit.take("192.0.2.1")
    for _ in range(2):
        limit.require("192.0.2.2")
        with pytest.raises(TooManyReports):
            limit.take("192.0.2.2")
    with pytest.raises(TooManyReports):
        limit.require("192.0.2.2")


def test_who_follows_a_report_sends_little() -> None:
    assert largest_body("/api/citizen/reports/follow") == DEFAULT


def test_three_pictures_of_the_largest_size_fit_into_a_request() -> None:
    assert largest_body("/api/citizen/reports") > 3 * 2 * 1024 * 1024 * 4 / 3 + 64 * 1024
