"""`songhua cases responsible` and `cases rules check`: who answers, and what is wrong with a city's rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cases.responsibility.loading import TABLE
from cases.workflow.loading import TABLE as WORKFLOW
from gateway.commands.cases import app


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own.yaml"
    file.write_bytes(TABLE.read_bytes())
    (tmp_path / "songhua.toml").write_text(f'[cases]\nown_responsibility = "{file}"\n', encoding="utf-8")
    return file


def run(own: Path, *argv: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, [*argv, "--config", str(own.parent / "songhua.toml")])
    return done.exit_code, done.output


def test_it_names_host_assistants_and_the_row_that_decided(own: Path) -> None:
    code, said = run(own, "responsible", "E0505", "--district", "230110", "--json")
    found = json.loads(said)
    assert (code, found["host"]["id"]) == (0, "municipal-works")
    assert [one["id"] for one in found["assists"]] == ["district-230110"]
    assert found["tried"][-1] == {**found["row"], "verdict": "decides"}
    assert "香坊区城市管理部门" in run(own, "responsible", "gbt30428.2/E0505", "--district", "230110")[1]


def test_where_nobody_answers_it_ends_with_one_and_says_what_to_do(own: Path) -> None:
    own.write_text("departments: []\nrows: []\n", encoding="utf-8")
    code, said = run(own, "responsible", "E0505", "--district", "230110")
    assert code == 1
    assert "nobody answers" in said
    assert run(own, "responsible", "E9999")[0] == 1


def test_a_check_names_lines_and_ends_with_one(own: Path) -> None:
    assert run(own, "rules", "check") == (
        0,
        "32 departments, 21 rows: no problem found\n13 states, 26 rows of national 1: no problem found\n",
    )
    text = own.read_text(encoding="utf-8")
    own.write_text(text.replace("host: municipal-works", "host: nobody"), encoding="utf-8")
    code, said = run(own, "rules", "check", "--json")
    (problem,) = [one for one in json.loads(said) if one["line"]]
    assert code == 1
    assert "no department nobody" in problem["what"]
    line = text[: text.index("host: municipal-works")].count("\n") + 1
    assert (problem["line"], problem["table"]) == (line, "responsibility")
    own.write_text("rows: x", encoding="utf-8")
    assert run(own, "rules", "check")[0] == 1


def test_a_table_of_states_is_checked_with_its_lines(own: Path) -> None:
    table = own.with_name("workflow.yaml")
    text = WORKFLOW.read_text(encoding="utf-8")
    with own.with_name("songhua.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'own_workflow = "{table}"\n')
    table.write_text(
        text.replace("to: sent_back, roles: [dispatcher]", "to: sent_back, roles: [mayor]"), "utf-8"
    )
    code, said = run(own, "rules", "check", "--json")
    (problem,) = json.loads(said)
    assert (code, problem["table"]) == (1, "workflow")
    assert "mayor" in problem["what"]
    assert problem["line"] == text[: text.index("{action: refuse_return")].count("\n") + 1
    assert "write dispatcher" in run(own, "rules", "check")[1]
