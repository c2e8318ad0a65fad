"""Texts both ways: kept once, tried until the unit says it has them, old after a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from core.actor import Actor, Role
from core.errors import Conflict, Forbidden, Invalid, Unavailable
from core.ids import uuid7
from field.contract.port import SaidSeen, SaidText
from field.errors import UnknownText, UnknownUnit
from field.events import TextChanged, TextState
from field.texts import store
from field.texts.centre.service import TextService
from field.texts.model import KEPT_FOR, WAITING, Offered, TextRead, TextReceived, TextTick, UnitText, apply
from field.texts.radio.traffic import TextTraffic
from field.units import store as unit_store
from field.units.model import Unit
from tests.field.conftest import ADMIN, UNIT, City

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DISPATCHER = Actor("anna", "安娜", frozenset({Role.DISPATCHER}))
DOWN = [TextState.QUEUED, TextState.UNREACHABLE, TextState.SENT, TextState.EXPIRED, TextState.DELIVERED]
RANK = {state: rank for rank, state in enumerate([*DOWN, TextState.DISPLAYED])}

SIGNALS = st.one_of(
    st.booleans().map(Offered),
    st.sampled_from(["delivered", "displayed"]).map(lambda step: TextReceived(step, NOW)),  # type: ignore[arg-type]
    st.floats(min_value=0, max_value=30).map(lambda hours: TextTick(NOW + timedelta(hours=hours))),
    st.just(TextRead("anna", NOW)),
)


def text(way: str = "down", state: TextState = TextState.QUEUED) -> UnitText:
    return UnitText(uuid7(), UNIT, way, state, "绕行", "anna", "安娜", NOW, NOW, 1)  # type: ignore[arg-type]


@given(st.lists(SIGNALS, max_size=30))
def test_a_text_to_a_unit_never_goes_back_and_ends_as_far_as_its_unit_said(signals: list[object]) -> None:
    one = text()
    for signal in signals:
        before = one
        one, further = apply(one, signal)  # type: ignore[arg-type]
        again, twice = apply(one, signal)  # type: ignore[arg-type]
        assert (again, twice) == (one, False)
        assert further == (one.state is not before.state)
        if before.state not in WAITING:
            assert RANK[one.state] >= RANK[before.state]
    steps = [signal.step for signal in signals if isinstance(signal, TextReceived)]
    if steps:
        assert one.state == ("displayed" if "displayed" in steps else "delivered")
        assert one.delivered_at is not None


@given(st.lists(SIGNALS, max_size=10))
def test_a_units_text_is_read_by_the_first_who_reads_it(signals: list[object]) -> None:
    one = text("up", TextState.RECEIVED)
    for signal in [*signals, TextRead("boris", NOW)]:
        one, _ = apply(one, signal)  # type: ignore[arg-type]
    assert one.state is TextState.READ
    assert one.read_by == ("anna" if any(isinstance(signal, TextRead) for signal in signals) else "boris")


class Scene:
    def __init__(self, city: City) -> None:
        self.city = city
        self.desk = TextService(city.storage)
        self.traffic = TextTraffic(city.storage, city.driver, retry_s=30, kept_days=180)

    async def says(self, words: str, msg_id: UUID | None = None, unit_id: str = UNIT) -> UUID:
        said = SaidText(unit_id, msg_id or uuid7(), words, self.city.storage.clock.now())
        await self.traffic.hear(said)
        return said.msg_id

    async def states(self) -> list[str]:
        return [text.state.value for text in reversed(await self.desk.listed(DISPATCHER))]

    async def told(self) -> list[str]:
        return [one.state for one in await self.city.emitted() if isinstance(one, TextChanged)]

    async def age(self, hours: float) -> None:
        """As if everything had been taken that much earlier."""
        async with self.city.storage.write() as transaction:
            for one in await store.listed(transaction.connection, limit=100):
                earlier = one.at - timedelta(hours=hours)
                await transaction.connection.execute(
                    update(store.texts)
                    .where(store.texts.c.text_id == one.text_id)
                    .values(at=earlier, due_at=earlier)
                )


@pytest.fixture
def scene(city: City) -> Scene:
    return Scene(city)


async def test_what_a_unit_says_is_kept_once_and_confirmed_each_time(scene: Scene) -> None:
    msg_id = await scene.says("路口积水")
    await scene.says("路口积水", msg_id)
    assert scene.city.driver.receipts == [msg_id, msg_id]
    (kept,) = await scene.desk.listed(DISPATCHER, unread=True)
    assert (kept.text, kept.way, kept.unit_id) == ("路口积水", "up", UNIT)
    await scene.desk.read(DISPATCHER, msg_id)
    await scene.desk.read(Actor("boris", "鲍里斯", frozenset({Role.SUPERVISOR})), msg_id)
    (read,) = await scene.desk.listed(DISPATCHER, unit_id=UNIT)
    assert (read.state, read.read_by) == (TextState.READ, "anna")
    assert await scene.told() == ["received", "read"]
    assert await scene.desk.listed(DISPATCHER, unread=True) == []


async def test_an_unknown_unit_and_another_units_id_say_nothing(scene: Scene) -> None:
    await scene.says("x", unit_id="app:99")
    ordered = await scene.desk.write(DISPATCHER, uuid7(), UNIT, "绕行")
    await scene.says("not mine to overwrite", ordered.text_id)
    (kept,) = await scene.desk.listed(DISPATCHER)
    assert kept.text == "绕行"


async def test_a_text_to_a_unit_goes_from_queued_to_displayed_and_each_step_is_told_once(
    scene: Scene,
) -> None:
    op_id = uuid7()
    await scene.desk.write(DISPATCHER, op_id, UNIT, " 绕行学府路 ")
    await scene.desk.write(DISPATCHER, op_id, UNIT, "绕行学府路")
    assert await scene.traffic.offer_due() == 1
    assert await scene.traffic.offer_due() == 0
    assert scene.city.driver.texts == [op_id]
    async with scene.city.storage.read() as connection:
        row = (await connection.execute(select(store.texts.c.due_at, store.texts.c.at))).one()
    assert row.due_at - row.at == KEPT_FOR, "no copies go to a broker that holds it"
    for step in ("delivered", "displayed", "delivered"):
        seen = TextReceived(step, NOW)
        await scene.traffic.seen_run([SaidSeen(UNIT, uuid7(), op_id, seen)])
    assert await scene.told() == ["queued", "sent", "delivered", "displayed"]
    await scene.traffic.unit_is_there(UNIT)
    assert await scene.traffic.offer_due() == 0


async def test_a_unit_that_comes_back_gets_what_it_has_not_said_to_have_in_order(scene: Scene) -> None:
    scene.city.driver.reachable = False
    ids = [(await scene.desk.write(DISPATCHER, uuid7(), UNIT, words)).text_id for words in ("一", "二", "三")]
    assert await scene.traffic.offer_due() == 0
    # Only the first was tried: the others keep their places behind it.
    assert (scene.city.driver.texts, await scene.states()) == (ids[:1], ["unreachable"] * 3)
    scene.city.driver.reachable = True
    await scene.traffic.unit_is_there(UNIT)
    assert await scene.traffic.offer_due() == 3
    await scene.traffic.seen_run([SaidSeen(UNIT, uuid7(), ids[1], TextReceived("delivered", NOW))])
    # The broker forgot everything: what the unit has not acknowledged comes again, with its old number.
    scene.city.driver.texts.clear()
    await scene.traffic.unit_is_there(UNIT)
    await scene.traffic.offer_due()
    assert scene.city.driver.texts == [ids[0], ids[2]]


async def test_after_a_day_it_is_old_and_is_not_sent_any_more(scene: Scene) -> None:
    scene.city.driver.reachable = False
    one = await scene.desk.write(DISPATCHER, uuid7(), UNIT, "绕行")
    await scene.traffic.offer_due()
    await scene.age(24.1)
    scene.city.driver.reachable = True
    assert await scene.traffic.offer_due() == 0
    assert await scene.states() == ["expired"]
    # It had come to the terminal after all: what the unit says is true.
    await scene.traffic.seen_run([SaidSeen(UNIT, uuid7(), one.text_id, TextReceived("displayed", NOW))])
    assert await scene.told() == ["queued", "unreachable", "expired", "displayed"]


async def test_a_unit_cannot_speak_for_anothers_text(scene: Scene) -> None:
    one = await scene.desk.write(DISPATCHER, uuid7(), UNIT, "绕行")
    await scene.traffic.seen_run([SaidSeen("app:18", uuid7(), one.text_id, TextReceived("displayed", NOW))])
    assert await scene.states() == ["queued"]


async def test_the_network_is_away_and_nothing_is_lost(scene: Scene) -> None:
    await scene.desk.write(DISPATCHER, uuid7(), UNIT, "绕行")
    scene.city.driver.away = True
    with pytest.raises(Unavailable):
        await scene.traffic.offer_due()
    scene.city.driver.away = False
    assert await scene.traffic.offer_due() == 1


async def test_who_may_write_and_what(scene: Scene) -> None:
    with pytest.raises(Forbidden):
        await scene.desk.write(Actor("li", "李", frozenset({Role.AGENT})), uuid7(), UNIT, "x")
    with pytest.raises(UnknownUnit):
        await scene.desk.write(DISPATCHER, uuid7(), "app:99", "x")
    for words in ("", "  ", "x" * 1001):
        with pytest.raises(Invalid):
            await scene.desk.write(DISPATCHER, uuid7(), UNIT, words)
    op_id = uuid7()
    await scene.desk.write(DISPATCHER, op_id, UNIT, "x")
    with pytest.raises(Conflict):
        await scene.desk.write(DISPATCHER, op_id, UNIT, "y")
    with pytest.raises(UnknownText):
        await scene.desk.read(DISPATCHER, op_id)


async def test_old_texts_are_deleted(scene: Scene) -> None:
    await scene.says("旧")
    await scene.age(24 * 181)
    await scene.says("新")
    assert await scene.traffic.forget_old() == 1
    assert [one.text for one in await scene.desk.listed(DISPATCHER)] == ["新"]


async def test_several_at_a_time_are_numbered_in_order_and_strangers_say_nothing(scene: Scene) -> None:
    city = scene.city
    await city.register.create(Unit("app:18", "道里二组"), ADMIN)
    await city.register.create(Unit("app:19", "道里三组"), ADMIN)
    await city.register.revoke("app:19", op_id=uuid7(), actor=ADMIN)
    twice, shared = uuid7(), uuid7()
    units = [UNIT, "app:18", UNIT, UNIT, "app:18", "app:19", "app:99"]
    ids = [uuid7(), shared, twice, twice, uuid7(), uuid7(), uuid7()]
    now = city.storage.clock.now()
    said = [
        SaidText(unit, msg_id, f"{at}", now) for at, (unit, msg_id) in enumerate(zip(units, ids, strict=True))
    ]
    # Another unit gives its text the same id: the first one has it.
    said.insert(2, SaidText(UNIT, shared, "foreign", now))
    await scene.traffic.hear_run(said)
    kept = await scene.desk.listed(DISPATCHER)
    assert {one.text for one in kept} == {"0", "1", "2", "4"}
    assert city.driver.receipts == [ids[0], shared, shared, twice, twice, ids[4]]
    assert city.driver.numbers == [1, 1, 2, 3, 4, 2]
    async with city.storage.write() as transaction:
        assert await unit_store.next_seq(transaction, UNIT) == 5
    heard = {one.unit.unit_id for one in await city.register.known() if one.unit.last_heard is not None}
    assert heard == {UNIT, "app:18"}


async def test_a_text_with_an_end_of_its_own_is_not_offered_after_it(scene: Scene) -> None:
    """A unit that comes back does not get what holds no longer; one whose text still holds does."""
    now = scene.city.storage.clock.now()
    ended, ends, holds = uuid7(), uuid7(), uuid7()
    scene.city.driver.reachable = False
    async with scene.city.storage.write() as transaction:
        for text_id, hours in ((ended, 1), (ends, 3), (holds, 3)):
            until = now + timedelta(hours=hours)
            await store.add(
                transaction,
                UnitText(
                    text_id, UNIT, "down", TextState.QUEUED, "预警", "anna", "安娜", now, now, 1, until=until
                ),
            )
    await scene.traffic.offer_due()
    async with scene.city.storage.write() as transaction:
        await transaction.connection.execute(
            update(store.texts).where(store.texts.c.text_id == ended).values(until=now)
        )
        await store.end(transaction, [ends], now)
    scene.city.driver.reachable = True
    await scene.traffic.unit_is_there(UNIT)
    assert await scene.traffic.offer_due() == 1
    async with scene.city.storage.read() as connection:
        states = await store.states_of(connection, [ended, ends, holds])
    assert states == {ended: TextState.EXPIRED, ends: TextState.EXPIRED, holds: TextState.SENT}
