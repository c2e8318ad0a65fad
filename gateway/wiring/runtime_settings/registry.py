"""All settings that people change: what each is, what a change touches, how it takes effect."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from cases.catalogue import load_catalogues
from cases.life.model import OPEN
from cases.responsibility.loading import load_responsibility
from cases.tables import cases
from cdr.calls.store import calls
from core.clock import SystemClock
from core.storage import Storage
from gateway.settings import Settings
from gateway.wiring.runtime_settings.agent_work import AgentWorkSetting
from gateway.wiring.runtime_settings.beats import BeatsSetting
from gateway.wiring.runtime_settings.citizen import CitizenMessagesSetting, FollowUpSetting
from gateway.wiring.runtime_settings.departments import DepartmentsSetting
from gateway.wiring.runtime_settings.duty_times import DutyTimesSetting
from gateway.wiring.runtime_settings.emergency_plans import EmergencyPlansSetting
from gateway.wiring.runtime_settings.exchange import ExchangeSetting
from gateway.wiring.runtime_settings.opening_hours import OpeningHoursSetting
from gateway.wiring.runtime_settings.places import PlacesSetting
from gateway.wiring.runtime_settings.queues import QueuesSetting
from gateway.wiring.runtime_settings.retention import RetentionSetting
from gateway.wiring.runtime_settings.shifts import ShiftsSetting
from gateway.wiring.runtime_settings.trunk_limits import TrunkLimitsSetting
from runtime_settings.ports import RuntimeSetting

if TYPE_CHECKING:
    from cases.room import CasesRoom
    from cdr.room import CdrRoom
    from citizen.room import CitizenRoom
    from field.inspectors.service import Inspectors
    from hotline.service import Hotline
    from ivr.room import IvrRoom

MOST_TIMES = 200_000


@dataclass(frozen=True, slots=True)
class ChangedRooms:
    """The rooms whose settings people change."""

    hotline: Hotline
    ivr: IvrRoom
    cases: CasesRoom
    cdr: CdrRoom
    citizen: CitizenRoom
    inspectors: Inspectors


class StoredCounts:
    """What the effects of changes ask the database."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def call_times(self, since: datetime) -> Sequence[datetime]:
        """When each inbound call since then began, `MOST_TIMES` at most."""
        query = (
            select(calls.c.started_at)
            .where(calls.c.started_at >= since, calls.c.direction == "inbound")
            .limit(MOST_TIMES)
        )
        async with self._storage.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def open_cases(self, refs: Collection[str]) -> int:
        query = (
            select(func.count())
            .select_from(cases)
            .where(cases.c.category.in_(list(refs)), cases.c.state.in_([str(state) for state in OPEN]))
        )
        async with self._storage.read() as connection:
            return int((await connection.execute(query)).scalar() or 0)


def runtime_settings_of(
    settings: Settings, storage: Storage, rooms: ChangedRooms | None = None
) -> list[RuntimeSetting]:
    """All of them. Without `rooms`, as in a command, nothing takes effect here: the service does it. The
    switch's own are absent where the settings name no switch.
    """
    counts = StoredCounts(storage)
    hotline = None if rooms is None else rooms.hotline
    found: list[RuntimeSetting] = []
    if settings.asterisk is not None:
        found.append(QueuesSetting(settings, hotline))
    found += [
        AgentWorkSetting(settings, hotline),
        OpeningHoursSetting(settings, SystemClock(), counts.call_times, None if rooms is None else rooms.ivr),
    ]
    if settings.asterisk is not None:
        found.append(TrunkLimitsSetting(settings, hotline))
    catalogue = load_catalogues().default if rooms is None else rooms.cases.knowledge.catalogues.default
    found += [
        RetentionSetting(settings, storage, None if rooms is None else rooms.cdr),
        BeatsSetting(None if rooms is None else rooms.cases.grid),
        ShiftsSetting(None if rooms is None else rooms.inspectors),
        PlacesSetting(settings, None if rooms is None else rooms.cases.knowledge.gazetteer),
        DepartmentsSetting(
            settings, catalogue, counts.open_cases,
            None if rooms is None else rooms.cases.knowledge.departments,
        ),
        DutyTimesSetting(_departments(settings, rooms), None if rooms is None else rooms.cases.duty),
        EmergencyPlansSetting(_departments(settings, rooms), None if rooms is None else rooms.cases.plans),
        ExchangeSetting(settings, _departments(settings, rooms), None if rooms is None else rooms.cases),
        CitizenMessagesSetting(None if rooms is None else rooms.citizen),
        FollowUpSetting(None if rooms is None else rooms.citizen),
    ]  # fmt: skip
    return found


def _departments(settings: Settings, rooms: ChangedRooms | None) -> Sequence[str]:
    """The ids of the city's departments."""
    if rooms is not None:
        return [one.department_id for one in rooms.cases.departments.known]
    return list(load_responsibility(settings.cases.own_responsibility).departments)
