"""An emergency moves on in the database, and what happened is emitted in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from core.actor import system
from core.metrics import counter
from core.storage import Transaction
from field.emergency import store
from field.emergency.limits import ANSWER_WITHIN
from field.emergency.model import (
    AcknowledgeEmergency,
    Clear,
    EmergencyAlarm,
    EmergencyLocated,
    EmergencyTick,
    What,
    apply,
)
from field.events import EmergencyChanged
from field.units import store as unit_store

_told = counter("field_emergency_told", "What was told about emergencies", ["what"])

_SERVICE: Final = system("emergencies").id


async def move(
    transaction: Transaction,
    alarm_id: UUID,
    signal: EmergencyTick | EmergencyLocated | AcknowledgeEmergency | Clear,
    answer_within: timedelta = ANSWER_WITHIN,
) -> EmergencyAlarm | None:
    before = await store.find(transaction.connection, alarm_id, change=True)
    alarm, what = apply(before, signal, answer_within=answer_within)
    if alarm is not None and alarm != before:
        await store.save(transaction, alarm)
        await tell(transaction, alarm, what, signal.at)
    return alarm


async def tell(transaction: Transaction, alarm: EmergencyAlarm, what: Sequence[What], at: datetime) -> None:
    if not what:
        return
    unit = await unit_store.find(transaction.connection, alarm.unit_id)
    nothing = alarm.false_alarm and await _is_nothing(transaction, alarm)
    for one in what:
        _told.labels(one).inc()
        event = EmergencyChanged(
            at=at,
            alarm_id=alarm.alarm_id,
            unit_id=alarm.unit_id,
            what=one,
            state=alarm.state,
            asked=alarm.asked,
            raised_at=alarm.raised_at,
            kind=alarm.kind,
            talkgroup=alarm.talkgroup,
            case_id=alarm.case_id,
            unit_name=alarm.unit_id if unit is None else unit.name,
            actor=_actor(alarm, one),
            repeats=alarm.repeats,
            dispatch_id=alarm.dispatch_id,
            position=alarm.position,
            position_at=alarm.position_at,
            acknowledged_by=alarm.acknowledged_by.name if alarm.acknowledged_by else "",
            cleared_by=alarm.cleared_by.name if alarm.cleared_by else "",
            note=alarm.note,
            false_alarm=alarm.false_alarm,
            nothing_in_case=nothing,
        )
        await transaction.emit(event, stream=f"unit:{alarm.unit_id}")


async def _is_nothing(transaction: Transaction, alarm: EmergencyAlarm) -> bool:
    """Whether every emergency of its case is over and was a false alarm."""
    if alarm.case_id is None:
        return False
    same = await store.of_case(transaction.connection, alarm.case_id)
    return all(one.false_alarm and not one.is_open for one in same)


def _actor(alarm: EmergencyAlarm, what: What) -> str:
    match what:
        case "acknowledged":
            return alarm.acknowledged_by.id if alarm.acknowledged_by else ""
        case "cleared":
            return alarm.cleared_by.id if alarm.cleared_by else ""
        case "escalated":
            return _SERVICE
    return alarm.unit_id
