"""The table of real judges names what there is, and its first fitting entry holds."""

from __future__ import annotations

import tomllib

from tests.mutation.__main__ import REAL, real_judges
from tests.peers.checkout import CHECKOUT

JUDGES: dict[str, list[str]] = tomllib.loads(REAL.read_text(encoding="utf-8"))["judges"]


def test_each_entry_is_of_the_product_and_its_tests_are_there() -> None:
    missing = [
        file
        for file in {one for files in JUDGES.values() for one in files}
        if not (CHECKOUT / file).is_file()
    ]
    assert missing == []
    assert [
        prefix
        for prefix in JUDGES
        if not list((CHECKOUT / prefix).parent.glob(f"{prefix.rsplit('/', 1)[-1]}*"))
    ] == []


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
