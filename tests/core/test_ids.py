"""Ids: new ones rise, named ones are the same wherever they are made."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.ids import call_id, leg_id, uuid7


def test_new_ids_rise_strictly_and_are_version_7() -> None:
    made = [uuid7() for _ in range(10_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {one.version for one in made} == {7}


@given(st.integers(min_value=0, max_value=2**48 - 1))
def test_an_id_holds_its_millisecond(unix_ms: int) -> None:
    assert uuid7(unix_ms).int >> 80 == unix_ms


def test_a_call_has_one_id_and_no_other_thing_shares_it() -> None:
    assert call_id("songhua", "1700000000.1") == call_id("songhua", "1700000000.1")
    ids = {
        call_id("songhua", "1700000000.1"),
        call_id("songhua", "1700000000.11"),
        call_id("songhua2", "1700000000.1"),
        leg_id("songhua", "1700000000.1"),
    }
    assert len(ids) == 4
