"""`songhua cases list|search|show` on a database: pages, words, and nothing that is confidential."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from cases.events import CaseState
from cases.life.model import Case
from core.actor import system
from core.ids import uuid7
from core.storage import Storage, StorageSettings, create_engine
from gateway import database
from gateway.cli import build
from tests.cases.rooms import stage

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


async def _filed(file: Path) -> None:
    settings = StorageSettings(url=f"sqlite+aiosqlite:///{file}")
    await database.upgrade(settings)
    storage = Storage(create_engine(settings))
    room = stage(storage).room
    for number in range(3):
        at = BEGAN + timedelta(days=number)
        case = Case(
            case_id=uuid7(), number=f"23011020261101{number:05}", spoken_code=f"{number:08}", filed_at=at,
            updated_at=at, state=CaseState.FILED, category="gbt30428.2@2013/P0101", district="230110",
            address="公滨路5号", crossing=None, description="井盖丢了", urgency="normal", handoff=None,
            confidential=number == 2, filed_by="wang",
        )  # fmt: skip
        async with storage.write() as transaction:
            await room.cases.file(transaction.connection, case, system("test"), drafted={}, final={})
    await room.watch.look()
    await storage.close()


@pytest.fixture
async def config(tmp_path: Path) -> Path:
    await _filed(tmp_path / "songhua.db")
    file = tmp_path / "songhua.toml"
    file.write_text(f'[storage]\nurl = "sqlite+aiosqlite:///{tmp_path / "songhua.db"}"\n', encoding="utf-8")
    return file


def told(config: Path, *words: str) -> Mapping[str, Any]:
    ran = CliRunner().invoke(build(("cases",)), ["cases", *words, "--config", str(config), "--json"])
    assert ran.exit_code == 0, ran.output
    answer: Mapping[str, Any] = json.loads(ran.stdout)
    return answer


def test_cases_are_listed_page_by_page_found_by_words_and_shown(config: Path) -> None:
    first = told(config, "list", "--limit", "2")
    assert [case["number"][-1] for case in first["cases"]] == ["2", "1"]
    assert first["cases"][0]["address"] == "•••"
    second = told(config, "list", "--limit", "2", "--cursor", first["next"])
    assert ([case["number"][-1] for case in second["cases"]], second["next"]) == (["0"], None)
    assert [case["number"][-1] for case in told(config, "search", "井盖")["cases"]] == ["1", "0"]
    since = told(config, "list", "--since", "2026-11-02", "--until", "2026-11-03")
    assert [case["number"][-1] for case in since["cases"]] == ["1"]
    shown = told(config, "show", "2301102026110100001")
    assert (shown["spoken_code"], shown["address"]) == ("00000001", "公滨路5号")
    assert told(config, "show", "2301102026110100002")["description"] == "•••"
    missing = CliRunner().invoke(build(("cases",)), ["cases", "show", "1234567890", "--config", str(config)])
    assert missing.exit_code != 0


def test_cases_are_listed_by_deadline_and_department(config: Path) -> None:
    late = told(config, "list", "--deadline", "overdue", "--department", "district-230110", "--order", "due")
    assert [case["number"][-1] for case in late["cases"]] == ["0", "1", "2"]
    assert late["cases"][0]["deadline"]["limit"] == "2紧急工作时"
    assert late["cases"][0]["responsible"]["host"]["id"] == "water-supply"
    assert told(config, "list", "--deadline", "running")["cases"] == []
    assert told(config, "list", "--department", "district-230103")["cases"] == []


def test_a_change_of_rules_is_tried_and_then_kept(config: Path, tmp_path: Path) -> None:
    assert told(config, "recompute") == {"written": False, "cases": []}
    rows = tmp_path / "responsibility.yaml"
    rows.write_text(
        "departments:\n  - {id: bureau, name_zh: 新城管局, name_en: Bureau, level: city, source: test}\n"
        "rows:\n  - {classes: [P, E], host: bureau, why: 机构改革}\n",
        encoding="utf-8",
    )
    own = f'\n[cases]\nown_responsibility = "{rows}"\n'
    config.write_text(config.read_text(encoding="utf-8") + own, encoding="utf-8")
    tried = told(config, "recompute")
    assert [one["host_after"] for one in tried["cases"]] == ["bureau"] * 3
    assert told(config, "list", "--department", "bureau")["cases"] == []
    assert told(config, "recompute", "--write")["cases"] == tried["cases"]
    assert len(told(config, "list", "--department", "bureau")["cases"]) == 3
    assert told(config, "recompute") == {"written": False, "cases": []}
    plain = CliRunner().invoke(build(("cases",)), ["cases", "recompute", "--config", str(config)])
    assert "0 cases would change" in plain.stdout


def test_a_case_is_printed_by_the_command_with_names_and_an_audit_row(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "case.pdf"
    answer = told(config, "pdf", "2301102026110100001", "--out", str(file))
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(file.read_bytes())).pages)
    assert answer == {"file": str(file), "number": "2301102026110100001", "bytes": file.stat().st_size}
    assert "井盖丢了" in text
    assert "公滨路5号" in text
    with sqlite3.connect(tmp_path / "songhua.db") as database:
        rows = database.execute("SELECT action, subject FROM identity_audit").fetchall()
    assert rows == [("print-case", "case:2301102026110100001")]
    hidden = CliRunner().invoke(
        build(("cases",)), ["cases", "pdf", "2301102026110100002", "--config", str(config)]
    )
    assert hidden.exit_code == 1
    assert "at the desk" in hidden.output
