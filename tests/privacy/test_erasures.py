"""A person is forgotten in every table, on both databases, whatever interrupts it; the chain stays whole."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, text, update

from cases.tables import case_calls, case_history, cases
from cdr.calls.store import CALLS, LEGS, calls, legs
from cdr.erasing import calls_of_number
from cdr.events import CallErased
from cdr.retention.holds import LegalHolds
from citizen.tables import reports
from core.actor import Actor
from core.events import MASK
from core.ids import leg_id
from core.storage import Storage
from core.storage.schema import outbox
from field.texts.store import texts
from gateway import tables
from gateway.wiring.privacy import ErasedByHand, LedgerErasure, SealedTables, WholeRecords
from privacy import store
from privacy.disclosure import Disclosure
from privacy.errors import NoNumber, NothingToErase, ReasonNamesThePerson, StillInUse
from privacy.ports import ErasureSubject
from privacy.service import Erasures, Stores
from privacy.store import ERASED, RUNNING, Erasure
from speech.events import TranscriptSegment
from tests.cdr.script import CITIZEN, START, Script, answered_call
from tests.cdr.world import SUPERVISOR, World

OTHER = "13900005678"
SUN = Actor("sun", "孙")
__all__ = ["tables"]


class Refusing:
    """A place that fails as often as it is told to."""

    name = "elsewhere"

    def __init__(self, times: int) -> None:
        self.left = times

    async def erase(self, wanted: ErasureSubject) -> str:
        del wanted
        self.left -= 1
        if self.left >= 0:
            raise OSError("away")
        return ""


class Scene:
    def __init__(self, world: World) -> None:
        self.world = world
        self.audited: list[tuple[str, str]] = []

    async def record(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        self.audited.append((action, subject))

    def erasures(self, *places: Refusing, needs: Sequence[Any] = ()) -> Erasures:
        world = self.world
        stores = Stores(
            LedgerErasure(world.storage, world.recordings), SealedTables(), needs=tuple(needs), places=places
        )
        return Erasures(world.storage, stores)

    async def order(self, erasures: Erasures) -> Erasure:
        return await erasures.order_number(CITIZEN, by=SUN, reason="asked for", audit=self)

    async def plant(self) -> tuple[UUID, UUID]:
        """A call of the citizen, and somebody else's in which his number is said and dialled."""
        world = self.world
        mine, theirs = (
            answered_call(Script(1_000, start=START)),
            answered_call(Script(2_000, start=START + timedelta(hours=1)), number=OTHER),
        )
        for told in (mine, theirs):
            await world.take_in(told)
            world.sound(told)
        await world.settle()
        ids = [row.call_id for row in await world.calls()]
        for call, told in zip(ids, (mine, theirs), strict=True):
            await world.ledger.keep_segment(_said(call, told, f"打{CITIZEN}找王小明"))
        case = uuid4()
        filed = {"case": {}, "final": {"caller": "王小明", "callback": CITIZEN}}
        await world.ledger.record("case", case, filed, call_ids=[ids[0]], label="230103-20261125-0001")
        async with world.storage.write() as transaction:
            connection = transaction.connection
            await connection.execute(insert(cases).values(**_case(case)))
            await connection.execute(
                insert(case_calls).values(
                    case_id=case, call_id=ids[0], caller=f"+86{CITIZEN}", caller_key=CITIZEN, linked_at=START,
                    linked_by="li.na",
                )
            )  # fmt: skip
            await connection.execute(
                insert(case_history).values(
                    case_id=case, at=START, actor="li.na", act="note", reason=f"call +86{CITIZEN}!"
                )
            )
            await connection.execute(insert(texts).values(**_text(f"到了打 {CITIZEN}")))
            transfers = [{"kind": "blind", "at": str(START), "by": "8001", "to": CITIZEN}]
            await connection.execute(
                update(calls).where(calls.c.call_id == ids[1]).values(transfers=transfers)
            )
            channel = f"Local/{CITIZEN}@outbound-0001;1"
            await connection.execute(
                update(legs)
                .where(legs.c.call_id == ids[1])
                .values(channel=channel, endpoint=f"{CITIZEN}@outbound")
            )
            await CALLS.seal(transaction, [ids[1]], START)
            of_call = await connection.execute(select(legs.c.leg_id).where(legs.c.call_id == ids[1]))
            await LEGS.seal(transaction, list(of_call.scalars()), START)
            await connection.execute(insert(outbox).values(**_event(ids[0])))
        return ids[0], ids[1]

    async def everything(self) -> str:
        """Every value of every table as text."""
        found = []
        async with self.world.storage.read() as connection:
            for name in tables.metadata.tables:
                rows = await connection.execute(text(f'SELECT * FROM "{name}"'))
                found += [json.dumps([str(one) for one in row], ensure_ascii=False) for row in rows]
        return "\n".join(found)


