"""What the classifiers of classes learn from whole calls."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cases.catalogue import load_catalogues
from cases.catalogue.lines import generation
from cases.drafting import invented_calls
from cases.drafting.classify.calls import CLASS_WEIGHT, NONE_WEIGHT, told
from cases.drafting.invented_calls import InventedCall, InventedSegment, calls
from cases.errors import BrokenTable

CATALOGUE = load_catalogues().default
GENERATION = json.dumps(generation(CATALOGUE))


def _learned(
    *said: InventedSegment, codes: tuple[str, ...] = ("E0101",), more: bool = False
) -> set[tuple[str, ...]]:
    rows = told([InventedCall(language="zh", codes=codes, more=more, said=said)])
    return {(row.code, *row.clauses) for row in rows}


def test_runs_that_touch_what_tells_teach_the_class_and_all_others_none() -> None:
    rows = _learned(InventedSegment(text="你好，路灯不亮了，谢谢啊", category=("路灯不亮了",)))
    assert rows == {
        ("", "你好"), ("E0101", "路灯不亮了"), ("", "谢谢啊"), ("E0101", "你好", "路灯不亮了"),
        ("E0101", "路灯不亮了", "谢谢啊"), ("E0101", "你好", "路灯不亮了", "谢谢啊"),
    }  # fmt: skip


def test_words_of_the_segment_before_tell_in_a_run_across_the_pause() -> None:
    rows = _learned(
        InventedSegment(text="路灯不亮了", category=("路灯不亮了",)), InventedSegment(text="谢谢啊")
    )
    assert ("E0101", "路灯不亮了", "谢谢啊") in rows
    assert ("", "谢谢啊") in rows
    assert ("", "路灯不亮了", "谢谢啊") not in rows


def test_beside_a_second_problem_only_what_tells_of_the_first_is_learned() -> None:
    rows = _learned(InventedSegment(text="路灯不亮了，井盖也没了，谢谢", category=("路灯不亮了",)), more=True)
    assert {row[0] for row in rows} == {"E0101"}


def test_classes_that_are_right_alike_share_a_run() -> None:
    said = (InventedSegment(text="路灯不亮了，你好", category=("路灯不亮了",)),)
    rows = told([InventedCall(language="zh", codes=("E0101", "P0137"), said=said)])
    assert sum(row.weight for row in rows if row.code and row.clauses == ("路灯不亮了",)) == CLASS_WEIGHT
    assert {row.weight for row in rows if not row.code} == {NONE_WEIGHT}


def test_a_call_without_a_class_teaches_none_of_them() -> None:
    assert {row[0] for row in _learned(InventedSegment(text="你好，我问一下电话"), codes=())} == {""}


def test_neither_places_nor_orders_to_the_machine_are_learned() -> None:
    rows = _learned(InventedSegment(text="红旗大街路灯不亮了", category=("路灯不亮了",), place=("红旗大街",)))
    assert rows == {("E0101", "路灯不亮了")}


def test_what_was_told_in_traditional_characters_is_found() -> None:
    rows = _learned(InventedSegment(text="路燈不亮了，你好", category=("路燈不亮了",)))
    assert ("E0101", "路灯不亮了") in rows


def test_a_call_whose_class_is_not_known_teaches_nothing() -> None:
    assert told([InventedCall(language="zh", said=(InventedSegment(text="路灯不亮了"),))]) == []


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        (['{"scheme": "x", "version": "1"}'], "generation"),
        ([GENERATION, '{"language": "zh", "codes": ["E9999"], "said": []}'], "E9999"),
        ([GENERATION, '{"language": "zh", "said": []}', '{"language": "zh"}'], "line 3"),
        ([GENERATION, "{"], "line 2"),
        ([], "line 1"),
    ],
)
def test_a_broken_table_names_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[str], wrong: str
) -> None:
    table = tmp_path / "called.jsonl"
    table.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    monkeypatch.setattr(invented_calls, "TABLE", table)
    with pytest.raises(BrokenTable, match=wrong):
        calls(CATALOGUE)
