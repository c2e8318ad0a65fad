"""Calls for alarms as people see them: names, and no telephone numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from hotline.outbound.alarms.events import AlarmCallOutcome, AlarmCallStage, AlarmCallView
from hotline.outbound.alarms.model import AlarmCall


def view(call: AlarmCall) -> AlarmCallView:
    target = call.target
    return AlarmCallView(
        attempt_id=target.call_id,
        alarm_id=target.alarm_id,
        unit_id=target.unit_id,
        number=target.number,
        round=target.round,
        user_id=target.callee.user_id,
        name=target.callee.name,
        way=target.callee.way,
        stage=cast("AlarmCallStage", call.stage),
        began=moment(call.began),
        answered=None if call.answered is None else moment(call.answered),
        ended=None if call.ended is None else moment(call.ended),
        outcome=cast("AlarmCallOutcome | None", call.outcome),
    )


def moment(at: float) -> datetime:
    """A Unix second as a UTC time."""
    return datetime.fromtimestamp(at, UTC)
