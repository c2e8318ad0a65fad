"""The table of real judges names what there is, and its first fitting entry holds."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.mutation.__main__ import REAL, TWINS, real_judges, twins
from tests.mutation.lines import Judge
from tests.mutation.tree import files
from tests.peers.checkout import CHECKOUT

JUDGES: dict[str, list[str]] = tomllib.loads(REAL.read_text(encoding="utf-8"))["judges"]


def test_each_entry_is_of_the_product_and_its_tests_are_there() -> None:
    missing = [
        file
        for file in {one for files in JUDGES.values() for one in files}
        if not (CHECKOUT / file).is_file()
    ]
    assert missing == []
    assert [prefix for prefix in JUDGES if not any(name.startswith(prefix) for name in files())] == []


def test_no_entry_is_hidden_by_one_before_it() -> None:
    prefixes = list(JUDGES)
    assert [
        (before, after)
        for at, after in enumerate(prefixes)
        for before in prefixes[:at]
        if after.startswith(before)
    ] == []


def test_the_first_entry_that_begins_the_path_holds() -> None:
    table = {"cdr/reports/": ["a"], "cdr/": ["b"]}
    assert real_judges(table, "cdr/reports/model.py") == ("a",)
    assert real_judges(table, "cdr/room.py") == ("b",)
    assert real_judges(table, "core/bus.py") == ()


def test_the_nearest_files_with_real_tests_judge_too(tmp_path: Path) -> None:
    texts = {
        "a.py": "def test_a(any_storage): ...",
        "b.py": "def test_b(): ...",
        "c.py": "@pytest.mark.real\ndef test_c(): ...",
    }
    texts |= {f"d{number}.py": "def test_d(any_world): ..." for number in range(TWINS)}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    tests = [Judge(f"{name}::test_{number}", 0.1) for name in texts for number in range(2)]
    assert twins(tmp_path, tests) == ("a.py", "c.py", "d0.py", "d1.py")
