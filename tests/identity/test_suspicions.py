"""An alarm about a person stands until another person takes it over."""

from __future__ import annotations

import pytest

from core.actor import Actor, Role
from core.storage import Storage
from identity.alarms.service import RightsAlarms
from identity.alarms.suspicions import ALARM, Suspicions
from identity.errors import OwnRequest, UnknownOversightAlarm
from identity.events import RightsAlarm

LI = Actor("li.na", "李娜", frozenset({Role.AGENT, Role.SUPERVISOR}))
ZHAO = Actor("zhao.lei", "赵磊", frozenset({Role.SUPERVISOR}))


async def test_an_alarm_about_a_person_is_taken_over_by_another_and_audited(any_storage: Storage) -> None:
    told: list[RightsAlarm] = []
    suspicions = Suspicions(any_storage)
    alarms = RightsAlarms((suspicions.alarms,), {ALARM: suspicions.take}, told.append, contact="")
    suspicions.tell(LI, "number-search")
    suspicions.tell(LI, "number-search")
    await alarms.look()
    (alarm,) = alarms.listed(ZHAO)
    assert (alarm.kind, alarm.who, alarm.ended) == ("number-search", "li.na", False)
    health = alarms.health()
    assert health is not None
    assert health.state == "degraded"
    with pytest.raises(OwnRequest):
        await alarms.take(LI, alarm.alarm_id)
    await alarms.take(ZHAO, alarm.alarm_id)
    assert alarms.listed(ZHAO) == []
    assert told[-1].ended
    with pytest.raises(UnknownOversightAlarm):
        await alarms.take(ZHAO, alarm.alarm_id)
    suspicions.tell(LI, "number-search")
    await alarms.look()
    assert alarms.listed(ZHAO), "it begins anew"
