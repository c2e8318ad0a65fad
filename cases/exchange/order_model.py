"""Work orders of another system, and how its list differs from ours. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from cases.exchange.model import FormName

TOLD_ACTS: Final = frozenset({"done", "close", "cancel", "reopen", "reopen_closed", "merge", "unmerge"})
"""Acts on a case that who registered it is told of."""
FOR_OTHERS: Final = TOLD_ACTS - {"merge", "unmerge"} | {"verify"}
"""Acts on a case that are steps of the orders whose cases were merged into it too."""
DECLINE: Final = "decline_"
"""Of an act that makes no case of a report; the reason follows."""


class OrderState(StrEnum):
    """How far a work order has come: `received` until an agent files or declines it, then as its case."""

    RECEIVED = "received"
    DECLINED = "declined"
    FILED = "filed"
    DONE = "done"
    VERIFIED = "verified"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    HANDED_OVER = "handed_over"
    MERGED = "merged"


class DifferenceKind(StrEnum):
    """`unknown_here`: the other side has it and we do not; `unknown_there` the other way round; `state`: both
    have it, in different states.
    """

    UNKNOWN_HERE = "unknown_here"
    UNKNOWN_THERE = "unknown_there"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """`reference` is the other system's number, `draft_id` the report's draft, `due_at` its own deadline."""

    reference: str
    draft_id: UUID
    case_id: UUID | None
    state: OrderState
    registered_at: datetime
    received_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class OrderDifference:
    reference: str
    kind: DifferenceKind
    ours: OrderState | None
    theirs: OrderState | None


def differences(ours: Mapping[str, OrderState], theirs: Mapping[str, OrderState]) -> list[OrderDifference]:
    """Each order that one side does not have, or has in another state; by number."""
    found = []
    for reference in sorted(ours.keys() | theirs.keys()):
        here, there = ours.get(reference), theirs.get(reference)
        if here == there:
            continue
        kind = DifferenceKind.STATE
        if here is None:
            kind = DifferenceKind.UNKNOWN_HERE
        elif there is None:
            kind = DifferenceKind.UNKNOWN_THERE
        found.append(OrderDifference(reference, kind, here, there))
    return found


def form_of_order(act: str) -> FormName | None:
    """The form by which who registered an order is told of an act; None for what he is not told."""
    if act == "filed":
        return FormName.CASE_FILING
    return FormName.RESULT_FEEDBACK if act in TOLD_ACTS or act.startswith(DECLINE) else None


def delivery_id_of(event_id: UUID, reference: str) -> UUID:
    """Of the form that tells an order of an event: always the same, for each order another one, and as early
    or late as the event.
    """
    other = uuid5(event_id, reference)
    return UUID(bytes=event_id.bytes[:8] + other.bytes[8:])


def words_of(reference: str, text: str, due: str) -> str:
    """What the agent reads: the words, then the other system's number and deadline on a line of their own."""
    line = f"（12345工单 {reference}，要求 {due} 前办结）" if due else f"（12345工单 {reference}）"
    return f"{text.strip()}\n{line}"
