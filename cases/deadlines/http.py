"""The route that tells who would answer for a report, and until when, before it is filed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from cases import rights
from cases.beats.model import Beat
from cases.deadlines.model import CaseClock
from cases.deadlines.service import CaseDeadlines
from cases.drafting.access import DraftAccess
from cases.drafting.model import FieldName
from cases.events import CaseDeadlineView, CaseResponsibilityView
from cases.gazetteer.lookup import Gazetteer
from cases.grid.service import CaseGrid
from cases.life.position import position_of_report
from cases.ports import CurrentUser
from cases.responsibility.service import CaseDepartments, place_of
from cases.views import deadline_view, responsibility_view
from core.actor import Actor
from core.clock import Clock
from core.routes import RoomRouter

MOST_TEXT = 200


class ExpectedHandling(BaseModel):
    """What a case would get if it were filed now; None where the class has no limit, and where no row of the
    responsibility catalogue decides. `area_open`: the class has other limits for classes of areas, and that
    of the place is not known.
    """

    deadline: CaseDeadlineView | None
    responsible: CaseResponsibilityView | None
    area_open: bool = False


class DraftPlaces:
    """The beat that a draft's place lies in, for who may read the draft."""

    def __init__(self, grid: CaseGrid, gazetteer: Gazetteer, access: DraftAccess) -> None:
        self.grid = grid
        self._gazetteer = gazetteer
        self._access = access

    def beat(self, beat_id: str | None) -> Beat | None:
        """None for a name that no beat has."""
        return self.grid.beats.by_id.get(beat_id or "")

    async def beat_of(self, actor: Actor, draft_id: UUID) -> Beat | None:
        """Raises as `DraftAccess.read`."""
        draft = await self._access.read(actor, draft_id)
        return self.grid.beat_of(draft.value(FieldName.CELL), position_of_report(draft, self._gazetteer))


def expectation_routes(
    deadlines: CaseDeadlines,
    departments: CaseDepartments,
    places: DraftPlaces,
    clock: Clock,
    user: CurrentUser,
) -> APIRouter:
    routes = RoomRouter(tags=["cases"])
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
        draft_id: UUID | None = None,
    ) -> ExpectedHandling:
        """Department and deadline of a class at a place, as if it were filed now; `owner` of its part. The
        beat is the one that is named, else that of the draft's place; the class of the area is the beat's,
        else the city's default.
        """
        rights.LOOK_UP.check(actor)
        now = clock.now()
        there = places.beat(beat) if draft_id is None or beat else await places.beat_of(actor, draft_id)
        area, beat = places.grid.area_class(there), beat or (None if there is None else there.beat_id)
        terms = deadlines.terms(category, now, condition, urgent=urgent, area=area)
        clocks = [] if terms is None else [CaseClock(UUID(int=0), 0, now, terms)]
        return ExpectedHandling(
            deadline=deadline_view(clocks),
            responsible=responsibility_view(
                departments.answering(category, place_of(district, subdistrict, beat), now, owner=owner)
            ),
            area_open=terms is not None and area is None and deadlines.is_graded(category),
        )

    return routes
