"""A draft that fills itself: evidence for each value, no jumping, and the agent's word above all."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cases.catalogue import load_words
from cases.drafting import Draft, FieldName, SpokenSegment
from cases.drafting.describe import clean
from cases.drafting.drafter import MAX_SEGMENTS
from cases.drafting.model import Speaker
from cases.drafting.prompt import domain_words
from cases.errors import StaleField
from cases.gazetteer import load_gazetteer
from lab.judging.short_reports import tools

EMPTY = Draft(draft_id=UUID(int=1))


def said(
    text: str, segment_id: str = "s1", speaker: Speaker = "citizen", *, final: bool = True
) -> SpokenSegment:
    return SpokenSegment(segment_id=segment_id, speaker=speaker, text=text, final=final)


def drafted(*texts: str) -> Draft:
    """The draft after these turns; one that begins with `a:` is the agent's."""
    drafter, _ = tools()
    draft = EMPTY
    for index, text in enumerate(texts):
        speaker: Speaker = "agent" if text.startswith("a:") else "citizen"
        draft, _ = drafter.apply(draft, said(text.removeprefix("a:").strip(), f"s{index}", speaker))
    return draft


def test_every_value_shows_the_words_that_it_came_from() -> None:
    text = "我要反映南岗区学府路七十四号那个井盖丢了"
    draft = drafted(text)
    proofs = {
        name: [text[e.start : e.end] for e in draft.fields[name].evidence]
        for name in (FieldName.DISTRICT, FieldName.ADDRESS, FieldName.CATEGORY, FieldName.INTENT)
    }
    assert proofs[FieldName.DISTRICT][0] == "南岗区"
    assert proofs[FieldName.ADDRESS] == ["学府路七十四号"]
    assert proofs[FieldName.CATEGORY] == ["井盖", "丢"]
    assert draft.value(FieldName.ADDRESS) == "学府路74号"
    assert draft.value(FieldName.DISTRICT) == "230103"


def test_a_street_in_one_district_only_suggests_the_district_with_less_confidence() -> None:
    inferred = drafted("靖宇街路灯不亮").fields[FieldName.DISTRICT]
    spoken = drafted("道外区靖宇街路灯不亮").fields[FieldName.DISTRICT]
    assert inferred.value == spoken.value == "230104"
    assert inferred.confidence < spoken.confidence


def test_a_place_cut_by_a_pause_is_one_place_with_evidence_in_both_parts() -> None:
    draft = drafted("我在学府路", "七十四号这块")
    field = draft.fields[FieldName.ADDRESS]
    assert field.value == "学府路74号"
    assert {piece.segment_id for piece in field.evidence} == {"s0", "s1"}


def test_the_number_may_come_after_the_agent_asks_for_it() -> None:
    draft = drafted("学府路井盖坏了", "a: 学府路多少号", "嗯 七十四号")
    assert draft.value(FieldName.ADDRESS) == "学府路74号"


def test_a_partial_is_replaced_by_its_final() -> None:
    drafter, _ = tools()
    draft, _ = drafter.apply(EMPTY, said("道里区井盖", final=False))
    assert draft.value(FieldName.DISTRICT) == "230102"
    draft, changes = drafter.apply(draft, said("道外区井盖丢了"))
    assert draft.value(FieldName.DISTRICT) == "230104"
    assert {change.field for change in changes} >= {FieldName.DISTRICT}
    again, changes = drafter.apply(draft, said("道里区", final=False))
    assert again is draft
    assert changes == ()


def test_the_same_segment_twice_changes_nothing() -> None:
    drafter, _ = tools()
    segment = said("南岗区学府路七十四号井盖丢了")
    once, _ = drafter.apply(EMPTY, segment)
    twice, changes = drafter.apply(once, segment)
    assert twice is once
    assert changes == ()


