"""`songhua cases assignments` at the terminal: list, show, act, give."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, select

from core.storage import Storage
from identity.audit.store import audit
from tests.cases.assignments.people import HOST, MA, OTHER, Office
from tests.cases.rooms import known, stage
from tests.gateway.test_field_commands import Shell


class AssignedShell(Shell):
    """With a filed case that its department has returned."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.number = self.do(self._case)

    async def _case(self, storage: Storage) -> str:
        at = Office(stage(storage), storage.clock)  # type: ignore[arg-type]
        case = await at.filed()
        await at.act(MA, case, "return", "不是我区道路")
        return case.number


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AssignedShell:
    monkeypatch.setattr("cases.room.knowledge", lambda _settings: known())
    return AssignedShell(tmp_path)


def said(shell: AssignedShell, *words: str, code: int = 0) -> str:
    return shell("cases", "assignments", *words, code=code)


def test_what_waits_is_listed_decided_and_shown(shell: AssignedShell) -> None:
    (waits,) = json.loads(said(shell, "list", "--waiting", "--json"))
    assert (waits["assignment"]["department"]["id"], waits["assignment"]["state"]) == (HOST, "returned")
    assert len(json.loads(said(shell, "list", "--case", shell.number, "--json"))) == 2
    assert HOST in said(shell, "list")
    said(shell, "act", shell.number, HOST, "reassign", "--text", "改派", code=1)
    (given,) = json.loads(
        said(shell, "act", shell.number, HOST, "reassign", "--text", "改派", "--to", OTHER, "--json")
    )
    assert given["assignment"]["department"]["id"] == OTHER
    shown = json.loads(said(shell, "show", shell.number, HOST, "--json"))
    assert [one["act"] for one in shown["acts"]] == ["dispatch", "return", "reassign"]
    assert "不是我区道路" in said(shell, "show", shell.number, HOST)
    assert json.loads(said(shell, "list", "--waiting", "--json")) == []
    audited = [one for one in shell.do(_audit) if one.action.startswith("assignment-")]
    assert [one.action for one in audited] == ["assignment-reassign", "assignment-dispatch"]
    assert {one.subject for one in audited} == {f"case:{shell.number}"}
    assert audited[0].detail["department"] == HOST


async def _audit(storage: Storage) -> Sequence[Row[Any]]:
    async with storage.read() as connection:
        return (await connection.execute(select(audit).order_by(audit.c.seq))).all()


def test_a_further_department_is_given_it_and_what_is_wrong_ends_with_one(shell: AssignedShell) -> None:
    (given,) = json.loads(said(shell, "give", shell.number, "gas", "--must-answer", "--json"))
    assert given["assignment"]["must_answer"]
    for words in (
        ("give", shell.number, "gas"), ("give", shell.number, "nobody"), ("give", "99999999", "gas"),
        ("show", shell.number, "telecom"), ("act", shell.number, HOST, "approve"),
        ("act", shell.number, "gas", "sign"),
    ):  # fmt: skip
        said(shell, *words, code=1)
