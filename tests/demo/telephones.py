"""The city's telephones behind the trunk, each with its number and its tone, and who heard whose tone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.peers import audio
from tests.peers.baresip import BaresipPhone
from tests.waiting import wait_for

SPEAKS_S: Final = 120.0
SHARE: Final = 0.1
"""A tone is heard when it has this much of the power: several speak at once."""
PICKS_UP_S: Final = 30.0


class CityTelephones(BaresipPhone):
    """One program, not registered anywhere, that is called by any of these numbers and answers by itself."""

    def __init__(self, folder: Path, tones: Mapping[str, float]) -> None:
        """`tones`: Hz by number."""
        super().__init__(folder, name=next(iter(tones)), secret="", switch_port=1)
        self._tones = tones
        with (folder / "config").open("a") as config:
            config.write("call_hold_other_calls no\n")

    def start(self, *, until: str = "baresip is ready") -> None:
        lines = []
        for number, frequency in self._tones.items():
            speech = audio.tone(self.folder / f"{number}.wav", frequency, SPEAKS_S)
            lines.append(
                f"<sip:{number}@127.0.0.1:{self.port}>;regint=0;answermode=auto;audio_codecs=PCMU"
                f";audio_source=aufile,{speech};audio_player=aubridge,{number}\n"
            )
        (self.folder / "accounts").write_text("".join(lines))
        super().start(until=until)


class ListenedTo:
    """What a telephone hears, call by call. Made before it is called."""

    def __init__(self, phone: BaresipPhone) -> None:
        self._phone = phone
        self._before = set(phone.heard())

    def call(self) -> HeardCall:
        """The call that came since. Raises `PeerFailed` when none has."""

        def new() -> set[Path]:
            return set(self._phone.heard()) - self._before

        (file,) = wait_for(new, f"a call at {self._phone.name}", PICKS_UP_S)
        # The program names what it hears by the second: the next call begins in another one.
        second = int(time.time())
        wait_for(lambda: int(time.time()) > second, "the next second", 5)
        return HeardCall(file)


class HeardCall:
    """What a telephone hears in a call that goes on."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def seconds(self, frequency: float, since: float = 0.0) -> float:
        """How long this tone was heard, from `since` (`time.time`) on."""
        samples = audio.read_wav(self._file)
        began = self._file.stat().st_mtime - len(samples) / audio.RATE
        first = max(0, int((since - began) * audio.RATE))
        return audio.tone_seconds(samples[first:], frequency, share=SHARE)

    def wait(self, frequency: float, seconds: float, since: float = 0.0) -> float:
        """Until it was heard for so long; for how long it was. Raises `PeerFailed`."""

        def long_enough() -> float:
            heard = self.seconds(frequency, since)
            return heard if heard >= seconds else 0.0

        return wait_for(long_enough, f"{seconds} s of {frequency} Hz in {self._file.name}", PICKS_UP_S)
