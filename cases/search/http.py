"""The route of the list of cases. It shows each case as its own route does."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, StringConstraints

from cases import rights
from cases.errors import PlaceMissing
from cases.events import CaseSource, CaseState, CaseView, DeadlineState
from cases.life.service import MOST_LISTED, CaseService
from cases.ports import CallDirectory, CurrentUser
from cases.privacy import require_call, sees_all, sees_confidential, shown, within
from cases.search.model import CaseFilter, CaseOrder, audience_of, cursor_of
from cases.search.near import SearchPlace
from cases.view_audit import CaseViewAudit
from core.actor import Actor
from core.answers import answers
from core.routes import RoomRouter

MOST_VALUES = 20
MOST_QUERY = 80
MOST_CURSOR = 120
MOST_PLACE = 200
MOST_METRES = 5_000


_MANY: Final = Query(max_length=MOST_VALUES)
_District = Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
_Class = Annotated[str, StringConstraints(max_length=80)]
_Unit = Annotated[str, StringConstraints(max_length=64)]
Urgency = Literal["normal", "urgent", "danger"]


class CaseListRequest:
    """Each filter may be repeated: one of its values must hold. `since` and `until` are about the filing."""

    def __init__(
        self,
        state: Annotated[list[CaseState] | None, _MANY] = None,
        category: Annotated[list[_Class] | None, _MANY] = None,
        district: Annotated[list[_District] | None, _MANY] = None,
        urgency: Annotated[list[Urgency] | None, _MANY] = None,
        source: Annotated[list[CaseSource] | None, _MANY] = None,
        unit: Annotated[list[_Unit] | None, _MANY] = None,
        deadline: Annotated[list[DeadlineState] | None, _MANY] = None,
        department: Annotated[list[_Unit] | None, _MANY] = None,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
        q: Annotated[str | None, Query(max_length=MOST_QUERY)] = None,
        order: CaseOrder = CaseOrder.NEWEST,
        cursor: Annotated[str | None, Query(max_length=MOST_CURSOR)] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = MOST_LISTED,
        counts: bool = False,
    ) -> None:
        self.state, self.category, self.district = state or [], category or [], district or []
        self.urgency, self.source, self.unit = urgency or [], source or [], unit or []
        self.deadline, self.department = deadline or [], department or []
        self.since, self.until, self.q = since, until, q or ""
        self.order, self.cursor, self.limit, self.counts = order, cursor or "", limit, counts

    @property
    def filter(self) -> CaseFilter:
        return CaseFilter(
            states=tuple(self.state), categories=tuple(self.category), districts=tuple(self.district),
            urgencies=tuple(self.urgency), sources=tuple(self.source), units=tuple(self.unit),
            deadlines=tuple(self.deadline), departments=tuple(self.department),
            since=self.since, until=self.until, text=self.q,
        )  # fmt: skip

    @property
    def narrowed(self) -> Mapping[str, str]:
        """What the audit trail says of it; never the words."""
        several: dict[str, Sequence[str]] = {
            "state": self.state, "category": self.category, "district": self.district,
            "urgency": self.urgency, "source": self.source, "unit": self.unit,
            "deadline": self.deadline, "department": self.department,
        }  # fmt: skip
        ends = {
            name: at.isoformat()
            for name, at in (("since", self.since), ("until", self.until))
            if at is not None
        }
        return {name: "+".join(values) for name, values in several.items()} | ends


class CasePageAnswer(BaseModel):
    """`next` is the cursor of the next page. `counts` are the cases of each state, urgency and source under
    the other filters; 1000 means that many or more.
    """

    cases: list[CaseView]
    next: str | None = None
    counts: dict[str, dict[str, int]] | None = None


class NearRequest:
    """`lon` and `lat` in degrees (WGS-84), together; or a place in words."""

    def __init__(
        self,
        lon: Annotated[float | None, Query(ge=-180, le=180)] = None,
        lat: Annotated[float | None, Query(ge=-90, le=90)] = None,
        metres: Annotated[float, Query(gt=0, le=MOST_METRES)] = 200.0,
        address: Annotated[str | None, Query(max_length=MOST_PLACE)] = None,
        crossing: Annotated[str | None, Query(max_length=MOST_PLACE)] = None,
        district: Annotated[_District | None, Query()] = None,
    ) -> None:
        if (lon is None) is not (lat is None) or (lon is None and not address and not crossing):
            raise PlaceMissing(remedy="give lon and lat, or an address or a crossing")
        self.where = SearchPlace(lon, lat, metres, address or "", crossing or "", district)


class NearbyCaseView(BaseModel):
    """`metres` is None for a case that is found by its words alone."""

    case: CaseView
    metres: float | None


class NearbyCases(BaseModel):
    cases: list[NearbyCaseView]


class OpenCaseList(BaseModel):
    cases: list[CaseView]


def search_routes(
    cases: CaseService, calls: CallDirectory, user: CurrentUser, view_audit: CaseViewAudit
) -> APIRouter:
    routes = RoomRouter(tags=["cases"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("/cases", **answers(CasePageAnswer))
    async def page(actor: person, asked: Annotated[CaseListRequest, Depends()]) -> dict[str, Any]:
        """Cases in an order, page by page; `q` is looked for in number, class, place and description."""
        rights.SEE_CASES.check(actor)
        audience = audience_of(actor, confidential=sees_confidential(actor))
        after = cursor_of(asked.cursor, asked.order) if asked.cursor else None
        found, following = await cases.find(
            asked.filter, audience, order=asked.order, after=after, limit=asked.limit
        )
        told = _told(actor, found, by_word=bool(asked.q))
        counts = await cases.counts(asked.filter, audience) if asked.counts else None
        await view_audit.at_list(actor, told, asked.narrowed, by_word=bool(asked.q))
        return {
            "cases": [shown(actor, case) for case in told],
            "next": None if following is None else following.text(),
            "counts": counts,
        }

    @routes.get("/cases/near", **answers(NearbyCases))
    async def near(actor: person, asked: Annotated[NearRequest, Depends()]) -> dict[str, Any]:
        """Open cases within `metres`, the nearest first, or at this address or crossing."""
        rights.SEE_CASES.check(actor)
        found = [one for one in await cases.near(asked.where) if _may_see_place(actor, one[0])]
        await view_audit.at_list(actor, [case for case, _ in found], {"near": "place"}, by_word=True)
        return {"cases": [{"case": shown(actor, case), "metres": metres} for case, metres in found]}

    @routes.get("/calls/{call_id}/open-cases", **answers(OpenCaseList))
    async def of_call(call_id: UUID, actor: person) -> dict[str, Any]:
        """The open cases that came from the number of this call, newest first."""
        rights.SEE_OPEN_OF_CALL.check(actor)
        await require_call(calls, actor, call_id)
        found = [case for case in await cases.open_of_call(call_id) if _may_see_place(actor, case)]
        await view_audit.at_list(actor, found, {"call": str(call_id)}, by_word=False)
        return {"cases": [shown(actor, case) for case in found]}

    return routes


def _may_see_place(viewer: Actor, case: CaseView) -> bool:
    """Whose place or caller is masked is not found by them."""
    return within(viewer, case) and sees_all(viewer, case)


def _told(viewer: Actor, found: Sequence[CaseView], *, by_word: bool) -> list[CaseView]:
    """That a masked word matches would tell it."""
    return [case for case in found if not by_word or sees_all(viewer, case)]
