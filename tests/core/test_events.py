"""Events: the wire form comes back as the same event, and masking hides what is personal."""

from __future__ import annotations

from typing import Annotated, ClassVar

import pytest
from pydantic import BaseModel

from core.events import MASK, PERSONAL, PUBLIC, Event, Privacy, mask, parse


class Words(BaseModel):
    text: Annotated[str, PERSONAL]
    language: Annotated[str, PUBLIC]


class Spoke(Event):
    TYPE: ClassVar[str] = "test.spoke"
    caller: Annotated[str, PERSONAL]
    words: tuple[Words, ...] = ()
    seat: str = "3"


def test_an_event_survives_the_wire() -> None:
    event = Spoke(caller="139", words=(Words(text="井盖", language="zh"),))
    assert parse(event.envelope()) == event


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(KeyError):
        parse({"type": "test.nobody-knows"})


def test_masking_hides_personal_fields_at_every_depth() -> None:
    event = Spoke(caller="139", words=(Words(text="井盖", language="zh"),))
    seen = mask(event, frozenset({Privacy.PUBLIC, Privacy.INTERNAL}))
    assert seen["caller"] == MASK
    assert seen["words"] == [{"text": MASK, "language": "zh"}]
    assert seen["seat"] == "3"
    public = mask(event, frozenset({Privacy.PUBLIC}))
    assert public["seat"] == MASK
