"""`songhua inspectors` at the terminal: shifts in and out, a task asked for and taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from cases.events import CaseState
from cases.life import store as case_store
from core.storage import Storage
from core.storage.schema import outbox
from field.units import store
from field.units.model import Unit
from tests.cases.rooms import known
from tests.gateway.test_dispatch_commands import CASE
from tests.gateway.test_field_commands import Shell

SHIFTS = "处置单元,上班时间,下班时间\napp:21,00:00,00:00\n"


class DoneCase(Shell):
    """With a case that is done."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.do(self._case)

    async def _case(self, storage: Storage) -> None:
        async with storage.write() as transaction:
            case = replace(CASE, state=CaseState.DONE)
            await case_store.add(transaction.connection, case, drafted={}, final={})


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DoneCase:
    monkeypatch.setattr("cases.room.knowledge", lambda _settings: known())
    return DoneCase(tmp_path)


def test_an_inspector_on_shift_is_asked_and_the_task_is_taken_back(shell: DoneCase, tmp_path: Path) -> None:
    shell.do(an_inspector)
    assert [(one["unit_id"], one["on_shift"]) for one in shell.json("inspectors", "list")] == [
        ("app:21", False)
    ]
    file = tmp_path / "shifts.csv"
    file.write_text(SHIFTS, encoding="gb18030")
    assert shell.json("inspectors", "shift", "import", str(file), "--dry-run")["applied"] is False
    assert shell.json("inspectors", "shift", "list") == []
    assert shell.json("inspectors", "shift", "import", str(file))["added"] == 1
    assert [one["starts"] for one in shell.json("inspectors", "shift", "list")] == ["00:00"]
    assert shell.json("inspectors", "list")[0]["on_shift"] is True
    asked = shell.json("inspectors", "ask", "--case", CASE.number, "--words", "填平了吗")
    assert (asked["unit_id"], asked["state"], asked["words"]) == ("app:21", "asked", "填平了吗")
    assert [one["task_id"] for one in shell.json("inspectors", "tasks")] == [asked["task_id"]]
    back = shell.json("inspectors", "recall", asked["task_id"], "--reason", "不用了")
    assert back["state"] == "recalled"
    assert shell.json("inspectors", "tasks") == []
    today = datetime.now(UTC).date()
    time = ("--from", str(today - timedelta(days=2)), "--to", str(today + timedelta(days=3)))
    figures = shell.json("inspectors", "figures", *time)
    (row,) = figures["rows"]
    assert (row["name"], row["counts"]["asked"], row["counts"]["recalled"]) == ("监督员一号", 1, 1)
    assert row["rates"]["timely_verification_rate"] is None, "nothing was due"
    assert shell.json("inspectors", "figures", *time, "--by", "beat", "--kind", "draft")["rows"] == []
    assert "监督员一号" in shell("inspectors", "figures", *time)
    shell("inspectors", "figures", *time, "--by", "person", code=2)
    assert shell.do(told) == ["cases.verification_asked", *["cases.verification_changed"] * 2]


async def an_inspector(storage: Storage) -> None:
    unit = Unit("app:21", "监督员一号", skills=("inspector",))
    async with storage.write() as transaction:
        await store.add(transaction, unit, at=CASE.filed_at, by="test")


async def told(storage: Storage) -> list[str]:
    """What other parts hear of it; each of them has a row of its own."""
    async with storage.read() as connection:
        rows = await connection.scalars(select(outbox.c.envelope).order_by(outbox.c.seq))
        found = {one["id"]: one["type"] for one in rows if "verification" in one["type"]}
    return list(found.values())
