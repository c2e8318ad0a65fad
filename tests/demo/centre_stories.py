"""`scripts/demo --story loop`, `--story drill`, or both by `--story loop,drill`: one after the other on one
stage.
"""

from __future__ import annotations

import contextlib
import platform
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from tests.demo import drill, loop
from tests.demo.centre_stage import CAST, CentreStage
from tests.demo.centre_story import CentreStory, Chapter, Facts
from tests.demo.report import Language, Line, Report
from tests.peers.checkout import HOME

FAILED: Final = 2
STORIES: Final[Mapping[str, Callable[[CentreStage], CentreStory]]] = {
    loop.STORY: loop.LoopStory,
    drill.STORY: drill.DrillStory,
}
WITH_CHANNELS: Final = frozenset({loop.STORY})
"""Stories in which citizens are written to."""
CHANNELS: Final = Line(
    "channels", "渠道", "channels", "模拟的微信服务器和短信中心启动",
    "a simulated WeChat server and a simulated SMSC start",
)  # fmt: skip
CENTRE: Final = Line(
    "centre", "松花", "Songhua", "在真实的交换机和消息代理上启动", "starts on a real switch and a real broker"
)


def named(stories: str) -> tuple[str, ...]:
    """The stories of the centre that these words name; none where one of them is no such story."""
    names = tuple(stories.split(","))
    return names if set(names) <= STORIES.keys() else ()


def run(names: Sequence[str], language: Language, console: Console, *, once: bool, report: Path) -> int:
    """0 when every step went well."""
    HOME.mkdir(exist_ok=True)
    told, began = Report(language, console), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="demo-centre-", dir=HOME) as name:
        folder = Path(name)
        with CentreStage(folder) as stage:
            for line, play in _chapters(stage, names):
                if told.broken:
                    told.skip(line)
                    continue
                with told.step(line) as facts:
                    play(facts)
            told.write(report, seconds=round(time.monotonic() - began, 1), python=platform.python_version())
            console.print(f"{report}: {'ok' if told.ok else 'not ok'}", highlight=False)
            if not once and told.ok:
                _stay(stage, console)
    return 0 if told.ok else FAILED


def _chapters(stage: CentreStage, names: Sequence[str]) -> list[Chapter]:
    def channels(facts: Facts) -> None:
        stage.raise_channels()
        facts["wechat"] = stage.wechat.peer.address
        facts["smsc"] = stage.smsc.port

    def centre(facts: Facts) -> None:
        stage.raise_centre()
        facts["address"] = stage.centre.service.address
        facts["people"] = ", ".join(f"{one.name} {one.roles[0]}" for one in CAST)

    opening = [(CHANNELS, channels)] if WITH_CHANNELS & set(names) else []
    told = [chapter for one in names for chapter in STORIES[one](stage).chapters()]
    return [*opening, (CENTRE, centre), *told]


def _stay(stage: CentreStage, console: Console) -> None:
    for one in CAST:
        console.print(
            f"{one.roles[0]:<11} {stage.centre.service.address}/desk/  {one.id:<11} {one.password}",
            highlight=False,
        )
    console.print("Ctrl-C ends it.")
    with contextlib.suppress(KeyboardInterrupt):
        time.sleep(86_400)
