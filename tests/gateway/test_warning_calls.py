"""Recipients of a warning are called: ledger, calls and wiring on a database; the switch is played."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest

from core.ids import uuid7
from core.storage import Storage
from gateway.wiring.warning_calls import WarningsByTelephone
from hotline.outbound.automated import CallContext
from hotline.outbound.ports import Placed, Settled
from hotline.outbound.warnings.policy import WarningCall
from hotline.outbound.warnings.ports import WarningCallPorts
from hotline.outbound.warnings.service import WarningCalls
from hotline.outbound.warnings.settings import WarningCallSettings
from tests.field.ports import AuditTrail
from tests.hotline.stream import message
from tests.warning.centre import LI, MA, WANG, Centre
from tests.warning.test_ledger import draft
from tests.warning.test_recipients import OPERATOR, PLACES
from warning.calling.service import RecipientCalls, WarningCalling
from warning.calling.settings import WarningCallRules
from warning.ledger.service import WarningLedger
from warning.recipients.places import KnownPlaces
from warning.recipients.service import RecipientRegister
from warning.sending.service import ChannelCounts, WarningSending
from warning.settings import WarningSettings

NUMBERS = ["13904510001", "045182345678", "13904510003"]
TABLE = "name,number,role,area,by\n" + "".join(f"{number},{number},,230102,call\n" for number in NUMBERS)


@dataclass
class PlayedWarningSwitch:
    """Implements `WarningCallSwitch`."""

    rung: list[tuple[WarningCall, str]] = field(default_factory=list)
    settled: Settled = "unknown"
    ended: list[str] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)

    async def ring(self, call: WarningCall, *, number: str, ring_s: float) -> Placed:
        del ring_s
        self.rung.append((call, number))
        return "placed"

    async def settle(self, channel_id: str, *, within_s: float) -> Settled:
        del channel_id, within_s
        return self.settled

    async def hang_up(self, channel_id: str) -> None:
        self.ended.append(channel_id)

    async def say(self, channel_id: str, words: str) -> None:
        self.said.append((channel_id, words))


class CallingCentre(Centre):
    def __init__(self, storage: Storage) -> None:
        super().__init__(storage)

        def places(_beats: Collection[str]) -> KnownPlaces:
            return PLACES

        self.why_not = ""
        audience = RecipientCalls(places, self.clock, lambda: self.why_not)
        self.sending = WarningSending(storage, (audience,), lambda _point: ())
        self.ledger = WarningLedger(storage, self.trail, WarningSettings(), self.sending)
        self.calling = WarningCalling(storage, WarningCallRules(attempts=2, pause_s=60))
        self.switch = PlayedWarningSwitch()
        self.waiting = False
        self.calls = self.new_calls()

    def new_calls(self) -> WarningCalls:
        """The hotline after a restart."""
        calls = WarningCalls(
            WarningCallSettings(enabled=True, lines=10, share=0.2, per_s=1),
            WarningCallPorts(
                WarningsByTelephone(lambda: self.calling, lambda: self.waiting, lambda: False), self.switch
            ),
            CallContext("sh", self.storage, object(), self.clock, AuditTrail()),  # type: ignore[arg-type]
        )
        calls.on_snapshot(())
        return calls

    async def warned(self, status: str = "Exercise") -> UUID:
        until = self.clock.now() + timedelta(hours=2)
        wish = draft(status=status, channels=["calls"], expires=until)
        made = await self.ledger.draft(LI, wish, None, uuid7())
        await self.released(made, *([WANG] if status == "Exercise" else [WANG, MA]))
        await self.send_all()
        return made.warning_id

    async def looks(self, after: float = 1.0) -> None:
        self.clock.advance(after)
        await self.calls.look()
        await self.settles()

    async def settles(self) -> None:
        for _ in range(200):
            await asyncio.sleep(0.002)
            if not self.calls._tasks:
                break
        await self.calls._writer.write_behind.write_waiting()

    async def tells(self, at: int, name: str, **headers: str) -> None:
        channel = self.switch.rung[at][0].channel_id
        self.calls.on_message(message(name, Uniqueid=channel, **headers))
        await self.settles()

    async def ends(self, at: int, *, picks_up: bool = False, key: str = "", cause: str = "16") -> None:
        await self.tells(at, "Newstate", ChannelState="5")
        if picks_up:
            await self.tells(at, "Newstate", ChannelState="6")
        if key:
            await self.tells(at, "UserEvent", UserEvent="WarningCall", Key=key)
        await self.tells(at, "Hangup", Cause=cause)

    async def counts(self, warning_id: UUID) -> ChannelCounts:
        (found,) = await self.sending.counts(warning_id)
        return found


@pytest.fixture
async def centre(any_storage: Storage) -> AsyncIterator[CallingCentre]:
    made = CallingCentre(any_storage)
    table = RecipientRegister(any_storage, made.trail)
    assert (await table.import_table(OPERATOR, TABLE.encode(), op_id=uuid7())).applied
    yield made
    await made.calls.stop()


async def test_recipients_are_called_by_second_and_share_and_answer_by_keys(centre: CallingCentre) -> None:
    warning_id = await centre.warned()
    await centre.looks(0)
    assert len(centre.switch.rung) == 1, "one in a second"
    await centre.looks(1)
    await centre.looks(1)
    assert len(centre.switch.rung) == 2, "a fifth of ten lines"
    assert {call.target.mark for call, _ in centre.switch.rung} == {"exercise"}
    await centre.ends(0, picks_up=True, key="1")
    assert (centre.switch.rung[0][0].channel_id, "acknowledged") in centre.switch.said
    await centre.ends(1, picks_up=True, key="2")
    await centre.looks(1)
    await centre.looks(1)
    await centre.ends(2, cause="17")
    counts = await centre.counts(warning_id)
    assert (counts.total, counts.reached, counts.acknowledged, counts.refused, counts.waiting) == (
        3,
        1,
        1,
        1,
        1,
    )
    await centre.looks(58)
    assert len(centre.switch.rung) == 3
    await centre.looks(5)
    assert [number for _, number in centre.switch.rung].count(centre.switch.rung[2][1]) == 2
    await centre.ends(3)
    counts = await centre.counts(warning_id)
    assert (counts.failed, counts.waiting) == (1, 0), "as often as the settings say"
    await centre.looks(600)
    assert len(centre.switch.rung) == 4
    assert sorted(number for _, number in centre.switch.rung[:3]) == sorted(NUMBERS)


async def test_killed_while_telephones_ring_nobody_is_called_twice_and_nobody_forgotten(
    centre: CallingCentre,
) -> None:
    warning_id = await centre.warned("Actual")
    await centre.looks(0)
    await centre.tells(0, "Newstate", ChannelState="5")
    await centre.looks(1)
    # The service dies: one telephone rings, of one nobody knows whether it does.
    centre.calls = centre.new_calls()
    for _ in range(8):
        await centre.looks(1)
    called = [number for _, number in centre.switch.rung]
    assert len(set(called)) == len(called) == 3
    await centre.ends(2, picks_up=True, key="1")
    await centre.looks(600)
    assert len(centre.switch.rung) == 3, "in doubt: never again"
    counts = await centre.counts(warning_id)
    assert (counts.total, counts.acknowledged, counts.failed) == (3, 1, 2)


async def test_stopped_nobody_further_is_called_and_who_rings_is_hung_up(centre: CallingCentre) -> None:
    warning_id = await centre.warned()
    await centre.looks(0)
    await centre.tells(0, "Newstate", ChannelState="5")
    await centre.ledger.cancel(LI, warning_id, "wrong district", uuid7())
    await centre.looks(1)
    assert centre.switch.ended == [centre.switch.rung[0][0].channel_id]
    await centre.tells(0, "Hangup", Cause="16")
    await centre.looks(600)
    assert len(centre.switch.rung) == 1
    counts = await centre.counts(warning_id)
    assert (counts.dropped, counts.waiting) == (3, 0)


async def test_an_exercise_waits_while_callers_wait_and_an_actual_warning_does_not(
    centre: CallingCentre,
) -> None:
    centre.waiting = True
    await centre.warned()
    await centre.looks(1)
    assert centre.switch.rung == []
    await centre.warned("Actual")
    await centre.looks(1)
    assert [call.target.mark for call, _ in centre.switch.rung] == ["actual"]


async def test_without_its_sounds_nobody_is_called(centre: CallingCentre) -> None:
    centre.why_not = "sounds are missing"
    counts = await centre.counts(await centre.warned())
    assert (counts.total, counts.failed) == (3, 3)
    await centre.looks(1)
    assert centre.switch.rung == []
