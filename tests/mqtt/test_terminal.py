"""The terminal's memory: what was said is kept, what was confirmed is done, nothing comes twice."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from cases.events import DispatchStep
from core.errors import Invalid
from core.ids import uuid7
from field.contract.mobile import codec, topics
from field.contract.mobile.crew import TextMessage
from field.contract.mobile.messages import CaseMessage, Command, JobBody, Payload, StatusMessage, Sync
from field.contract.mobile.whereabouts import GroupBody, GroupsMessage
from gateway.mqtt import BrokerSettings, Received
from gateway.unit_cli import JobClosed, TerminalChange, TerminalStore, UnitTerminal, UnknownJob
from gateway.unit_cli.commands import app
from gateway.unit_cli.words import WORDS

UNIT = "app:17"
NO_PLACES = ("126.63", "x,45", "126.63,91", "nan,45", "1,2,3,4", "126,45,0", "126,45,inf")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Bench:
    """A terminal without a broker: `hear` is what would come from it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.store = TerminalStore(file)
        self.changes: list[TerminalChange] = []
        self.terminal = UnitTerminal(
            BrokerSettings(tenant="harbin"), uid=UNIT, store=self.store, on_change=self.changes.append
        )

    async def hear(self, kind: str, message: Payload | bytes) -> None:
        payload = message if isinstance(message, bytes) else codec.encode(message)
        await self.terminal._on_message(Received(topics.down("harbin", UNIT, kind), payload))

    async def job(self, seq: int = 1) -> UUID:
        body = JobBody(dispatch_id=uuid7(), case_number="N-1", category="暴露垃圾", place="中央大街")
        await self.hear("case", CaseMessage(seq=seq, ts=NOW, job=body))
        return body.dispatch_id

    def said(self) -> list[tuple[str, int]]:
        return [(message.step, message.seq) for message in self.store.unconfirmed()]


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path / "unit.db")
    yield made
    made.store.close()


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("SONGHUA_UNIT_PASSWORD", raising=False)
    return CliRunner()


async def test_a_job_that_comes_twice_is_acknowledged_once(bench: Bench) -> None:
    body = JobBody(dispatch_id=uuid7(), case_number="N-1", category="x")
    message = CaseMessage(seq=1, ts=NOW, job=body)
    for _ in range(3):
        await bench.hear("case", message)
    await bench.hear("sync", Sync(seq=2, ts=NOW, jobs=[body]))
    assert bench.said() == [("delivered", 1)]
    assert [change.kind for change in bench.changes] == ["job"]


async def test_the_same_word_twice_is_one_message(bench: Bench) -> None:
    dispatch_id = await bench.job()
    first = bench.terminal.report(dispatch_id, DispatchStep.ACCEPTED)
    assert bench.terminal.report(dispatch_id, DispatchStep.ACCEPTED) == first
    assert bench.said() == [("delivered", 1), ("accepted", 2)]


async def test_what_was_said_survives_a_kill(bench: Bench) -> None:
    dispatch_id = await bench.job()
    bench.terminal.report(dispatch_id, DispatchStep.DONE, note="已清理")
    # A second view of the same file, as a new process has it; the first was never closed.
    again = TerminalStore(bench.file)
    (_, done) = again.unconfirmed()
    sent = codec.decode(StatusMessage, done.payload)
    assert (sent.msg_id, sent.seq, sent.note, sent.step) == (done.msg_id, 2, "已清理", "done")
    again.close()


async def test_groups_are_shown_and_what_is_not_shown_leaves_no_gap(bench: Bench) -> None:
    """A gap would ask for all jobs once more, after each word that this terminal does not know."""
    await bench.job()
    city = GroupBody(tg_id="city", name_zh="全市", name_en="City", on=True)
    other = city.model_copy(update={"tg_id": "sewage", "on": False})
    await bench.hear("groups", GroupsMessage(seq=2, ts=NOW, groups=[city, other]))
    await bench.hear("text", TextMessage(seq=3, ts=NOW, text="绕行"))
    await bench.hear("later-invention", Command(seq=4, ts=NOW, cmd="receipt", of=uuid7()))
    assert bench.changes[-1] == TerminalChange("groups", detail="city")
    assert bench.store.number("last_down_seq") == 4
    await bench.job(seq=5)
    assert not bench.terminal._hello_due.is_set()
    await bench.job(seq=7)
    assert bench.terminal._hello_due.is_set()


async def test_a_receipt_ends_the_sending(bench: Bench) -> None:
    dispatch_id = await bench.job()
    said = bench.terminal.report(dispatch_id, DispatchStep.ACCEPTED)
    await bench.hear("cmd", Command(seq=2, ts=NOW, cmd="receipt", of=said))
    assert bench.said() == [("delivered", 1)]
    assert bench.store.confirmed(said)
    assert bench.changes[-1] == TerminalChange("confirmed", detail=str(said))


