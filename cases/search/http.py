"""The route of the list of cases. It shows each case as its own route does."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, StringConstraints

from cases import rights
from cases.events import CaseSource, CaseState, CaseView
from cases.life.service import MOST_LISTED, CaseService
from cases.ports import CurrentUser
from cases.privacy import sees_all, sees_confidential, shown
from cases.search.model import CaseFilter, CaseOrder, audience_of, cursor_of
from cases.view_audit import CaseViewAudit
from core.actor import Actor
from core.answers import answers

MOST_VALUES = 20
MOST_QUERY = 80
MOST_CURSOR = 120


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
        self.since, self.until, self.q = since, until, q or ""
        self.order, self.cursor, self.limit, self.counts = order, cursor or "", limit, counts

    @property
    def filter(self) -> CaseFilter:
        return CaseFilter(
            states=tuple(self.state), categories=tuple(self.category), districts=tuple(self.district),
            urgencies=tuple(self.urgency), sources=tuple(self.source), units=tuple(self.unit),
            since=self.since, until=self.until, text=self.q,
        )  # fmt: skip

    @property
    def narrowed(self) -> Mapping[str, str]:
        """What the audit trail says of it; never the words."""
        several: dict[str, Sequence[str]] = {
            "state": self.state, "category": self.category, "district": self.district,
            "urgency": self.urgency, "source": self.source, "unit": self.unit,
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


def search_routes(cases: CaseService, user: CurrentUser, view_audit: CaseViewAudit) -> APIRouter:
    routes = APIRouter(tags=["cases"])
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

    return routes


def _told(viewer: Actor, found: Sequence[CaseView], *, by_word: bool) -> list[CaseView]:
    """That a masked word matches would tell it."""
    return [case for case in found if not by_word or sees_all(viewer, case)]
