"""What the classifiers learn from whole calls."""

from __future__ import annotations

import pytest

from cases.catalogue import load_catalogues
from cases.drafting import invented_calls, make
from cases.drafting.classify.calls import CLASS_WEIGHT, NONE_WEIGHT, told
from cases.drafting.classify.loading import LETTERS, MEANING
from cases.drafting.classify.training import digest, digest_told
from cases.drafting.classify.weights import Weights
from cases.drafting.danger import calls as dangers
from cases.drafting.danger.chances import WHOLE
from cases.drafting.intents import calls as intents
from cases.drafting.invented_calls import TABLE, Call, Said, calls
from cases.errors import BrokenTable
from tests.cases.quality.told import learned_from, table

CATALOGUE = load_catalogues().default


def test_what_is_learned_is_what_the_calls_say() -> None:
    """Whoever changes a call that is learned from writes the table anew and trains anew."""
    assert TABLE.read_text(encoding="utf-8") == table(learned_from())


@pytest.fixture(scope="module")
def every() -> tuple[Call, ...]:
    """All that come with the program."""
    return calls(CATALOGUE)


@pytest.mark.parametrize("name", make.KINDS)
def test_the_shipped_weights_know_the_calls_that_stand_in_the_tree(
    name: str, every: tuple[Call, ...]
) -> None:
    """Whoever changes a call trains anew: `python -m cases.drafting.make`."""
    kind = make.kind(name, every)
    if name == "danger":
        assert {row.code for row in kind.told} == {"", "110", "119", "120", "122"}
        assert {row.code for row in kind.whole} == {"", dangers.DANGER}
    for file, what in ((LETTERS, "letters"), (MEANING, "meaning")):
        known = Weights.read(kind.folder / file, kind=what).origin.trained_on
        assert known["cases_sha256"] == digest_told(kind.told)
    known = Weights.read(kind.folder / WHOLE, kind=kind.whole_by).origin.trained_on
    assert known["cases_sha256"] == digest_told(kind.whole)
    assert known["sha256"] == digest(kind.whole_beside)


def _learned(*said: Said, codes: tuple[str, ...] = ("E0101",), more: bool = False) -> set[tuple[str, ...]]:
    rows = told([Call(language="zh", codes=codes, more=more, said=said)])
    return {(row.code, *row.clauses) for row in rows}


def test_runs_that_touch_what_tells_teach_the_class_and_all_others_none() -> None:
    rows = _learned(Said(text="你好，路灯不亮了，谢谢啊", category=("路灯不亮了",)))
    assert rows == {
        ("", "你好"), ("E0101", "路灯不亮了"), ("", "谢谢啊"), ("E0101", "你好", "路灯不亮了"),
        ("E0101", "路灯不亮了", "谢谢啊"), ("E0101", "你好", "路灯不亮了", "谢谢啊"),
    }  # fmt: skip


def test_words_of_the_segment_before_tell_in_a_run_across_the_pause() -> None:
    rows = _learned(Said(text="路灯不亮了", category=("路灯不亮了",)), Said(text="谢谢啊"))
    assert ("E0101", "路灯不亮了", "谢谢啊") in rows
    assert ("", "谢谢啊") in rows
    assert ("", "路灯不亮了", "谢谢啊") not in rows


def test_beside_a_second_problem_only_what_tells_of_the_first_is_learned() -> None:
    rows = _learned(Said(text="路灯不亮了，井盖也没了，谢谢", category=("路灯不亮了",)), more=True)
    assert {row[0] for row in rows} == {"E0101"}


def test_classes_that_are_right_alike_share_a_run() -> None:
    said = (Said(text="路灯不亮了，你好", category=("路灯不亮了",)),)
    rows = told([Call(language="zh", codes=("E0101", "P0137"), said=said)])
    assert sum(row.weight for row in rows if row.code and row.clauses == ("路灯不亮了",)) == CLASS_WEIGHT
    assert {row.weight for row in rows if not row.code} == {NONE_WEIGHT}


def test_a_call_without_a_class_teaches_none_of_them() -> None:
    assert {row[0] for row in _learned(Said(text="你好，我问一下电话"), codes=())} == {""}


def test_neither_places_nor_orders_to_the_machine_are_learned() -> None:
    rows = _learned(Said(text="红旗大街路灯不亮了", category=("路灯不亮了",), place=("红旗大街",)))
    assert rows == {("E0101", "路灯不亮了")}


def test_what_was_told_in_traditional_characters_is_found() -> None:
    rows = _learned(Said(text="路燈不亮了，你好", category=("路燈不亮了",)))
    assert ("E0101", "路灯不亮了") in rows


def _why(intent: str, *said: Said) -> set[tuple[str, ...]]:
    rows = intents.told([Call.model_validate({"language": "zh", "intent": intent, "said": said})])
    return {(row.code, *row.clauses) for row in rows}


def test_who_asks_after_a_fault_and_tells_it_again_reports_nothing() -> None:
    said = Said(text="路灯不亮了，我问问修到哪了", category=("路灯不亮了",), intent=("修到哪了",))
    assert _why("status", said) == {
        ("", "路灯不亮了"), ("status", "我问问修到哪了"), ("status", "路灯不亮了", "我问问修到哪了"),
    }  # fmt: skip


def test_of_a_report_what_tells_of_it_is_learned_and_nothing_else() -> None:
    said = Said(text="你好，路灯不亮了", category=("路灯不亮了",))
    assert _why("report", said) == {("report", "路灯不亮了"), ("report", "你好", "路灯不亮了")}


def test_the_whole_is_all_that_was_said_until_each_segment() -> None:
    call = Call(language="zh", intent="other", said=(Said(text="你好，谢谢"), Said(text="修好了")))
    assert [row.clauses for row in intents.whole([call])] == [("你好", "谢谢"), ("你好", "谢谢", "修好了")]


def test_what_is_not_known_of_a_call_teaches_nothing() -> None:
    call = Call(language="zh", said=(Said(text="路灯不亮了"),))
    assert [*told([call]), *intents.told([call]), *intents.whole([call])] == []
    assert [*dangers.told([call]), *dangers.whole([call])] == []


def test_a_table_of_another_catalogue_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    strange = invented_calls._Table(scheme="x", version="1", calls=())
    monkeypatch.setattr(invented_calls, "read", lambda *_: strange)
    with pytest.raises(BrokenTable, match="generation"):
        calls(CATALOGUE)
    unknown = Call(language="zh", codes=("E9999",), said=())
    whole = invented_calls._Table(scheme=CATALOGUE.scheme, version=CATALOGUE.version, calls=(unknown,))
    monkeypatch.setattr(invented_calls, "read", lambda *_: whole)
    with pytest.raises(BrokenTable, match="E9999"):
        calls(CATALOGUE)
