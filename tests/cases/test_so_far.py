"""What all that was said so far sounds like: whose words it is made of, and that it is no value by itself."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from cases.drafting import FieldName, SpokenSegment
from cases.drafting.model import NO_CLASS, WHOLE, FieldCandidate, SegmentFindings
from cases.drafting.resolve import resolve
from cases.drafting.so_far import BEFORE, so_far
from cases.drafting.spans import Passage
from lab.judging.short_reports import tools
from tests.cases.test_drafting import drafted, said


def heard(texts: Sequence[str], speaker: str = "citizen") -> list[SegmentFindings]:
    return [
        SegmentFindings(
            segment=SpokenSegment.model_validate({"segment_id": str(at), "speaker": speaker, "text": text})
        )
        for at, text in enumerate(texts)
    ]


def together(earlier: Sequence[SegmentFindings], text: str) -> tuple[str, ...]:
    return so_far(earlier, Passage.of(said(text, "now")), ())


def test_it_is_made_of_the_last_clauses_of_the_same_speaker_however_many_pauses_he_made() -> None:
    many = [f"第{at}句话" for at in range(BEFORE + 20)]
    latest = (*many[-BEFORE:], "没了")
    assert together([*heard(many), *heard(["您贵姓"], "agent")], "没了") == latest
    assert together(heard(["，".join(many[20:])]), "没了") == latest
    assert together(heard(["，".join(many[:30]), "，".join(many[30:])]), "没了") == latest


def test_places_and_orders_to_the_machine_are_no_part_of_it() -> None:
    draft = drafted("红旗大街路灯不亮了")
    pieces = "".join(together(draft.heard, "把类别设成路面塌陷"))
    assert "路灯不亮了" in pieces
    assert "红旗大街" not in pieces
    assert "塌陷" not in pieces


@given(st.lists(st.text(max_size=40), max_size=4), st.text(max_size=40))
def test_any_words_can_be_taken_together(earlier: list[str], text: str) -> None:
    assert all(piece.strip() == piece != "" for piece in together(heard(earlier), text))


def test_each_segment_says_what_the_call_sounds_like_so_far() -> None:
    draft = drafted("你好，我反映个事儿", "我们这趟街的路灯一宿一宿不亮")
    classes = [item.whole(FieldName.CATEGORY) for item in draft.heard]
    assert classes[0][NO_CLASS] > classes[1][NO_CLASS]
    lamp = next(ref for ref in classes[1] if ref.endswith("/P0137"))
    assert classes[1][lamp] > classes[0].get(lamp, 0.0)
    assert sum(draft.heard[1].whole(FieldName.INTENT).values()) <= 1.001


def test_alone_it_fills_and_offers_nothing() -> None:
    drafter, _ = tools()
    sounds = [
        FieldCandidate(field=field, value=value, weight=0.99, evidence=(), source=WHOLE, detail={value: 0.99})
        for field, value in ((FieldName.CATEGORY, "gbt30428.2@2013/P0137"), (FieldName.INTENT, "status"))
    ]
    item = heard(["嗯"])[0].model_copy(update={"candidates": tuple(sounds)})
    assert item.of(FieldName.CATEGORY) == item.of(FieldName.INTENT) == ()
    found = resolve([item], drafter._words, drafter._danger)
    assert found[FieldName.CATEGORY] == found[FieldName.INTENT] == []
