"""What an agent says that a call was about."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from core.events import PERSONAL, PUBLIC, Delivery, Event


class DispositionKind(StrEnum):
    """What a call was about, as its agent says, whoever placed it. A call about a case is `existing_case`,
    also where nobody could be told; a machine that answers, or nobody who speaks, is `silent`.
    """

    CASE = "case"
    ENQUIRY = "enquiry"
    EXISTING_CASE = "existing_case"
    PRANK = "prank"
    SILENT = "silent"
    WRONG_NUMBER = "wrong_number"


class DispositionSet(Event):
    """An agent said what the call was about. A later one for the same call replaces it."""

    TYPE: ClassVar[str] = "hotline.disposition_set"
    DELIVERY: ClassVar[Delivery] = "durable"
    call_id: Annotated[UUID, PUBLIC]
    op_id: UUID
    kind: DispositionKind
    agent_id: str
    case_ids: list[UUID]
    note: Annotated[str, PERSONAL]
