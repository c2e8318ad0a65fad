"""Reports and their steps as GeoReport v2 shows them, with the statuses that FixMyStreet added."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from cases.events import CaseProgress, DeclineReason
from citizen.channels.open311.documents import GeoReportDocument
from citizen.channels.open311.services import ServiceList
from citizen.contract import PublicReport, PublicStep, ReportStep

AddressId = Callable[[str], str]
"""The id of a street by its name; empty without one."""

_EXTENDED: Final[Mapping[CaseProgress, str]] = {
    CaseProgress.RECEIVED: "open",
    CaseProgress.ASSIGNED: "investigating",
    CaseProgress.IN_PROGRESS: "in_progress",
    CaseProgress.DONE: "fixed",
    CaseProgress.VERIFIED: "fixed",
    CaseProgress.CLOSED: "closed",
    CaseProgress.CANCELLED: "no_further_action",
    CaseProgress.HANDED_OVER: "internal_referral",
    CaseProgress.MERGED: "open",
}
_DECLINED: Final[Mapping[DeclineReason, str]] = {
    DeclineReason.DUPLICATE: "duplicate",
    DeclineReason.NOT_OURS: "not_councils_responsibility",
    DeclineReason.UNCLEAR: "no_further_action",
    DeclineReason.NO_REPORT: "no_further_action",
}
_OPEN: Final = frozenset({
    CaseProgress.RECEIVED, CaseProgress.ASSIGNED, CaseProgress.IN_PROGRESS, CaseProgress.MERGED,
})  # fmt: skip
_NOTES: Final[Mapping[str, tuple[str, str]]] = {
    "open": ("已收到", "Received"),
    "investigating": ("已派遣", "A crew was told"),
    "in_progress": ("处理中", "A crew works on it"),
    "fixed": ("已处理", "Done"),
    "closed": ("已结案", "Closed"),
    "no_further_action": ("不予立案", "No further action"),
    "internal_referral": ("已移交应急部门", "Handed over to an emergency service"),
    "duplicate": ("已有相同案件", "Reported before"),
    "not_councils_responsibility": ("不属于城市管理职责", "Not the city's work"),
}


def extended_status(step: ReportStep) -> str:
    """FixMyStreet's word for the step."""
    if step.progress is not None:
        return _EXTENDED[step.progress]
    return _DECLINED[step.declined or DeclineReason.NO_REPORT]


def status(step: ReportStep) -> str:
    """`open` or `closed`."""
    return "open" if step.progress in _OPEN else "closed"


def requests_document(
    reports: Sequence[PublicReport], services: ServiceList, address_id: AddressId, *, zh: bool
) -> GeoReportDocument:
    """`GET requests`, and of one."""
    told = [_request(one, services, address_id, zh=zh) for one in reports]
    return GeoReportDocument("service_requests", told)


def updates_document(steps: Sequence[PublicStep], *, zh: bool) -> GeoReportDocument:
    """`GET servicerequestupdates`, as FixMyStreet asks for it."""
    updates = [
        {
            "update_id": str(one.step_id),
            "service_request_id": one.number,
            "status": extended_status(one.step),
            "updated_datetime": w3c(one.step.at),
            "description": _note(one.step, zh=zh),
        }
        for one in steps
    ]
    return GeoReportDocument("service_request_updates", updates)


def w3c(at: datetime) -> str:
    """In UTC, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _request(
    report: PublicReport, services: ServiceList, address_id: AddressId, *, zh: bool
) -> dict[str, Any]:
    service = services.of_ref(report.category)
    return {
        "service_request_id": report.number,
        "status": status(report.step),
        "status_notes": _note(report.step, zh=zh),
        "extended_status": extended_status(report.step),
        "service_name": None if service is None else (service.name_zh if zh else service.name_en),
        "service_code": None if service is None else service.code,
        "description": None,
        "agency_responsible": None,
        "service_notice": None,
        "requested_datetime": w3c(report.received_at),
        "updated_datetime": w3c(report.updated_at),
        "expected_datetime": None if report.due_at is None else w3c(report.due_at),
        "address": report.street or None,
        "address_id": address_id(report.street) or None,
        "zipcode": None,
        "lat": report.lat,
        "long": report.lon,
        "media_url": None,
    }


def _note(step: ReportStep, *, zh: bool) -> str:
    chinese, english = _NOTES[extended_status(step)]
    if step.progress is CaseProgress.MERGED:
        chinese, english = f"已并入案件 {step.case_number} 办理", f"Goes on as case {step.case_number}"
    return chinese if zh else english
