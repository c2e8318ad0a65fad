"""What classifiers of dangers and intents learn from whole calls, and what the product ships of them."""

from __future__ import annotations

from cases.catalogue import load_catalogues
from cases.drafting.classify.calls import told
from cases.drafting.invented_calls import TABLE, calls
from lab.training import dangers, intents
from lab.training.calls import LabelledCall, LabelledSaid, labelled, learned_from
from lab.training.export_calls import table


def test_the_shipped_calls_are_those_of_the_corpora() -> None:
    """Whoever changes one runs `python -m lab.training.export_calls` and trains anew."""
    assert TABLE.read_text(encoding="utf-8") == table(labelled(learned_from()))


def test_an_operators_retraining_learns_of_classes_what_the_lab_learns() -> None:
    assert told(calls(load_catalogues().default)) == told(labelled(learned_from()))


def _why(intent: str, *said: LabelledSaid) -> set[tuple[str, ...]]:
    rows = intents.told([LabelledCall.model_validate({"language": "zh", "intent": intent, "said": said})])
    return {(row.code, *row.clauses) for row in rows}


def test_who_asks_after_a_fault_and_tells_it_again_reports_nothing() -> None:
    said = LabelledSaid(text="路灯不亮了，我问问修到哪了", category=("路灯不亮了",), intent=("修到哪了",))
    assert _why("status", said) == {
        ("", "路灯不亮了"), ("status", "我问问修到哪了"), ("status", "路灯不亮了", "我问问修到哪了"),
    }  # fmt: skip


def test_of_a_report_what_tells_of_it_is_learned_and_nothing_else() -> None:
    said = LabelledSaid(text="你好，路灯不亮了", category=("路灯不亮了",))
    assert _why("report", said) == {("report", "路灯不亮了"), ("report", "你好", "路灯不亮了")}


def test_the_whole_is_all_that_was_said_until_each_segment() -> None:
    call = LabelledCall(
        language="zh", intent="other", said=(LabelledSaid(text="你好，谢谢"), LabelledSaid(text="修好了"))
    )
    assert [row.clauses for row in intents.whole([call])] == [("你好", "谢谢"), ("你好", "谢谢", "修好了")]


def test_what_is_not_known_of_a_call_teaches_nothing() -> None:
    call = LabelledCall(language="zh", said=(LabelledSaid(text="路灯不亮了"),))
    assert [*intents.told([call]), *intents.whole([call])] == []
    assert [*dangers.told([call]), *dangers.whole([call])] == []
