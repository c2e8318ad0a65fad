"""What agents made of drafts, counted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cases.drafting.model import FieldName
from cases.learning.quality import JUDGED, Confirmed, FieldOutcome, quality

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
MANHOLE, LAMP = "gbt30428.2@2013/P0102", "gbt30428.2@2013/P0106"


def side(confidence: float = 0.9, **values: str | None) -> dict[str, Any]:
    return {name: {"value": value, "confidence": confidence} for name, value in values.items()}


def case(drafted: dict[str, Any], final: dict[str, Any], at: datetime = MONDAY) -> Confirmed:
    return Confirmed(at, drafted, final)


def test_each_field_has_one_fate() -> None:
    found = quality([
        case(side(category=MANHOLE, address="学府路74号"), side(category=MANHOLE, address="学府路74号")),
        case(side(category=MANHOLE), side(category=LAMP, address="学府路")),
        case(side(category=LAMP, handoff="119"), side(category=LAMP, handoff=None)),
    ])  # fmt: skip
    assert found.cases == 3
    assert found.untouched == 1
    category = found.fields[FieldName.CATEGORY]
    assert dict(category.fates) == {FieldOutcome.KEPT: 2, FieldOutcome.CHANGED: 1}
    assert category.accepted == 2 / 3
    assert (category.sure, category.sure_wrong) == (3, 1)
    assert found.fields[FieldName.ADDRESS].fates[FieldOutcome.ADDED] == 1
    assert found.fields[FieldName.HANDOFF].fates[FieldOutcome.EMPTIED] == 1
    assert found.fields[FieldName.INTENT].accepted is None
    assert found.confusions == [(MANHOLE, LAMP, 1)]
    assert {ref: tally.judged for ref, tally in found.categories.items()} == {LAMP: 2, MANHOLE: 1}
    assert list(found.weeks) == ["2026-W48"]


def test_what_was_marked_as_doubtful_is_not_sure() -> None:
    found = quality([case(side(0.59, category=MANHOLE), side(category=LAMP))])
    assert (found.fields[FieldName.CATEGORY].sure, found.fields[FieldName.CATEGORY].sure_wrong) == (0, 0)


def test_the_worst_confusions_come_first_and_no_more_than_asked_for() -> None:
    twice = [case(side(category=LAMP), side(category=MANHOLE))] * 2
    once = [case(side(category=MANHOLE), side(category=LAMP))]
    assert quality([*once, *twice], confusions=1).confusions == [(LAMP, MANHOLE, 2)]


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["value", "confidence", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)
SIDES = st.dictionaries(st.sampled_from([name.value for name in FieldName]), ANY, max_size=6)


@given(st.lists(st.tuples(SIDES, SIDES), max_size=5))
def test_whatever_the_database_holds_every_case_counts_once_in_every_field(
    pairs: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    found = quality([case(drafted, final) for drafted, final in pairs])
    assert found.cases == len(pairs)
    for name in JUDGED:
        assert found.fields[name].fates.total() == len(pairs)
        assert 0 <= found.fields[name].sure_wrong <= found.fields[name].sure
