"""Several switches on one database: which settings fit together; whose lease, row, agent and board it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import select

from cases.events import DispatchRecalled
from cdr.events import CallErased, ReportMailQueued
from core.clock import ManualClock
from core.events import Event
from core.ids import uuid7
from core.storage import OutboxRelay, Storage, StorageSettings
from core.storage.schema import outbox
from gateway.backup import postgres
from gateway.bus import LocalBus
from gateway.leases import roles
from gateway.leases.model import RoleAlreadyRuns
from gateway.mqtt import topics
from gateway.mqtt.link import MqttLink
from gateway.mqtt.message import Received
from gateway.settings import BadSettings, Settings
from gateway.wiring import lease, switch_boards
from gateway.wiring.cases_of_others import CasesOfOthers
from gateway.wiring.hotline import Phones
from gateway.wiring.lease import LeasePart, switch_leases
from gateway.wiring.link import role_link
from gateway.wiring.storage import open_storage
from gateway.wiring.switch_boards import SwitchBoards
from hotline.events import BoardChanged, BoardView, QueueMetricsView
from identity.service import IdentityService
from tests.mqtt.fakes import FakeLink
from tests.peers.asterisk import private_settings

NOON = datetime(2026, 12, 2, 4, 0, tzinfo=UTC)
ANYWHERE = "postgresql+asyncpg://songhua@db/songhua"


def told(switch: dict[str, Any], *, url: str = ANYWHERE) -> dict[str, Any]:
    return {"storage": {"url": url}, "switch": {"speech_nodes": ["speech-1"], **switch}}


Named = Callable[..., Settings]


@pytest.fixture
def named(tmp_path: Path) -> Named:
    """Makes the settings of a switch of this name."""

    def made(name: str, switch: dict[str, Any], url: str = ANYWHERE) -> Settings:
        asterisk = private_settings(tmp_path / name, system_name=name, rtp_ports=4).model_dump()
        return Settings.model_validate({**told(switch, url=url), "asterisk": asterisk})

    return made


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        (told({"leads": False}), "no switch leads"),
        (told({"beside": ["south"]}, url="sqlite+aiosqlite:///x.db"), "SQLite is of one machine"),
        (told({"beside": ["songhua"]}), "this one is songhua"),
        (told({"beside": ["south", "south"]}), "stands for two switches"),
        (told({"beside": ["south"], "speech_nodes": []}), "switch.speech_nodes"),
        (told({"beside": ["no/slash"]}), "beside"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(wrong: dict[str, Any], names: str) -> None:
    with pytest.raises(BadSettings, match=names):
        Settings.of(wrong, None)


def test_one_switch_alone_is_as_ever() -> None:
    alone = Settings.model_validate({})
    assert [alone.origin(role) for role in ("centre", "speech", "radio")] == ["centre", "speech", "radio"]
    assert (alone.own_switch, switch_leases(alone)) == ("", [])


async def test_each_centre_has_the_lease_of_its_switch(
    named: Named, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roles, "PATIENCE_S", 0.3)
    monkeypatch.setattr(lease, "WATCH_S", 60.0)
    north = named("north", {"beside": ["south"]}, url=postgres_database)
    south = named("south", {"beside": ["north"], "leads": False}, url=postgres_database)
    held = [LeasePart(north, "centre"), *switch_leases(north), LeasePart(south, "centre")]
    try:
        for part in held:
            await part.start()
        # The same switch, and another that would lead as well.
        again = named("north", {"beside": ["x"], "leads": False}, url=postgres_database)
        both = named("west", {"beside": ["north"]}, url=postgres_database)
        for settings in (again, south, both):
            refused = LeasePart(settings, "centre")
            with pytest.raises(RoleAlreadyRuns):
                await refused.start()
            await refused.stop()
        third = named("west", {"beside": ["north"], "leads": False}, url=postgres_database)
        west = LeasePart(third, "centre")
        await west.start()
        await west.stop()
    finally:
        for part in held:
            await part.stop()


def test_two_centres_disturb_each_other_nowhere_at_the_broker(named: Named) -> None:
    north = named("north", {"beside": ["south"]})
    south = named("south", {"beside": ["north"], "leads": False})
    links = [role_link(one, "centre") for one in (north, south)]
    assert len({link._client_id for link in links}) == 2
    states = {link._presence.topic for link in links if link._presence is not None}
    assert states == {"v1/harbin/role/centre/state", "v1/harbin/role/centre/switch/south/state"}


async def test_a_centre_relays_its_own_events_and_the_leading_one_sends_what_leaves(
    named: Named, any_storage: Storage
) -> None:
    def centre(settings: Settings) -> Storage:
        made = open_storage(settings, "centre", ())
        return Storage(
            any_storage.engine, origin=made.origin, leads=made.leads, switch=made.switch, route=made.route
        )

    north = centre(named("north", {"beside": ["south"]}))
    south = centre(named("south", {"beside": ["north"], "leads": False}))
    assert (north.origin, north.leads, north.switch) == ("centre", True, "north")
    assert (south.origin, south.leads, south.switch) == ("centre:south", False, "south")
    event = CallErased(call_id=uuid7(), known_as=[], kinds=["recordings"], by="sun")
    mail = ReportMailQueued(schedule_id=uuid7())
    async with south.write() as transaction:
        await transaction.emit(event)
        await transaction.emit(mail)
    async with any_storage.read() as connection:
        rows = (await connection.execute(select(outbox.c.origin, outbox.c.destination))).all()
    assert {tuple(row) for row in rows} == {("centre:south", "bus"), ("centre", "mail")}
    heard: list[str] = []

    def relay(storage: Storage, destination: str) -> OutboxRelay:
        async def deliver(_event: object) -> None:
            heard.append(f"{storage.origin} {destination}")

        return OutboxRelay(storage, destination, deliver)

    for storage in (north, south, north, south):
        for destination in ("bus", "mail"):
            await relay(storage, destination).relay_once()
    assert heard == ["centre mail", "centre:south bus"]


class World:
    def __init__(self, named: Named, storage: Storage) -> None:
        self.clock = ManualClock(NOON)
        storage.clock = self.clock
        self.bus = LocalBus()
        self.link = FakeLink()
        settings = named("north", {"beside": ["south", "west"]})
        self.boards = SwitchBoards(settings, storage, self.bus, cast("MqttLink", self.link))

    async def hears(self, name: str, told: BoardView, *, retained: bool = False) -> None:
        topic = topics.switch_board("harbin", name)
        payload = json.dumps(BoardChanged(board=told).envelope()).encode()
        await self.link.subscriptions[topic](Received(topic, payload, retained=retained))

    def heard(self) -> dict[str, bool]:
        return {one.switch: one.heard for one in self.boards.boards()}


def board(waiting: int) -> BoardView:
    total = QueueMetricsView(
        queue="", waiting=waiting, longest_since=None, longest_wait_s=0.0, offered_24h=0, answered_24h=0,
        abandoned_24h=0, connect_rate_24h=None, within_15s_24h=None, offered_today=0, answered_today=0,
        abandoned_today=0, connect_rate_today=None, within_15s_today=None, average_wait_today_s=None,
        average_talk_today_s=None,
    )  # fmt: skip
    return BoardView(
        at=NOON, total=total, queues=[], agents={"ready": 3}, callbacks_due=0, callbacks_open=0,
        callbacks_live=0, unheard=0, filled=True,
    )  # fmt: skip


async def test_another_board_is_shown_until_nothing_is_heard_of_it(named: Named, storage: Storage) -> None:
    world = World(named, storage)
    assert world.heard() == {"south": False, "west": False}
    # What the broker had kept says how it was, and not that anybody is there.
    await world.hears("south", board(1), retained=True)
    assert world.heard()["south"] is False
    await world.hears("south", board(2))
    await world.hears("west", board(0))
    shown = world.boards.boards()[0]
    assert shown.total is not None
    assert (shown.switch, shown.heard, shown.total.waiting, shown.agents) == ("south", True, 2, {"ready": 3})
    world.clock.advance(switch_boards.SILENT_S + 1)
    await world.hears("west", board(0))
    assert world.heard() == {"south": False, "west": True}
    assert {one.part: one.state for one in world.boards.health()} == {
        "switch.south": "degraded", "switch.west": "up",
    }  # fmt: skip
    await world.link.give(topics.switch_board("harbin", "south"), b"\xff")
    assert world.heard()["south"] is False


async def test_an_agent_is_known_where_the_telephone_is(storage: Storage) -> None:
    class People:
        async def users(self) -> list[Any]:
            return [
                SimpleNamespace(id=one, name=one, endpoint=one, skills={}, active=True)
                for one in ("north-1", "south-1")
            ]

    people = cast("IdentityService", People())
    for endpoints, known in ((None, ["north-1", "south-1"]), (frozenset({"north-1", "x"}), ["north-1"])):
        phones = Phones(people, endpoints)
        await phones.refresh()
        assert [desk.agent_id for desk in phones.desks()] == known


def test_the_database_may_be_two_of_which_the_primary_is_used() -> None:
    nodes = "host=db1:5432&host=db2:5433&target_session_attrs=primary"
    url = StorageSettings(url=f"postgresql+asyncpg://songhua:secret@/city?{nodes}").address()
    _, told = url.get_dialect()().create_connect_args(url)
    assert (told["host"], told["port"]) == (["db1", "db2"], [5432, 5433])
    assert (told["target_session_attrs"], told["password"]) == ("primary", "secret")
    assert postgres.arguments(url)[1:] == [
        "--dbname=city", "--host=db1,db2", "--port=5432,5433", "--username=songhua",
    ]  # fmt: skip
    assert postgres.environment(url)["PGTARGETSESSIONATTRS"] == "primary"


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("db1", ["--host=db1"]),
        ("db1:5433", ["--host=db1", "--port=5433"]),
        ("", []),
        (":5433", ["--port=5433"]),
        ("?host=/run/postgresql", ["--host=/run/postgresql"]),
        ("?host=/run/postgresql&port=5433", ["--host=/run/postgresql", "--port=5433"]),
        (":5433?host=/run/postgresql", ["--host=/run/postgresql", "--port=5433"]),
        ("?host=db1,db2&port=5432,5433", ["--host=db1,db2", "--port=5432,5433"]),
    ],
)
def test_the_tools_of_a_backup_are_told_the_same_place(place: str, told: list[str]) -> None:
    at, _, query = place.partition("?")
    url = StorageSettings(url=f"postgresql+asyncpg://songhua@{at}/city?{query}").address()
    assert postgres.arguments(url)[1:] == ["--dbname=city", *told, "--username=songhua"]


async def test_desks_see_what_other_centres_did_with_cases(named: Named, any_storage: Storage) -> None:
    clock = ManualClock(NOON)
    any_storage.clock = clock
    shown: list[Event] = []

    async def show(event: Event) -> None:
        shown.append(event)

    others = CasesOfOthers(named("north", {"beside": ["south"]}), any_storage, show)
    south = Storage(any_storage.engine, origin="centre:south", clock=clock)
    north = Storage(any_storage.engine, origin="centre", clock=clock)
    used = [DispatchRecalled(dispatch_id=uuid7(), case_id=uuid7(), unit_id="app:17") for _ in range(3)]

    async def handled(storage: Storage, *events: Event) -> None:
        async def deliver(_event: Event) -> None: ...

        async with storage.write() as transaction:
            for event in events:
                await transaction.emit(event)
        await OutboxRelay(storage, "bus", deliver).relay_once()

    clock.advance(1)
    await handled(south, used[0], CallErased(call_id=uuid7(), known_as=[], kinds=[], by="sun"))
    await handled(north, used[1])
    async with south.write() as transaction:
        await transaction.emit(used[2])
    for _ in range(2):
        await others.look()
    assert shown == [used[0]], "no event twice, none of its own, none that its centre has not handled"
    clock.advance(60)
    await handled(south)
    await others.look()
    assert shown == [used[0], used[2]]
    alone = CasesOfOthers(Settings.model_validate({}), any_storage, show)
    await alone.look()
    assert len(shown) == 2
