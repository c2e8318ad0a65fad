"""A caller who presses and says what the test wants; everything that the flow does is noted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ivr.ports import CallerInput, HandedOver, RecordingSpan

NOTHING = RecordingSpan(0.0, 0.0)


class PlayedLine:
    """`presses` answer each question in turn; `heard` are keys pressed into prompts, once, by their id;
    `said` is what he does in turn where he may speak or press.
    """

    def __init__(
        self,
        *presses: str,
        gone_after: int = 1_000,
        heard: dict[str, str] | None = None,
        speaks: Literal["heard", "silent", "pressed"] = "silent",
        span: RecordingSpan = NOTHING,
        said: Sequence[CallerInput] = (),
    ) -> None:
        self.presses = list(presses)
        self.heard = dict(heard or {})
        self.speaks = speaks
        self.span = span
        self.said = list(said)
        self.log: list[str] = []
        self._left = gone_after

    def _note(self, what: str) -> None:
        if self._left == 0:
            raise HandedOver
        self._left -= 1
        self.log.append(what)

    async def play(self, file: Path) -> None:
        self._note(f"play {file.parent.name}/{file.stem}")

    async def hear(self, file: Path) -> str:
        self._note(f"play {file.parent.name}/{file.stem}")
        return self.heard.pop(file.stem, "")

    async def say_digits(self, digits: str) -> None:
        self._note(f"say {digits}")

    async def read_digits(self, file: Path, *, most: int, wait_s: int) -> str:
        self._note(f"read {file.parent.name}/{file.stem}")
        return self.presses.pop(0) if self.presses else ""

    async def listen(self, file: Path) -> Literal["heard", "silent", "pressed"]:
        self._note(f"listen {file.parent.name}/{file.stem}")
        return self.speaks

    async def ask(self, file: Path, *, most: int) -> CallerInput:
        self._note(f"ask {file.parent.name}/{file.stem}")
        return self.said.pop(0) if self.said else CallerInput()

    async def record(self, most_s: int) -> RecordingSpan:
        self._note(f"record {most_s}")
        return self.span

    async def set_language(self, language: str) -> None:
        self._note(f"language {language}")

    async def notice_played(self) -> None:
        self._note("notice")

    async def priority(self, level: int) -> None:
        self._note(f"priority {level}")

    async def survey_after(self) -> None:
        self._note("survey after")

    async def queue(self, name: str) -> None:
        self._note(f"queue {name}")

    async def stay(self) -> None:
        self._note("stay")

    async def emergency(self, number: str) -> None:
        self._note(f"emergency {number}")

    async def hangup(self) -> None:
        self._note("hangup")

    async def finished(self) -> None:
        self._note("finished")
