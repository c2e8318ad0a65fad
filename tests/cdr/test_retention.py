"""Rules of keeping, legal holds that nothing overrides, and the erasure of a person everywhere."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import select, text, update

from cdr.cel.store import quarantine
from cdr.consumer import LedgerConsumer
from cdr.erasing import calls_of_number, erase_call
from cdr.errors import UnderHold, UnknownHold
from cdr.filings.cases import held_cases
from cdr.filings.store import filings
from cdr.retention.holds import LegalHolds
from cdr.retention.model import RetentionFacts, RetentionKind, RetentionRule, TalkgroupRule, due, kept_for
from cdr.retention.service import Retention, RetentionReport
from core.clock import ManualClock
from core.errors import Forbidden, Invalid
from core.ids import leg_id
from hotline.events import CallActed, DispositionKind, DispositionSet
from ivr.events import SurveyAnswered
from speech.events import TranscriptSegment
from tests.cdr.script import CITIZEN, START, Script, answered_call
from tests.cdr.test_recordings import kept
from tests.cdr.test_search import id_of
from tests.cdr.world import AGENT, SUPERVISOR, World

DAY = timedelta(days=1)
RULES = [
    RetentionRule(kind=RetentionKind.RECORDINGS, days=90),
    RetentionRule(kind=RetentionKind.RECORDINGS, days=7, dispositions=("prank",)),
    RetentionRule(kind=RetentionKind.TRANSCRIPTS, days=365),
    RetentionRule(kind=RetentionKind.PERSONAL, days=730),
    RetentionRule(kind=RetentionKind.RECORDINGS, days=1_000, categories=("03",)),
]
FACTS = st.builds(
    RetentionFacts,
    ended_at=st.just(START),
    outcome=st.sampled_from(["answered", "cut"]),
    dispositions=st.frozensets(st.sampled_from(["prank", "case"])),
    categories=st.frozensets(st.sampled_from(["0304", "11"])),
)
RULE = st.builds(
    RetentionRule,
    kind=st.sampled_from(RetentionKind),
    days=st.integers(1, 1000),
    dispositions=st.lists(st.sampled_from(["prank", "case"]), max_size=1).map(tuple),
    outcomes=st.lists(st.sampled_from(["answered", "cut"]), max_size=1).map(tuple),
    categories=st.lists(st.sampled_from(["03", "1"]), max_size=1).map(tuple),
)


def test_the_special_rule_comes_first_and_the_longest_counts() -> None:
    def days(**facts: Any) -> float:
        found = kept_for(RetentionKind.RECORDINGS, RetentionFacts(START, "answered", **facts), RULES)
        assert found is not None
        return found / DAY

    assert days() == 90
    assert days(dispositions=frozenset({"prank"})) == 7
    assert days(dispositions=frozenset({"prank"}), categories=frozenset({"0304"})) == 1_000
    assert kept_for(RetentionKind.PERSONAL, RetentionFacts(START, "cut"), RULES[:3]) is None


@pytest.mark.parametrize("days", [0, -1, 36_501])
def test_a_rule_that_keeps_nothing_or_longer_than_a_century_is_refused(days: float) -> None:
    with pytest.raises(ValidationError):
        RetentionRule(kind=RetentionKind.RECORDINGS, days=days)
    with pytest.raises(ValidationError):
        TalkgroupRule(days=days)


def test_a_rule_may_keep_for_hours_only() -> None:
    assert RetentionRule(kind=RetentionKind.RECORDINGS, days=0.5).days == TalkgroupRule(days=0.5).days == 0.5


@given(FACTS, st.lists(RULE, max_size=6), st.integers(0, 1200))
def test_nothing_is_due_before_some_fitting_rule_says_so(
    facts: RetentionFacts, rules: list[RetentionRule], age: int
) -> None:
    for kind in due(facts, rules, START + age * DAY):
        fitting = [rule for rule in rules if rule.kind is kind and rule.fits(facts)]
        assert any(rule.days <= age for rule in fitting)
        assert all(rule.days <= age for rule in fitting if rule.conditional)
        assert not any(rule.days > age and not rule.conditional for rule in fitting) or any(
            rule.conditional for rule in fitting
        )
    for kind in set(RetentionKind) - set(due(facts, rules, START + age * DAY)):
        fitting = [rule for rule in rules if rule.kind is kind and rule.fits(facts)]
        assert not fitting or any(rule.days > age for rule in fitting)


class Scene:
    """Two ended calls of one person, with sound, words and what was filed."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = ManualClock(START)
        world.storage.clock = self.clock
        self.retention = Retention(world.storage, world.recordings, RULES)
        self.holds = LegalHolds(world.storage, world.trail)

    async def live(self) -> tuple[UUID, UUID]:
        world = self.world
        LedgerConsumer(world.ledger).subscribe(world.bus)
        told = [answered_call(Script(n, start=START - timedelta(hours=n / 1_000))) for n in (1_000, 2_000)]
        for one in told:
            await world.take_in(one)
            world.sound(one)
            call = id_of(one)
            await world.ledger.keep_segment(
                TranscriptSegment(
                    call_id=call, leg_id=leg_id("songhua", one.ids["trunk"]), segment_id=uuid4(),
                    speaker="citizen", text="我叫王小明", final=True, start_s=0, end_s=1, started_at=one.now,
                    language="zh", engine="simulated",
                )
            )  # fmt: skip
        await world.settle()
        return id_of(told[0]), id_of(told[1])

    async def dispose(self, call: UUID, kind: DispositionKind, note: str = "") -> None:
        await self.world.bus.deliver(
            DispositionSet(call_id=call, op_id=uuid4(), kind=kind, agent_id="li.na", case_ids=[], note=note)
        )

    async def run(self, days: float, *, dry_run: bool = False) -> RetentionReport:
        self.clock._now = START + days * DAY
        return await self.retention.run_once(dry_run=dry_run)

    async def sound(self) -> dict[UUID, set[str]]:
        found: dict[UUID, set[str]] = {}
        for row in await kept(self.world):
            found.setdefault(row.call_id, set()).add(row.state)
        return found


