"""`songhua cases conditions` prints what a class is filed and closed under, by the city's own table."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from gateway.commands.cases import app


def ran(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["conditions", *words])
    return result.exit_code, result.output


def test_a_class_shows_both_kinds_of_conditions() -> None:
    code, said = ran("E0112", "--json")
    found = json.loads(said)
    assert code == 0
    assert [one["zh"] for one in found["filing"]] == ["道路不洁"]
    assert next(one["condition_id"] for one in found["closing"]["conditions"]) == "road-clean"
    assert "路面清扫干净" in ran("E0112")[1]


def test_the_citys_own_table_counts_and_a_broken_one_says_what_to_do(tmp_path: Path) -> None:
    own, settings = tmp_path / "closing.yaml", tmp_path / "songhua.toml"
    settings.write_text(f'[cases]\nown_closing = "{own}"\n', encoding="utf-8")
    own.write_text(
        'version: "7"\nrows: [{id: ok, condition_zh: 已好, condition_en: fine, source: city}]\n',
        encoding="utf-8",
    )
    found = json.loads(ran("E0112", "--json", "--config", str(settings))[1])
    assert found["closing"]["version"] == "7"
    assert [one["condition_id"] for one in found["closing"]["conditions"]] == ["ok"]
    own.write_text('version: "8"\nrows: []\n', encoding="utf-8")
    assert ran("E0112", "--config", str(settings))[0] != 0
    assert ran("X9999")[0] != 0
