"""The gazetteer: real names with their sources, no invented coordinate, found by writing and by sound."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.gazetteer import load_gazetteer
from cases.gazetteer.importer import merge_places, read_places, write_places
from cases.gazetteer.sound import fold, fold_latin, syllables
from core.csv_table import TableUnreadable

CSV_HEAD = "name_zh,name_en,kind,districts,aliases,lon,lat,accuracy_m,source\n"


def test_the_city_has_eighteen_districts_and_hundreds_of_streets() -> None:
    gazetteer = load_gazetteer()
    assert len(gazetteer.districts) == 18
    assert sum(place.kind == "street" for place in gazetteer.places) > 200
    codes = {district.code for district in gazetteer.districts}
    assert all(code in codes for place in gazetteer.places for code in place.districts)
    assert all(row.district in codes for row in gazetteer.subdistricts)


def test_every_place_has_a_source_and_an_accuracy_and_what_is_invented_says_so() -> None:
    for place in load_gazetteer().places:
        assert place.source in {"nbs-2023", "address-seen", "unverified"}
        assert place.accuracy_m > 0
        assert place.synthetic == (place.position is not None)
        # An invented position is no better known than its row.
        assert place.position is None or place.position.accuracy_m == place.accuracy_m
    assert all(place.position is None for place in load_gazetteer(synthetic=False).places)


def test_a_measured_position_takes_the_place_of_an_invented_one(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text(CSV_HEAD + "学府路,,street,230103,,126.6,45.7,50,survey\n", encoding="utf-8")
    street = next(one for one in load_gazetteer(own).places if one.name_zh == "学府路")
    assert (street.lon, street.synthetic) == (126.6, False)


def test_the_longest_written_name_wins() -> None:
    hits = load_gazetteer().find_written("友谊西路和友谊路")
    assert [hit.place.name_zh for hit in hits] == ["友谊西路", "友谊路"]


@pytest.mark.parametrize(
    ("heard", "meant"),
    [("血府路", "学府路"), ("果哥里大街", "果戈里大街"), ("公宾路", "公滨路"), ("和性路", "和兴路")],
)
def test_a_street_is_found_by_its_sound(heard: str, meant: str) -> None:
    hits = load_gazetteer().find_sounding(f"我在{heard}这边")
    assert [hit.place.name_zh for hit in hits] == [meant]
    assert hits[0].sureness < 1
    assert f"我在{heard}这边"[hits[0].start : hits[0].end] == heard


def test_problem_words_are_never_repaired_into_places() -> None:
    gazetteer = load_gazetteer()
    for words in ("井盖丢了", "路灯不亮", "下水道堵了", "垃圾没人收", "积水太深", "有人受伤"):
        assert gazetteer.find_sounding(words) == []


@pytest.mark.parametrize(
    ("said", "meant"),
    [("Xuefu Road", "学府路"), ("Xi Dazhi Street", "西大直街"), ("Central Street", "中央大街")],
)
def test_english_names_lead_to_the_same_streets(said: str, meant: str) -> None:
    found = load_gazetteer().find_latin(said)
    assert found is not None
    assert found[0].name_zh == meant


def test_a_search_box_finds_by_part_and_by_sound() -> None:
    gazetteer = load_gazetteer()
    assert "学府路" in [place.name_zh for place in gazetteer.search("学府")]
    assert [place.name_zh for place in gazetteer.search("血府路")] == ["学府路"]
    assert gazetteer.search("  ") == []


@given(st.text(max_size=60))
def test_any_text_can_be_searched(text: str) -> None:
    gazetteer = load_gazetteer()
    for hit in [*gazetteer.find_written(text), *gazetteer.find_sounding(text)]:
        assert 0 <= hit.start < hit.end <= len(text)
    gazetteer.search(text)
    gazetteer.find_latin(text)


def test_folding_drops_only_what_is_confused() -> None:
    assert fold("zhang") == "zan"
    assert fold("chen") == "cen"
    assert fold("hui") != fold("fei")
    assert syllables("路灯") != syllables("绿灯")
    assert fold_latin("Zhong Shan") == fold_latin("Zongsan")


def test_the_operators_rows_replace_and_add(tmp_path: Path) -> None:
    source = tmp_path / "mine.csv"
    source.write_text(
        CSV_HEAD
        + "学府路,Xuefu Road,street,230103,,126.61,45.71,50,survey 2026\n"
        + "锦绣花园,,estate,230103,锦绣小区;锦绣,,,500,survey 2026\n",
        encoding="utf-8",
    )
    own = tmp_path / "own" / "places.csv"
    lines, places = merge_places(read_places(source.read_bytes()), [])
    assert [(line.line, line.key, line.act) for line in lines] == [
        (2, "学府路", "add"),
        (3, "锦绣花园", "add"),
    ]
    again, same = merge_places(read_places(source.read_bytes()), places)
    assert ([line.act for line in again], same) == (["same", "same"], places)
    write_places(own, places)
    gazetteer = load_gazetteer(own)
    street = next(place for place in gazetteer.places if place.name_zh == "学府路")
    assert street.position is not None
    assert street.position.accuracy_m == 50
    assert [hit.place.name_zh for hit in gazetteer.find_written("锦绣小区后面")] == ["锦绣花园"]


def test_geojson_points_are_read_and_other_shapes_give_no_position(tmp_path: Path) -> None:
    source = tmp_path / "mine.geojson"
    common = {"kind": "park", "accuracy_m": 30, "source": "survey"}
    features = [
        {
            "type": "Feature",
            "properties": {"name_zh": "东湖公园", **common},
            "geometry": {"type": "Point", "coordinates": [126.6, 45.7]},
        },
        {
            "type": "Feature",
            "properties": {"name_zh": "西湖公园", "aliases": ["西湖", "小西湖"], **common},
            "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
        },
    ]
    source.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    _, (east, west) = merge_places(read_places(source.read_bytes()), [])
    assert east.position is not None
    assert west.position is None
    assert west.aliases == ("西湖", "小西湖")


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("学府路,,street,,,126.6,,50,x\n", "lon and lat"),
        ("学府路,,street,,,126.6,95,50,x\n", "lat"),
        ("学府路,,volcano,,,,,50,x\n", "kind"),
        ("学府路,,street,,,,,50,\n", "source"),
        ("学府路,,street,,,,,0,x\n", "accuracy_m"),
    ],
)
def test_a_wrong_line_is_named_with_its_remedy(row: str, why: str) -> None:
    table = read_places((CSV_HEAD + "中山路,,street,,,,,50,x\n" + row).encode())
    lines, places = merge_places(table, [])
    assert [line.act for line in lines] == ["add", "refused"]
    (wrong,) = lines[1].problems
    assert why in f"{wrong.column} {wrong.en}"
    assert wrong.remedy_en
    assert wrong.remedy_zh
    assert [place.name_zh for place in places] == ["中山路"]


def test_a_changed_place_says_what_is_other() -> None:
    line = "学府路,,street,,,,,{},x\n"
    _, places = merge_places(read_places((CSV_HEAD + line.format(50)).encode()), [])
    (changed,), _ = merge_places(read_places((CSV_HEAD + line.format(80)).encode("gb18030")), places)
    assert (changed.act, changed.changes) == ("change", ["accuracy_m: 50.0 → 80.0"])


@given(raw=st.binary(max_size=300), start=st.sampled_from([b"", b"{", CSV_HEAD.encode()]))
def test_any_bytes_are_read_or_refused(raw: bytes, start: bytes) -> None:
    with contextlib.suppress(TableUnreadable):
        merge_places(read_places(start + raw), [])


def test_a_name_misheard_in_english_leads_to_the_one_street_that_sounds_like_it() -> None:
    gazetteer = load_gazetteer()
    found = gazetteer.find_latin("John Sean Road")
    assert found is not None
    assert found[0].name_zh == "中山路"
    assert found[1] < 0.7
    for misheard in ("Jiangshan Road", "Jong Shan Road"):  # nearer in letters to other streets
        found = gazetteer.find_latin(misheard)
        assert found is not None
        assert found[0].name_zh == "中山路", misheard
    assert gazetteer.find_latin("John Sean Street") is None  # several streets sound like it: none is chosen
