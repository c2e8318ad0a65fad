"""Units at a real Mosquitto: a revoked terminal is cut at once, who speaks as another is refused and
alarmed, and positions come from terminals and from location apps.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiomqtt
import pytest
from sqlalchemy import select

from core.actor import Actor, Role
from core.errors import Unavailable
from core.events import Event, parse
from core.ids import uuid7
from core.place import Position
from core.storage.schema import outbox
from field.contract.mobile import codec, topics
from field.contract.mobile.whereabouts import Affiliation, GroupsMessage, Location
from field.contract.talkgroup import Talkgroup
from field.events import UnitPretended, UnitsMoved
from field.talkgroups.centre.service import Talkgroups
from field.units.centre.service import UnitRegister
from gateway.mqtt import MqttLink, PresenceTopic, PublishDenied, Received
from gateway.mqtt.credentials import UnitAccounts, new_client_id
from gateway.unit_cli import TerminalChange, TerminalIdentity, TerminalStore, UnitTerminal
from tests.field.ports import AuditTrail, NoOpenCase
from tests.mqtt.broker import TENANT, wait_for_port
from tests.mqtt.field import UNIT, Field, no_leaks, until
from tests.peers.checkout import program
from tests.waiting import until as waited

pytestmark = pytest.mark.real
ADMIN = Actor("test", "test", frozenset({Role.ADMIN, Role.DISPATCHER, Role.SUPERVISOR}))
ROOT = Path(__file__).resolve().parents[2]


class UnitField:
    """The field, and a register that has the centre's account at the broker."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.link = MqttLink(field.broker.settings("centre"), client_id="register")
        self.register = UnitRegister(
            field.centre.storage, field.centre.bus, UnitAccounts(self.link), AuditTrail()
        )
        self.moved: list[Event] = []
        field.radio.bus.subscribe(UnitsMoved, self._hear, name="moved")

    async def _hear(self, event: Event) -> None:
        self.moved.append(event)

    async def unit(self, uid: str, password: str | None = None, **more: object) -> MqttLink:
        settings = self.field.broker.settings(uid, password)
        return MqttLink(settings, client_id=uid, **more)  # type: ignore[arg-type]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[UnitField]:
    field = Field(tmp_path, {UNIT: "password-17", "app:18": "password-18"})
    async with no_leaks():
        made = UnitField(field)
        await field.start()
        await made.link.start()
        await made.link.wait_connected(10)
        yield made
        await made.link.stop()
        await field.stop()


async def test_a_revoked_terminal_is_cut_at_once_and_cannot_come_back(world: UnitField) -> None:
    presence = PresenceTopic(topics.state(TENANT, UNIT))
    terminal = await world.unit(UNIT, presence=presence)
    await terminal.start()
    await terminal.wait_connected(10)
    await waited(lambda: _online(world), "the terminal's presence")
    loop = asyncio.get_running_loop()
    ended: list[float] = []

    async def watch() -> None:
        connection = terminal._connection
        assert connection is not None
        await connection.ended()
        ended.append(loop.time())

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0.2)
    assert not ended
    known = await world.register.revoke(UNIT, op_id=uuid7(), actor=ADMIN)
    done = loop.time()
    assert known.unit.revoked_at is not None
    await until(lambda: bool(ended), 10, "the cut")
    # The broker ends the connection while it carries out the command, not at the next keep-alive (5 s).
    assert ended[0] - done < 2
    await until(lambda: "refuses this account" in terminal.health().why, 20, "the refusal to come back")
    with pytest.raises(Unavailable):
        await terminal.publish(topics.up(TENANT, UNIT, "hello"), b"{}")
    assert not await _online(world)
    password = await world.register.enrol(UNIT, actor=ADMIN)
    await terminal.stop()
    await watching
    again = await world.unit(UNIT, password, presence=presence)
    await again.start()
    await again.wait_connected(10)
    await waited(lambda: _online(world), "the terminal's return")
    await again.stop()


