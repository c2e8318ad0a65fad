"""The bench `city`: the city's other systems.

`scripts/bench city`; `--only PART` (may be repeated), `--short` to see that it works. `nearest`: which of
ten thousand cameras see a place. `picture`: beside a bare ffmpeg. `health`: 950 cameras are asked. `live`:
the first picture. `glass`: how old a picture is at the desk, beside a bare ffmpeg. `feeds`: signed events.
`warnings`: calls to ten thousand recipients beside the hotline. `conference`: six telephones, beside a bare
ConfBridge.
"""

from __future__ import annotations

from tests.bench.city import cameras, conference, feeds, glass, health, live, pictures, warnings
from tests.bench.parts import BenchPart, main

PARTS = {
    "nearest": BenchPart(cameras.run, cameras.tell, cameras.goals, minutes=0.5),
    "picture": BenchPart(pictures.run, pictures.tell, pictures.goals, minutes=1),
    "health": BenchPart(health.run, health.tell, health.goals, minutes=0.2),
    "live": BenchPart(live.run, live.tell, live.goals, minutes=1),
    "glass": BenchPart(glass.run, glass.tell, glass.goals, minutes=2),
    "feeds": BenchPart(feeds.run, feeds.tell, feeds.goals, minutes=3),
    "warnings": BenchPart(warnings.run, warnings.tell, warnings.goals, minutes=4),
    "conference": BenchPart(conference.run, conference.tell, conference.goals, minutes=3),
}

if __name__ == "__main__":
    raise SystemExit(main("city", __doc__, PARTS))
