"""Routes of the evaluation. Days are the city's; `to` no longer belongs to the time."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, StringConstraints

from cases.errors import BadCursor
from cases.evaluation.figures import FIGURES
from cases.evaluation.printing.service import EvaluationPrinting, PrintLanguage
from cases.evaluation.service import (
    Evaluation,
    EvaluationRequest,
    EvaluationResult,
    EvaluationRow,
    of_figure,
)
from cases.evaluation.store import FactPlace
from cases.events import CaseView
from cases.ports import CurrentUser
from cases.privacy import shown
from cases.view_audit import CaseViewAudit
from core.actor import Actor
from core.answers import answers
from core.routes import RoomRouter

_PLACE: Final = re.compile(r"([0-9]{1,18})-([0-9a-f]{32})")
_MANY: Final = Query(max_length=20)
_District = Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
_Name = Annotated[str, StringConstraints(max_length=80)]
_Dimension = Literal[
    "department",
    "district",
    "street",
    "cell",
    "beat",
    "person",
    "handler",
    "acceptor",
    "class",
    "source",
    "day",
]
_Figure = Literal[
    "registration_rate", "timely_dispatch_rate", "handling_rate", "timely_handling_rate", "closing_rate",
    "timely_closing_rate", "rework_rate", "return_rate", "repeat_rate", "check_pass_rate", "average_handling",
]  # fmt: skip
_Count = Literal[
    "received", "filed", "declined", "standing", "dispatched", "dispatched_in_time", "due", "handled",
    "handled_in_time", "overdue", "closed", "closed_in_time", "ever_done", "reworked", "returned",
    "repeated", "checked", "passed",
]  # fmt: skip


class EvaluationQuery:
    """Each filter may be repeated: one of its values must hold. A class is a code or a whole reference."""

    def __init__(
        self,
        since: Annotated[date, Query(alias="from")],
        until: Annotated[date, Query(alias="to")],
        district: Annotated[list[_District] | None, _MANY] = None,
        department: Annotated[list[_Name] | None, _MANY] = None,
        category: Annotated[list[_Name] | None, _MANY] = None,
    ) -> None:
        self.request = EvaluationRequest(
            since, until, tuple(district or ()), tuple(department or ()), tuple(category or ())
        )


class FigureDefinition(BaseModel):
    """A figure is `numerator` over `denominator`, both names of counts. `unit`: share, or seconds."""

    name: str
    numerator: str
    denominator: str
    unit: str
    less_is_better: bool


class EvaluationRowView(BaseModel):
    """`score` is 0 to 100 by the city's weights. What has no denominator is null."""

    key: str
    name_zh: str
    name_en: str
    counts: dict[str, int]
    rates: dict[str, float | None]
    score: float | None


class EvaluationView(BaseModel):
    """`complete` is false while the cases of an old database are still being read."""

    since: date
    until: date
    by: str
    figures: list[FigureDefinition]
    rows: list[EvaluationRowView]
    total: EvaluationRowView
    left_out: int
    complete: bool


class DeclinedReportView(BaseModel):
    draft_id: UUID
    at: datetime
    category: str
    source: str


class CasesBehindView(BaseModel):
    """`count` is the number that was asked about. `hidden`: confidential cases of this page, which count and
    are not for this reader. `next` goes into `after`.
    """

    count: int
    cases: list[CaseView]
    declined: list[DeclinedReportView]
    hidden: int
    next: str | None


class HotspotView(BaseModel):
    """`usual`: cases of an earlier period on average. `surprise`: minus the decimal logarithm of the
    probability of so many by chance.
    """

    key: str
    name_zh: str
    name_en: str
    now: int
    usual: float
    ratio: float
    surprise: float


class HotspotList(BaseModel):
    hotspots: list[HotspotView]


class RepeatedComplaintView(BaseModel):
    """`first` is null for a case that is confidential or of a district that is not for this reader."""

    first_id: UUID
    first: CaseView | None
    repeats: int


class RepeatedComplaintList(BaseModel):
    complaints: list[RepeatedComplaintView]


_Asked = Annotated[EvaluationQuery, Depends()]