def _said(call: UUID, told: Script, words: str) -> TranscriptSegment:
    return TranscriptSegment(
        call_id=call, leg_id=leg_id("songhua", told.ids["trunk"]), segment_id=uuid4(), speaker="citizen",
        text=words, final=True, start_s=0, end_s=1, started_at=told.now, language="zh", engine="planted",
    )  # fmt: skip


def _case(case_id: UUID) -> dict[str, Any]:
    return {
        "case_id": case_id, "number": "230103-20261125-0001", "spoken_code": "123456", "state": "filed",
        "category": "x", "description": f"井盖丢失，联系{CITIZEN}", "confidential": False,
        "drafted": {}, "final": {"callback": {"value": CITIZEN}}, "filed_at": START, "filed_by": "li.na",
        "updated_at": START, "filed_order": 1,
    }  # fmt: skip


def _text(words: str) -> dict[str, Any]:
    return {
        "text_id": uuid4(), "unit_id": "app:17", "way": "down", "state": "waiting", "text": words,
        "by": "sun", "by_name": "孙", "said_at": START, "at": START, "seq": 1, "due_at": START, "read_by": "",
    }  # fmt: skip


def _event(call: UUID) -> dict[str, Any]:
    return {
        "origin": "centre", "destination": "bus", "stream": "x", "event_id": uuid4(),
        "envelope": {"type": "hotline.call_closed", "call_id": str(call), "caller": CITIZEN},
        "created_at": START, "due_at": START, "attempts": 0, "done_at": START,
    }  # fmt: skip


@pytest.fixture
def scene(any_world: World) -> Scene:
    return Scene(any_world)


async def repeatedly(erasures: Erasures, ordered: Erasure) -> None:
    for _ in range(50):
        await erasures.go_on(ordered.erasure_id)


async def deliver(storage: Storage) -> None:
    """As the service's relay would."""
    async with storage.write() as transaction:
        await transaction.connection.execute(update(outbox).values(done_at=START))


async def test_the_number_is_nowhere_and_the_chain_verifies(scene: Scene) -> None:
    world = scene.world
    _, second = await scene.plant()
    erasures = scene.erasures()
    ordered = await scene.order(erasures)
    assert ordered.state == RUNNING
    waiting = await erasures.go_on(ordered.erasure_id)
    assert "not delivered" in waiting.open_steps["events"]
    assert waiting.number == CITIZEN, "it is not done: the row still knows whom to look for"
    await deliver(world.storage)
    done = await erasures.go_on(ordered.erasure_id)
    assert (done.state, dict(done.open_steps), done.number) == (ERASED, {}, "")
    left = await scene.everything()
    assert CITIZEN not in left
    assert OTHER in left, "another person's call keeps its own number"
    assert "井盖丢失" in left, "what is wrong with the city stays"
    assert await calls_of_number(world.storage, CITIZEN) == []
    theirs = await world.ledger.call(SUPERVISOR, str(second), reveal=True)
    assert theirs["call"]["number"] == OTHER
    assert theirs["call"]["transfers"][0]["to"] == "•••"
    await world.signer.sign_once()
    assert (await world.verify(files=True)).findings == []
    assert scene.audited == [("erase-number", f"erasure:{done.erasure_id}")]
    with pytest.raises(NothingToErase):
        await scene.order(erasures)


