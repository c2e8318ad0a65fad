"""`songhua gazetteer`, `grid` and `parts` on a database: trial, import, check, and what was found."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cases.catalogue import load_catalogues
from core.events import MASK
from core.storage import StorageSettings
from gateway import database
from gateway.cli import build
from tests.cases.parts.test_register import COVER, HEADER, LAMP
from tests.cases.test_grid import TO_METRES, collection, feature, square
from tests.cases.test_openstreetmap import extract

HERE = "126.65,45.75"


class Shell:
    """The command line with a settings file and a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        url = f"sqlite+aiosqlite:///{folder / 'ledger.db'}"
        asyncio.run(database.upgrade(StorageSettings(url=url)))
        maps = f'[field]\nmaps = "{folder / "maps"}"\n'
        (folder / "songhua.toml").write_text(f'[storage]\nurl = "{url}"\n{maps}', encoding="utf-8")

    def __call__(self, *words: str, code: int = 0) -> Any:
        config = ["--config", str(self.folder / "songhua.toml"), "--json"]
        done = CliRunner().invoke(build((words[0],)), [*words, *config])
        assert done.exit_code == code, (done.output, done.exception)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def file(self, name: str, data: bytes | str) -> str:
        path = self.folder / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return str(path)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_city_brings_outlines_beats_and_parts(shell: Shell) -> None:
    east, north = TO_METRES(126.65, 45.75)
    outline = shell.file("d.geojson", collection(feature("230103", square(east - 450, north - 450, 900))))
    tried = shell("grid", "build", outline, "--dry-run")
    assert tried["version"] is None
    assert shell("grid", "at", HERE, code=1) == {"cell": None, "beat": None, "area_class": None}
    made = shell("grid", "build", outline, "--district", "230103")
    assert (made["version"], made["areas"][0]["cells"]) == (1, tried["areas"][0]["cells"])
    shell("grid", "build", outline, "--district", "999999", code=1)
    cell = shell("grid", "at", HERE)["cell"]
    # No beat yet, then one that leaves a gap, then one that fits.
    (nothing,) = shell("grid", "check", code=1)
    assert nothing["what"].endswith("no cell has a beat")
    count = made["areas"][0]["cells"]
    beats = f"beat_id,name_zh,cells,people\nb1,一号,230103000000001-{230103000000000 + count - 1},wang\n"
    told = shell("grid", "beats", "import", shell.file("b.csv", beats))
    assert (told["added"], told["applied"]) == (1, True)
    (gap,) = shell("grid", "check", code=1)
    assert gap["what"] == f"no beat has cell {230103000000000 + count}"
    wider = f"beat_id,name_zh,cells,people\nb2,二号,230103000000001;{230103000000000 + count},li\n"
    shell("grid", "beats", "import", shell.file("b2.csv", wider))
    (overlap,) = shell("grid", "check", code=1)
    assert (overlap["line"], "230103000000001 of b1 too" in overlap["what"]) == (2, True)
    assert [one["beat_id"] for one in shell("grid", "beats", "list")] == ["b1", "b2"]
    assert shell("grid", "at", HERE)["beat"]["beat_id"] == "b1"
    assert [one["version"] for one in shell("grid", "list")] == [1]
    parts = shell.file("p.csv", (HEADER + LAMP + COVER).encode("gb18030"))
    assert shell("parts", "import", parts, "--dry-run")["applied"] is False
    assert shell("parts", "import", parts)["added"] == 2
    (lamp,) = shell("parts", "find", "hx1023")
    assert (lamp["owner"], lamp["cell"]) == ("市路灯管理处", cell)
    assert len(shell("parts", "find", "--near", HERE)) == 2
    assert shell("parts", "find", "--class", "P0101")[0]["label"] == "雨0739"
    assert shell("parts", "find", "nothing", code=1) == []
    decided = shell("cases", "responsible", "P0137", "--at", HERE, "--part", "2301030137000001")
    assert decided["place"] == {"district": "230103", "street": "", "beat": "b1"}
    assert decided["owner"] == "市路灯管理处"
    assert decided["host"]["id"] == "lighting"
    wrong = shell.file("w.csv", HEADER + "1,a,b,,,,,,,\n")
    assert shell("parts", "import", wrong, code=1)["lines"][0]["act"] == "refused"


def test_places_come_out_of_an_extract_and_say_what_is_measured(shell: Shell) -> None:
    invented = shell("gazetteer", "find", "中山路与文昌街交口")
    assert invented["invented"] is True
    assert shell("gazetteer", "find", "东西路与南北街交口", code=1) == {"position": None}
    extract(shell.folder / "city.osm.pbf")
    tried = shell("gazetteer", "import", str(shell.folder / "city.osm.pbf"), "--dry-run")
    assert (tried["added"], tried["applied"]) == (3, False)
    assert shell("gazetteer", "import", str(shell.folder / "city.osm.pbf"))["applied"] is True
    found = shell("gazetteer", "find", "东西路与南北街交口")
    assert (found["invented"], found["position"]["lon"]) == (False, 126.615)
    shell("gazetteer", "import", shell.file("broken.osm.pbf", b"no extract"), code=1)


