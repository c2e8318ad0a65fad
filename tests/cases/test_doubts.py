"""Places that carry the mark of doubt although every word was plain, and smaller facts that always do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.drafting import FieldName
from cases.drafting.doubts import PLACES, RIVAL, Doubts
from cases.drafting.intents import NO_PROBLEM
from cases.drafting.model import FieldCandidate, SegmentFindings, SpokenSegment
from cases.drafting.resolve import Proposal
from cases.shown import SURE_FROM, Shown
from tests.cases.test_drafting import drafted


def sure(*texts: str) -> dict[FieldName, bool]:
    fields = drafted(*texts).fields
    return {name: field.shown is Shown.SURE for name, field in fields.items() if field.value is not None}


def test_one_place_that_the_gazetteer_has_is_sure_and_so_is_its_district() -> None:
    found = sure("南岗区学府路七十四号井盖丢了")
    assert found[FieldName.ADDRESS]
    assert found[FieldName.DISTRICT]


def test_of_two_places_told_alike_neither_is_sure() -> None:
    found = drafted("我在学府路上班，家在和平路，楼下路灯不亮")
    assert found.value(FieldName.ADDRESS) is not None
    assert found.fields[FieldName.ADDRESS].shown is Shown.DOUBTFUL


def test_of_two_districts_neither_is_sure_and_one_alone_is() -> None:
    assert not sure("我人在南岗区，说的是香坊区那边的路灯不亮")[FieldName.DISTRICT]
    assert sure("我说的是香坊区那边的路灯不亮")[FieldName.DISTRICT]


def test_where_nothing_is_reported_no_place_is_sure() -> None:
    found = drafted("请问办牌匾审批需要什么手续，学府路七十四号")
    assert found.value(FieldName.INTENT) in NO_PROBLEM
    assert found.value(FieldName.ADDRESS) == "学府路74号"
    assert found.fields[FieldName.ADDRESS].shown is Shown.DOUBTFUL


def test_a_bare_name_that_the_gazetteer_lacks_is_marked_however_often_it_is_said() -> None:
    found = drafted("百草街上路灯不亮", "对就是百草街上")
    assert found.value(FieldName.ADDRESS) == "百草街"
    assert found.fields[FieldName.ADDRESS].shown is Shown.DOUBTFUL
    assert sure("百草街三十六号路灯不亮")[FieldName.ADDRESS]


def test_a_number_that_is_cut_short_is_offered_with_a_mark_and_a_whole_one_is_sure() -> None:
    assert not sure("我电话一三九四六零零七七一")[FieldName.CALLBACK]
    assert sure("我电话一三九四六零零七七一二")[FieldName.CALLBACK]


def test_a_moment_and_a_count_are_marked_and_since_when_it_lasts_is_sure() -> None:
    found = sure("昨天晚上八点，有两盏路灯不亮了")
    assert not found[FieldName.TIME]
    assert not found[FieldName.COUNT]
    assert sure("路灯从上周三开始不亮")[FieldName.TIME]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("the lamp is out by the post office, the one on Anguo Street", "安国街"),
        ("there are two on Xuefu Road, lamps that are out", "学府路"),
        ("number one on Anguo Street has no lamp", "安国街1号"),
        ("the lamp is out at seventy four Xuefu Road", "学府路74号"),
        ("the lamp is out, 74 on Xuefu Road", "学府路74号"),
    ],
)
def test_things_that_are_counted_on_a_street_are_no_house_number(text: str, address: str) -> None:
    assert drafted(text).value(FieldName.ADDRESS) == address


VALUES = st.sampled_from(["学府路", "学府路74号", "和平路", "230103", "230104", "学府路与和平路交口"])
RANKED = st.lists(
    st.builds(Proposal, VALUES, st.floats(0, 0.99).map(lambda one: round(one, 3)), st.just(())),
    max_size=4,
    unique_by=lambda one: one.value,
).map(lambda ranked: sorted(ranked, key=lambda one: -one.confidence))


@given(
    st.fixed_dictionaries(dict.fromkeys(PLACES, RANKED)),
    st.sampled_from([None, "report", *sorted(NO_PROBLEM)]),
    st.lists(st.tuples(VALUES, st.floats(0.05, 0.97), st.booleans()), max_size=4),
)
def test_a_place_stays_sure_only_alone_in_a_report_and_well_known(
    places: dict[FieldName, list[Proposal]],
    intent: str | None,
    mentions: list[tuple[str, float, bool]],
) -> None:
    intents = [] if intent is None else [Proposal(intent, 0.9, ())]
    candidates = [
        FieldCandidate(
            field=FieldName.ADDRESS,
            value=value,
            weight=weight,
            evidence=(),
            within=("230103",) if known else (),
        )
        for value, weight, known in mentions
    ]
    heard = [
        SegmentFindings(
            segment=SpokenSegment(segment_id="s", speaker="citizen", text="x"), candidates=tuple(candidates)
        )
    ]
    doubts = Doubts(heard, {**places, FieldName.INTENT: intents})
    for name, ranked in places.items():
        for chosen in ranked[:1]:
            if chosen.shown is not Shown.SURE or doubts.about(name, chosen):
                continue
            assert intent not in NO_PROBLEM
            assert all(one.confidence <= chosen.confidence - RIVAL for one in ranked[1:])
            if name is FieldName.ADDRESS:
                own = [one for one in candidates if one.value == chosen.value]
                crossings = places[FieldName.CROSSING]
                crossed = bool(crossings) and crossings[0].fills
                numbered = any(char.isdigit() for char in chosen.value)
                assert numbered or (not crossed and any(one.within for one in own))
                assert any(one.within or one.weight >= SURE_FROM for one in own)
