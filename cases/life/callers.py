"""What cases tell of a caller: to the agent's pop, and to a flow that asks how a case stands."""

from __future__ import annotations

from typing import Final

from cases.events import CaseProgress, CaseView
from cases.life.model import URGENT
from cases.life.service import CaseService
from hotline.events import CallerContext, OpenCase

PLACES_LOOKED_AT: Final = 3
STATUS_WORDS: Final = {
    CaseProgress.RECEIVED: "received",
    CaseProgress.ASSIGNED: "received",
    CaseProgress.IN_PROGRESS: "in-progress",
    CaseProgress.DONE: "done",
    CaseProgress.VERIFIED: "done",
    CaseProgress.CLOSED: "closed",
    CaseProgress.CANCELLED: "cancelled",
    CaseProgress.HANDED_OVER: "received",
}


async def open_cases(service: CaseService, number: str, *, confidential: bool) -> CallerContext:
    """The caller's own open cases, and urgent ones of others near them. Raises `StorageAway`."""
    if not number:
        return CallerContext()
    mine = [case for case in await service.open_of_caller(number) if confidential or not case.confidential]
    known = {case.case_id for case in mine}
    found = [_open_case(case, same_number=True) for case in mine]
    places = {(case.district, where): None for case in mine if (where := case.address or case.crossing)}
    for district, where in list(places)[:PLACES_LOOKED_AT]:
        for case in await service.open_at(district, where):
            if case.case_id not in known and case.urgency in URGENT and not case.confidential:
                known.add(case.case_id)
                found.append(_open_case(case, same_number=False))
    return CallerContext(open_cases=found)


async def case_status(service: CaseService, number: str) -> str:
    """The word that a flow branches on: how the case of this number or short code stands; of a merged one,
    how the case stands that goes on for it.
    """
    case = await service.by_code(number)
    if case is not None and case.survivor is not None:
        case = await service.get(case.survivor.case_id)
    return "unknown" if case is None or case.confidential else STATUS_WORDS.get(case.progress, "received")


async def case_merged(service: CaseService, number: str) -> str:
    """`yes` where another case goes on for the one of this number or short code."""
    case = await service.by_code(number)
    return "no" if case is None or case.survivor is None or case.confidential else "yes"


def _open_case(case: CaseView, *, same_number: bool) -> OpenCase:
    return OpenCase(
        case_id=case.case_id,
        number=case.number,
        category=case.category_name or "",
        state=case.state,
        place=case.address or case.crossing or case.district_name or "",
        urgent=case.urgency in URGENT,
        same_number=same_number,
    )
