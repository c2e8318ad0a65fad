"""An inspector's words say of each numbered place whether it is real; what reads in two ways says nothing."""

from __future__ import annotations

import pytest

from cases.events import VerificationFinding
from sensing.patches.answers import results_of
from sensing.patches.model import PatchResult

REAL, NOT = PatchResult.REAL, PatchResult.NOT_REAL


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("属实 1 3；不属实 2", {1: REAL, 2: NOT, 3: REAL}),
        ("1 and 3 real; 2 not real", {1: REAL, 2: NOT, 3: REAL}),
        ("2 是苗圃，不是垃圾", {2: NOT}),
        ("1、3属实，2不属实", {}),
        ("属实 1，没有围挡", {}),
        ("属实 1；不属实 1", {}),
        ("属实 7", {}),
        ("进不去", {}),
    ],
)
def test_what_differs_is_read_by_its_words(text: str, found: dict[int, PatchResult]) -> None:
    assert results_of(VerificationFinding.DIFFERS, text, 3) == found