def evaluation_routes(
    evaluation: Evaluation, printing: EvaluationPrinting, user: CurrentUser, view_audit: CaseViewAudit
) -> APIRouter:
    routes = RoomRouter(prefix="/evaluation", tags=["evaluation"])
    person = Annotated[Actor, Depends(user)]

    @routes.get("", **answers(EvaluationView))
    async def evaluate(actor: person, asked: _Asked, by: _Dimension = "department") -> dict[str, Any]:
        """Figures of what was filed in the time, as it stands now."""
        return evaluation_body(await evaluation.evaluate(actor, asked.request, by))

    @routes.get("/cases", **answers(CasesBehindView))
    async def behind(
        actor: person,
        asked: _Asked,
        by: _Dimension | None = None,
        key: Annotated[str, Query(max_length=80)] = "",
        count: _Count | None = None,
        figure: _Figure | None = None,
        part: Literal["numerator", "denominator"] = "numerator",
        repeat_of: UUID | None = None,
        after: Annotated[str, Query(max_length=80)] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> dict[str, Any]:
        """The cases behind a count, or behind a part of a figure: as many as it says."""
        wanted = of_figure(figure, part) if figure is not None else count or "filed"
        found = await evaluation.behind(
            actor, asked.request, wanted, by=by or "", key=key, repeat_of=repeat_of,
            after=_place(after), limit=limit,
        )  # fmt: skip
        await view_audit.at_list(actor, found.cases, {"evaluation": wanted}, by_word=False)
        return {
            "count": found.count,
            "cases": [shown(actor, case) for case in found.cases],
            "declined": [
                {"draft_id": one.draft_id, "at": one.at, "category": one.category, "source": one.source}
                for one in found.declined
            ],
            "hidden": found.hidden,
            "next": None if found.following is None else f"{found.following[0]}-{found.following[1].hex}",
        }

    @routes.get("/hotspots")
    async def hotspots(
        actor: person,
        asked: _Asked,
        by: Literal["cell", "street", "district"] = "street",
        weeks: Annotated[int, Query(ge=1, le=52)] = 8,
    ) -> HotspotList:
        """Places with more cases in the time than in as many days before, `weeks` times over."""
        found = await evaluation.hotspots(actor, asked.request, by, weeks=weeks)
        return HotspotList(
            hotspots=[
                HotspotView(
                    key=one.key, name_zh=name.zh, name_en=name.en, now=one.now, usual=one.usual,
                    ratio=one.ratio, surprise=one.surprise,
                )
                for one, name in found
            ]
        )  # fmt: skip

    @routes.get("/repeats", **answers(RepeatedComplaintList))
    async def repeats(actor: person, asked: _Asked) -> dict[str, Any]:
        """Complaints that were made again in the time, the most repeated first."""
        found = await evaluation.repeated(actor, asked.request)
        seen = [one.first for one in found if one.first is not None]
        await view_audit.at_list(actor, seen, {"evaluation": "repeated"}, by_word=False)
        return {
            "complaints": [
                {
                    "first_id": one.first_id,
                    "first": None if one.first is None else shown(actor, one.first),
                    "repeats": one.repeats,
                }
                for one in found
            ]
        }

    @routes.get("/report.{form}", response_class=Response)
    async def report(
        form: Literal["html", "pdf"],
        actor: person,
        asked: _Asked,
        by: _Dimension = "department",
        language: PrintLanguage = "zh",
    ) -> Response:
        """The evaluation to print or to send: charts, table, hot spots. It names no case."""
        made = await printing.made(actor, asked.request, by, language)
        name = f"evaluation-{asked.request.since:%Y%m%d}-{asked.request.until:%Y%m%d}.{form}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        if form == "pdf":
            return Response(await printing.pdf(made), media_type="application/pdf", headers=headers)
        return Response(printing.html(made), media_type="text/html; charset=utf-8", headers=headers)

    return routes


def evaluation_body(found: EvaluationResult) -> dict[str, Any]:
    """As JSON, with the definitions of the figures."""
    return {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "by": found.by,
        "figures": [
            {
                "name": name, "numerator": one.numerator, "denominator": one.denominator,
                "unit": one.unit, "less_is_better": one.less_is_better,
            }
            for name, one in FIGURES.items()
        ],
        "rows": [_row(one) for one in found.rows],
        "total": _row(found.total),
        "left_out": found.left_out,
        "complete": found.complete,
    }  # fmt: skip


def _row(one: EvaluationRow) -> Mapping[str, Any]:
    return {
        "key": one.key, "name_zh": one.name_zh, "name_en": one.name_en, "counts": dict(one.counts),
        "rates": dict(one.rates), "score": one.score,
    }  # fmt: skip


def _place(text: str) -> FactPlace | None:
    """Raises `BadCursor`."""
    if not text:
        return None
    found = _PLACE.fullmatch(text)
    if found is None:
        raise BadCursor(remedy="begin again without `after`")
    return int(found[1]), UUID(hex=found[2])
