"""A value is no surer than the recogniser was of its words: marked, and neither emptied nor changed by it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cases.drafting import Draft, FieldName, SpokenSegment
from cases.drafting.recognition import words_sure
from cases.shown import SURE_FROM, Shown
from lab.judging.short_reports import tools
from tests.cases.test_drafting import EMPTY, said

TEXT = "我要反映南岗区学府路七十四号井盖丢了"


def heard(*segments: SpokenSegment) -> Draft:
    drafter, _ = tools()
    draft = EMPTY
    for segment in segments:
        draft, _ = drafter.apply(draft, segment)
    return draft


def with_certainty(
    certainty: tuple[tuple[int, float], ...], text: str = TEXT, name: str = "s1"
) -> SpokenSegment:
    return said(text, name).model_copy(update={"confidence": 0.7, "certainty": certainty})


def test_only_the_value_whose_own_words_are_unclear_is_marked() -> None:
    plain = heard(said(TEXT))
    unclear = heard(with_certainty(((7, 1.0), (10, 0.1), (len(TEXT), 1.0))))
    for name in (FieldName.DISTRICT, FieldName.CATEGORY):
        assert unclear.fields[name] == plain.fields[name]
    address = unclear.fields[FieldName.ADDRESS]
    assert address.value == plain.value(FieldName.ADDRESS) == "学府路74号"
    assert address.shown is Shown.DOUBTFUL
    assert address.confidence < SURE_FROM
    assert all(one.confidence <= address.confidence for one in address.others)


def test_one_guessed_syllable_makes_a_name_doubtful() -> None:
    segment = with_certainty(((8, 0.95), (9, 0.0), (len(TEXT), 0.95)))
    assert words_sure(segment, 7, 10) < SURE_FROM < (0.95 + 0.0 + 0.95) / 3


def test_words_that_prove_it_together_must_all_be_clear() -> None:
    """井盖 and 丢了 are the class together; one of them alone was guessed."""
    lid = TEXT.index("井盖")
    guessed = heard(with_certainty(((lid, 1.0), (lid + 2, 0.1), (len(TEXT), 1.0))))
    assert guessed.value(FieldName.CATEGORY) == heard(said(TEXT)).value(FieldName.CATEGORY)
    assert guessed.fields[FieldName.CATEGORY].shown is Shown.DOUBTFUL


def test_said_once_more_and_clearly_it_is_sure() -> None:
    unclear = with_certainty(((len(TEXT), 0.2),))
    again = with_certainty(((6, 0.9),), "在学府路上", "s2")
    assert heard(unclear).fields[FieldName.ADDRESS].shown is Shown.DOUBTFUL
    assert heard(unclear, again).fields[FieldName.ADDRESS].shown is Shown.SURE
    assert heard(unclear, said("在学府路上", "s2")).fields[FieldName.ADDRESS].shown is Shown.SURE


def test_where_the_pieces_are_unknown_the_whole_segment_counts_and_a_partial_is_never_sure() -> None:
    whole = said(TEXT).model_copy(update={"confidence": 0.3})
    assert heard(whole).fields[FieldName.ADDRESS].shown is Shown.DOUBTFUL
    partial = said(TEXT, final=False)
    assert heard(partial).fields[FieldName.ADDRESS].shown is Shown.DOUBTFUL
    assert heard(partial, said(TEXT)).fields[FieldName.ADDRESS].shown is Shown.SURE


def test_danger_that_was_hardly_understood_alarms_all_the_same_with_a_mark() -> None:
    text = "我家着火了 有人困在里面"
    unclear = heard(with_certainty(((len(text), 0.05),), text))
    assert unclear.value(FieldName.URGENCY) == "danger"
    assert unclear.value(FieldName.HANDOFF) == "119"
    assert unclear.alarms == heard(said(text)).alarms
    assert unclear.fields[FieldName.HANDOFF].shown is Shown.DOUBTFUL


@given(
    st.lists(st.tuples(st.integers(0, 30), st.floats(0, 1)), max_size=8),
    st.integers(0, 20),
    st.integers(0, 20),
)
def test_any_pieces_give_a_share_and_empty_no_field(
    pieces: list[tuple[int, float]], start: int, end: int
) -> None:
    segment = with_certainty(tuple(pieces))
    assert 0.0 <= words_sure(segment, start, end) <= 1.0 + 1e-9
    plain, marked = heard(said(TEXT)), heard(segment)
    assert {name: field.value for name, field in marked.fields.items()} == {
        name: field.value for name, field in plain.fields.items()
    }
    for name, field in marked.fields.items():
        assert field.confidence <= plain.fields[name].confidence
        assert (field.value is None) == (field.shown is Shown.OFFERED)