@pytest.fixture
def scene(any_world: World) -> Scene:
    return Scene(any_world)


async def test_each_kind_goes_in_its_time_and_once(scene: Scene) -> None:
    first, second = await scene.live()
    await scene.dispose(first, DispositionKind.PRANK)
    assert (await scene.run(6)).done == {}
    dry = await scene.run(8, dry_run=True)
    assert (dry.due, dry.done) == ({"recordings": 1}, {})
    assert await scene.sound() == {first: {"complete"}, second: {"complete"}}
    assert (await scene.run(8)).done == {"recordings": 1}
    assert await scene.sound() == {first: {"erased"}, second: {"complete"}}
    assert len(list(scene.world.recordings.rglob("*.alaw"))) == 2
    assert (await scene.run(9)).done == {}
    assert (await scene.run(366)).done == {"recordings": 1, "transcripts": 2}
    transcript = await scene.world.ledger.transcript(SUPERVISOR, second)
    assert [one["text"] for one in transcript["segments"]] == [""]
    record = await scene.world.ledger.call(SUPERVISOR, str(second), reveal=True)
    assert record["call"]["number"] == CITIZEN
    assert (await scene.run(731)).done == {"personal": 2}
    record = await scene.world.ledger.call(SUPERVISOR, str(second), reveal=True)
    assert (record["call"]["number"], record["call"]["outcome"]) == ("", "answered")
    last = await scene.run(2_000)
    assert (last.looked_at, last.done) == (0, {})
    await scene.world.signer.sign_once()
    assert (await scene.world.verify(files=True)).findings == []


async def test_under_a_hold_nothing_goes_by_rule_or_by_hand(scene: Scene) -> None:
    first, second = await scene.live()
    hold = uuid4()
    set_once = await scene.holds.set(SUPERVISOR, hold, f"call:{first}", "court, 12-34")
    assert await scene.holds.set(SUPERVISOR, hold, f"call:{first}", "court, 12-34") == set_once
    report = await scene.run(1_000)
    assert (report.held, report.done) == (1, {"personal": 1, "recordings": 1, "transcripts": 1})
    assert await scene.sound() == {first: {"complete"}, second: {"erased"}}
    with pytest.raises(UnderHold):
        await scene.world.ledger.erase(first, by="sun", reason="request")
    await scene.holds.lift(SUPERVISOR, hold, uuid4(), "the case is closed")
    assert (await scene.run(1_000)).done == {"personal": 1, "recordings": 1, "transcripts": 1}
    assert [entry[:2] for entry in scene.world.trail.entries] == [
        ("zhao", "set-legal-hold"), ("zhao", "set-legal-hold"), ("zhao", "lift-legal-hold"),
    ]  # fmt: skip
    await scene.world.signer.sign_once()
    assert (await scene.world.verify(files=True)).findings == []


async def test_a_hold_on_a_case_covers_its_calls(scene: Scene) -> None:
    first, _ = await scene.live()
    case = uuid4()
    await scene.world.ledger.record("case", case, {"category": "11"}, call_ids=[first], label="2301-1")
    await scene.holds.set(SUPERVISOR, uuid4(), f"case:{case}", "court")
    with pytest.raises(UnderHold):
        await scene.world.ledger.erase(first, by="sun", reason="request")


