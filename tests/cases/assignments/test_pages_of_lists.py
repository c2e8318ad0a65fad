"""What the list of assignments asks of the database: an index has the order, nothing is sorted."""

from __future__ import annotations

import pytest
from sqlalchemy import text, update

from cases.assignments import store
from cases.assignments.http import AssignmentListRequest
from cases.assignments.tables import assignments
from cases.events import AssignmentState
from core.storage import Storage
from tests.cases.assignments.people import DISPATCHER, HOST, MA, NINE, OTHER, office

WAITING, FINISHED = AssignmentState.WAITING, AssignmentState.FINISHED


def test_states_in_which_a_department_has_it_are_open_ones() -> None:
    asked = AssignmentListRequest
    wanted = [
        asked(), asked(waiting=True), asked(state=[WAITING]), asked(state=[WAITING, FINISHED]),
        asked(state=[FINISHED]), asked(open=False),
    ]  # fmt: skip
    assert [one.filter(MA, NINE).only_open for one in wanted] == [True, True, True, False, False, False]


@pytest.mark.parametrize("departments", [(), (HOST,)])
@pytest.mark.parametrize("asked", [{"open": False}, {"state": [FINISHED]}, {"waiting": True}, {"mine": True}])
async def test_no_list_is_sorted(
    storage: Storage, asked: dict[str, object], departments: tuple[str, ...]
) -> None:
    wanted = AssignmentListRequest(department=list(departments), **asked)  # type: ignore[arg-type]
    async with storage.read() as connection:
        query = store.page_query(wanted.filter(MA, NINE), None, 51)
        compiled = query.compile(connection.sync_connection, compile_kwargs={"literal_binds": True})
        plan = [row[-1] for row in await connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))]
    assert not [step for step in plan if "TEMP B-TREE" in step], plan


async def test_a_department_is_called_what_it_was_called_last(any_storage: Storage) -> None:
    at = office(any_storage)
    first, second = await at.filed(), await at.filed()
    for case, name in ((first, "旧名"), (second, "新名")):
        await at.act(DISPATCHER, case, "reassign", "改派", department_id=OTHER)
        async with any_storage.write() as transaction:
            renamed = update(assignments).where(
                assignments.c.case_id == case.case_id, assignments.c.department_id == HOST
            )
            await transaction.connection.execute(renamed.values(name_zh=name))
    async with any_storage.read() as connection:
        found = await store.names_of_departments(connection, [HOST, HOST, "nobody"])
    assert found == {HOST: "新名"}
