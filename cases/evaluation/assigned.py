"""The assignments of cases as evaluation counts them, read from the acts on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.assignments.tables import assignment_acts, assignments
from cases.evaluation.model import AssignmentFact
from cases.events import AssignmentAction
from cases.responsibility.store import DepartmentPart

_GIVEN_BACK: Final = frozenset({AssignmentAction.RETURN, AssignmentAction.UPHOLD})
"""Acts after which the department has given it back, until that is refused."""


class AssignmentActs:
    """Implements `cases.evaluation.ports.AssignmentSource`. Every act has a line in the case's log, its own
    or that of the act on the case from which it follows.
    """

    async def of_cases(
        self, connection: AsyncConnection, case_ids: Sequence[UUID]
    ) -> Mapping[UUID, Sequence[AssignmentFact]]:
        query = (
            select(assignments.c.case_id, assignments.c.assignment_id, assignment_acts.c.act,
                   assignment_acts.c.at, assignments.c.part, assignments.c.handler)
            .join(assignment_acts, assignment_acts.c.assignment_id == assignments.c.assignment_id)
            .where(assignments.c.case_id.in_(list(case_ids)))
            .order_by(assignments.c.seq, assignment_acts.c.seq)
        )  # fmt: skip
        acts: dict[UUID, dict[UUID, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for row in await connection.execute(query):
            acts[row.case_id][row.assignment_id].append(row)
        return {
            case_id: [
                AssignmentFact(
                    rows[0].at,
                    returned=was_returned(one.act for one in rows),
                    handler=rows[0].handler if rows[0].part == DepartmentPart.HOST else None,
                )
                for rows in its.values()
            ]
            for case_id, its in acts.items()
        }


def was_returned(acts: Iterable[str]) -> bool:
    """Whether the department gave it back and the centre did not refuse that."""
    returned = 0
    for one in acts:
        if one in _GIVEN_BACK:
            returned += 1
        elif one == AssignmentAction.REFUSE_RETURN:
            returned -= 1
    return returned > 0
