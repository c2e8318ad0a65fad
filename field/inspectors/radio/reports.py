"""Own reports of inspectors (监督员上报): each becomes one event, from which the centre makes one draft.

A report's id is its message's id, so a copy is seen as one, and photos name it as they name a job.
"""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, Field

from core.clock import Clock
from core.metrics import counter
from core.storage import Storage
from field.contract.mobile import codec
from field.contract.mobile.messages import Command, Line, Payload, TerminalFix, clean, said_at
from field.events import InspectorReported
from field.hearing import source
from field.inspectors.model import INSPECTOR_SKILL
from field.mobile.radio.driver import MobileDriver
from field.units import store as unit_store

_heard = counter("field_inspector_reports", "Own reports of inspectors by what became of them", ["fate"])

MOST_CHARACTERS: Final = 1_000
PER_HOUR: Final = 60
"""Of one inspector; a further one waits at the terminal, which says it again."""
MOST_UNITS: Final = 5_000
HOUR: Final = timedelta(hours=1)
RECEIPT_EXPIRY_S: Final = 3600.0
NOT_AN_INSPECTOR: Final = "not-an-inspector"


class InspectorReport(Payload):
    """`up/report`: what an inspector saw, kept by the terminal until it has a receipt. The receipt's `reason`
    is empty when it became a report, and `not-an-inspector` when nothing comes of it.
    """

    SCHEMA: ClassVar[str] = "unit.report/1"

    text: Annotated[str, Field(max_length=MOST_CHARACTERS), AfterValidator(clean), Field(min_length=1)]
    place: Line = ""
    fix: TerminalFix | None = None


class InspectorReports:
    """For the role `radio`."""

    def __init__(self, storage: Storage, driver: MobileDriver, clock: Clock) -> None:
        self._storage = storage
        self._driver = driver
        self._clock = clock
        self._lately: dict[str, deque[float]] = {}

    def attach(self) -> None:
        """Before the link starts."""
        self._driver.take("report", self.on_message)

    async def on_message(self, unit_id: str, payload: bytes) -> None:
        """Raises `Malformed`."""
        said = codec.decode(InspectorReport, payload)
        now = self._clock.now()
        async with self._storage.write() as transaction:
            if not await unit_store.hear(transaction, unit_id, at=now):
                _heard.labels("unknown_unit").inc()
                return
            unit = await unit_store.find(transaction.connection, unit_id)
            why = "" if unit is not None and INSPECTOR_SKILL in unit.skills else NOT_AN_INSPECTOR
            if not why and self._is_too_much(unit_id):
                _heard.labels("too_many").inc()
                return
            new = not why and await transaction.first_time(source(unit_id), str(said.msg_id))
            if new:
                event = InspectorReported(
                    report_id=said.msg_id,
                    unit_id=unit_id,
                    text=said.text,
                    place=said.place,
                    position=None if said.fix is None else said.fix.position(),
                    said_at=said_at(said, now),
                )
                await transaction.emit(event, stream=source(unit_id))
            seq = await unit_store.next_seq(transaction, unit_id)
        if new:
            self._lately.setdefault(unit_id, deque(maxlen=PER_HOUR)).append(self._clock.monotonic())
        _heard.labels(why or ("taken" if new else "copy")).inc()
        receipt = Command(seq=seq, ts=now, cmd="receipt", of=said.msg_id, reason=why)
        await self._driver.send(unit_id, "cmd", receipt, expiry_s=RECEIPT_EXPIRY_S)

    def _is_too_much(self, unit_id: str) -> bool:
        if len(self._lately) > MOST_UNITS:
            self._lately.clear()
        known = self._lately.get(unit_id)
        if known is None or len(known) < PER_HOUR:
            return False
        return self._clock.monotonic() - known[0] < HOUR.total_seconds()
