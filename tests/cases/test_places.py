"""Places as people name them, from a table; any text names only places that it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cases.catalogue import load_words
from cases.drafting.model import FieldName, FieldValue
from cases.drafting.places.estates_en import named as spots_en
from cases.drafting.places.estates_zh import Estates
from cases.gazetteer import load_gazetteer
from cases.gazetteer.sound import is_pinyin, near
from tests.cases.test_drafting import drafted

TABLE: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "places.yaml").read_text(encoding="utf-8")
)
SPOKEN = st.text(
    alphabet="在我家阳光小区村新农镇三期十二号楼栋天桥路街，。 东方Rose Garden building 7", max_size=40
)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row.get("say") or row["turns"])[:40])
def test_a_place_is_drafted_as_it_was_meant(row: dict[str, Any]) -> None:
    draft = drafted(*(row.get("turns") or [row["say"]]))
    for name in (FieldName.DISTRICT, FieldName.ADDRESS, FieldName.CROSSING):
        if name.value not in row:
            continue
        wanted = row[name.value]
        assert draft.value(name) in ([None] if wanted is None else wanted.split("|")), draft.fields[name]


def test_a_wrong_district_is_mended_with_the_claim_beside_it_and_less_sure() -> None:
    field: FieldValue = drafted("香坊区学府路七十四号路灯不亮").fields[FieldName.DISTRICT]
    assert field.value == "230103"
    assert [other.value for other in field.others] == ["230110"]
    assert field.confidence <= 0.7


def test_a_district_that_was_shown_gives_way_to_the_street_that_lies_elsewhere() -> None:
    draft = drafted("我在香坊区", "a: 哪条路？", "在学府路那边，路灯不亮")
    assert draft.value(FieldName.DISTRICT) == "230103"


@given(st.one_of(st.text(max_size=40), SPOKEN))
def test_a_spot_is_named_in_the_text_s_own_characters(text: str) -> None:
    words = load_words()
    for name in Estates(words.speech, load_gazetteer()).named(text, []):
        assert text[name.start : name.end] == name.name
    for name in spots_en(text, []):
        assert text[name.start : name.end] == name.name


@given(st.text(max_size=10), st.text(max_size=10))
def test_any_syllables_are_compared(one: str, other: str) -> None:
    assert near(one, other) == near(other, one)
    is_pinyin(one)
