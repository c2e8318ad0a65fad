"""`songhua dispatch` and `songhua unit nearest` at the terminal: both languages, JSON, exit codes."""

from __future__ import annotations

from pathlib import Path
from typing import get_args
from uuid import UUID

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from cases.dispatch import store as dispatches
from cases.dispatch.model import Dispatch
from cases.events import CaseState, DispatchStep
from cases.life import store as case_store
from cases.life.model import Case
from core.ids import uuid7
from core.storage import Storage
from core.storage.schema import outbox
from field.delivery.model import DeliveryLimits, DeliveryState, EscalationRules, Overdue, Route
from field.delivery.reduce import Carried, DeliveryTick
from field.delivery.service import DeliveryService
from field.events import DeliveryStage
from gateway.cli import build
from gateway.commands.dispatch_words import WORDS
from tests.cases.rooms import known
from tests.gateway.test_field_commands import NOW, Shell

DISPATCH = UUID(int=0xD1)
CASE = Case(
    UUID(int=0xC1), "230102202611250042", "12345674", CaseState.FILED, "gbt30428.2@2013/E0505", "230102",
    None, "民益街与果戈里大街交口", "路面塌陷", "urgent", None, False, NOW, "li", NOW, lon=126.64, lat=45.75,
)  # fmt: skip