async def test_numbers_go_on_after_a_receipt(bench: Bench) -> None:
    dispatch_id = await bench.job()
    for message in bench.store.unconfirmed():
        await bench.hear("cmd", Command(seq=2, ts=NOW, cmd="receipt", of=message.msg_id))
    bench.terminal.report(dispatch_id, DispatchStep.ACCEPTED)
    assert bench.said() == [("accepted", 2)]


async def test_after_a_recall_nothing_more_is_said(bench: Bench) -> None:
    dispatch_id = await bench.job()
    await bench.hear("cmd", Command(seq=2, ts=NOW, cmd="recall", dispatch_id=dispatch_id, reason="重复"))
    assert bench.store.job(dispatch_id).reason == "重复"
    with pytest.raises(JobClosed):
        bench.terminal.report(dispatch_id, DispatchStep.ACCEPTED)


async def test_a_list_ends_what_is_no_longer_open_and_nothing_newer(bench: Bench) -> None:
    old, kept = await bench.job(1), await bench.job(2)
    newer = await bench.job(9)
    await bench.hear("sync", Sync(seq=5, ts=NOW, jobs=[bench.store.job(kept).body]))
    steps = {job.dispatch_id: job.step for job in bench.terminal.jobs()}
    assert steps == {old: "gone", kept: "delivered", newer: "delivered"}


async def test_a_list_that_is_not_whole_ends_nothing(bench: Bench) -> None:
    old = await bench.job(1)
    await bench.hear("sync", Sync(seq=5, ts=NOW, jobs=[], complete=False))
    assert bench.store.job(old).open


async def test_a_gap_in_the_numbers_asks_for_the_list(bench: Bench) -> None:
    await bench.job(1)
    await bench.job(2)
    assert not bench.terminal._hello_due.is_set()
    await bench.job(4)
    assert bench.terminal._hello_due.is_set()


async def test_an_unknown_job_and_too_long_a_note_are_refused(bench: Bench) -> None:
    with pytest.raises(UnknownJob):
        bench.terminal.report(uuid7(), DispatchStep.ACCEPTED)
    with pytest.raises(Invalid):
        bench.terminal.report(await bench.job(), DispatchStep.DONE, note="字" * 2001)


async def test_old_ended_jobs_are_forgotten_and_open_ones_never(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.unit_cli.store.KEEP_ENDED", 1)
    for seq in range(1, 4):
        ended = await bench.job(seq)
        bench.terminal.report(ended, DispatchStep.DONE)
    still_open = await bench.job(4)
    for message in bench.store.unconfirmed():
        bench.store.confirm(message.msg_id)
    bench.store.forget_ended()
    assert [job.dispatch_id for job in bench.terminal.jobs()] == [ended, still_open]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["case", "cmd", "sync", "grant", "x"]), st.binary(max_size=200))
async def test_any_bytes_change_nothing(bench: Bench, kind: str, payload: bytes) -> None:
    await bench.hear(kind, payload)
    assert bench.terminal.jobs() == []


def test_both_languages_say_everything() -> None:
    for word in WORDS.values():
        assert word.in_language("zh") != word.in_language("en")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "--uid", "17"], "network:id"),
        (["run", "--uid", UNIT], "password"),
        (["run", "--uid", UNIT, "--broker", "nowhere"], "HOST:PORT"),
        *[(["run", "--uid", UNIT, "--place", place], "LON,LAT") for place in NO_PLACES],
        (["run", "--uid", UNIT, "--auto", "--steps", "flew"], "unknown step"),
        (["run", "--uid", UNIT, "--password-file", "/no/such/file"], "/no/such/file"),
        (["send", "flew", "--uid", UNIT, "--dispatch", str(uuid7())], "unknown step"),
    ],
)
def test_wrong_use_is_told_with_its_remedy(runner: CliRunner, arguments: list[str], said: str) -> None:
    result = runner.invoke(app, arguments)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_kept_jobs_are_shown_without_a_broker(runner: CliRunner, tmp_path: Path) -> None:
    empty = runner.invoke(app, ["jobs", "--uid", UNIT, "--language", "en"])
    assert empty.output == "no open job\n"
    store = TerminalStore(tmp_path / "songhua" / "unit-app-17.db")
    store.take(JobBody(dispatch_id=uuid7(), case_number="N-1", category="暴露垃圾", place="中央大街"), 1)
    store.close()
    shown = runner.invoke(app, ["jobs", "--uid", UNIT, "--json"])
    assert json.loads(shown.output)["place"] == "中央大街"