async def test_a_place_that_is_away_keeps_it_open_until_it_is_back(scene: Scene) -> None:
    await scene.plant()
    place = Refusing(2)
    erasures = scene.erasures(place)
    ordered = await scene.order(erasures)
    await erasures.go_on(ordered.erasure_id)
    await deliver(scene.world.storage)
    (left,) = await erasures.go_on_with_all()
    assert (left.state, left.open_steps["elsewhere"]) == (RUNNING, "OSError: away")
    assert await erasures.go_on_with_all() == []
    assert CITIZEN not in await scene.everything()


@pytest.mark.parametrize("after", range(0, 30, 3))
async def test_killed_anywhere_it_is_gone_on_with(
    world: World, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """A kill is an exception at the nth transaction that nothing catches; then a new process begins."""
    scene = Scene(world)
    await scene.plant()
    erasures = scene.erasures()
    ordered = await scene.order(erasures)
    count = 0
    write = Storage.write

    def failing(storage: Storage) -> Any:
        nonlocal count
        count += 1
        if count > after:
            raise KeyboardInterrupt
        return write(storage)

    with monkeypatch.context() as patched:
        patched.setattr(Storage, "write", failing)
        with pytest.raises(KeyboardInterrupt):
            await repeatedly(erasures, ordered)
    again = scene.erasures()
    await deliver(world.storage)
    for _ in range(3):
        await again.go_on_with_all()
        await deliver(world.storage)
    async with world.storage.read() as connection:
        found = await store.get(connection, ordered.erasure_id)
    assert found is not None
    assert found.state == ERASED
    assert CITIZEN not in await scene.everything()
    await world.signer.sign_once()
    assert (await world.verify(files=True)).findings == []


async def test_what_still_needs_the_number_is_named_first(scene: Scene) -> None:
    await scene.plant()

    async def need(number: str) -> str:
        assert number == CITIZEN
        return "a callback to this number waits"

    with pytest.raises(StillInUse, match="callback"):
        await scene.order(scene.erasures(needs=[need]))
    erasures = scene.erasures()
    with pytest.raises(ReasonNamesThePerson):
        await erasures.order_number(CITIZEN, by=SUN, reason=f"{CITIZEN} asked", audit=scene)
    with pytest.raises(NoNumber):
        await erasures.order_number("12345", by=SUN, reason="asked", audit=scene)
    assert scene.audited == []


async def test_what_a_hold_covers_stays_and_keeps_it_open(scene: Scene) -> None:
    """Also where the number was said in somebody else's call."""
    world = scene.world
    first, second = await scene.plant()
    holds = LegalHolds(world.storage, world.trail)
    mine, theirs = uuid4(), uuid4()
    await holds.set(SUPERVISOR, mine, f"call:{first}", "court")
    erasures = scene.erasures()
    with pytest.raises(StillInUse, match="legal hold"):
        await scene.order(erasures)
    await holds.lift(SUPERVISOR, mine, uuid4(), "over")
    await holds.set(SUPERVISOR, theirs, f"call:{second}", "court")
    ordered = await scene.order(erasures)
    await erasures.go_on(ordered.erasure_id)
    await deliver(world.storage)
    (left,) = await erasures.go_on_with_all()
    assert "a legal hold stands on call" in left.open_steps["tables"]
    words = (await world.ledger.call(SUPERVISOR, str(second), reveal=True))["transcript"]["segments"]
    assert CITIZEN in words[0]["text"]
    await holds.lift(SUPERVISOR, theirs, uuid4(), "over")
    assert await erasures.go_on_with_all() == []
    assert CITIZEN not in await scene.everything()


async def test_a_call_that_was_erased_on_the_desk_is_followed_once(scene: Scene) -> None:
    world = scene.world
    first, _ = await scene.plant()
    erasures = scene.erasures()
    await world.ledger.erase(first, by="sun", reason="asked for")
    by_hand = ErasedByHand(erasures)
    event = CallErased(call_id=first, known_as=[], kinds=["personal", "recordings"], by="sun")
    await by_hand.on_erased(event.model_copy(update={"by": "system:retention"}))
    await by_hand.on_erased(event.model_copy(update={"kinds": ["recordings"]}))
    assert await erasures.go_on_with_all() == [], "a rule needs no further erasure"
    await by_hand.on_erased(event)
    await by_hand.on_erased(event)
    async with world.storage.read() as connection:
        (ordered,) = await store.running(connection)
    assert ordered.call_ids == (first,)
    await deliver(world.storage)
    assert await erasures.go_on_with_all() == []


async def test_one_call_alone_keeps_the_number_elsewhere(scene: Scene) -> None:
    world = scene.world
    first, _ = await scene.plant()
    erasures = scene.erasures()
    ordered = await erasures.order_call(first, by=SUN, reason="asked for", audit=scene)
    await erasures.go_on(ordered.erasure_id)
    await deliver(world.storage)
    done = await erasures.go_on(ordered.erasure_id)
    assert (done.state, dict(done.open_steps)) == (ERASED, {})
    async with world.storage.read() as connection:
        row = (await connection.execute(select(calls.c.number).where(calls.c.call_id == first))).one()
        about = (await connection.execute(select(outbox.c.envelope))).scalars().all()
    assert row.number == ""
    assert [one["type"] for one in about if str(first) in str(one)] == ["cdr.call_erased"]
    assert await erasures.order_call(first, by=SUN, reason="again", audit=scene)


def _report(number: str, phone: str, email: str, words: str = "井盖不见了") -> dict[str, Any]:
    return {
        "report_id": uuid4(), "channel": "web_form", "message_id": number, "digest": "", "source": "web",
        "number": number, "code": "abcdefghjk", "text": words, "place": "", "reporter": "", "phone": phone,
        "email": email, "received_at": START, "case_number": "", "progress": "received",
    }  # fmt: skip


async def addresses(world: World) -> list[tuple[str, str, str]]:
    wanted = select(reports.c.phone, reports.c.email, reports.c.text).order_by(reports.c.number)
    async with world.storage.read() as connection:
        return [(row[0], row[1], row[2]) for row in await connection.execute(wanted)]


async def test_an_address_goes_with_the_number_that_was_left_beside_it(world: World) -> None:
    """And stays where the number is a neighbour's that was only written about."""
    scene = Scene(world)
    async with world.storage.write() as transaction:
        for row in (
            _report("R1", f"+86{CITIZEN}", "wang@example.org"),
            _report("R2", OTHER, "li@example.org", f"请打{CITIZEN}"),
        ):
            await transaction.connection.execute(insert(reports).values(**row))
    await scene.erasures().go_on((await scene.order(scene.erasures())).erasure_id)
    assert await addresses(world) == [
        ("", "", "井盖不见了"), (OTHER, "li@example.org", f"请打{MASK}")
    ]  # fmt: skip


async def test_a_person_who_left_only_an_address_is_forgotten_by_it(any_world: World) -> None:
    """On both databases, however it is written."""
    world, scene = any_world, Scene(any_world)
    async with world.storage.write() as transaction:
        for row in (
            _report("R1", "", "wang@example.org", "回信请寄Wang@example.org"),
            _report("R2", "", "xwang@example.org"),
            _report("R3", OTHER, "", "也可以写信给WANG@Example.Org"),
        ):
            await transaction.connection.execute(insert(reports).values(**row))
        event = {"type": "citizen.report", "text": "WANG@Example.Org", "at": str(START)}
        planted = insert(outbox).values(**_event(uuid4()) | {"envelope": event})
        await transaction.connection.execute(planted)
    told = await Disclosure(world.storage, WholeRecords(world.storage), SealedTables()).of_number(
        "Wang@example.org"
    )
    assert {row["number"] for row in told["tables"]["citizen_reports"]} == {"R1", "R3"}
    erasures = scene.erasures()
    ordered = await erasures.order_number("Wang@example.org", by=SUN, reason="asked for", audit=scene)
    await erasures.go_on(ordered.erasure_id)
    assert await addresses(world) == [
        ("", "", f"回信请寄{MASK}"), ("", "xwang@example.org", "井盖不见了"),
        (OTHER, "", f"也可以写信给{MASK}")
    ]  # fmt: skip
    async with world.storage.read() as connection:
        assert "WANG" not in str((await connection.execute(select(outbox.c.envelope))).all())
    with pytest.raises(NothingToErase):
        await erasures.order_number("wang@example.org", by=SUN, reason="asked for", audit=scene)
