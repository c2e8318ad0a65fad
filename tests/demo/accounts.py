"""The accounts that `scripts/demo` leaves to whoever tries it: one for each role, and a unit's terminal.

None of them is one of the people who play the story, and each that phones has a telephone of its own: the
demo's browser never takes a user's telephone.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

from tests.demo.stage import ADMIN, DemoStage
from tests.demo.visitors import VISITORS
from tests.peers.checkout import HOME

RUNNING: Final = HOME / "demo.json"
"""Where the demo that is up says how it is reached."""
TERMINAL: Final = ("app:30", "道外市政 30")


@dataclass(frozen=True, slots=True)
class RunningDemo:
    """How a second command finds the demo: its web, its switch, and whose certificates to trust."""

    address: str
    sip_port: int
    authority: str
    folder: str

    def save(self) -> None:
        RUNNING.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def load(cls, file: Path = RUNNING) -> RunningDemo | None:
        """None where no demo is up."""
        if not file.exists():
            return None
        found = cls(**json.loads(file.read_text(encoding="utf-8")))
        return found if Path(found.folder).is_dir() else None


def show(stage: DemoStage, console: Console) -> None:
    """Print address, user and password for each role, and the command that places a call."""
    admin = stage.service.sign_in(ADMIN)
    unit, name = TERMINAL
    password = admin.post("/api/units", {"unit_id": unit, "name": name, "crew": ["周敏"]})["password"]
    desk, page = f"{stage.service.address}/desk/", f"{stage.service.address}/unit/"
    rows = [(one.roles[0], desk, one.id, one.password) for one in VISITORS]
    console.print()
    for role, address, user, word in (*rows, ("field unit", page, unit, password)):
        console.print(f"{role:<11} {address}  {user:<11} {word}", highlight=False, soft_wrap=True)
    console.print(
        "\nA citizen phones, from a second terminal, once somebody has signed in as agent and is ready:\n"
        "  [bold]scripts/demo call[/]                     a report from tests/audio; --list names them\n"
        "  [bold]scripts/demo call --story danger_zh[/]\n"
        "  [bold]scripts/demo call --sound FILE[/]        WAV, or headerless 8 kHz µ-law\n",
        "\nAnother program reports by Open311; the report waits in Cases → Citizens' reports:\n"
        f"  curl -k {stage.service.address}/api/open311/v2/requests.json -d api_key={stage.open311_key} \\\n"
        "       -d service_code=P0101 -d lat=45.757 -d long=126.642 -d description=井盖不见了\n",
        "\nA system of electronic police posts a signed event, which waits there too (docs/feeds.md):\n"
        f"  {stage.service.address}/api/feed-events/police   secret {stage.feed_secret}\n"
        f"  .songhua/venv/bin/songhua feeds test police --config {stage.service.config}\n",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
