"""A notice of progress as a channel sends it to the reporter."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from citizen.contract.report import ReportStep


@dataclass(frozen=True, slots=True)
class ProgressNotice:
    """`notice_id` is the same in every attempt: a channel whose peer knows message ids gives it on.
    `reporter` is the address that the report came with.
    """

    notice_id: UUID
    reporter: str
    number: str
    case_number: str
    step: ReportStep
