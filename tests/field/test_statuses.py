"""What a network says becomes a step of the one job that is meant, by a table with checks and versions."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.events import DispatchStep
from core.actor import Actor, Role
from core.clock import ManualClock
from core.errors import Forbidden
from core.ids import uuid7
from core.storage import Storage
from field.dispatches.model import LIVE, DownlinkState, JobContent, UnitJob
from field.events import UnitReported
from field.statuses.centre.service import NoSuchStatuses, StatusesInvalid, StatusesMovedOn, StatusTableService
from field.statuses.model import (
    DEFAULTS,
    Kind,
    Meant,
    StatusRule,
    Unclear,
    about,
    check,
    code_key,
    meant,
    read_rules,
    rule_of,
)
from field.statuses.radio.driver_reports import DriverReports
from tests.field.conftest import UNIT
from tests.field.delivery.conftest import RADIO, Field, field
from tests.field.ports import AuditTrail

__all__ = ["field"]

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
CHIEF = Actor("chief", "Chief", frozenset({Role.SUPERVISOR}))
DISPATCHER = Actor("li", "Li", frozenset({Role.DISPATCHER}))
ASKED = [DispatchStep.ACCEPTED, DispatchStep.DECLINED, DispatchStep.DONE]
OWN = (rule_of("tetra", "status", "0x8005", "arrived"), rule_of("*", "text", "ok", "accepted"))


# --- the table ---------------------------------------------------------------------------------------------


def test_the_built_in_table_is_one_that_may_be_used() -> None:
    assert check(DEFAULTS) == []


@pytest.mark.parametrize(
    ("network", "kind", "code", "step", "number"),
    [
        ("tetra", "status", "32769", "accepted", ""),
        ("tetra", "status", "0x8002", "declined", ""),
        ("tetra", "text", "1", "accepted", ""),
        ("dmr", "text", " 1  50042 ", "accepted", "50042"),
        ("dmr", "text", "完成50042", "done", "50042"),
        ("dmr", "text", "Ｄｏｎｅ", "done", ""),
        ("phone", "dtmf", "3#", "on_the_way", ""),
        ("phone", "dtmf", "5*50042#", "done", "50042"),
        ("app", "button", "arrived", "arrived", ""),
    ],
)
def test_what_the_built_in_table_means(network: str, kind: Kind, code: str, step: str, number: str) -> None:
    found = meant(DEFAULTS, network, kind, code)
    assert found is not None
    assert (found.step, found.number) == (step, number)


@pytest.mark.parametrize(
    ("kind", "code"),
    [("status", "0"), ("status", "7"), ("text", "你好"), ("text", ""), ("dtmf", "9"), ("text", "12")],
)
def test_what_nobody_has_given_a_meaning_means_nothing(kind: Kind, code: str) -> None:
    assert meant(DEFAULTS, "tetra", kind, code) is None


def test_a_networks_own_rule_goes_before_one_for_any() -> None:
    rules = (rule_of("*", "text", "1", "accepted"), rule_of("dmr", "text", "1", "done"))
    assert meant(rules, "dmr", "text", "1") == Meant(DispatchStep.DONE)
    assert meant(rules, "tetra", "text", "1") == Meant(DispatchStep.ACCEPTED)


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (rule_of("tetra", "status", "0", "done"), "emergency"),
        (rule_of("*", "status", "0", "done"), "emergency"),
        (rule_of("tetra", "status", "1234", "done"), "reserved"),
        (rule_of("tetra", "status", "70000", "done"), "code"),
        (rule_of("tetra", "status", "x", "done"), "code"),
        (rule_of("TETRA", "text", "1", "done"), "network"),
        (rule_of("*", "text", "1", "displayed"), "step"),
        (rule_of("*", "text", "1", "gone"), "word"),
        (rule_of("*", "dtmf", "1x", "done"), "code"),
    ],
)
def test_rules_that_make_no_sense_are_named_with_their_line(rule: StatusRule, code: str) -> None:
    (found,) = check([OWN[0], rule])
    assert (found.line, found.code) == (2, code)
    assert found.zh != found.en


def test_the_same_code_twice_is_named() -> None:
    (found,) = check([rule_of("*", "text", "OK", "done"), rule_of("*", "text", " ok", "accepted")])
    assert (found.line, found.code) == (2, "doubled")
    assert [one.code for one in check([])] == ["empty"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["rules", "network", "kind", "code", "step", "x"]), inner, max_size=5
        )
    ),
    max_leaves=12,
)


@given(ANYTHING)
def test_any_file_is_rules_or_problems(given_: object) -> None:
    rules, problems = read_rules(given_)
    assert problems or check(rules) == []


@given(st.sampled_from(["status", "button", "text", "dtmf"]), st.text(max_size=60), st.text(max_size=12))
def test_any_word_means_something_or_nothing(kind: Kind, code: str, network: str) -> None:
    found = meant(DEFAULTS, network, kind, code)
    assert found is None or found.step not in {"delivered", "displayed"}
    key = code_key(kind, code)
    # Folding of letters is not the same twice for every sign there is; numbers and keys are.
    assert key is None or kind in {"text", "button"} or code_key(kind, key) == key


def job(number: int, last_step: str = "queued", state: DownlinkState = DownlinkState.SENT) -> UnitJob:
    content = JobContent(f"2301022026112600{number:03}", "x", "y")
    return UnitJob(
        UUID(int=number), UNIT, state, content, number, uuid7(), NOW, last_step=DispatchStep(last_step)
    )


def test_a_word_without_a_number_is_about_the_one_job_that_waits_for_it() -> None:
    jobs = [job(41, "accepted", DownlinkState.OPEN), job(42, "displayed", DownlinkState.OPEN)]
    assert about(jobs, Meant(DispatchStep.ACCEPTED)) is jobs[1]
    assert about(jobs, Meant(DispatchStep.DONE)) is jobs[0]
    assert about(jobs[1:], Meant(DispatchStep.ON_THE_WAY)) is jobs[1], "who goes has accepted"
    assert about([*jobs, job(43)], Meant(DispatchStep.DECLINED)) == Unclear(("00042", "00043"))
    found = about([*jobs, job(43)], Meant(DispatchStep.DECLINED, "00043"))
    assert isinstance(found, UnitJob)
    assert found.dispatch_id == UUID(int=43)
    assert about([], Meant(DispatchStep.DONE)) is None
    assert about(jobs, Meant(DispatchStep.DONE, "99")) is None


@given(
    st.lists(
        st.builds(
            job, st.integers(1, 999), st.sampled_from(["queued", "delivered", "accepted", "arrived"]),
            st.sampled_from(list(DownlinkState)),
        ),
        max_size=5,
    ),
    st.builds(Meant, st.sampled_from(ASKED), st.sampled_from(["", "1", "00999"])),
)  # fmt: skip
def test_never_a_guess_between_two_and_never_a_job_that_is_over(jobs: list[UnitJob], what: Meant) -> None:
    found = about(jobs, what)
    if isinstance(found, UnitJob):
        assert found.state in LIVE
        assert not what.number or (found.content and found.content.number.endswith(what.number[-3:]))
    elif isinstance(found, Unclear):
        assert len(found.numbers) > 1


# --- versions ----------------------------------------------------------------------------------------------


async def test_a_version_counts_from_when_it_is_activated_and_an_older_one_can_be_put_back(
    any_storage: Storage,
) -> None:
    any_storage.clock = ManualClock()
    desk = StatusTableService(any_storage, AuditTrail())
    op_id = uuid7()
    made = await desk.make(CHIEF, op_id, OWN, "哈尔滨的状态表")
    assert await desk.make(CHIEF, op_id, OWN, "哈尔滨的状态表") == made
    assert ((await desk.now(CHIEF)).version.number, made.number) == (0, 1)
    now = await desk.activate(CHIEF, uuid7(), 1, expected=0, comment="")
    assert (now.version.rules, now.rev) == (OWN, 1)
    with pytest.raises(StatusesMovedOn):
        await desk.activate(CHIEF, uuid7(), 1, expected=0, comment="")
    assert (await desk.activate(CHIEF, uuid7(), 0, expected=1, comment="")).version.rules == DEFAULTS
    assert (await desk.version(CHIEF, 1)).rules == OWN
    with pytest.raises(NoSuchStatuses):
        await desk.activate(CHIEF, uuid7(), 9, expected=0, comment="")
    with pytest.raises(StatusesInvalid):
        await desk.make(CHIEF, uuid7(), (rule_of("tetra", "status", "0", "done"),), "")
    with pytest.raises(Forbidden):
        await desk.make(DISPATCHER, uuid7(), OWN, "")
    assert len((await desk.now(DISPATCHER)).versions) == 1


# --- what crews say ----------------------------------------------------------------------------------------


async def reported(field: Field) -> list[tuple[str, str]]:
    told = [one for one in await field.emitted() if isinstance(one, UnitReported)]
    return [(one.step, one.bearer) for one in told]


async def test_a_radios_words_move_the_job_once_and_go_into_its_chain(field: Field) -> None:
    field.driver.reachable = False
    dispatch_id = await field.job()
    await field.dispatches.offer_due()
    await field.passes(0)
    words = DriverReports(field.storage, field.dispatches, field.bearers)
    msg_id = uuid7()
    assert await words.heard("tetra", RADIO, "status", "32769", msg_id=msg_id, at=NOW) == "applied"
    assert await words.heard("tetra", RADIO, "status", "32769", msg_id=msg_id, at=NOW) == "again"
    assert await words.heard("tetra", RADIO, "text", "到达", msg_id=uuid7(), at=NOW) == "applied"
    assert await reported(field) == [("accepted", "text"), ("arrived", "text")]
    assert (await field.shown(dispatch_id))[1] == ("job", "text", "accepted")
    assert (await field.delivery(dispatch_id)).state == "answered"
    unit = await field.register.find(UNIT)
    assert (unit.status, unit.heard_by) == ("arrived", "tetra")


async def test_what_fits_two_jobs_moves_none_and_the_crew_is_asked_which(field: Field) -> None:
    await field.job()
    await field.job()
    words = DriverReports(field.storage, field.dispatches, field.bearers)
    assert await words.heard("tetra", RADIO, "text", "1", msg_id=uuid7(), at=NOW) == "unclear"
    assert await reported(field) == []
    assert field.radio.words[-1] == "有多件任务，请在后面加任务号：50042 50042"


@pytest.mark.parametrize(
    ("address", "code", "fate"),
    [("tetra:999", "1", "unknown_unit"), (RADIO, "今天路滑", "no_rule"), (RADIO, "5", "no_job")],
)
async def test_what_is_no_word_about_a_job(field: Field, address: str, code: str, fate: str) -> None:
    words = DriverReports(field.storage, field.dispatches, field.bearers)
    assert await words.heard("tetra", address, "text", code, msg_id=uuid7(), at=NOW) == fate
    assert await reported(field) == []
