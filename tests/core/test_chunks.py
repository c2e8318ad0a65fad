"""Rows are handed on in their order, so many at a time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.storage.chunks import CHUNK, chunks


@given(st.integers(0, 3 * CHUNK))
def test_each_item_once_in_order_and_never_too_many(count: int) -> None:
    found = list(chunks(range(count)))
    assert [item for some in found for item in some] == list(range(count))
    assert all(0 < len(some) <= CHUNK for some in found)
    assert len(found) == -(-count // CHUNK)
