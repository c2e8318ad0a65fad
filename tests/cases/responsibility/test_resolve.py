"""The first row that fits decides, each row says why it did not, and a check finds what contradicts."""

from __future__ import annotations

import contextlib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cases.catalogue import load_catalogues
from cases.errors import BrokenTable
from cases.gazetteer import load_gazetteer
from cases.responsibility.check import check_responsibility
from cases.responsibility.loading import load_responsibility, responsibility_from
from cases.responsibility.model import ReportPlace, ResponsibilityCatalogue, RowVerdict
from cases.responsibility.resolve import responsible

SHIPPED = load_responsibility()
CODES = list(load_catalogues().default.rows)
DISTRICTS = [one.place for one in SHIPPED.departments.values() if one.place]
XIANGFANG = ReportPlace(district="230110")

CITY = """
departments:
  - {id: centre, name_zh: 中心, name_en: Centre, level: city, source: me}
  - {id: water, name_zh: 供水, name_en: Water, level: enterprise, parent: centre,
     owns: [供水集团], source: me}
  - {id: nangang, name_zh: 南岗, name_en: Nangang, level: district, place: 230103, source: me}
  - {id: fendou, name_zh: 奋斗, name_en: Fen, level: street, parent: nangang, place: 230103001, source: me}
rows:
  - {classes: [P], host: "{owner}", assists: ["{district}", "{street}"], why: owner first}
  - {classes: [P0101, P0102], places: [230103], host: water, why: water in Nangang}
  - {classes: [P, E], host: "{street}", why: the street}
  - {classes: [P, E], host: "{district}", why: the district}
"""


def city(text: str = CITY) -> ResponsibilityCatalogue:
    return responsibility_from(text.encode(), "city.yaml")


def test_the_first_row_that_fits_decides_and_the_others_say_why_not() -> None:
    found = responsible(city(), "P0101", ReportPlace("230103"))
    assert found.host is not None
    assert found.host.department_id == "water"
    assert [(row.number, verdict) for row, verdict in found.tried] == [
        (1, RowVerdict.NO_SUCH_HOST),
        (2, RowVerdict.DECIDES),
    ]
    event = responsible(city(), "E0110", ReportPlace("230103", "230103001"))
    assert event.host is not None
    assert event.host.department_id == "fendou"
    assert [verdict for _, verdict in event.tried] == [
        RowVerdict.OTHER_CLASS, RowVerdict.OTHER_CLASS, RowVerdict.DECIDES
    ]  # fmt: skip


def test_the_owner_of_a_part_comes_first_and_the_place_assists() -> None:
    found = responsible(city(), "P0401", ReportPlace("230103", "230103001"), owner="供水集团")
    assert found.host is not None
    assert found.host.department_id == "water"
    assert [one.department_id for one in found.assists] == ["nangang", "fendou"]


def test_where_nothing_fits_nobody_answers_and_every_row_was_tried() -> None:
    found = responsible(city(), "E0110", ReportPlace("230199"))
    assert (found.host, found.row, len(found.tried)) == (None, None, 4)


@pytest.mark.parametrize("code", CODES)
def test_the_shipped_example_has_somebody_for_every_class_in_every_district(code: str) -> None:
    for place in (ReportPlace(), *map(ReportPlace, DISTRICTS)):
        found = responsible(SHIPPED, code, place)
        assert found.host is not None
        assert found.host not in found.assists


def test_the_shipped_example_is_clean_and_has_every_district() -> None:
    assert check_responsibility(SHIPPED, CODES, DISTRICTS) == []
    assert set(DISTRICTS) == {one.code for one in load_gazetteer().districts}
    sunk = responsible(SHIPPED, "E0505", XIANGFANG)
    assert sunk.host is not None
    assert (sunk.host.department_id, [one.department_id for one in sunk.assists]) == (
        "municipal-works", ["district-230110"]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("parent: nangang", "parent: nobody", "no department is its parent nobody"),
        ("level: city, source", "level: city, parent: water, source", "above itself"),
        ("place: 230103001", "place: 230103", "is the place of nangang already"),
        ("host: water", "host: gas", "no department gas"),
        ("places: [230103]", "places: [23]", "no place 23"),
        ("P0102]", "P9901]", "no class begins with P9901"),
        ('[P, E], host: "{street}"', "[P, E], host: centre", "row 4 never decides: row 3 (line 11)"),
        ('  - {classes: [P, E], host: "{district}", why: the district}\n', "", "nobody answers for E0101"),
    ],
)  # fmt: skip
def test_a_check_names_line_and_remedy(old: str, new: str, what: str) -> None:
    assert old in CITY
    problems = check_responsibility(city(CITY.replace(old, new)), CODES, ["230103"])
    found = [one for one in problems if what in one.what]
    assert found, problems
    assert all(one.remedy for one in problems)
    assert check_responsibility(city(), CODES, ["230103"]) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("rows: 1", "both lists"),
        ("[]", "must hold"),
        ("rows: [{classes: [P]}]", "city.yaml:1: host"),
        ("departments: [{id: A}]", "city.yaml:1: id"),
        ("a: &x 1\nb: *x", "anchors"),
        ("\ttab", "no YAML"),
    ],
)
def test_a_broken_file_is_named_with_its_line(text: str, what: str) -> None:
    with pytest.raises(BrokenTable) as error:
        city(text)
    assert what in error.value.detail


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_catalogue_or_a_broken_table(data: bytes) -> None:
    with contextlib.suppress(BrokenTable):
        responsibility_from(data, "any.yaml")


_prefixes = st.sampled_from(["P", "E", "P01", "P0101", "E05", "E0505"])
_hosts = st.sampled_from(["centre", "water", "{district}", "{owner}", "{street}"])


@given(
    rows=st.lists(st.tuples(st.lists(_prefixes, min_size=1, max_size=3), st.booleans(), _hosts), max_size=8),
    code=st.sampled_from(["P0101", "P0102", "P0201", "E0505", "E0110"]),
    district=st.sampled_from(["", "230103", "230110"]),
)
def test_a_row_that_is_found_unreachable_never_decides(
    rows: list[tuple[list[str], bool, str]], code: str, district: str
) -> None:
    plain = yaml.safe_load(CITY)
    plain["rows"] = [
        {"classes": classes, "places": ["230103"] if here else [], "host": host, "why": "any"}
        for classes, here, host in rows
    ]
    catalogue = city(yaml.safe_dump(plain))
    never = {
        one.line for one in check_responsibility(catalogue, [code], ["230103"]) if "never decides" in one.what
    }
    found = responsible(catalogue, code, ReportPlace(district))
    assert found.row is None or found.row.line not in never