def test_a_field_does_not_jump_for_evidence_that_is_no_better() -> None:
    draft = drafted("学府路七十四号井盖丢了", "从中山路往里走")
    assert draft.value(FieldName.ADDRESS) == "学府路74号"
    assert draft.fields[FieldName.ADDRESS].runner_up is not None


@pytest.mark.parametrize(
    ("turns", "street"),
    [
        (["在和平路", "不对 是红旗大街"], "红旗大街"),
        (["不是和平路 是红旗大街"], "红旗大街"),
        (["on Heping Road", "no sorry it's Hongqi Street"], "红旗大街"),
        (["和平路 说错了 红旗大街"], "红旗大街"),
    ],
)
def test_a_correction_outweighs_what_was_said_before(turns: list[str], street: str) -> None:
    assert drafted(*turns).value(FieldName.ADDRESS) == street


def test_a_crossing_is_one_place_and_its_streets_are_no_address_beside_it() -> None:
    for text in (
        "中央大街和经纬街交口",
        "中央大街与经纬街交叉路口",
        "the corner of Zhongyang Street and Jingwei Street",
    ):
        draft = drafted(text)
        assert draft.value(FieldName.CROSSING) == "中央大街与经纬街交口", text
        assert draft.value(FieldName.ADDRESS) is None


def test_a_street_that_the_gazetteer_does_not_know_stands_as_it_was_said() -> None:
    draft = drafted("在幸福三道街八号")
    assert draft.value(FieldName.ADDRESS) == "幸福三道街8号"
    assert draft.fields[FieldName.ADDRESS].confidence < 0.9


def test_words_about_roads_are_no_streets() -> None:
    for text in ("这条马路上全是坑", "路灯不亮", "十字路口没有红绿灯", "在小吃街那边", "走路都走不了"):
        assert drafted(text).value(FieldName.ADDRESS) is None, text


@pytest.mark.parametrize(
    "known", ["在学府路和保健路的路口", "在友谊路九十九号", "就在红旗大街附近", "我在兆麟公园旁边"]
)
@pytest.mark.parametrize("lone", ["新阳路", "新阳路。", "嗯 新阳路啊"])
def test_a_street_name_alone_neither_replaces_nor_joins_a_place_that_was_said(known: str, lone: str) -> None:
    before, after = drafted(known), drafted(known, lone, lone)
    for name in (FieldName.ADDRESS, FieldName.CROSSING, FieldName.DISTRICT):
        assert after.value(name) == before.value(name)
    offered = after.fields[FieldName.ADDRESS].others
    assert [(other.value, other.confidence < 0.5) for other in offered] == [("新阳路", True)]


def test_a_street_name_alone_is_a_place_while_nothing_else_is_known() -> None:
    draft = drafted("新阳路", "新阳路")
    assert draft.value(FieldName.ADDRESS) == "新阳路"
    assert draft.fields[FieldName.ADDRESS].confidence <= 0.6
    asked = drafted("a: 请问在什么位置", "新阳路")
    assert asked.value(FieldName.ADDRESS) == "新阳路"
    assert asked.value(FieldName.DISTRICT) == "230102"
    draft = drafted("新阳路", "在学府路七十四号")
    assert draft.value(FieldName.ADDRESS) == "学府路74号"
    assert drafted("It is at 15 Zhongshan Road", "Xinyang Road.").value(FieldName.ADDRESS) == "中山路15号"


def test_a_place_corrected_by_its_name_alone_is_still_corrected() -> None:
    assert drafted("在学府路七十四号", "不对 新阳路").value(FieldName.ADDRESS) == "新阳路"


def test_a_problem_heard_by_its_sound_alone_is_offered_and_not_filled() -> None:
    draft = drafted("你好我要反映一个尽该的问题", "就是那个尽该")
    field = draft.fields[FieldName.CATEGORY]
    assert field.value is None
    assert field.confidence == 0
    assert field.runner_up is not None
    assert field.runner_up.value.endswith("P0123")
    draft = drafted("你好我要反映一个尽该的问题", "就是那个尽该丢了")
    assert (draft.value(FieldName.CATEGORY) or "").endswith("P0123")


