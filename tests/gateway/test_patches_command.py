"""`songhua patches` on a database: a city's grid and beats, a trial, an import, and the patches by beat."""

from __future__ import annotations

from pathlib import Path

from tests.cases.test_grid import TO_METRES, collection, square
from tests.cases.test_grid import feature as area
from tests.gateway.test_places_commands import Shell
from tests.sensing.patches.city import feature, geojson, ring


def test_a_city_imports_patches_and_sees_them_by_beat(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    file = shell.file("q3.geojson", geojson([feature(1, ring(126.6495, 45.7495)), feature(2, ring(120, 30))]))
    shell("patches", "import", file, code=1)  # without a grid
    east, north = TO_METRES(126.65, 45.75)
    shell(
        "grid",
        "build",
        shell.file("d.geojson", collection(area("230103", square(east - 450, north - 450, 900)))),
    )
    beats = "beat_id,name_zh,cells,people\nb1,一号,230103000000001-230103000000100,wang\n"
    shell("grid", "beats", "import", shell.file("b.csv", beats))
    tried = shell("patches", "import", file, "--dry-run", code=1)
    assert (tried["added"], tried["refused"], tried["applied"]) == (1, 1, False)
    assert shell("patches", "list") == {"imports": []}
    done = shell("patches", "import", file, code=1)
    assert (done["added"], done["refused"], done["applied"]) == (1, 1, True)
    assert done["problems"][0]["cause"] == "it lies outside of the city's cells"
    assert shell("patches", "import", file, code=1)["already"] is True
    (one,) = shell("patches", "list")["imports"]
    shown = shell("patches", "show", one["import_id"])
    assert [(beat["beat"], beat["beat_name"], beat["waiting"]) for beat in shown["beats"]] == [
        ("b1", "一号", 1)
    ]
    shell("patches", "show", "00000000-0000-0000-0000-000000000000", code=1)
