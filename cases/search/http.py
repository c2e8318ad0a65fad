"""The route of the list of cases. It shows each case as its own route does."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

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


class CaseListRequest(BaseModel):
    """Each filter may be repeated: one of its values must hold. `since` and `until` are about the filing."""

    state: list[CaseState] = Field(default=[], max_length=MOST_VALUES)
    category: list[Annotated[str, Field(max_length=80)]] = Field(default=[], max_length=MOST_VALUES)
    district: list[Annotated[str, Field(pattern=r"^\d{6}$")]] = Field(default=[], max_length=MOST_VALUES)
    urgency: list[Annotated[str, Field(pattern="^(normal|urgent|danger)$")]] = Field(
        default=[], max_length=MOST_VALUES
    )
    source: list[CaseSource] = Field(default=[], max_length=MOST_VALUES)
    unit: list[Annotated[str, Field(max_length=64)]] = Field(default=[], max_length=MOST_VALUES)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    q: str = Field(default="", max_length=MOST_QUERY)
    order: CaseOrder = CaseOrder.NEWEST
    cursor: str = Field(default="", max_length=MOST_CURSOR)
    limit: int = Field(default=MOST_LISTED, ge=1, le=MOST_LISTED)
    counts: bool = False

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
    async def page(actor: person, asked: Annotated[CaseListRequest, Query()]) -> dict[str, Any]:
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