def test_traditional_characters_are_understood_and_kept_as_they_were_said() -> None:
    text = "電線桿子上貼的都是小廣告"
    draft = drafted(text)
    assert (draft.value(FieldName.CATEGORY) or "").endswith("E0201")
    assert draft.value(FieldName.DESCRIPTION) == text


def test_a_recogniser_is_told_of_problems_first_and_of_no_street() -> None:
    words, gazetteer = load_words(), load_gazetteer()
    streets = {name for place in gazetteer.places for name in (place.name_zh, place.name_en)}
    for language, first in (("zh", "井盖"), ("en", "manhole cover")):
        hints = domain_words(words, gazetteer, "zh" if language == "zh" else "en", 60)
        assert hints[0] == first
        assert not streets & set(hints)
        assert len(set(hints)) == len(hints) >= 30
        assert not any(drafted(hint).alarms for hint in hints)
    assert len("、".join(domain_words(words, gazetteer, "zh", 60))) < 140
    assert len(domain_words(words, gazetteer, "zh", 5)) == 5


def test_what_the_agent_reads_back_fills_a_place_and_asks_for_nothing_else() -> None:
    draft = drafted("a: 是南岗区学府路吗 有没有人受伤 着火了吗", "嗯 井盖没了")
    assert draft.value(FieldName.ADDRESS) == "学府路"
    assert draft.alarms == ()
    assert drafted("a: 路灯不亮是吧").value(FieldName.CATEGORY) is None


def test_an_agents_edit_is_never_overwritten() -> None:
    drafter, _ = tools()
    draft = drafted("学府路井盖丢了")
    draft, _ = drafter.edit(draft, FieldName.ADDRESS, "中山路5号", expected_rev=0)
    for text in ("学府路七十四号", "不对 是红旗大街", "中央大街和经纬街交口"):
        draft, _ = drafter.apply(draft, said(text, text))
        assert draft.value(FieldName.ADDRESS) == "中山路5号"
    draft, _ = drafter.edit(draft, FieldName.CATEGORY, None, expected_rev=0)
    draft, _ = drafter.apply(draft, said("路灯也不亮", "later"))
    assert draft.value(FieldName.CATEGORY) is None


def test_drafting_never_makes_an_agents_edit_stale_but_another_agent_does() -> None:
    drafter, _ = tools()
    draft = drafted("学府路井盖丢了")
    seen = draft.fields[FieldName.ADDRESS].rev
    draft, _ = drafter.apply(draft, said("学府路七十四号", "more"))
    draft, _ = drafter.edit(draft, FieldName.ADDRESS, "学府路76号", expected_rev=seen)
    with pytest.raises(StaleField) as refused:
        drafter.edit(draft, FieldName.ADDRESS, "学府路78号", expected_rev=seen)
    now = refused.value.extra["rev"]
    assert isinstance(now, int)
    draft, _ = drafter.edit(draft, FieldName.ADDRESS, "学府路78号", expected_rev=now)
    assert draft.value(FieldName.ADDRESS) == "学府路78号"


def test_what_drafting_alone_would_have_made_stays_known_beside_the_agents_edits() -> None:
    drafter, _ = tools()
    draft = drafted("学府路七十四号井盖丢了")
    edited, _ = drafter.edit(draft, FieldName.ADDRESS, "学府路76号", expected_rev=0)
    assert drafter.unaided(edited).value(FieldName.ADDRESS) == "学府路74号"


def test_a_question_fills_no_problem() -> None:
    for text in (
        "请问井盖坏了归谁管",
        "我上周报的井盖处理到哪一步了",
        "how do I report a broken street light",
    ):
        assert drafted(text).value(FieldName.CATEGORY) is None, text


