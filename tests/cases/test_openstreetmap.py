"""An OpenStreetMap extract becomes places: streets with lines, spots with points, nothing without a name."""

from __future__ import annotations

from pathlib import Path

import osmium
import pytest
from osmium.osm.mutable import Node, Way

from cases.gazetteer.importer import merge_places, read_places
from cases.gazetteer.loading import gazetteer_of
from cases.gazetteer.openstreetmap import SOURCE, read_extract
from core.csv_table import TableUnreadable


def extract(path: Path) -> Path:
    """东西路 runs from west to east in two ways, 南北街 crosses it; another 南北街 lies 30 km away."""
    writer = osmium.SimpleWriter(str(path))
    at = {
        1: (126.60, 45.75), 2: (126.61, 45.75), 3: (126.62, 45.75), 4: (126.615, 45.74), 5: (126.615, 45.76),
        6: (127.00, 45.75), 7: (127.001, 45.75),
    }  # fmt: skip
    for number, location in at.items():
        writer.add_node(Node(id=number, location=location))
    tags = {"leisure": "park", "name": "试验公园", "name:en": "Trial Park"}
    writer.add_node(Node(id=20, location=(126.63, 45.77), tags=tags))
    writer.add_node(Node(id=21, location=(126.63, 45.77), tags={"amenity": "bench", "name": "长椅"}))
    writer.add_way(Way(id=1, nodes=[1, 2], tags={"highway": "primary", "name": "东西路"}))
    writer.add_way(
        Way(id=2, nodes=[2, 3], tags={"highway": "primary", "name": "东西路", "name:en": "East Road"})
    )
    writer.add_way(Way(id=3, nodes=[4, 5], tags={"highway": "residential", "name": "南北街"}))
    writer.add_way(Way(id=4, nodes=[6, 7], tags={"highway": "residential", "name": "南北街"}))
    writer.add_way(Way(id=5, nodes=[4, 5], tags={"highway": "residential"}))
    writer.close()
    return path


def test_streets_have_lines_and_cross_where_they_meet(tmp_path: Path) -> None:
    data = read_extract(
        extract(tmp_path / "city.osm.pbf"), lambda point: ["230103"] if point[0] < 126.9 else []
    )
    lines, places = merge_places(read_places(data), ())
    assert {line.act for line in lines} == {"add"}
    assert {(one.name_zh, one.kind) for one in places} == {
        ("东西路", "street"), ("南北街", "street"), ("试验公园", "park"),
    }  # fmt: skip
    assert {one.source for one in places} == {SOURCE}
    assert all(one.districts == ("230103",) and not one.synthetic for one in places)
    gazetteer = gazetteer_of(places)
    crossing = gazetteer.position_of(None, "东西路与南北街交口")
    assert crossing is not None
    assert not crossing.invented
    assert (crossing.position.lon, crossing.position.lat) == (126.615, 45.75)
    assert crossing.position.accuracy_m <= 50
    street = gazetteer.position_of("东西路12号")
    assert street is not None
    assert street.position.accuracy_m > 300  # somewhere along it: no number of a house is known
    park = gazetteer.position_of("试验公园")
    assert park is not None
    assert park.exact


@pytest.mark.parametrize("data", [b"", b"OSMHeader", b"\x00\x00\x00\x0d\n\tOSMHeader\x18" + bytes(40)])
def test_what_is_no_extract_is_refused_with_a_remedy(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "broken.osm.pbf"
    path.write_bytes(data)
    with pytest.raises(TableUnreadable) as refused:
        read_extract(path, lambda _point: [])
    assert refused.value.remedy
