"""A crew is called about a job: chain, calls and wiring together on a database; the switch is played."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, update

from cases.dispatch import store as case_dispatches
from cases.dispatch.model import Dispatch
from cases.events import DispatchStep
from cases.life import store as case_store
from cases.tables import case_calls
from core.actor import Actor, Role
from core.errors import Forbidden
from core.events import Event
from core.ids import uuid7
from core.storage import Storage, StorageAway
from field.delivery.centre.phone import CrewPhone
from field.delivery.talk import NoPhone, NotTheirs
from field.events import UnitReported
from field.units.model import Unit
from gateway.ami.actions import Originate
from gateway.ami.originate import AcknowledgementRefused, Originated, OriginateResult, Uncertain
from gateway.ami.settings import AmiSettings
from gateway.ami.values import Dialplan
from gateway.wiring.crews import AmiCrewSwitch, JobsByTelephone, with_crews
from hotline.outbound.automated import CallContext
from hotline.outbound.crews import store as crew_store
from hotline.outbound.crews.policy import CrewCall, CrewTarget
from hotline.outbound.crews.ports import CrewPorts
from hotline.outbound.crews.service import CrewCalls
from hotline.outbound.crews.settings import CrewCallSettings
from hotline.outbound.model import AutomatedCall
from hotline.outbound.ports import Placed, Settled
from hotline.outbound.store import Begun
from tests.field.conftest import ADMIN, DISPATCHER, UNIT
from tests.field.delivery.conftest import PHONE, Field
from tests.field.ports import AuditTrail
from tests.gateway.test_dispatch_commands import CASE
from tests.hotline.stream import message

CITIZEN = "13904511234"
AGENT = Actor("wang", "Wang", frozenset({Role.AGENT}))


@dataclass
class PlayedSwitch:
    """Implements `CrewSwitch`."""

    rung: list[tuple[CrewCall, str]] = field(default_factory=list)
    placed: Placed = "placed"
    settled: Settled = "unknown"
    ended: list[str] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)

    async def ring(self, call: CrewCall, *, ring_s: float, citizen: str) -> Placed:
        del ring_s
        self.rung.append((call, citizen))
        return self.placed

    async def settle(self, channel_id: str, *, within_s: float) -> Settled:
        del channel_id, within_s
        return self.settled

    async def hang_up(self, channel_id: str) -> None:
        self.ended.append(channel_id)

    async def say(self, channel_id: str, words: str) -> None:
        self.said.append((channel_id, words))


class Centre:
    """A unit with a telephone whose terminal is not there, a case with a citizen's number, and the calls."""

    def __init__(self, field: Field) -> None:
        self.field, self.storage = field, field.storage
        self.switch = PlayedSwitch()
        self.phone = CrewPhone(field.storage, field.bus, field.delivery_service, AuditTrail())
        self.audited: list[Any] = []
        self.calls = self.new_calls()

    def new_calls(self) -> CrewCalls:
        jobs = JobsByTelephone(lambda: self.phone, self.storage, area_code="0451")
        calls = CrewCalls(
            CrewCallSettings(),
            CrewPorts(jobs, self.switch),
            CallContext("sh", self.storage, self.field.bus, self.storage.clock, self),
        )
        calls.on_snapshot(())
        return calls

    async def record(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        self.audited.append((actor.id, action, subject, (detail or {}).get("outcome")))

    async def case(self) -> UUID:
        """The dispatch of a filed case, at the unit."""
        dispatch_id = await self.field.job(case_id=CASE.case_id)
        async with self.storage.write() as transaction:
            await case_store.add(transaction.connection, CASE, drafted={}, final={})
            at = self.storage.clock.now()
            await transaction.connection.execute(
                insert(case_calls).values(
                    case_id=CASE.case_id, call_id=uuid7(), caller=CITIZEN, caller_key=CITIZEN, linked_at=at,
                    linked_by="li",
                )
            )  # fmt: skip
            sent = Dispatch(dispatch_id, CASE.case_id, UNIT, DispatchStep.QUEUED, at, "li")
            await case_dispatches.add(transaction.connection, sent)
        return dispatch_id

    async def overdue_job(self) -> UUID:
        """A job whose next bearer is the telephone."""
        self.field.driver.reachable = self.field.radio.reachable = False
        dispatch_id = await self.case()
        await self.field.dispatches.offer_due()
        await self.field.passes(0)
        await self.field.passes(0)
        return dispatch_id

    async def looks(self, after: float = 1.0) -> None:
        self.field.clock.advance(after)
        await self.calls.look()
        await self.settles()

    async def settles(self) -> None:
        for _ in range(200):
            await asyncio.sleep(0.002)
            if not self.calls._tasks:
                break
        await self.calls._writer.write_behind.write_waiting()

    async def tells(self, name: str, **headers: str) -> None:
        self.calls.on_message(message(name, Uniqueid=self.channel, **headers))
        await self.settles()

    @property
    def channel(self) -> str:
        return self.switch.rung[-1][0].channel_id

    async def reported(self) -> list[tuple[str, str]]:
        told = [one for one in await self.field.emitted() if isinstance(one, UnitReported)]
        return [(one.step, one.bearer) for one in told]


@pytest.fixture
async def centre(any_storage: Storage) -> AsyncIterator[Centre]:
    field = Field(any_storage)
    await field.register.create(Unit(UNIT, "道里一组", addresses=("tetra:2621017", PHONE)), ADMIN)
    made = Centre(field)
    yield made
    await made.calls.stop()


async def test_a_job_that_nothing_else_brought_rings_the_crew_and_1_accepts_it(centre: Centre) -> None:
    dispatch_id = await centre.overdue_job()
    await centre.looks()
    ((call, citizen),) = centre.switch.rung
    assert (call.target.phone, call.target.number, citizen) == ("13904510009", "50042", "")
    await centre.tells("Newstate", ChannelState="5")
    await centre.tells("Newstate", ChannelState="6")
    delivery = await centre.field.delivery(dispatch_id)
    assert delivery.deliveries[-1].displayed_at is not None
    await centre.tells("UserEvent", UserEvent="CrewCall", Key="1")
    await centre.tells("UserEvent", UserEvent="CrewCall", Key="1")
    assert await centre.reported() == [("accepted", "call")]
    assert set(centre.switch.said) == {(centre.channel, "accepted")}
    await centre.looks()
    assert centre.switch.ended == []
    await centre.tells("Hangup", Cause="16")
    assert (await centre.field.shown(dispatch_id))[-1] == ("job", "call", "accepted")
    assert (await centre.field.delivery(dispatch_id)).state == "answered"
    assert centre.audited == [("system:crew-calls", "crew-call", f"unit:{UNIT}", "answered")]
    await centre.looks(100)
    assert len(centre.switch.rung) == 1


async def test_2_declines_and_the_next_unit_is_offered(centre: Centre) -> None:
    dispatch_id = await centre.overdue_job()
    await centre.looks()
    await centre.tells("Newstate", ChannelState="6")
    await centre.tells("UserEvent", UserEvent="CrewCall", Key="2")
    assert await centre.reported() == [("declined", "call")]
    assert [one.step for one in await centre.field.overdue()] == ["told", "next_unit"]
    assert (await centre.field.delivery(dispatch_id)).state == "declined"


async def test_who_does_not_answer_is_told_to_the_dispatcher(centre: Centre) -> None:
    dispatch_id = await centre.overdue_job()
    await centre.looks()
    await centre.tells("Newstate", ChannelState="5")
    await centre.tells("Hangup", Cause="16")
    await centre.field.passes(1)
    (told,) = await centre.field.overdue()
    assert (told.step, told.why) == ("told", "failed")
    assert (await centre.field.delivery(dispatch_id)).deliveries[-1].why == "no_answer"
    await centre.looks()
    assert len(centre.switch.rung) == 1, "each call once"


async def test_accepted_at_the_terminal_the_ringing_ends(centre: Centre) -> None:
    dispatch_id = await centre.overdue_job()
    await centre.looks()
    await centre.tells("Newstate", ChannelState="5")
    await centre.field.dispatches.report(centre.field.said(dispatch_id, "accepted"))
    await centre.looks()
    assert centre.switch.ended == [centre.channel]
    await centre.tells("Newstate", ChannelState="6")
    await centre.tells("UserEvent", UserEvent="CrewCall", Key="2")
    assert centre.switch.said[-1] == (centre.channel, "gone")
    assert await centre.reported() == [("accepted", "terminal")]


async def test_a_restart_follows_the_call_and_makes_no_other(centre: Centre) -> None:
    await centre.overdue_job()
    await centre.looks()
    await centre.tells("Newstate", ChannelState="5")
    row = {"Uniqueid": centre.channel, "ChannelState": "5"}
    await centre.calls.stop()
    centre.calls = centre.new_calls()
    centre.calls.on_snapshot([message("CoreShowChannel", **row)])
    await centre.looks()
    await centre.looks()
    assert len(centre.switch.rung) == 1
    await centre.tells("Newstate", ChannelState="6")
    await centre.tells("UserEvent", UserEvent="CrewCall", Key="1")
    assert await centre.reported() == [("accepted", "call")]


async def test_an_end_that_a_crash_kept_from_the_chain_is_told_by_the_next_run(centre: Centre) -> None:
    dispatch_id = await centre.overdue_job()
    await centre.looks()
    call = centre.switch.rung[0][0]
    async with centre.storage.write() as transaction:
        await transaction.connection.execute(
            update(crew_store.table).values(stage="over", outcome="busy", ended=call.began + 1)
        )
    await centre.calls.stop()
    centre.calls = centre.new_calls()
    await centre.looks()
    assert len(centre.switch.rung) == 1
    assert (await centre.field.delivery(dispatch_id)).deliveries[-1].why == "busy"


@pytest.mark.parametrize(("settled", "why"), [("never", "unreachable"), ("unknown", "unknown")])
async def test_a_call_that_was_written_down_unheard_is_in_doubt_and_ends(
    centre: Centre, monkeypatch: pytest.MonkeyPatch, settled: Settled, why: str
) -> None:
    """The database committed, and was away before it said so."""
    dispatch_id = await centre.overdue_job()
    begin = centre.calls._begin

    async def unheard(call: CrewCall) -> Begun:
        await begin(call)
        monkeypatch.setattr(centre.calls, "_begin", begin)
        raise StorageAway

    monkeypatch.setattr(centre.calls, "_begin", unheard)
    centre.switch.settled = settled
    for _ in range(4):
        await centre.looks(3)
    assert centre.switch.rung == []
    assert (await centre.field.delivery(dispatch_id)).deliveries[-1].why == why


async def test_a_call_of_another_switch_is_its_own_and_what_came_of_it_is_told(centre: Centre) -> None:
    dispatch_id = await centre.overdue_job()
    await centre.looks()
    call = centre.switch.rung[0][0]
    await centre.calls.stop()
    async with centre.storage.write() as transaction:
        await transaction.connection.execute(update(crew_store.table).values(system="other"))
    centre.calls = centre.new_calls()
    await centre.looks()
    assert centre.calls.book.live == {}
    assert call.channel_id not in centre.calls.book.done
    async with centre.storage.write() as transaction:
        await transaction.connection.execute(
            update(crew_store.table).values(stage="over", outcome="busy", ended=call.began + 1)
        )
    await centre.looks(3)
    await centre.looks()
    assert len(centre.switch.rung) == 1
    assert (await centre.field.delivery(dispatch_id)).deliveries[-1].why == "busy"


async def test_a_recall_rings_who_was_told_by_telephone(centre: Centre) -> None:
    dispatch_id = await centre.overdue_job()
    await centre.looks()
    await centre.tells("Newstate", ChannelState="6")
    await centre.tells("UserEvent", UserEvent="CrewCall", Key="1")
    await centre.tells("Hangup", Cause="16")
    await centre.field.dispatches.recall(Event(), dispatch_id, UNIT, "重复")
    await centre.looks()
    assert centre.switch.rung[-1][0].target.purpose == "recall"
    await centre.tells("Newstate", ChannelState="6")
    await centre.tells("Hangup", Cause="16")
    assert ("recall", "call", "done") in await centre.field.shown(dispatch_id)


async def test_a_call_that_comes_too_late_is_not_made(centre: Centre) -> None:
    dispatch_id = await centre.overdue_job()
    await centre.looks(101)
    assert centre.switch.rung == []
    assert (await centre.field.delivery(dispatch_id)).deliveries[-1].why == "too_late"


# --- a crew telephones with the citizen ------------------------------------------------------------------


async def test_a_crew_is_connected_with_the_citizen_while_it_has_the_job(centre: Centre) -> None:
    dispatch_id = await centre.case()
    with pytest.raises(NotTheirs):
        await centre.phone.talk(DISPATCHER, dispatch_id, uuid7())
    with pytest.raises(Forbidden):
        await centre.phone.talk(AGENT, dispatch_id, uuid7())
    await centre.field.dispatches.report(centre.field.said(dispatch_id, "accepted"))
    op_id = uuid7()
    asked = await centre.phone.talk(DISPATCHER, dispatch_id, op_id)
    assert (await centre.phone.talk(DISPATCHER, dispatch_id, uuid7())).delivery_id == asked.delivery_id
    await centre.looks()
    ((call, citizen),) = centre.switch.rung
    assert (call.target.purpose, call.target.phone, citizen) == ("talk", "13904510009", CITIZEN)
    await centre.tells("Newstate", ChannelState="6")
    await centre.tells("UserEvent", UserEvent="CrewCall", Key="1")
    assert centre.switch.said == [(centre.channel, "connect")]
    await centre.tells("Hangup", Cause="16")
    assert (await centre.field.shown(dispatch_id))[-1] == ("talk", "call", "done")
    assert (await centre.phone.talk(DISPATCHER, dispatch_id, op_id)).delivery_id == asked.delivery_id
    await centre.looks()
    assert len(centre.switch.rung) == 1
    # The citizen's number is in no table of the call, and in nothing that was told.
    async with centre.storage.read() as connection:
        row = await crew_store.calls.find(connection, asked.delivery_id)
    assert CITIZEN not in str(row)
    assert CITIZEN not in str([one.envelope() for one in await centre.field.all_emitted()])


async def test_a_crew_whose_job_is_over_is_not_connected(centre: Centre) -> None:
    dispatch_id = await centre.case()
    await centre.field.dispatches.report(centre.field.said(dispatch_id, "accepted"))
    await centre.phone.talk(DISPATCHER, dispatch_id, uuid7())
    await centre.looks()
    await centre.tells("Newstate", ChannelState="6")
    await centre.field.dispatches.recall(Event(), dispatch_id, UNIT, "x")
    await centre.tells("UserEvent", UserEvent="CrewCall", Key="1")
    assert centre.switch.said[-1] == (centre.channel, "gone")
    assert ("connect") not in [words for _, words in centre.switch.said]
    with pytest.raises(NotTheirs):
        await centre.phone.talk(DISPATCHER, dispatch_id, uuid7())


async def test_a_unit_without_a_telephone_cannot_be_connected(centre: Centre) -> None:
    await centre.field.register.create(Unit("app:18", "道里二组"), ADMIN)
    dispatch_id = await centre.field.job("app:18")
    await centre.field.dispatches.report(centre.field.said(dispatch_id, "accepted", unit_id="app:18"))
    with pytest.raises(NoPhone):
        await centre.phone.talk(DISPATCHER, dispatch_id, uuid7())


# --- the switch ------------------------------------------------------------------------------------------


@dataclass
class Client:
    result: OriginateResult
    placed: list[tuple[Originate, str]] = field(default_factory=list)

    async def originate(self, call: Originate, *, channel_id: str = "") -> OriginateResult:
        settings = with_crews(AmiSettings(username="x", secret="0123456789ab"))  # a test's account
        call.headers(Dialplan(contexts=settings.contexts, variables=settings.variables))
        self.placed.append((call, channel_id))
        return self.result


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (Originated("1", "c"), "placed"),
        (AcknowledgementRefused("no"), "refused"),
        (Uncertain("1", "c", 1, "r"), "in_doubt"),
    ],
)
async def test_the_switch_is_asked_once_with_the_jobs_number_alone(
    result: OriginateResult, said: Placed
) -> None:
    client = Client(result)
    switch = AmiCrewSwitch(client, shown="84518000")  # type: ignore[arg-type]
    call = AutomatedCall(CrewTarget(uuid7(), "job", UNIT, "13904510009", "l", "50042"), "sh", 0.0)
    assert await switch.ring(call, ring_s=20, citizen="") == said
    ((placed, channel),) = client.placed
    assert channel == call.channel_id
    assert placed.phone == "Local/13904510009@outbound/n"
    assert placed.extension == "job"
    assert placed.variables == {"CREW_JOB": "50042", "OUT_CALLER_ID": "84518000"}
