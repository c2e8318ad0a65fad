"""Two people switch the mode, by the real table of approvals; going up one may act first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from cases.errors import ModeMovedOn, NoSuchIncident, SameMode, SecondPersonFirst
from cases.events import OperatingMode, OperatingModeChanged
from cases.operating_mode import model
from cases.operating_mode.model import ModeVersion
from cases.operating_mode.service import CHANGE_MODE, ModeWish, OperatingModes
from cases.operating_mode.settings import ModePriorities, ModeRules, OperatingModeSettings
from core.actor import Actor, Role
from core.clock import ManualClock
from core.errors import Forbidden
from core.events import parse
from core.ids import uuid7
from core.second_person import ApprovalStatus
from core.storage import Storage
from core.storage.schema import outbox
from gateway.wiring.operating_mode import ApprovalsOfModes, with_lent_roles
from identity.approvals.service import Approvals
from identity.approvals.settings import ApprovalSettings
from identity.errors import OwnRequest

BEGAN = datetime(2026, 11, 30, 8, tzinfo=UTC)
CHEN = Actor("chen", "陈班长", frozenset({Role.SUPERVISOR}))
LIU = Actor("liu", "刘主任", frozenset({Role.ADMIN}))
WANG = Actor("wang", "王坐席", frozenset({Role.AGENT}))
PEACE, EMERGENCY, WARTIME = OperatingMode
SETTINGS = OperatingModeSettings(
    emergency=ModeRules(
        greeting="wait-long",
        priorities=ModePriorities(danger=19),
        roles={Role.AGENT: (Role.DISPATCHER,)},
    )
)


@dataclass
class Centre:
    """One process: its approvals and its mode."""

    storage: Storage
    clock: ManualClock
    approvals: Approvals = field(init=False)
    modes: OperatingModes = field(init=False)

    def __post_init__(self) -> None:
        self.approvals = Approvals(self.storage, ApprovalSettings())
        self.modes = OperatingModes(self.storage, ApprovalsOfModes(self.approvals, self.storage), SETTINGS)
        self.approvals.perform(CHANGE_MODE, self.modes.switch)

    async def ask(self, mode: OperatingMode, *, alone: bool = False, who: Actor = CHEN) -> ApprovalStatus:
        return await self.modes.request(who, ModeWish(mode, "民益街塌陷", alone), uuid7())

    async def approve(self, status: ApprovalStatus, who: Actor = LIU) -> None:
        await self.approvals.approve(who, status.number)
        await self.approvals.look()
        await self.modes.look()

    async def told(self) -> list[tuple[OperatingMode, int, str]]:
        async with self.storage.read() as connection:
            rows = await connection.scalars(select(outbox.c.envelope).order_by(outbox.c.seq))
            found = [parse(one) for one in rows]
        return [
            (one.mode.mode, one.mode.version, one.mode.confirmed_by)
            for one in found
            if isinstance(one, OperatingModeChanged)
        ]


@pytest.fixture
def centre(any_storage: Storage) -> Centre:
    any_storage.clock = clock = ManualClock(BEGAN)
    return Centre(any_storage, clock)


async def test_a_mode_holds_once_a_second_person_has_approved_it(centre: Centre) -> None:
    asked = await centre.ask(EMERGENCY)
    assert (asked.state, centre.modes.now.mode) == ("waiting", PEACE)
    with pytest.raises(OwnRequest):
        await centre.approvals.approve(CHEN, asked.number)
    await centre.approve(asked)
    view = centre.modes.view()
    assert (view.mode, view.before, view.version, view.by, view.confirmed_by, view.alone) == (
        EMERGENCY, PEACE, 1, "chen", "liu", False,
    )  # fmt: skip
    assert await centre.told() == [(EMERGENCY, 1, "liu")]
    assert (await centre.modes.versions())[0] == view


async def test_one_person_goes_up_at_once_and_the_second_confirms_in_time_or_it_is_told(
    centre: Centre,
) -> None:
    asked = await centre.ask(EMERGENCY, alone=True)
    assert (asked.state, centre.modes.now.mode, centre.modes.now.confirmed_by) == ("done", EMERGENCY, "")
    assert centre.modes.health().state == "up"
    centre.clock.advance(31 * 60)
    await centre.modes.look()
    assert centre.modes.view().overdue
    assert (centre.modes.health().state, centre.modes.now.mode) == ("degraded", EMERGENCY), "it stays"
    await centre.approve(asked)
    assert (centre.modes.view().confirmed_by, centre.modes.view().overdue) == ("liu", False)
    assert centre.modes.health().state == "up"
    assert await centre.told() == [(EMERGENCY, 1, ""), (EMERGENCY, 1, "liu")]


async def test_down_go_two_people_together(centre: Centre) -> None:
    await centre.ask(WARTIME, alone=True)
    for mode in (EMERGENCY, PEACE):
        with pytest.raises(SecondPersonFirst):
            await centre.ask(mode, alone=True)
    asked = await centre.ask(PEACE)
    assert centre.modes.now.mode is WARTIME
    await centre.approve(asked)
    assert (centre.modes.now.mode, centre.modes.now.version) == (PEACE, 2)


async def test_what_was_approved_too_late_is_not_done(centre: Centre) -> None:
    early = await centre.ask(EMERGENCY)
    await centre.ask(WARTIME, alone=True, who=LIU)
    await centre.approve(early)
    assert (centre.modes.now.mode, centre.modes.now.version) == (WARTIME, 1)
    assert centre.modes.now.confirmed_by == "", "the approval was of another request"
    (request,) = [
        one for one in await centre.approvals.listed(LIU, everything=True) if one["number"] == early.number
    ]
    assert request["state"] == "failed"


async def test_the_word_for_one_mode_confirms_no_other(centre: Centre) -> None:
    early = await centre.ask(EMERGENCY)
    await centre.ask(WARTIME, alone=True)
    seen: list[str] = []

    async def looks_meanwhile(actor: Actor, parameters: Mapping[str, str], why: str) -> str:
        await centre.modes.look()
        seen.append(centre.modes.now.confirmed_by)
        return await centre.modes.switch(actor, parameters, why)

    centre.approvals.perform(CHANGE_MODE, looks_meanwhile)
    await centre.approve(early)
    assert seen == [""], "the approval was of another mode"
    assert (centre.modes.now.mode, centre.modes.now.confirmed_by) == (WARTIME, "")


async def test_the_same_act_twice_is_one_version(centre: Centre) -> None:
    await centre.ask(EMERGENCY, alone=True)
    parameters = {"mode": "emergency", "from": "peace", "version": "1", "alone": "yes", "incident": ""}
    await centre.modes.switch(Actor("chen", "chen"), parameters, "民益街塌陷")
    assert len(await centre.modes.versions()) == 1
    with pytest.raises(ModeMovedOn):
        await centre.modes.switch(Actor("liu", "liu"), parameters, "别的")


async def test_who_may_not_and_what_makes_no_sense_is_refused(centre: Centre) -> None:
    with pytest.raises(Forbidden):
        await centre.ask(EMERGENCY, who=WANG)
    with pytest.raises(SameMode):
        await centre.ask(PEACE)
    with pytest.raises(NoSuchIncident):
        await centre.modes.request(
            CHEN, ModeWish(EMERGENCY, "塌陷", alone=True, incident_id=uuid7()), uuid7()
        )


async def test_another_process_follows_and_a_restart_knows(centre: Centre) -> None:
    other = Centre(centre.storage, centre.clock)
    await centre.ask(EMERGENCY, alone=True)
    assert other.modes.now.mode is PEACE
    await other.modes.look()
    assert other.modes.now == centre.modes.now
    again = Centre(centre.storage, centre.clock)
    await again.modes.look()
    assert again.modes.now.mode is EMERGENCY


async def test_roles_are_lent_to_people_while_the_mode_holds(centre: Centre) -> None:
    lent = with_lent_roles(lambda: centre.modes)
    program = Actor("wang", "", frozenset({Role.AGENT}), token="t1")
    assert lent(WANG) == WANG
    await centre.ask(EMERGENCY, alone=True)
    assert lent(WANG).roles == {Role.AGENT, Role.DISPATCHER}
    assert lent(program) == program
    assert lent(CHEN) == CHEN
    await centre.approve(await centre.ask(PEACE))
    assert lent(WANG) == WANG


_MODES = st.sampled_from(list(OperatingMode))


@given(st.lists(st.tuples(_MODES, st.booleans()), max_size=12))
def test_nobody_goes_down_alone_and_every_version_follows_the_one_before(
    steps: Sequence[tuple[OperatingMode, bool]],
) -> None:
    now = model.first(BEGAN)
    for mode, alone in steps:
        try:
            model.require_request(now, mode, alone=alone)
        except (SameMode, SecondPersonFirst):
            assert mode is now.mode or (alone and not model.goes_up(now.mode, mode))
            continue
        wanted = ModeVersion(now.version + 1, mode, now.mode, "x", "chen", BEGAN, alone=alone)
        after = model.switched(now, wanted)
        assert after is not None
        assert (after.version, after.before) == (now.version + 1, now.mode)
        assert not (alone and not model.goes_up(now.mode, mode))
        assert model.switched(after, wanted) is None
        now = after