LIMITS = """
scheme: gbt30428.2
version: "2013"
rows:
  - {codes: [E0110], condition_zh: 发现暴露垃圾, condition_en: exposed waste, text: 4工作时,
     areas: {A: 2工作时}, source: own}
"""


def test_a_citys_limits_are_graded_by_the_class_of_a_beat(shell: Shell) -> None:
    own = shell.file("limits.yaml", LIMITS)
    with (shell.folder / "songhua.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'[cases]\nown_limits = "{own}"\n')
    due = ("cases", "deadline", "E0110", "--at", "2026-11-30T08:00")
    nowhere = shell(*due, "--place", HERE)
    assert (nowhere["limit"], nowhere["area"], nowhere["beat"]) == ("4工作时", None, None)
    problems = [one["what"] for one in shell("cases", "rules", "check", code=1)]
    assert problems == [
        "places of no beat have no class of area",
        "E0110 发现暴露垃圾: 2工作时 never counts, no place is of class A",
    ]
    east, north = TO_METRES(126.65, 45.75)
    outline = shell.file("d.geojson", collection(feature("230103", square(east - 450, north - 450, 900))))
    shell("grid", "build", outline)
    cell = shell("grid", "at", HERE)["cell"]
    table = f"beat_id,name_zh,cells,people,area_class\nb1,一号,{cell},wang,A\n"
    shell("grid", "beats", "import", shell.file("b.csv", table))
    at = shell("grid", "at", HERE)
    assert (at["area_class"], at["beat"]["area_class"]) == ("A", "A")
    there = shell(*due, "--place", HERE)
    assert (there["limit"], there["area"], there["beat"], there["limit_of_area"]) == (
        "2工作时",
        "A",
        "b1",
        "A",
    )
    assert there["due"] == "2026-11-30T10:00:00+08:00"
    assert shell(*due, "--area", "B")["limit"] == "4工作时"
    (left,) = shell("cases", "rules", "check", code=1)
    assert (left["table"], left["remedy"]) == ("areas", "set cases.area_class")
    with (shell.folder / "songhua.toml").open("a", encoding="utf-8") as settings:
        settings.write('area_class = "C"\n')
    assert shell("cases", "rules", "check") == []
    shell.file("limits.yaml", LIMITS.replace("A: 2", "D: 2"))
    load_catalogues.cache_clear()
    shell("cases", "rules", "check", code=1)


def test_a_city_brings_the_duty_times_of_its_departments(shell: Shell) -> None:
    table = (
        "部门编号,人员,上班时间,下班时间,日期类别,值班电话\n"
        "drainage,ma,08:00,17:00,工作日,0451-8000\ndrainage,he,18:00,08:00,,\n"
    )
    tried = shell("cases", "duty", "import", shell.file("d.csv", table), "--dry-run")
    assert (tried["added"], tried["applied"]) == (2, False)
    assert shell("cases", "duty", "import", shell.file("d.csv", table))["applied"] is True
    listed = shell("cases", "duty", "list")
    assert [one["user_id"] for one in listed] == ["ma", "he"]
    assert [one["phone"] for one in listed] == [MASK, ""]
    monday = shell("cases", "duty", "now", "drainage", "--at", "2026-11-30T09:00")
    assert monday == {
        "people": [{"user_id": "ma", "until": "2026-11-30T09:00:00+00:00", "phone": MASK}], "next_at": None,
    }  # fmt: skip
    assert shell("audit", "list", "--action", "view-duty-phones")["rows"] == []
    shown = shell("cases", "duty", "now", "drainage", "--at", "2026-11-30T09:00", "--reveal")
    assert shown["people"][0]["phone"] == "0451-8000"
    assert [one["phone"] for one in shell("cases", "duty", "list", "--reveal")] == ["0451-8000", ""]
    looked = shell("audit", "list", "--action", "view-duty-phones")["rows"]
    assert sorted(one["subject"] for one in looked) == ["department:all", "department:drainage"]
    nobody = shell("cases", "duty", "now", "drainage", "--at", "2026-11-28T09:00", code=1)
    assert nobody == {"people": [], "next_at": "2026-11-28T10:00:00+00:00"}
    wrong = shell("cases", "duty", "import", shell.file("w.csv", table.replace("drainage", "moon")), code=1)
    assert wrong is None or wrong["applied"] is False
