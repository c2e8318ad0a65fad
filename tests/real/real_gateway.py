"""The real gateway (`songhua serve --role centre`) in the place of the simulated one of the safety tests.

What the dialogue does is read from Asterisk's own log of executed steps, not from the gateway's word.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.peers.asterisk import AsteriskPeer, private_settings
from tests.peers.program import PeerFailed
from tests.peers.songhua import SonghuaPeer
from tests.real.dialogues import Transport
from tests.real.gateway_under_test import GatewayUnderTest
from tests.real.reaching_a_person import Case, Outcomes, chosen, freeze, kill, played
from tests.waiting import wait_for

STEPS = "steps.log"

# A step of the dialogue, as Asterisk logs its execution.
MARKS = {
    "thinks": "run@dialogue:10] AGI(",
    "plays": "@gw-hear:4] Read(",
    "reads": "@gw-read:7] Read(",
}
FINISHED = "hotline-done@reach:1]"

FLOW = """
flow: safety
languages: [zh, en]
start: greet
steps:
  greet: {play: greeting, notice: true, next: choose}
  choose:
    menu: {prompt: language-choice, choices: {"1": person, "2": person}, otherwise: person, tries: 2, invalid: invalid}
  person: {queue: hotline}
"""  # noqa: E501  # YAML on one line


def prepared_service(folder: Path) -> SonghuaPeer:
    """A schema and a key, made once for many gateways."""
    switch = AsteriskPeer(private_settings(folder / "switch"))
    service = SonghuaPeer(folder / "service", asterisk=switch, broker=None)
    service.prepare(())
    switch.close()
    return service


FROM_OUTSIDE = (
    Case("frozen while it reads", freeze, "reads", lead=1.5),
    Case("killed while it reads", kill, "reads", lead=1.5),
    Case("frozen while it plays", freeze, "plays", lead=1.5),
    Case("killed while it plays", kill, "plays", lead=1.5),
    Case("frozen long before", freeze, None, lead=6.5),
    Case("frozen just before", freeze, None),
    Case("killed just before", kill, None),
)
"""What may befall a process; the longest come first: the greeting takes 6 s, the menu with two tries 15 s."""


@contextmanager
def played_with_real_gateways(
    request: pytest.FixtureRequest,
    folders: pytest.TempPathFactory,
    *,
    at_once: int,
    transport: Transport = "fastagi",
) -> Iterator[Outcomes]:
    """The chosen cases of this file, each with a gateway of its own."""
    prepared = prepared_service(folders.mktemp("prepared"))

    def opening(_: Case, switch: AsteriskPeer, folder: Path) -> GatewayUnderTest:
        return RealGateway(folder / "gateway", switch, prepared=prepared)

    def new_folder() -> Path:
        return folders.mktemp("call")

    with played(
        chosen(request), new_folder, at_once=at_once, opening=opening, transport=transport
    ) as outcomes:
        yield outcomes


class RealGateway:
    """Implements `GatewayUnderTest` for the faults that come from outside: kill and freeze.

    `prepared` is the folder of a gateway that has a schema and a key already: making both anew for each
    case would cost more than the case.
    """

    def __init__(self, folder: Path, switch: AsteriskPeer, *, prepared: SonghuaPeer) -> None:
        self._switch = switch
        self._steps = switch.settings.directories.log / STEPS
        self._begins = self._steps.stat().st_size if self._steps.exists() else 0
        flow = folder / "flow.yaml"
        folder.mkdir(parents=True, exist_ok=True)
        flow.write_text(FLOW, encoding="utf-8")
        self._service = SonghuaPeer(
            folder, asterisk=switch, broker=None, overrides={"ivr": {"flow": str(flow)}}
        )
        for name in ("songhua.db", "ledger.key", "heads.jsonl"):
            if (prepared.folder / name).exists():
                shutil.copy(prepared.folder / name, folder / name)

    def start(self) -> None:
        self._switch.rx(f"logger add channel {STEPS} verbose(3)")
        began = int(time.time())
        self._service.start(role="centre")
        self._wait(lambda: self._beat() >= began, "a heartbeat", 30)

    def reached(self, step: str, *, timeout: float, calls: int = 1) -> None:
        self._wait(lambda: self._log().count(MARKS[step]) >= calls, f"the step '{step}'", timeout)

    def finished_well(self) -> bool:
        return FINISHED in self._log()

    def kill(self) -> None:
        self._service.program.kill()

    def freeze(self) -> None:
        self._service.program.freeze()

    def thaw(self) -> None:
        self._service.program.thaw()

    def fall_silent(self) -> None:
        raise NotImplementedError("the real gateway has no switch for it; frozen, it is as silent")

    def vanish(self) -> None:
        raise NotImplementedError("the real gateway closes its port only when it ends")

    def close(self) -> None:
        if self._service.program.running:
            self._service.program.kill()

    def _beat(self) -> int:
        """When a gateway last gave a sign of life to the switch; 0 for never."""
        found = re.search(r"GW_BEAT=(\d+)", self._switch.rx("dialplan show globals"))
        return int(found[1]) if found else 0

    def _log(self) -> str:
        """The steps since this gateway was made."""
        if not self._steps.exists():
            return ""
        with self._steps.open("rb") as file:
            file.seek(self._begins)
            return file.read().decode(errors="replace")

    def _wait(self, done: Callable[[], bool], what: str, timeout: float) -> None:
        try:
            wait_for(done, what, timeout)
        except PeerFailed as late:
            raise PeerFailed(f"{late}\n{self._log()}\n{self._service.program.tail()}") from late
