"""Dispatches between the centre and a unit over a real Mosquitto, with the faults that a city has."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from cases.events import DispatchStep
from core.errors import Unavailable
from field.contract.mobile import codec, topics
from field.contract.mobile.messages import Command, StatusMessage
from field.events import JobSent, UnitReported, UnitUnreachable
from field.units import store as unit_store
from gateway.mqtt import BrokerAway, MqttLink, PresenceTopic, PublishDenied, Received
from gateway.mqtt.credentials import UnitAccounts
from tests.mqtt.broker import TENANT
from tests.mqtt.field import UNIT, Field, no_leaks, until
from tests.waiting import until as waited

pytestmark = pytest.mark.real
OUTAGE_S = float(os.environ.get("SONGHUA_FAULT_OUTAGE_S", "5"))
"""`scripts/faults` runs the same test with 60 s."""
ROOT = Path(__file__).resolve().parents[2]
STORY = ["delivered", "displayed", "accepted", "on_the_way", "arrived", "done"]


@pytest.fixture
async def field(tmp_path: Path) -> AsyncIterator[Field]:
    made = Field(tmp_path, {UNIT: "password-17", "app:18": "password-18"})
    async with no_leaks():
        await made.start()
        yield made
        await made.stop()


async def unit_online(field: Field) -> bool:
    async with field.centre.storage.read() as connection:
        unit = await unit_store.find(connection, UNIT)
    assert unit is not None
    return unit.online


async def until_online(field: Field, *, online: bool) -> None:
    async def so() -> bool:
        return await unit_online(field) == online

    await waited(so, f"unit whose being online is {online}")


async def test_a_case_goes_to_the_crew_and_each_step_comes_back_once(field: Field) -> None:
    terminal = await field.terminal()
    dispatch_id = await field.centre.order()
    job = await terminal.wait_for_job(dispatch_id)
    assert job.body.place == "中央大街与西十四道街交口"
    for step in (
        DispatchStep.DISPLAYED,
        DispatchStep.ACCEPTED,
        DispatchStep.ON_THE_WAY,
        DispatchStep.ARRIVED,
    ):
        terminal.report(dispatch_id, step)
    terminal.report(dispatch_id, DispatchStep.DONE, note="已清理完毕")
    await terminal.wait_confirmed()
    await until(lambda: field.centre.steps(dispatch_id) == STORY, what="the whole story")
    assert [event for event in field.centre.heard if isinstance(event, JobSent)]


async def test_a_recall_takes_the_job_off_the_terminal(field: Field) -> None:
    terminal = await field.terminal()
    dispatch_id = await field.centre.order()
    await terminal.wait_for_job(dispatch_id)
    await field.centre.recall(dispatch_id)
    await until(lambda: terminal.store.job(dispatch_id).step == "recalled", what="the recall")


async def test_a_unit_that_never_signed_in_is_unreachable_and_gets_its_job_later(field: Field) -> None:
    dispatch_id = await field.centre.order()
    await until(
        lambda: any(isinstance(event, UnitUnreachable) for event in field.centre.heard), what="the bad news"
    )
    terminal = await field.terminal()
    await terminal.wait_for_job(dispatch_id)
    await until(lambda: field.centre.steps(dispatch_id) == ["delivered"], what="the delivery")


async def test_a_unit_that_is_away_gets_its_jobs_when_it_is_back(field: Field) -> None:
    terminal = await field.terminal()
    await until(lambda: terminal.connected)
    await terminal.link.stop()
    ordered = [await field.centre.order() for _ in range(5)]
    await asyncio.sleep(0.5)
    back = await field.terminal()
    await until(lambda: [job.dispatch_id for job in back.jobs()] == ordered, what="all jobs in order")
    await back.wait_confirmed()
    await until(lambda: all(field.centre.steps(one) == ["delivered"] for one in ordered))


async def test_a_stopped_broker_delays_and_loses_nothing(field: Field) -> None:
    terminal = await field.terminal()
    first = await field.centre.order()
    await terminal.wait_for_job(first)
    field.broker.stop()
    await until(lambda: not field.radio.link.connected and not terminal.connected)
    terminal.report(first, DispatchStep.ACCEPTED)
    terminal.report(first, DispatchStep.ON_THE_WAY)
    second = await field.centre.order()
    await asyncio.sleep(OUTAGE_S)
    assert field.centre.steps(second) == []
    assert field.radio.room.health()[0].state == "degraded"
    field.broker.start()
    began = asyncio.get_running_loop().time()
    await until(lambda: field.radio.link.connected and field.centre.link.connected and terminal.connected, 2)
    await until(lambda: field.centre.steps(first) == ["delivered", "accepted", "on_the_way"])
    await until(lambda: field.centre.steps(second) == ["delivered"])
    await terminal.wait_confirmed()
    assert asyncio.get_running_loop().time() - began < 4
    assert field.radio.room.health()[0].state == "up"


async def test_a_killed_broker_that_forgot_everything_loses_nothing(field: Field) -> None:
    terminal = await field.terminal()
    await until(lambda: terminal.connected)
    await field.radio.stop()
    # The broker takes the order for the radio role, which is away, and is killed before it wrote that down.
    dispatch_id = await field.centre.order()
    await asyncio.sleep(0.5)
    assert "role/centre/cases.dispatch_queued" not in str(field.centre.heard)
    field.broker.kill()
    field.broker.start()
    await field.radio_again()
    await terminal.wait_for_job(dispatch_id)
    await until(lambda: field.centre.steps(dispatch_id) == ["delivered"], what="the delivery")


async def test_a_frozen_broker_doubles_nothing(field: Field) -> None:
    terminal = await field.terminal()
    first = await field.centre.order()
    await terminal.wait_for_job(first)
    await terminal.wait_confirmed()
    field.broker.program.freeze()
    terminal.report(first, DispatchStep.ACCEPTED)
    second = await field.centre.order()
    # Longer than a publish waits for its answer: what is in doubt is sent again.
    await asyncio.sleep(4)
    field.broker.program.thaw()
    await terminal.wait_for_job(second)
    await until(lambda: field.centre.steps(first) == ["delivered", "accepted"])
    await until(lambda: field.centre.steps(second) == ["delivered"])
    await terminal.wait_confirmed()
    await asyncio.sleep(1)
    assert field.centre.steps(first) == ["delivered", "accepted"]
    assert len(terminal.jobs()) == 2


async def test_a_locked_database_delays_a_report_and_applies_it_once(field: Field) -> None:
    terminal = await field.terminal()
    dispatch_id = await field.centre.order()
    await terminal.wait_for_job(dispatch_id)
    await until(lambda: field.centre.steps(dispatch_id) == ["delivered"])
    await field.centre.settle()
    intruder = sqlite3.connect(field.ledger, isolation_level=None)
    intruder.execute("BEGIN IMMEDIATE")
    terminal.report(dispatch_id, DispatchStep.ACCEPTED)
    # Longer than a write waits for the lock.
    await asyncio.sleep(6.5)
    assert terminal.store.unconfirmed()
    intruder.execute("ROLLBACK")
    intruder.close()
    await terminal.wait_confirmed()
    await until(lambda: field.centre.steps(dispatch_id) == ["delivered", "accepted"])


async def test_the_same_message_twice_is_one_report_and_two_receipts(field: Field) -> None:
    dispatch_id = await field.centre.order()
    receipts: list[UUID | None] = []

    async def hear(message: Received) -> None:
        receipts.append(codec.decode(Command, message.payload).of)

    unit = MqttLink(field.broker.settings(UNIT), client_id=UNIT)
    unit.subscribe(topics.down(TENANT, UNIT, "cmd"), hear, name="raw")
    await unit.start()
    await unit.wait_connected(5)
    said = StatusMessage(seq=1, ts=datetime.now(UTC), dispatch_id=dispatch_id, step="done")
    await until(lambda: len(field.centre.heard) > 0, what="the order at the radio role")
    for _ in range(2):
        await unit.publish(topics.up(TENANT, UNIT, "status"), codec.encode(said))
    await until(lambda: receipts == [said.msg_id, said.msg_id], what="two receipts")
    await until(lambda: field.centre.steps(dispatch_id) == ["done"])
    await unit.stop()


async def test_the_radio_role_killed_before_its_commit_applies_the_message_once(field: Field) -> None:
    terminal = await field.terminal()
    dispatch_id = await field.centre.order()
    await terminal.wait_for_job(dispatch_id)
    await terminal.wait_confirmed()
    await field.radio.stop()
    victim = start_radio(field, kill_at="accepted")
    terminal.report(dispatch_id, DispatchStep.ACCEPTED)
    assert await asyncio.to_thread(victim.wait, 20) == -signal.SIGKILL
    assert "accepted" not in field.centre.steps(dispatch_id)
    await field.radio_again()
    await until(lambda: field.centre.steps(dispatch_id) == ["delivered", "accepted"], what="the report")
    await terminal.wait_confirmed()
    await asyncio.sleep(0.5)
    assert field.centre.steps(dispatch_id) == ["delivered", "accepted"]


def start_radio(field: Field, *, kill_at: str) -> subprocess.Popen[bytes]:
    passwords = field.broker.rendered.passwords
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.mqtt.radio_process",
            str(field.broker.port),
            str(field.ledger),
            kill_at,
        ],
        cwd=ROOT,
        env={**os.environ, "RADIO_PASSWORD": passwords["radio"]},
    )


async def test_a_wrong_password_is_refused_and_says_so(field: Field) -> None:
    link = MqttLink(field.broker.settings(UNIT, "wrong"), client_id="intruder")
    await link.start()
    with pytest.raises(BrokerAway, match="refuses this account"):
        await link.wait_connected(1)
    assert "refuses this account" in link.health().why
    with pytest.raises(Unavailable):
        await link.publish(topics.up(TENANT, UNIT, "ack"), b"{}")
    await link.stop()


async def test_nobody_is_anonymous(field: Field) -> None:
    command = ["mosquitto_pub", "-V", "5", "-p", str(field.broker.port), "-t", "x", "-m", "x"]
    refused = await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=20, check=False)
    assert refused.returncode != 0
    assert b"Not authorized" in refused.stderr


async def test_a_unit_can_neither_speak_nor_listen_for_another(field: Field) -> None:
    overheard: list[Received] = []

    async def hear(message: Received) -> None:
        overheard.append(message)

    link = MqttLink(field.broker.settings("app:18"), client_id="app:18")
    link.subscribe(topics.down(TENANT, UNIT, "#"), hear, name="spy")
    await link.start()
    await link.wait_connected(5)
    assert link.health().state == "degraded"
    assert "denies the subscription" in link.health().why
    for topic in (
        topics.up(TENANT, UNIT, "status"),
        topics.down(TENANT, UNIT, "case"),
        topics.state(TENANT, UNIT),
        f"v1/{TENANT}/role/centre/cases.dispatch_queued",
        "$CONTROL/dynamic-security/v1",
    ):
        with pytest.raises(PublishDenied):
            await link.publish(topic, b"{}")
    terminal = await field.terminal()
    await terminal.wait_for_job(await field.centre.order())
    assert overheard == []
    await link.stop()


async def test_a_new_unit_gets_its_account_while_the_broker_runs(field: Field) -> None:
    # The role's own link; a session of its own for this test.
    link = MqttLink(field.broker.settings("centre"), client_id="accounts")
    accounts = UnitAccounts(link)
    await link.start()
    await link.wait_connected(5)
    first = await accounts.issue("app:99")
    unit = MqttLink(field.broker.settings("app:99", first), client_id="app:99")
    await unit.start()
    await unit.wait_connected(5)
    assert await unit.publish(topics.up(TENANT, "app:99", "ack"), b"{}")
    with pytest.raises(PublishDenied):
        await unit.publish(topics.up(TENANT, UNIT, "ack"), b"{}")
    second = await accounts.issue("app:99")
    await until(lambda: not unit.connected, what="the end of the old password")
    await unit.stop()
    again = MqttLink(field.broker.settings("app:99", second), client_id="app:99")
    await again.start()
    await again.wait_connected(5)
    await accounts.withdraw("app:99")
    await until(lambda: not again.connected, what="the end of the account")
    await again.stop()
    await link.stop()


async def test_the_last_will_says_that_a_unit_is_gone(field: Field) -> None:
    terminal = await field.terminal()
    await until_online(field, online=True)
    connection = terminal.link._connection
    assert connection is not None
    terminal.link._stopping = True  # it stays away
    connection.drop("a test cut the wire")
    await until_online(field, online=False)


async def test_a_role_that_ends_says_goodbye(field: Field) -> None:
    seen: list[bytes] = []

    async def hear(message: Received) -> None:
        seen.append(message.payload)

    watcher = MqttLink(field.broker.settings("centre"), client_id="watcher")
    watcher.subscribe(f"v1/{TENANT}/role/speech/state", hear, name="watch")
    await watcher.start()
    presence = PresenceTopic(f"v1/{TENANT}/role/speech/state")
    speech = MqttLink(field.broker.settings("speech"), client_id="speech", presence=presence)
    await speech.start()
    await until(lambda: seen == [b'{"online": true}'], what="the greeting")
    await speech.stop()
    await until(lambda: seen[-1] == b'{"online": false}', what="the goodbye")
    await watcher.stop()


async def test_malformed_messages_end_nothing(field: Field) -> None:
    unit = MqttLink(field.broker.settings(UNIT), client_id="noise")
    await unit.start()
    await unit.wait_connected(5)
    for kind in ("ack", "status", "hello", "location", "x/y"):
        for payload in (
            b"",
            b"\xff\x00",
            b"{",
            b"[1]",
            json.dumps({"step": "done"}).encode(),
            b"x" * 100_000,
        ):
            await unit.publish(topics.up(TENANT, UNIT, kind), payload)
    await unit.stop()
    terminal = await field.terminal()
    dispatch_id = await field.centre.order()
    await terminal.wait_for_job(dispatch_id)
    await until(lambda: field.centre.steps(dispatch_id) == ["delivered"])


async def test_a_terminal_that_was_killed_with_unsent_words_sends_them_once(field: Field) -> None:
    password = field.folder / "password"
    password.write_text(field.units[UNIT])
    store = field.folder / "cli.db"
    common = ["--uid", UNIT, "--password-file", str(password), "--store", str(store), "--json"]
    broker = ["--broker", f"127.0.0.1:{field.broker.port}"]
    runner = subprocess.Popen(
        [sys.executable, "-m", "gateway.unit_cli", "run", *broker, *common],
        cwd=ROOT, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    dispatch_id = await field.centre.order()
    await until(lambda: field.centre.steps(dispatch_id) == ["delivered", "displayed"], 20)
    runner.kill()
    runner.wait()
    nowhere = ["--broker", "127.0.0.1:1", "--timeout", "0.3"]
    for step in ("accepted", "accepted", "on_the_way"):
        kept = await asyncio.to_thread(unit_send, step, dispatch_id, [*nowhere, *common])
        assert kept.returncode == 4, kept.stderr
        assert json.loads(kept.stdout)["kind"] == "kept"
    assert field.centre.steps(dispatch_id) == ["delivered", "displayed"]
    sent = await asyncio.to_thread(unit_send, "arrived", dispatch_id, [*broker, *common])
    assert sent.returncode == 0, sent.stderr
    await until(lambda: field.centre.steps(dispatch_id) == STORY[:5], what="all steps once")


def unit_send(step: str, dispatch_id: UUID, options: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway.unit_cli", "send", step, "--dispatch", str(dispatch_id), *options],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


async def test_the_scripted_terminal_plays_the_story(field: Field) -> None:
    command = [
        sys.executable, "-m", "gateway.unit_cli", "run", "--uid", UNIT,
        "--store", str(field.folder / "auto.db"), "--broker", f"127.0.0.1:{field.broker.port}",
        "--auto", "--once", "--delay", "0.1", "--note", "已清理", "--language", "en",
    ]  # fmt: skip
    env = {**os.environ, "SONGHUA_UNIT_PASSWORD": field.units[UNIT]}
    dispatch_id = await field.centre.order()
    played = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert played.returncode == 0, played.stderr
    assert "中央大街与西十四道街交口" in played.stdout
    assert "on the way" in played.stdout
    await until(lambda: field.centre.steps(dispatch_id) == STORY)


async def test_a_person_at_the_keys_plays_the_story(field: Field) -> None:
    command = [
        sys.executable, "-m", "gateway.unit_cli", "run", "--uid", UNIT,
        "--store", str(field.folder / "keys.db"), "--broker", f"127.0.0.1:{field.broker.port}",
    ]  # fmt: skip
    env = {**os.environ, "SONGHUA_UNIT_PASSWORD": field.units[UNIT]}
    person = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert person.stdin is not None
    dispatch_id = await field.centre.order()
    for number, key in enumerate([b"a\n", b"w\n", b"nonsense\nr\n", "d 已清理\n".encode()], start=2):
        await until(lambda number=number: field.centre.steps(dispatch_id) == STORY[:number], 20)  # type: ignore[misc]
        person.stdin.write(key)
    await until(lambda: field.centre.steps(dispatch_id) == STORY)
    shown, _ = await person.communicate(b"q\n")
    assert person.returncode == 0
    assert "暴露垃圾" in shown.decode()
    reports = [event for event in field.centre.heard if isinstance(event, UnitReported)]
    assert [event.note for event in reports if event.step is DispatchStep.DONE] == ["已清理"]


async def test_a_terminal_says_why_it_cannot_sign_in(field: Field) -> None:
    password = field.folder / "wrong"
    password.write_text("wrong")
    dispatch_id = await field.centre.order()
    terminal = await field.terminal()
    await terminal.wait_for_job(dispatch_id)
    store = field.folder / f"{UNIT.replace(':', '-')}.db"
    options = ["--uid", UNIT, "--password-file", str(password), "--store", str(store), "--timeout", "1"]
    broker = ["--broker", f"127.0.0.1:{field.broker.port}", "--language", "en"]
    await terminal.stop()
    kept = await asyncio.to_thread(unit_send, "accepted", dispatch_id, [*options, *broker])
    assert kept.returncode == 4
    assert "refuses this account" in kept.stdout


async def test_why_the_client_is_not_aiomqtt(field: Field) -> None:
    """The published client hides a refusal and loses what was received but not handled; ours does not."""
    broker = field.broker
    common = {
        "hostname": "127.0.0.1", "port": broker.port, "protocol": aiomqtt.ProtocolVersion.V5,
        "username": "app:18", "password": field.units["app:18"], "identifier": "peer", "clean_start": False,
    }  # fmt: skip
    expiry = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    expiry.SessionExpiryInterval = 600
    mine = topics.down(TENANT, "app:18", "case")
    async with aiomqtt.Client(**common, properties=expiry) as client:  # type: ignore[arg-type]
        await client.publish(
            topics.up(TENANT, UNIT, "status"), b"{}", qos=1
        )  # denied, and it does not say so
        await client.subscribe(mine, qos=1)
        await field.radio.link.publish(mine, b"for the peer")
        await asyncio.sleep(0.5)  # received, not handled: the crash comes here
    async with aiomqtt.Client(**common, properties=expiry) as client:  # type: ignore[arg-type]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await anext(aiter(client.messages))

    handled: list[bytes] = []

    async def crash(_message: Received) -> None:
        await asyncio.Event().wait()

    async def handle(message: Received) -> None:
        handled.append(message.payload)

    for handler in (crash, handle):
        link = MqttLink(broker.settings("app:18"), client_id="ours")
        link.subscribe(mine, handler, name=f"ours-{handler.__name__}")
        await link.start()
        await link.wait_connected(5)
        if handler is crash:
            await field.radio.link.publish(mine, b"for us")
            await asyncio.sleep(0.5)
        else:
            await until(lambda: handled == [b"for us"], what="the message, again")
        await link.stop()
