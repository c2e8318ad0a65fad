"""The real gateway (`songhua serve --role centre`) in the place of the simulated one of the safety tests.

What the dialogue does is read from Asterisk's own log of executed steps, not from the gateway's word.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from tests.peers.asterisk import AsteriskPeer
from tests.peers.program import PeerFailed
from tests.peers.songhua import SonghuaPeer

STEPS = "steps.log"
STARTED_S = 0.05

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


class RealGateway:
    """Implements `GatewayUnderTest` for the faults that come from outside: kill and freeze.

    `prepared` is the folder of a gateway that has a schema and a key already: making both anew for each
    case would cost more than the case.
    """

    def __init__(self, folder: Path, switch: AsteriskPeer, *, prepared: SonghuaPeer) -> None:
        self._switch = switch
        self._steps = switch.settings.directories.log / STEPS
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
        self._service.start(role="centre")
        self._wait(lambda: "GW_BEAT=" in self._switch.rx("dialplan show globals"), "a heartbeat", 20)

    def reached(self, step: str, *, timeout: float) -> None:
        self._wait(lambda: MARKS[step] in self._log(), f"the step '{step}'", timeout)

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

    def _log(self) -> str:
        return self._steps.read_text(errors="replace") if self._steps.exists() else ""

    def _wait(self, done: Callable[[], bool], what: str, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not done():
            if time.monotonic() > deadline:
                raise PeerFailed(
                    f"no {what} within {timeout} s:\n{self._log()}\n{self._service.program.tail()}"
                )
            time.sleep(STARTED_S)
