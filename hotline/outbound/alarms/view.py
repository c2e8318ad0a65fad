"""Calls for alarms as people see them: names, and no telephone numbers."""

from __future__ import annotations

from datetime import UTC, datetime

from hotline.outbound.alarms.events import AlarmCallView
from hotline.outbound.alarms.model import Attempt


def view(attempt: Attempt) -> AlarmCallView:
    return AlarmCallView(
        attempt_id=attempt.attempt_id,
        alarm_id=attempt.alarm_id,
        unit_id=attempt.unit_id,
        number=attempt.number,
        round=attempt.round,
        user_id=attempt.callee.user_id,
        name=attempt.callee.name,
        way=attempt.callee.way,
        stage=attempt.stage,
        began=moment(attempt.began),
        answered=None if attempt.answered is None else moment(attempt.answered),
        ended=None if attempt.ended is None else moment(attempt.ended),
        outcome=attempt.outcome,
    )


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
