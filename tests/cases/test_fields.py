"""The smaller facts of a draft, from a table; and for any text: nothing that nobody said."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cases.drafting import Draft, FieldName, SpokenSegment
from cases.drafting.details.moments import Part, Precision, SpokenMoment, written
from cases.drafting.details.readback import amended
from cases.drafting.model import PERSONAL_FIELDS, Speaker
from cases.drafting.script import simplified
from core.digits import runs
from lab.judging.short_reports import tools

TABLE: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "fields.yaml").read_text(encoding="utf-8")
)
SMALL = (
    FieldName.TIME,
    FieldName.COUNT,
    FieldName.CALLBACK,
    FieldName.CALLER,
    FieldName.ASSET,
    FieldName.RELATIVE,
    FieldName.SUBDISTRICT,
)
BEGAN = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
PIECES = (
    "昨天晚上八点", "从上周三开始", "三天了", "七八个井盖", "两盏路灯", "我姓王", "我叫李明", "电话",
    "幺三八零四五幺二七六六", "不对", "末尾是七", "灯杆号", "HX-1023", "井盖编号零三七五",
    "学府路七十四号", "对面", "工大东门往南五十米", "，", "。", " ", "嗯", "是", "since last Friday",
    "two lamps", "my name is Anna", "my number is", "one three nine four six double oh", "no,",
    "pole number S B two one five", "opposite the gate of Heilongjiang University", "对", "yes",
)  # fmt: skip
TEXT = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
TURNS = st.lists(st.tuples(st.sampled_from(get_args(Speaker)), TEXT), max_size=6)


def drafted(turns: list[tuple[Speaker, str]], began_at: datetime | None = BEGAN) -> Draft:
    drafter, _ = tools()
    draft = Draft(draft_id=UUID(int=1), began_at=began_at)
    for index, (speaker, text) in enumerate(turns):
        draft, _ = drafter.apply(draft, SpokenSegment(segment_id=f"s{index}", speaker=speaker, text=text))
    return draft


def of_row(row: dict[str, Any]) -> Draft:
    turns: list[tuple[Speaker, str]] = [
        ("agent" if turn.startswith("a:") else "citizen", turn.removeprefix("a:").strip())
        for turn in row.get("turns") or [row["say"]]
    ]
    return drafted(turns)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: str(row.get("say") or row["turns"])[:40])
def test_a_fact_is_drafted_as_it_was_said(row: dict[str, Any]) -> None:
    draft = of_row(row)
    for name in row.get("none", ()):
        assert draft.value(FieldName(name)) is None, draft.fields[FieldName(name)]
    for name in SMALL:
        if name.value in row:
            field = draft.fields[name]
            assert field.value == row[name.value], field
            wanted = row.get("detail", {})
            assert {key: field.detail.get(key) for key in wanted} == wanted


@given(TURNS)
def test_whatever_is_said_every_proof_is_a_piece_of_it(turns: list[tuple[Speaker, str]]) -> None:
    draft = drafted(turns)
    said = {f"s{index}": text for index, (_, text) in enumerate(turns)}
    for name in SMALL:
        field = draft.fields[name]
        assert (field.value is None) == (not field.evidence)
        for piece in field.evidence:
            assert 0 <= piece.start < piece.end <= len(said[piece.segment_id])


@given(TURNS)
def test_no_digit_and_no_name_is_made_up(turns: list[tuple[Speaker, str]]) -> None:
    draft = drafted(turns)
    said = simplified("\n".join(text for _, text in turns))
    digits = ["".join(run.digits for run in runs(said, language)) for language in ("zh", "en")]
    for name in (FieldName.CALLBACK, FieldName.ASSET):
        for value in (draft.value(name), *(other.value for other in draft.fields[name].others)):
            if value is not None:
                mine = re.sub(r"\D", "", value)
                assert any(set(mine) <= set(every) for every in digits)
    caller = draft.value(FieldName.CALLER)
    # A name may be said in two breaths, which are two segments.
    assert caller is None or "".join(simplified(caller).split()) in "".join(said.split())


@given(TURNS)
def test_an_agent_s_words_alone_give_no_name_count_or_time(turns: list[tuple[Speaker, str]]) -> None:
    draft = drafted([("agent", text) for _, text in turns])
    for name in (FieldName.CALLER, FieldName.COUNT, FieldName.TIME, FieldName.RELATIVE):
        assert draft.value(name) is None


@given(TURNS)
def test_without_the_time_of_the_call_no_date_is_made_up(turns: list[tuple[Speaker, str]]) -> None:
    value = drafted(turns, began_at=None).value(FieldName.TIME)
    assert value is None or value in simplified("\n".join(text for _, text in turns))


def _is_subsequence(short: str, long: str) -> bool:
    rest = iter(long)
    return all(char in rest for char in short)


@given(TURNS)
def test_a_description_is_the_citizen_s_own_characters_in_their_order(
    turns: list[tuple[Speaker, str]],
) -> None:
    description = drafted(turns).value(FieldName.DESCRIPTION) or ""
    citizen = "".join(text for speaker, text in turns if speaker == "citizen")
    content = [char for char in description if char.isalnum()]
    assert _is_subsequence("".join(content), citizen)


@pytest.mark.parametrize(
    "text",
    [
        "井盖丢了，我姓王，电话幺三八零四五幺二七六六",
        "Lamp out, my name is Anna, call me, one three nine four six double oh",
    ],
)
def test_a_unit_reads_no_number_and_no_name_in_the_description(text: str) -> None:
    draft = drafted([("citizen", text)])
    description = draft.value(FieldName.DESCRIPTION) or ""
    assert {name for name in PERSONAL_FIELDS if draft.value(name)} == PERSONAL_FIELDS
    for name in PERSONAL_FIELDS:
        for piece in draft.fields[name].evidence:
            assert text[piece.start : piece.end] not in description


def test_a_time_field_does_not_jump_between_two_that_are_as_sure() -> None:
    turns: list[tuple[Speaker, str]] = [
        ("citizen", "昨天晚上八点井盖丢了"),
        ("citizen", "前天晚上八点也丢了"),
    ]
    values = [drafted(turns[: index + 1]).value(FieldName.TIME) for index in range(len(turns))]
    assert values == ["at 2026-11-24T20", "at 2026-11-24T20"]


def test_an_agent_s_number_stays_whatever_is_said_later() -> None:
    drafter, _ = tools()
    draft = drafted([("citizen", "我电话幺三八零四五幺二七六六")])
    rev = draft.fields[FieldName.CALLBACK].rev
    draft, _ = drafter.edit(draft, FieldName.CALLBACK, "13800000000", expected_rev=rev)
    later = SpokenSegment(segment_id="z", speaker="citizen", text="我电话幺三九零四五幺二七六六")
    draft, _ = drafter.apply(draft, later)
    assert draft.value(FieldName.CALLBACK) == "13800000000"


@given(
    st.builds(
        SpokenMoment,
        kind=st.sampled_from(["at", "since", "every"]),
        days=st.none() | st.integers(0, 5000),
        on=st.none() | st.tuples(st.integers(-1, 14), st.integers(-1, 33)),
        weekday=st.none() | st.integers(0, 6),
        weeks=st.integers(0, 2000),
        months=st.none() | st.integers(0, 2000),
        years=st.none() | st.integers(0, 3000),
        part=st.none() | st.sampled_from(get_args(Part)),
        hour=st.none() | st.integers(-2, 40),
        minute=st.none() | st.integers(-2, 80),
        precision=st.sampled_from(get_args(Precision)),
    ),
    st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001 – the city's own
)
def test_any_words_for_a_time_give_a_real_date_or_none(spoken: SpokenMoment, local: datetime) -> None:
    now = local.replace(tzinfo=timezone(timedelta(hours=8)))
    iso, precision = written(spoken, now)
    if not iso:
        assert precision == "said"
        return
    head = iso.partition("T")[0].split("-")
    day = date(*(int(part) for part in [*head, "1", "1"][:3]))
    assert day <= now.date() + timedelta(days=1)


@given(st.text(alphabet="HXN-雨0123456789", max_size=12), st.text(alphabet="0123456789", max_size=12))
def test_an_amended_number_keeps_its_length_and_ends_in_what_was_said(number: str, tail: str) -> None:
    after = amended(number, tail)
    if after is not None:
        assert len(after) == len(number)
        assert after.endswith(tail)


@given(TEXT)
def test_rows_of_digits_stand_apart(text: str) -> None:
    for language in ("zh", "en"):
        found = list(runs(text, language))
        assert all(one.end <= other.start for one, other in pairwise(found))
        assert all(run.digits.isdigit() and 0 <= run.start < run.end <= len(text) for run in found)
