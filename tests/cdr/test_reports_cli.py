"""`songhua report` on a ledger: tables, files, what it says when it is asked wrongly."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from pyarrow import parquet
from sqlalchemy import create_engine, text
from typer.testing import CliRunner, Result

from gateway.cli import build
from gateway.tables import metadata
from tests.bench.reports.load import facts, into_sqlite, rows_of

YEAR = ("--from", "2026-01-01", "--to", "2027-01-02")
CALLS = 400


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with a year of few calls, and the settings that name it."""
    folder = tmp_path_factory.mktemp("report")
    engine = create_engine(f"sqlite:///{folder / 'songhua.db'}")
    metadata.create_all(engine)
    engine.dispose()
    into_sqlite(folder / "songhua.db", rows_of(facts(CALLS), worked=()))
    file = folder / "songhua.toml"
    file.write_text(f'[storage]\nurl = "sqlite+aiosqlite:///{folder / "songhua.db"}"\n')
    return file


def ask(settings: Path, *words: str) -> Result:
    return CliRunner().invoke(build(["report"]), ["report", *words, "--config", str(settings)])


def test_a_table_is_read_by_people(settings: Path) -> None:
    told = ask(settings, "queues", *YEAR, "--interval", "month")
    assert told.exit_code == 0
    assert "2026-03" in told.stdout
    total = next(line for line in told.stdout.splitlines() if line.lstrip().startswith("total"))
    assert str(CALLS) in total
    assert "%" in total
    assert ask(settings, "agents", *YEAR, "--interval", "whole").exit_code == 0


def test_reports_are_scheduled_listed_and_ended(settings: Path, tmp_path: Path) -> None:
    mail = '\n[mail]\nhost = "127.0.0.1"\nsecurity = "none"\nsender = "songhua@city.example"\n'
    file = tmp_path / "with-mail.toml"
    file.write_text(settings.read_text() + mail)
    asked = ("schedule", "queues", "--name", "日报", "--to", "a@city.example", "--owner", "zhao")
    assert "nobody of this name" in ask(file, *asked).output
    people = ["user", "add", "zhao", "--name", "赵", "--role", "supervisor", "--config", str(file)]
    word = {"SONGHUA_NEW_PASSWORD": "a-long-word-for-reports-1"}
    added = CliRunner().invoke(build(["user"]), people, env=word)
    assert added.exit_code == 0, added.output
    assert "no mail server" in ask(settings, *asked).output.lower()
    made = json.loads(ask(file, *asked, "--every", "week", "--json").stdout)
    assert (made["owner"], made["every"], made["recipients"]) == ("zhao", "week", ["a@city.example"])
    shown = json.loads(ask(file, "schedules", "--json").stdout)
    assert [one["schedule_id"] for one in shown["schedules"]] == [made["schedule_id"]]
    assert "日报" in ask(file, "schedules").stdout
    assert ask(file, "schedule", "nothing", *asked[2:]).exit_code == 1
    assert ask(file, "unschedule", made["schedule_id"]).exit_code == 0
    assert json.loads(ask(file, "schedules", "--json").stdout)["schedules"] == []


def test_csv_json_and_parquet_are_files_for_programs(settings: Path, tmp_path: Path) -> None:
    told = json.loads(ask(settings, "queues", *YEAR, "--json").stdout)
    assert told["total"]["offered"] == CALLS
    for form in ("csv", "json", "parquet"):
        file = tmp_path / f"calls.{form}"
        assert ask(settings, "calls", *YEAR, "--format", form, "--out", str(file)).exit_code == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "calls.csv").read_text("utf-8-sig"))))
    assert len(rows) == len(json.loads((tmp_path / "calls.json").read_text())["rows"]) == CALLS
    table = parquet.read_table(tmp_path / "calls.parquet")
    assert table.num_rows == CALLS
    assert table.schema.metadata[b"report"] == b"calls"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("queues", "--from", "x", "--to", "y"), "2026-11-25"),
        (("queues", "--from", "2026-02-01", "--to", "2026-01-01"), "after"),
        (("queues", *YEAR, "--target", "7"), "15"),
        (("agents", *YEAR, "--time-zone", "Mars"), "Asia/Shanghai"),
    ],
)
def test_a_wrong_question_gets_a_remedy_and_fails(settings: Path, words: tuple[str, ...], says: str) -> None:
    told = ask(settings, *words)
    assert told.exit_code == 1
    assert says in told.stderr


def test_check_finds_a_sum_that_is_not_right_and_rebuild_is_what_the_ledger_says(settings: Path) -> None:
    assert ask(settings, "check").exit_code == 0
    engine = create_engine(f"sqlite:///{settings.with_name('songhua.db')}")
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE cdr_queue_quarters SET answered = answered + 1 WHERE queue = 'hotline'")
        )
    told = ask(settings, "check", "--json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["differences"]
    # These calls were loaded past the ledger: made anew from it, there are none.
    assert "0 calls, 0 differences" in ask(settings, "rebuild").stdout
    engine.dispose()