async def test_positions_of_terminals_and_of_apps_reach_the_desk(world: UnitField) -> None:
    password = await world.register.enrol(UNIT, devices=["phone"], actor=ADMIN)
    terminal = await world.unit(UNIT, password)
    await terminal.start()
    await terminal.wait_connected(10)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    said = Location(
        seq=1, ts=tomorrow, sent=tomorrow, fix_at=tomorrow - timedelta(seconds=20), lon=126.62, lat=45.77,
        accuracy_m=9,
    )  # fmt: skip
    await terminal.publish(topics.up(TENANT, UNIT, "location"), codec.encode(said), expiry_s=60)
    await waited(lambda: _placed(world, "app"), "the terminal's position")
    placed = (await world.register.look(UNIT)).placed
    assert placed is not None
    assert 15 < placed.age_s(datetime.now(UTC)) < 60
    await terminal.stop()
    # As an app from the shop: MQTT 3.1.1, its own client id, retained, a subscription that it may not have.
    will = aiomqtt.Will(f"owntracks/{UNIT}/phone", b'{"_type":"lwt","tst":1}', qos=1)
    async with aiomqtt.Client(
        "127.0.0.1", world.field.broker.port, username=UNIT, password=password, identifier="app17phone",
        protocol=aiomqtt.ProtocolVersion.V311, will=will,
    ) as app:  # fmt: skip
        await app.subscribe("owntracks/+/+", qos=1)
        body = {
            "_type": "location", "lat": 45.78, "lon": 126.63, "acc": 5, "batt": 61,
            "tst": int(datetime.now(UTC).timestamp()),
        }  # fmt: skip
        for topic in (f"owntracks/{UNIT}/phone", f"owntracks/{UNIT}/other", "owntracks/app:18/phone"):
            await app.publish(topic, json.dumps(body).encode(), qos=1, retain=True)
        await waited(lambda: _placed(world, "owntracks/phone"), "the app's position")
        known = await world.register.look(UNIT)
        assert ("owntracks", True) in [(one.name, one.online) for one in known.bearers]
    assert (await world.register.look("app:18")).placed is None
    await until(lambda: len(world.moved) >= 2, what="what the desk is told")
    sources = [
        place.source for event in world.moved if isinstance(event, UnitsMoved) for place in event.places
    ]
    assert sources == ["app", "owntracks/phone"]


async def test_a_unit_is_told_its_groups_and_is_on_those_that_it_says(world: UnitField) -> None:
    talkgroups = Talkgroups(world.field.centre.storage, world.field.centre.bus, NoOpenCase(), AuditTrail())
    await talkgroups.add(Talkgroup("app:daoli", "道里", "Daoli"), op_id=uuid7(), actor=ADMIN)
    told: list[GroupsMessage] = []

    async def hear(message: Received) -> None:
        told.append(codec.decode(GroupsMessage, message.payload))

    terminal = await world.unit(UNIT)
    terminal.subscribe(topics.down(TENANT, UNIT, "groups"), hear, name="groups")
    await terminal.start()
    await terminal.wait_connected(10)
    said = Affiliation(seq=1, ts=datetime.now(UTC), groups=["app:daoli"])
    for _ in range(2):
        await terminal.publish(topics.up(TENANT, UNIT, "affiliate"), codec.encode(said))
    await until(lambda: len(told) == 2, what="the answer to each")
    assert [(group.tg_id, group.on, group.talk) for group in told[-1].groups] == [("app:daoli", True, True)]
    assert (await talkgroups.find("app:daoli")).listening == [UNIT]
    await terminal.stop()


async def test_a_terminal_on_the_command_line_says_its_groups_and_its_place(
    world: UnitField, tmp_path: Path
) -> None:
    talkgroups = Talkgroups(world.field.centre.storage, world.field.centre.bus, NoOpenCase(), AuditTrail())
    await talkgroups.add(Talkgroup("app:daoli", "道里", "Daoli"), op_id=uuid7(), actor=ADMIN)
    shown: list[TerminalChange] = []
    store = TerminalStore(tmp_path / "unit.db")
    terminal = UnitTerminal(
        world.field.broker.settings(UNIT), uid=UNIT, store=store, on_change=shown.append,
        itself=TerminalIdentity(["app:daoli", "app:nobody"], Position(lon=126.63, lat=45.76, accuracy_m=20)),
    )  # fmt: skip
    await terminal.start()
    try:
        await until(lambda: TerminalChange("groups", detail="app:daoli") in shown, what="the centre's answer")
        assert (await talkgroups.find("app:daoli")).listening == [UNIT]

        async def placed() -> bool:
            known = (await world.register.look(UNIT)).placed
            return known is not None and (known.fix.lon, known.fix.source) == (126.63, "app")

        await waited(placed, "its place")
    finally:
        await terminal.stop()
        store.close()


