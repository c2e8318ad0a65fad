"""The catalogue: each code with its scheme, generations never mixed, broken tables refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.catalogue import load_catalogues, load_words
from cases.catalogue.loading import catalogue_from
from cases.catalogue.model import LimitAmount, LimitUnit, parse_limit
from cases.errors import BrokenTable, NoSuchCategory

HEAD = """
scheme: test
version: "1"
standard: none
title_zh: 试
title_en: test
majors:
  - {kind: part, code: "01", name_zh: 甲, name_en: A, confidence: local}
rows:
"""


def test_the_same_code_means_different_things_in_the_two_generations() -> None:
    catalogues = load_catalogues()
    assert catalogues.by_ref("gbt30428.2@2013/P0114").name_zh == "园林井盖"
    assert catalogues.by_ref("cjt214@2007/P0114").name_zh == "不明(无主)井盖"
    assert catalogues.by_ref("gbt30428.2@2013/E0505").name_zh == "路面塌陷"
    assert catalogues.by_ref("cjt214@2007/E0401").name_zh == "路面塌陷"


def test_every_row_says_where_it_comes_from_and_how_sure_it_is() -> None:
    for catalogue in load_catalogues().all():
        for row in catalogue.rows.values():
            assert row.source
            assert row.confidence in {"seen", "memory", "local"}
            assert row.name_en
            assert row.name_zh


@pytest.mark.parametrize("ref", ["P0114", "gbt30428.2@2007/P0114", "cjt214@2007/P9999", "", "a/b/c"])
def test_a_code_without_its_right_scheme_and_version_is_no_class(ref: str) -> None:
    with pytest.raises(NoSuchCategory):
        load_catalogues().by_ref(ref)


def test_a_missing_manhole_cover_has_its_own_time_limit() -> None:
    limits = load_catalogues().default.limits_of("P0123")
    missing = next(limit for limit in limits if "缺失" in limit.condition_zh)
    assert (missing.allowed.amount, missing.allowed.unit) == (2.0, "emergency_hours")


@pytest.mark.parametrize(
    ("text", "amount", "unit", "season"),
    [
        ("2紧急工作时", 2, "emergency_hours", ""),
        ("1紧急工作日", 1, "emergency_days", ""),
        ("4 工作时", 4, "working_hours", ""),
        ("15分钟", 15, "minutes", ""),
        ("种植季节15工作日", 15, "working_days", "种植季节"),
    ],
)
def test_limits_are_read_as_cities_write_them(text: str, amount: float, unit: str, season: str) -> None:
    assert parse_limit(text) == LimitAmount(amount, cast("LimitUnit", unit), text, season)


@given(st.text(max_size=30))
def test_any_text_is_a_limit_or_a_broken_table(text: str) -> None:
    try:
        amount = parse_limit(text).amount
    except BrokenTable:
        return
    assert amount >= 0


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("  - {kind: part, code: E0101, name_zh: 甲, name_en: A, confidence: seen, source: x}", "kind part"),
        ("  - {kind: part, code: P0201, name_zh: 甲, name_en: A, confidence: seen, source: x}", "no major"),
        ("  - {kind: part, code: P01, name_zh: 甲, name_en: A, confidence: seen, source: x}", "not a code"),
        (
            "  - {kind: part, code: P0101, name_zh: 甲, name_en: A, confidence: maybe, source: x}",
            "confidence",
        ),
        (
            "  - {kind: part, code: P0101, name_zh: 甲, name_en: A, confidence: seen, source: x}\n" * 2,
            "twice",
        ),
    ],
)
def test_a_broken_row_is_refused_and_named(tmp_path: Path, rows: str, why: str) -> None:
    table = tmp_path / "broken.yaml"
    table.write_text(HEAD + rows, encoding="utf-8")
    with pytest.raises(BrokenTable, match=why):
        catalogue_from(table)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_refused(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    table = tmp_path_factory.mktemp("table") / "any.yaml"
    table.write_bytes(raw)
    with pytest.raises(BrokenTable):
        catalogue_from(table)


def test_the_words_of_callers_fit_the_catalogue() -> None:
    words = load_words()
    codes = {pattern.code for pattern in words.problems}
    assert codes <= set(load_catalogues().default.rows)
    assert len(codes) > 80
    assert {rule.number for rule in words.danger} == {"110", "119", "120", "122"}
