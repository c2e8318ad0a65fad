"""What the city has for `--story collapse`: registers of places and cameras, a plan, telephones, people."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.peers.songhua import Person

FILES: Final = Path(__file__).parent / "city"
PLAN: Final = "road-collapse"
NEAREST: Final = "N1"
"""The nearest camera that sees the crossing; a nearer one looks away."""
DISTRICT: Final = "district-230103"
CLERK: Final = Person("ma.ke", "马科", ("department",), departments=(DISTRICT,))
CREWS: Final = {"app:17": "市桥抢修一队", "app:18": "市桥抢修二队"}
INSPECTOR: Final = "app:21"
UNITS: Final = {**CREWS, INSPECTOR: "南岗巡查员"}
TRAFFIC_RADIO: Final = "13904519250"
DISTRICT_PHONE: Final = "13904519203"
CREW_PHONE: Final = "13904519017"
DESK_HZ: Final = 700.0
TONES: Final = {TRAFFIC_RADIO: 1600.0, DISTRICT_PHONE: 1900.0, CREW_PHONE: 2300.0}
"""Hz of each telephone behind the trunk; the supervisor's is `DESK_HZ`."""


def registers(folder: Path, camera: str) -> dict[str, Path]:
    """The files by the command that imports them (`songhua COMMAND import FILE`); `camera` is the address of
    the one that is there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / "cameras.csv"
    text = (FILES / "cameras.csv").read_text(encoding="utf-8")
    table.write_text(text.format(address=camera), encoding="utf-8")
    return {"gazetteer": FILES / "places.csv", "cameras": table, "plans": FILES / "plan.toml"}