async def test_who_speaks_as_another_is_refused_and_alarmed(world: UnitField, tmp_path: Path) -> None:
    """The broker is run by `songhua mqtt run`, as operators do who want to know."""
    field = world.field
    field.broker.stop()
    passwords = field.broker.rendered.passwords
    config = tmp_path / "songhua.toml"
    config.write_text(
        f'tenant = "{TENANT}"\n[mqtt]\nport = {field.broker.port}\n'
        f'[mqtt.accounts.radio]\nuser = "radio"\npassword = "{passwords["radio"]}"\n'
    )
    folder = Path(program("mosquitto", package="mosquitto")).parent
    log = (tmp_path / "broker.log").open("wb")
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.cli", "mqtt", "run", str(field.broker.rendered.config.parent),
        "--config", str(config), cwd=ROOT, stderr=log, stdout=subprocess.DEVNULL,
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
    )  # fmt: skip
    try:
        await asyncio.to_thread(wait_for_port, field.broker.port, 30)
        await field.radio.link.wait_connected(20)
        intruder = MqttLink(field.broker.settings("app:18"), client_id=UNIT)
        await intruder.start()
        await intruder.wait_connected(20)
        for _ in range(3):
            with pytest.raises(PublishDenied):
                await intruder.publish(topics.up(TENANT, UNIT, "status"), b"{}")
        with pytest.raises(PublishDenied):
            await intruder.publish(f"v1/{TENANT}/role/centre/cases.dispatch_queued", b"{}")
        assert await intruder.publish(topics.up(TENANT, "app:18", "hello"), b"{}")
        async with as_client(world, UNIT, "phone"), as_client(world, "app:18", "phone"):
            await waited(lambda: _alarmed(world, 3), "the alarms")
        found = [(event.user, event.topic_unit, event.kind) for event in await _alarms(world)]
        assert sorted(found) == [
            ("app:18", "", "role"), ("app:18", UNIT, "session"), ("app:18", UNIT, "unit"),
        ]  # fmt: skip
        await intruder.stop()
    finally:
        running.terminate()
        assert await asyncio.wait_for(running.wait(), 20) == 0
        log.close()
    shown = (tmp_path / "broker.log").read_text(errors="replace")
    assert "mosquitto version" in shown
    assert "Denied PUBLISH" not in shown
    assert "Received PUBLISH" not in shown


async def test_nobody_pushes_a_role_or_a_unit_out_by_its_name(world: UnitField) -> None:
    terminal = await world.unit(UNIT)
    await terminal.start()
    await terminal.wait_connected(10)
    before = (world.field.radio.link.epoch, terminal.epoch)
    async with as_client(world, UNIT, new_client_id("phone")) as phone:
        for name in ("radio", UNIT, "phone", f"{UNIT}-phone", f"{UNIT}phone", f"{UNIT}-page"):
            async with as_client(world, "app:18", name) as intruder:
                await intruder.publish(topics.up(TENANT, "app:18", "hello"), b"{}", qos=1)
        await asyncio.sleep(0.5)
        await phone.publish(topics.up(TENANT, UNIT, "hello"), b"{}", qos=1)
    assert (world.field.radio.link.epoch, terminal.epoch) == before
    assert world.field.radio.link.connected
    assert terminal.connected
    await terminal.stop()


def as_client(world: UnitField, user: str, name: str) -> aiomqtt.Client:
    """A client of others that calls itself `name`."""
    password = world.field.units[user]
    return aiomqtt.Client(
        "127.0.0.1", world.field.broker.port, username=user, password=password, identifier=name,
        protocol=aiomqtt.ProtocolVersion.V5,
    )  # fmt: skip


async def _alarms(world: UnitField) -> list[UnitPretended]:
    """What the role radio put into its outbox for the centre."""
    async with world.field.centre.storage.read() as connection:
        rows = await connection.execute(select(outbox.c.envelope).order_by(outbox.c.seq))
        return [event for row in rows if isinstance(event := parse(row.envelope), UnitPretended)]


async def _alarmed(world: UnitField, count: int) -> bool:
    return len(await _alarms(world)) >= count


async def _online(world: UnitField) -> bool:
    return (await world.register.find(UNIT)).online


async def _placed(world: UnitField, source: str) -> bool:
    placed = (await world.register.look(UNIT)).placed
    return placed is not None and placed.fix.source == source
