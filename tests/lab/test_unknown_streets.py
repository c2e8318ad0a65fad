"""The exchange of known streets for invented ones changes names only, and the answer with them."""

from __future__ import annotations

import random

from cases.gazetteer import load_gazetteer
from lab.corpora.calls import first_open_holdout
from lab.judging.unknown_streets import exchanged, places


def test_turns_and_answer_name_the_same_invented_street() -> None:
    report = {
        "turns": ["c: 学府路和西大直街交口，就学府路那头"],
        "expect": {"place": {"kind": "crossing", "written": ["学府路与西大直街"]}},
    }
    other = exchanged(report, random.Random(1))
    assert other is not None
    first, second = other["expect"]["place"]["written"][0].split("与")
    assert other["turns"] == [f"c: {first}和{second}交口，就{first}那头"]
    known = {place.name_zh for place in load_gazetteer().places}
    assert not known & {first, second}


def test_a_report_without_a_known_street_is_left_out() -> None:
    report = {"turns": ["c: 路灯不亮"], "expect": {"place": {"kind": "none", "written": []}}}
    assert exchanged(report, random.Random(1)) is None


def test_streets_that_no_table_has_are_read() -> None:
    found = places(first_open_holdout().reports[:40], 1)
    assert found["street", True] >= 0.9 * (found["street", True] + found["street", False]) > 0
    assert found["wrong_but_sure", True] == 0
