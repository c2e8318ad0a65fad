"""The route that tells who would answer for a report, and until when, before it is filed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from cases import rights
from cases.deadlines.model import CaseClock
from cases.deadlines.service import CaseDeadlines
from cases.events import CaseDeadlineView, CaseResponsibilityView
from cases.ports import CurrentUser
from cases.responsibility.service import CaseDepartments, place_of
from cases.views import deadline_view, responsibility_view
from core.actor import Actor
from core.clock import Clock

MOST_TEXT = 200


class ExpectedHandling(BaseModel):
    """What a case would get if it were filed now; None where the class has no limit, and where no row of the
    responsibility catalogue decides.
    """

    deadline: CaseDeadlineView | None
    responsible: CaseResponsibilityView | None


def expectation_routes(
    deadlines: CaseDeadlines, departments: CaseDepartments, clock: Clock, user: CurrentUser
) -> APIRouter:
    routes = APIRouter(tags=["cases"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/cases/expected")
    async def expected(
        actor: person,
        category: Annotated[str, Query(max_length=MOST_TEXT)],
        district: Annotated[str | None, Query(pattern=r"^\d{6}$")] = None,
        subdistrict: Annotated[str | None, Query(pattern=r"^\d{9}$")] = None,
        condition: Annotated[str, Query(max_length=MOST_TEXT)] = "",
        urgent: bool = False,
        beat: Annotated[str | None, Query(max_length=64)] = None,
        owner: Annotated[str, Query(max_length=MOST_TEXT)] = "",
    ) -> ExpectedHandling:
        """Department and deadline of a class at a place, as if it were filed now; `owner` of its part."""
        rights.LOOK_UP.check(actor)
        now = clock.now()
        terms = deadlines.terms(category, now, condition, urgent=urgent)
        clocks = [] if terms is None else [CaseClock(UUID(int=0), 0, now, terms)]
        return ExpectedHandling(
            deadline=deadline_view(clocks),
            responsible=responsibility_view(
                departments.answering(category, place_of(district, subdistrict, beat), now, owner=owner)
            ),
        )

    return routes
