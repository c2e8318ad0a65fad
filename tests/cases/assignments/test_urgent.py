"""An urgent case: its department has the urgent hours of the catalogue, as the case has."""

from __future__ import annotations

import pytest

from core.storage import Storage
from tests.cases.assignments.people import MA, SUPERVISOR, office


@pytest.mark.parametrize("urgency", ["urgent", "danger"])
async def test_the_department_of_an_urgent_case_has_its_time(any_storage: Storage, urgency: str) -> None:
    at = office(any_storage)
    case = await at.filed(urgency=urgency)
    shown = (await at.on.room.cases.get(case.case_id)).deadline
    assert shown is not None
    (given,) = await at.mine(MA)
    assert [one.due_at for one in given.clocks] == [shown.due_at]
    await at.act(MA, case, "sign")
    await at.act(MA, case, "ask_extension", "等车", hours=2.0)
    longer = await at.act(SUPERVISOR, case, "approve")
    later = (await at.on.room.cases.get(case.case_id)).deadline
    assert later is not None
    assert shown.due_at < later.due_at == longer.clocks[-1].due_at