class CaseShell(Shell):
    """With a case at `app:17`, whose terminal is not there and whose telephone is to ring."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.number = self.do(self._case)

    async def _case(self, storage: Storage) -> str:
        case = CASE
        chains = DeliveryService(EscalationRules(normal=DeliveryLimits(0, 0, 0, 0)), {})
        routes = (Route("terminal", "app:17"), Route("call", "phone:13904510009"))
        async with storage.write() as transaction:
            await case_store.add(transaction.connection, case, drafted={}, final={})
            sent = Dispatch(DISPATCH, case.case_id, "app:17", DispatchStep.QUEUED, NOW, "li")
            await dispatches.add(transaction.connection, sent)
            await chains.open(transaction, DISPATCH, "app:17", routes, urgent=False, case_id=case.case_id)
            await chains.carried(transaction, DISPATCH, "terminal", "job", "unreachable")
            chain = await chains.apply(transaction, DISPATCH, DeliveryTick())
            assert chain is not None
            failed = Carried(chain.deliveries[-1].delivery_id, "failed", "no_key")
            await chains.apply(transaction, DISPATCH, failed)
            await chains.apply(transaction, DISPATCH, DeliveryTick())
        return case.number


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CaseShell:
    # Catalogue, words and gazetteer are read once and not by each command.
    monkeypatch.setattr("cases.room.knowledge", lambda _settings: known())
    return CaseShell(tmp_path)


def test_what_each_unit_of_a_case_was_told_is_shown(shell: CaseShell) -> None:
    (row,) = shell.json("dispatch", "show", shell.number)["dispatches"]
    told = [(one["bearer"], one["stage"], one["why"], one["address"]) for one in row["deliveries"]]
    assert told == [
        ("terminal", "unreachable", "unreachable", "app:17"), ("call", "failed", "no_key", "phone:…0009"),
    ]  # fmt: skip
    assert shell.json("dispatch", "show", str(DISPATCH))["dispatches"] == [row]
    shown = shell("dispatch", "show", shell.number, "--language", "zh")
    assert "联系不上" in shown
    assert "13904510009" not in shown
    assert "unreachable" in shell("dispatch", "show", shell.number)


def test_what_is_overdue_is_listed(shell: CaseShell) -> None:
    (row,) = shell.json("dispatch", "overdue")["dispatches"]
    assert (row["dispatch_id"], row["overdue"], row["state"]) == (str(DISPATCH), "failed", "open")
    assert "失败" in shell("dispatch", "overdue", "--language", "zh")


def test_the_nearest_units_are_listed_with_reasons(shell: CaseShell) -> None:
    (only,) = shell.json("unit", "nearest", shell.number)["units"]
    assert only["unit_id"] == "app:18", "app:17 has it"
    codes = [reason["code"] for reason in only["reasons"]]
    assert codes[-3:] == ["free", "offline", "no_shift"]
    assert "不在线" in shell("unit", "nearest", shell.number, "--language", "zh")
    (lacking,) = shell.json("unit", "nearest", shell.number, "--skill", "crane")["units"]
    assert lacking["reasons"][0]["code"] == "lacks_skill"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["dispatch", "show", "99999999"], 1),
        (["dispatch", "show", str(uuid7())], 1),
        (["unit", "nearest", "99999999"], 1),
        (["dispatch", "overdue", "--limit", "0"], 2),
    ],
)
def test_exit_codes_tell_what_went_wrong(shell: CaseShell, words: list[str], code: int) -> None:
    shell(*words, code=code)
    assert "没有" in shell(*words[:3], "--language", "zh", code=code) or code == 2


def test_each_state_has_a_word_in_both_languages() -> None:
    wanted = {stage.value for stage in DeliveryStage} | set(get_args(DeliveryState)) | set(get_args(Overdue))
    assert wanted <= set(WORDS)
    for text in WORDS.values():
        assert text.in_language("zh")
        assert text.in_language("en")
        assert text.in_language("zh") != text.in_language("en")


def test_the_table_of_statuses_is_checked_kept_activated_and_put_back(
    shell: CaseShell, tmp_path: Path
) -> None:
    built_in = shell.json("dispatch", "statuses", "show")
    assert (built_in["number"], built_in["rules"][0]["step"]) == (0, "accepted")
    table = tmp_path / "own.yaml"
    table.write_text("- {network: tetra, kind: status, code: 0x8005, step: arrived}\n")
    assert "nothing wrong" in shell_check(shell, table, 0)
    made = shell.json("dispatch", "statuses", "upload", str(table), "--comment", "本市")
    assert (made["number"], made["rules"][0]["code"]) == (1, "32773"), "YAML reads a number"
    assert shell.json("dispatch", "statuses", "show")["number"] == 0
    assert "生效版本：1" in shell("dispatch", "statuses", "activate", "1", "--language", "zh")
    assert "arrived" in shell("dispatch", "statuses", "show")
    assert shell.json("dispatch", "statuses", "versions")["in_force"] == 1
    assert shell.json("dispatch", "statuses", "activate", "0")["in_force"] == 0
    shell("dispatch", "statuses", "activate", "7", code=1)
    table.write_text("- {network: tetra, kind: status, code: 0, step: done}\n- 7\n")
    assert "each rule" in shell_check(shell, table, 1)
    shell("dispatch", "statuses", "upload", str(table), code=1)
    table.write_bytes(b"\xff\xfe")
    shell_check(shell, table, 1)


def shell_check(shell: CaseShell, table: Path, code: int) -> str:
    """`check` needs no settings."""
    done = CliRunner(env={"COLUMNS": "400"}).invoke(
        build(["dispatch"]), ["dispatch", "statuses", "check", str(table)]
    )
    assert done.exit_code == code, done.output
    return done.output


def test_a_dispatcher_sends_reassigns_recalls_and_connects_from_a_shell(shell: CaseShell) -> None:
    second = shell.json("dispatch", "reassign", str(DISPATCH), "app:18", "--reason", "太远")
    assert (second["unit_id"], second["takes_over"]) == ("app:18", str(DISPATCH))
    shell("dispatch", "send", shell.number, "app:18", code=1)
    assert "原因" in shell("dispatch", "recall", str(DISPATCH), "--reason", " ", "--language", "zh", code=1)
    shell("dispatch", "recall", str(DISPATCH), code=2)
    assert shell.json("dispatch", "recall", str(DISPATCH), "--reason", "太远")["step"] == "recalled"
    assert "given to app:17" in shell("dispatch", "send", shell.number, "app:17")
    assert "没有接受" in shell("dispatch", "talk", str(DISPATCH), "--language", "zh", code=1)

    async def told(storage: Storage) -> list[tuple[str, str]]:
        async with storage.read() as connection:
            rows = await connection.execute(select(outbox.c.destination, outbox.c.envelope))
            return [
                (row.envelope["type"], row.envelope.get("unit_id", ""))
                for row in rows
                if row.destination == "mqtt"
            ]

    found = shell.do(told)
    assert found.count(("cases.dispatch_queued", "app:18")) == 1
    assert found.count(("cases.dispatch_recalled", "app:17")) == 1
    assert found.count(("cases.dispatch_queued", "app:17")) == 1