async def test_a_case_is_held_by_itself_or_by_one_of_its_calls_until_the_hold_is_lifted(scene: Scene) -> None:
    first, second = await scene.live()
    beside, by_call, free = uuid4(), uuid4(), uuid4()
    for case, call in ((beside, second), (by_call, first), (free, second)):
        await scene.world.ledger.record("case", case, {"category": "11"}, call_ids=[call], label="2301-1")
    hold = uuid4()
    await scene.holds.set(SUPERVISOR, uuid4(), f"call:{first}", "court")
    asked = {beside, by_call, free}
    async with scene.world.storage.read() as connection:
        assert await held_cases(connection, asked) == {by_call}
    await scene.holds.set(SUPERVISOR, hold, f"case:{free}", "court")
    async with scene.world.storage.read() as connection:
        # What holds a case holds its call, and with it each case of that call.
        assert await held_cases(connection, asked) == {beside, by_call, free}
    await scene.holds.lift(SUPERVISOR, hold, uuid4(), "over")
    async with scene.world.storage.read() as connection:
        assert await held_cases(connection, asked) == {by_call}


async def test_a_hold_that_was_tampered_with_is_found(scene: Scene) -> None:
    first, _ = await scene.live()
    await scene.holds.set(SUPERVISOR, uuid4(), f"call:{first}", "court")
    await scene.world.signer.sign_once()
    async with scene.world.storage.write() as transaction:
        await transaction.connection.execute(text("UPDATE cdr_legal_holds SET subject = 'call:nobody'"))
    (found,) = (await scene.world.verify()).findings
    assert found.what == "record-changed"


async def test_who_may_hold_and_what(scene: Scene) -> None:
    first, _ = await scene.live()
    with pytest.raises(Forbidden):
        await scene.holds.set(AGENT, uuid4(), f"call:{first}", "because")
    with pytest.raises(Invalid):
        await scene.holds.set(SUPERVISOR, uuid4(), "number:1", "because")
    with pytest.raises(Invalid):
        await scene.holds.set(SUPERVISOR, uuid4(), f"call:{first}", "  ")
    with pytest.raises(UnknownHold):
        await scene.holds.lift(SUPERVISOR, uuid4(), uuid4(), "because")


async def test_an_erased_person_is_nowhere_and_the_figures_stay(scene: Scene) -> None:
    world = scene.world
    first, second = await scene.live()
    for call in (first, second):
        await scene.dispose(call, DispositionKind.CASE, note=f"王小明, {CITIZEN}")
        await world.bus.deliver(
            CallActed(
                op_id=uuid4(), call_id=call, verb="transfer", actor_id="li.na", target=CITIZEN, leg_id=None,
                outcome="done",
            )
        )  # fmt: skip
        await world.bus.deliver(
            SurveyAnswered(
                call_id=call, uniqueid="1.1", linkedid="1.1", answers={"satisfied": "1"}, language="zh"
            )
        )
    rejected = b'"BROKEN","' + CITIZEN.encode() + b'"\n"ANSWER"'
    world.write([rejected])
    async with world.storage.write() as transaction:
        await transaction.connection.execute(
            quarantine.insert().values(
                line_id="a",
                path="calls.csv",
                offset=0,
                size=len(rejected),
                reason="cut",
                raw=rejected,
                at=START,
            )
        )
        await transaction.connection.execute(
            quarantine.insert().values(
                line_id="b", path="calls.csv", offset=9, size=3, reason="cut", raw=b"abc", at=START
            )
        )
    ids = await calls_of_number(world.storage, CITIZEN)
    assert sorted(ids) == sorted([first, second])
    for call in ids:
        await erase_call(world.storage, world.recordings, call, by="sun", reason="request")
    async with world.storage.read() as connection:
        left = (await connection.execute(select(quarantine.c.line_id))).scalars().all()
        for table in ("cdr_calls", "cdr_legs", "cdr_segments", "cdr_filings", "cdr_cel_rows"):
            rows = await connection.execute(text(f"SELECT * FROM {table}"))
            dumped = json.dumps([tuple(map(str, row)) for row in rows], ensure_ascii=False)
            assert CITIZEN not in dumped, table
            assert "王小明" not in dumped, table
    assert left == ["b"]
    record = await world.ledger.call(SUPERVISOR, str(first), reveal=True)
    assert record["dispositions"][0]["payload"]["kind"] == "case"
    assert record["surveys"][0]["payload"]["answers"] == {"satisfied": "1"}
    assert record["acts"][0]["payload"]["verb"] == "transfer"
    await world.signer.sign_once()
    assert (await world.verify(files=True)).findings == []
    async with world.storage.write() as transaction:
        await transaction.connection.execute(
            update(filings).where(filings.c.kind == "survey").values(facts='{"answers":{"satisfied":"3"}}')
        )
    assert {one.what for one in (await world.verify()).findings} == {"record-changed"}
