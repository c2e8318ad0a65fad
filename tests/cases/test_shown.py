"""How a value is shown is decided in one place, and what was stored without it is read alike."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.drafting import Draft, FieldName
from cases.drafting.model import FieldValue
from cases.drafting.resolve import Proposal
from cases.drafting.store import StoredDraft
from cases.shown import FILL_FROM, OFFER_FROM, SURE_FROM, Shown, stored
from cases.views import draft_view
from tests.cases.test_drafting import drafted
from tests.peers.checkout import CHECKOUT


@given(st.floats(0, 1), st.sampled_from(Shown))
def test_a_value_is_shown_no_surer_than_its_limit_and_its_confidence_stays(
    confidence: float, limit: Shown
) -> None:
    free = Proposal("x", confidence, ())
    held = free.limited(limit)
    assert held.confidence == confidence
    order = [None, Shown.OFFERED, Shown.DOUBTFUL, Shown.SURE]
    assert order.index(held.shown) == min(order.index(free.shown), order.index(limit))
    assert held.fills == (confidence >= FILL_FROM and limit is not Shown.OFFERED)
    assert held.filling().fills


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ({"value": "x", "confidence": SURE_FROM, "by": "draft"}, Shown.SURE),
        ({"value": "x", "confidence": SURE_FROM - 0.01, "by": "draft"}, Shown.DOUBTFUL),
        ({"value": "x", "confidence": OFFER_FROM, "by": "draft"}, Shown.DOUBTFUL),
        ({"value": "x", "confidence": 0.0, "by": "agent"}, Shown.SURE),
        ({"value": None, "confidence": 0.9, "by": "draft"}, Shown.OFFERED),
        ({"value": "x", "confidence": 0.9, "shown": "doubtful"}, Shown.DOUBTFUL),
        ({}, Shown.OFFERED),
    ],
)
def test_what_was_stored_without_it_has_it_by_its_confidence(field: dict[str, object], shown: Shown) -> None:
    assert stored(field) is shown
    assert FieldValue.model_validate(field).shown is shown


def test_an_open_draft_of_a_former_version_is_read() -> None:
    body = drafted("香坊区公滨路五号门口井盖丢了").model_dump(mode="json")
    for held in body["fields"].values():
        del held["shown"]
    before = Draft.model_validate(body)
    assert before.fields[FieldName.ADDRESS].shown is Shown.SURE
    assert before.fields[FieldName.CALLBACK].shown is Shown.OFFERED


def test_a_class_that_may_be_no_report_is_offered_with_its_own_chance() -> None:
    draft = drafted("你们上礼拜修的路灯真不错，谢谢啊", "没别的事，就是谢谢")
    held = draft.fields[FieldName.CATEGORY]
    assert (held.value, held.shown) == (None, Shown.OFFERED)


def test_the_desk_is_told_how_a_value_is_shown() -> None:
    draft = drafted("香坊区公滨路五号门口井盖丢了")
    view = draft_view(StoredDraft(draft.model_copy(update={"call_id": UUID(int=1)}), "open"))
    assert view.fields["address"].shown == "sure"
    assert {name for name, field in view.fields.items() if field.shown == "offered"} == {
        name for name, field in view.fields.items() if field.value is None
    }


def test_no_other_file_knows_from_which_number_a_value_is_sure() -> None:
    page = (CHECKOUT / "console/desk/calls/draft/FieldFrame.vue").read_text(encoding="utf-8")
    assert re.search(r"confidence\s*[<>]", page) is None
    for path in Path(CHECKOUT / "cases").rglob("*.py"):
        if path.name != "shown.py":
            assert "DOUBTFUL - " not in path.read_text(encoding="utf-8"), path
