"""`songhua plans` and `songhua cases near` on a database: check, trial, import with versions, list."""

from __future__ import annotations

import json
from pathlib import Path

from tests.gateway.test_places_commands import Shell

PLANS = """
[[plans]]
plan_id = "example-flood"
zh = "内涝"
en = "Flood"
[[plans.steps]]
id = "a"
kind = "department"
zh = "派部门"
en = "Department"
target = "DEPARTMENT"
"""


def test_a_city_checks_and_imports_its_plans_and_takes_an_import_back(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert [one["example"] for one in shell("plans", "list")["plans"]] == [True, True]
    broken = shell.file("broken.toml", PLANS.replace('"department"', '"rocket"'))
    shell("plans", "import", broken, code=1)
    unknown = shell.file("unknown.toml", PLANS)
    shell("plans", "import", unknown, code=1)
    good = shell.file("plans.toml", PLANS.replace('target = "DEPARTMENT"', ""))
    trial = shell("plans", "import", good, "--dry-run")
    assert (trial["applied"], trial["changed"], trial["added"]) == (False, 1, 0)
    assert shell("plans", "import", good)["applied"] is True
    assert shell("plans", "show", "example-flood")["zh"] == "内涝"
    shell("settings", "undo", "emergency-plans")
    assert shell("plans", "show", "example-flood")["example"] is True
    assert json.dumps(shell("plans", "list")["version"]) == "3"
