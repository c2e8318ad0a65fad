"""No desk is told of a caller's confidential calls and cases; they still count for his place in the queue."""

from __future__ import annotations

from functools import partial
from typing import Any, cast
from uuid import uuid4

from cases.events import CaseView
from cases.life.callers import open_cases
from cdr.model import CallerHistoryEntry
from core.ids import uuid7
from gateway.wiring.cdr import earlier_calls
from gateway.wiring.hotline import History
from tests.cdr.script import CITIZEN, START


def case(*, confidential: bool) -> CaseView:
    return CaseView(
        case_id=uuid7(), number="1", spoken_code="1", state="filed", category="x", category_name="x",
        district=None, district_name=None, address="公滨路5号", crossing=None, description="x",
        urgency="danger",
        confidential=confidential, acceptor=None, call_ids=[], filed_at=START, filed_by="li.na",
        updated_at=START, dispatches=[],
    )  # fmt: skip


class PlayedCases:
    def __init__(self, mine: list[CaseView]) -> None:
        self.mine = mine

    async def open_of_caller(self, number: str) -> list[CaseView]:
        assert number == CITIZEN
        return self.mine

    async def open_at(self, district: str | None, place: str) -> list[CaseView]:
        del district, place
        return self.mine


class PlayedLedger:
    async def earlier_calls(self, number: str) -> list[CallerHistoryEntry]:
        assert number == CITIZEN
        return [
            CallerHistoryEntry(uuid4(), START, "answered", 1.0, (), ("case",), hidden)
            for hidden in (True, False)
        ]


async def test_what_is_confidential_is_left_out_of_the_pop_and_counts_in_the_queue() -> None:
    cases, ledger = PlayedCases([case(confidential=True), case(confidential=False)]), PlayedLedger()
    history = History(partial(earlier_calls, cast("Any", ledger)), partial(open_cases, cast("Any", cases)))
    shown, whole = await history.lookup(CITIZEN), await history.whole(CITIZEN)
    assert (len(shown.earlier_calls), len(whole.earlier_calls)) == (1, 2)
    assert [one.case_id for one in shown.open_cases] == [cases.mine[1].case_id]
    assert {one.case_id for one in whole.open_cases} == {one.case_id for one in cases.mine}
