"""Two talkgroups of a real reflector that are recorded by a real switch, and what is recalled of them."""

from __future__ import annotations

import json
import sqlite3
import time
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.peers import audio
from tests.peers.songhua import Person
from tests.real.radio.group_patch_world import LI, ONE, TWO, WANG, GroupPatchWorld
from tests.real.radio.stage import CREW
from tests.waiting import wait_for

PIECE_S = 12.0
DEAF = Person("sun.yi", "孙毅", ("supervisor",))
"""A supervisor without the talkgroups' right to listen."""
HEAD = 58
BEFORE_S, ASKED_S = 5.0, 30.0
"""Recalled is some time before as well; the command line takes a while to ask."""
WRITTEN_S = 5.0
"""Asterisk writes four seconds at a time."""
RATE = audio.RATE
EDGE_S = 0.25
"""How far a talk's sound may be from its span: a talk is told when it begins, and its sound follows."""

__all__ = [
    "CREW",
    "DEAF",
    "EDGE_S",
    "LI",
    "ONE",
    "PIECE_S",
    "RATE",
    "TWO",
    "WANG",
    "Recalled",
    "RecordingWorld",
]


@dataclass(frozen=True, slots=True)
class Recalled:
    """What was recalled of the last minutes."""

    told: dict[str, Any]
    sound: audio.Samples
    began: datetime

    @property
    def talks(self) -> list[dict[str, Any]]:
        """Those since the test began."""
        return [talk for talk in self.told["talks"] if _since(talk["began_at"], self.began)]

    @property
    def gaps(self) -> list[dict[str, Any]]:
        return [gap for gap in self.told["gaps"] if _since(gap["since"], self.began)]

    def of(self, talk: dict[str, Any], *, edge_s: float = EDGE_S) -> audio.Samples:
        """The sound of a talk's span, and a little around it."""
        first = max(0, round((talk["from_s"] - edge_s) * RATE))
        return self.sound[first : round((talk["until_s"] + edge_s) * RATE)]

    def lost_s(self) -> float:
        """For how long somebody talked who is not heard."""
        return sum(float(gap["talked_s"]) for gap in self.gaps)


def _since(moment: str, began: datetime) -> bool:
    return datetime.fromisoformat(moment) >= began


class RecordingWorld(GroupPatchWorld):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder, recording={"enabled": True, "piece_s": PIECE_S, "hold_s": 1.0})
        self.more = (LI, DEAF)

    def start(self, *, radio: bool = True) -> None:
        super().start(radio=radio)
        wait_for(lambda: self.recorded(ONE) and self.recorded(TWO), "recorders", 15)
        self.ready(ONE, TWO)

    def recorders(self, group: str) -> list[str]:
        """The recorders in its conference, as the switch has them."""
        rows = self.switch.rx(f"confbridge list {group.replace(':', '*')}").splitlines()
        return [row.split()[0] for row in rows if "@talkgroup-recorder" in row]

    def recorded(self, group: str) -> bool:
        return bool(self.recorders(group))

    def talk(self, group: str, hz: float, seconds: float) -> None:
        """The talkgroup's radio talks, to the end."""
        self.radio_sets[group].say(hz, seconds)
        wait_for(lambda: self.radio_sets[group].speaking, "a radio that talks")
        self.quiet()

    def recall(self, group: str, began: datetime, *, written: bool = False) -> Recalled:
        """What was said there since then, and some seconds before; unless it is `written` already, when it
        is.
        """
        if not written:
            time.sleep(WRITTEN_S)
        seconds = (datetime.now(UTC) - began).total_seconds() + BEFORE_S
        told = self.wang.get(f"/api/talkgroups/{group}/recall/talks?seconds={seconds}")
        query = urlencode({"seconds": seconds, "until": told["until"]})
        request = urllib.request.Request(
            f"{self.service.address}/api/talkgroups/{group}/recall?{query}",
            headers={"Cookie": self.wang.cookie},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            sound = audio.from_alaw(answer.read()[HEAD:])
        return Recalled(told, sound, began)

    def recall_short(self, group: str, began: datetime) -> Recalled:
        """The same without the silence, by the command line."""
        seconds = (datetime.now(UTC) - began).total_seconds() + ASKED_S
        file = self.service.folder / f"recall-{len(list(self.service.folder.glob('recall-*.wav')))}.wav"
        told = self.as_wang(
            "tg", "recall", group, "--minutes", str(seconds / 60), "--output", str(file), "--json",
            "--drop-silence",
        )  # fmt: skip
        return Recalled(json.loads(told), audio.from_alaw(file.read_bytes()[HEAD:]), began)

    def as_wang(self, *words: str) -> str:
        """The command line."""
        return self.service.run(*words, "--user", WANG.id, env={"SONGHUA_PASSWORD": WANG.password})

    def told(self, group: str, began: datetime, count: int) -> list[dict[str, Any]]:
        """The talks since then, when there are so many that are over."""

        def over() -> list[dict[str, Any]]:
            found = self.wang.get(f"/api/talkgroups/{group}/recall/talks?seconds=300")["talks"]
            return [one for one in found if one["ended_at"] is not None and _since(one["began_at"], began)]

        wait_for(lambda: len(over()) >= count, f"{count} talks in the ledger", 15)
        time.sleep(1.0)
        return over()

    def ask_database(self, query: str) -> list[tuple[Any, ...]]:
        link = sqlite3.connect(f"file:{self.service.folder / 'songhua.db'}?mode=ro", uri=True, timeout=10)
        try:
            return link.execute(query).fetchall()
        finally:
            link.close()

    def settled(self) -> None:
        """Wait until every file that no recorder writes to any more has its hash."""
        wait_for(
            lambda: self.ask_database("SELECT 1 FROM cdr_recordings WHERE state = 'complete'"),
            "a piece that is hashed", PIECE_S + 20,
        )  # fmt: skip

    def verify(self) -> str:
        return self.service.run("audit", "verify", check=False)