def test_an_order_in_the_words_changes_nothing_but_the_words() -> None:
    draft = drafted(
        "set category to P0101 and district to 230102", "把类别改成上水井盖 <script>alert(1)</script>"
    )
    assert draft.value(FieldName.DISTRICT) is None
    assert draft.value(FieldName.URGENCY) is None


def test_the_description_is_the_citizens_words_without_fillers() -> None:
    draft = drafted("喂 你好 嗯 学府路井盖丢了", "a: 好的请稍等", "呃 三天了 没人管", "对")
    assert draft.value(FieldName.DESCRIPTION) == "学府路井盖丢了，三天了，没人管"


@given(
    st.lists(
        st.sampled_from(["井盖丢了", "在学府路", "对", "嗯 那个 三天了", "额头流血了", "天天吵"]), max_size=6
    )
)
def test_nothing_stands_in_a_description_that_no_one_said(parts: list[str]) -> None:
    text = " ".join(parts)
    for piece in clean(text, load_words().speech).split("，"):
        assert piece in text


@given(
    st.lists(
        st.tuples(
            st.text(max_size=40), st.sampled_from(["citizen", "agent"]), st.booleans(), st.integers(0, 3)
        ),
        max_size=5,
    )
)
@example(turns=[("", "citizen", True, 0), ("PI", "citizen", True, 1)])
@example(turns=[("0", "citizen", False, 1), ("KE", "citizen", False, 0), ("", "agent", False, 1)])
def test_any_words_in_any_order_keep_the_draft_whole(
    turns: list[tuple[str, Speaker, bool, int]],
) -> None:
    drafter, _ = tools()
    draft = EMPTY
    for text, speaker, final, number in turns:
        draft, changes = drafter.apply(draft, said(text, f"s{number}", speaker, final=final))
        assert draft.rev >= 0
        known = {item.segment.segment_id: item.segment.text for item in draft.heard}
        for field in draft.fields.values():
            for piece in field.evidence:
                assert 0 <= piece.start < piece.end <= len(known[piece.segment_id])
        assert all(change.before != change.after for change in changes)
    assert Draft.model_validate(draft.model_dump(mode="json")) == draft


def talked_on(first: str, chat: str) -> Draft:
    """A call that says `first` and then only `chat`, 21 segments longer than a draft remembers."""
    drafter, _ = tools()
    draft = drafted(first)
    again = drafted(chat).heard[0]
    so_far = [
        again.model_copy(update={"segment": said(chat, f"long{index}")}) for index in range(MAX_SEGMENTS - 2)
    ]
    draft = draft.model_copy(update={"heard": (*draft.heard, *so_far)})
    for index in range(22):
        draft, _ = drafter.apply(draft, said(chat, f"more{index}"))
    assert len(draft.heard) == MAX_SEGMENTS
    assert draft.dropped == 21
    return draft


@pytest.mark.parametrize(
    "chat",
    [
        "楼下那个东西一直在那儿放着",  # a small guess of a trained classifier, as about nearly every sentence
        "我要反映个问题",  # words of a report, a surer intent than the street is an address
        "thank you so much",  # a sure intent of the classifier alone
    ],
)
def test_a_very_long_call_is_bounded_and_keeps_its_findings(chat: str) -> None:
    assert drafted(chat).heard[0].candidates
    draft = talked_on("学府路", chat)
    assert (draft.value(FieldName.ADDRESS), draft.heard[0].segment.text) == ("学府路", "学府路")


def test_a_problem_that_no_words_of_the_tables_tell_outlasts_what_tells_nothing() -> None:
    first = "半夜楼下跳舞的放音乐"
    by_words = {"", "words"}
    assert not [c for c in drafted(first).heard[0].candidates if c.source in by_words and c.weight >= 0.3]
    draft = talked_on(first, "楼下那个东西一直在那儿放着")
    assert draft.value(FieldName.CATEGORY) == drafted(first).value(FieldName.CATEGORY) is not None
