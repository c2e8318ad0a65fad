"""Whom a callback's number reaches, and which numbers are never dialled."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from core.actor import Actor, Role
from core.events import MASK, mask
from core.ids import uuid7
from core.numbers import EMERGENCY, read
from gateway.web.live.audience import Audience
from hotline.events import CallbackChanged, CallbackOffered, CallbackView
from hotline.outbound.callbacks.reachable import keys, reachable
from tests.hotline.world import CHIEF, LI, WANG

AUDIENCE = Audience(on_call=lambda _: frozenset(), is_confidential=lambda _: False)
UNIT = Actor("unit:1", "1", frozenset({Role.UNIT}))
NOW = datetime(2026, 11, 25, tzinfo=UTC)
ANN = CallbackView(
    callback_id=uuid7(), number="+8613936000001", stage="offered", queue="hotline", language="zh", place=NOW,
    created=NOW, due=NOW, expires=NOW, calls=[], attempts=[], offered_to="li", assigned_to=None, outcome=None,
    note="at the gate",
)  # fmt: skip


def test_an_offer_reaches_its_agent_alone_and_whole() -> None:
    offer = CallbackOffered(callback_id=ANN.callback_id, agent_id="li", until=NOW, callback=ANN, context=None)
    sight = AUDIENCE.sight(LI, offer)
    assert sight is not None
    assert mask(offer, sight)["callback"]["number"] == ANN.number
    assert [AUDIENCE.sight(viewer, offer) for viewer in (WANG, CHIEF, UNIT)] == [None, None, None]


def test_a_change_reaches_the_staff_without_number_and_note_and_supervisors_with_them() -> None:
    changed = CallbackChanged(callback_id=ANN.callback_id, rev=1, step="requested", by="system", callback=ANN)
    for viewer, number in ((CHIEF, ANN.number), (WANG, MASK)):
        sight = AUDIENCE.sight(viewer, changed)
        assert sight is not None
        seen = mask(changed, sight)["callback"]
        assert seen["number"] == number
        assert (seen["note"] == MASK) == (number == MASK)
    assert AUDIENCE.sight(UNIT, changed) is None


DIGITS = st.from_regex(r"(?:\+|00)?(?:86)?0?[0-9]{2,14}", fullmatch=True)


@given(st.one_of(st.text(max_size=60), DIGITS), st.sampled_from(["", "0451", "010", "x"]))
def test_no_text_leads_to_an_emergency_service_or_foreign_number(text: str, area: str) -> None:
    number = reachable(text, area)
    if number is None:
        return
    assert number.kind in {"mobile", "fixed"}
    assert number.national not in EMERGENCY
    assert len(number.national) >= 10
    assert number.e164.startswith("+86")
    again = read(number.national)
    assert again is not None
    assert again.kind == number.kind, "what is dialled is the same line"


@given(DIGITS)
def test_one_line_has_one_key(text: str) -> None:
    key = keys("0451")
    number = read(text, area_code="0451")
    if number is not None:
        assert key(text) == key(number.national) == key(number.e164 or number.national)
