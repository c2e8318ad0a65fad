"""The SIP side of a radio system, played by baresip: it answers whoever calls, registers nowhere, speaks
what somebody says into a radio there, and keys its transmitter by the voice that comes to it.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import numpy as np

from tests.peers.audio import AUDIBLE, RATE, Samples, read_wav, write_wav
from tests.peers.baresip import BaresipPhone

SPEAKS_S: Final = 600
"""Its microphone is never without sound: silence is sent as well."""
VOX_S: Final = 0.3
LEAD_S: Final = 0.1


class BaresipRadio(BaresipPhone):
    """`other_says` is what a radio behind it says, `transmitted` what the radios hear."""

    def __init__(self, folder: Path, *, user: str) -> None:
        self._silence = write_wav(folder / "silence.wav", np.zeros(SPEAKS_S * RATE))
        super().__init__(folder, name=user, secret="unused", switch_port=9, speech=self._silence)
        (folder / "accounts").write_text(
            f"<sip:{user}@127.0.0.1:{self.port}>;regint=0;answermode=auto;audio_codecs=PCMU\n"
        )
        self._from: tuple[Path | None, int] = (None, 0)

    def start(self, *, until: str = "baresip is ready") -> None:
        """Returns when it listens."""
        super().start(until=until)

    def other_says(self, frequency: float, seconds: float) -> None:
        times = np.arange(int(seconds * RATE)) / RATE
        tone = 0.3 * np.sin(2 * np.pi * frequency * times)
        parts = [np.zeros(int(LEAD_S * RATE)), tone, np.zeros(SPEAKS_S * RATE)]
        said = write_wav(self.folder / f"said-{frequency:.0f}-{seconds}.wav", np.concatenate(parts))
        self.command("ausrc", f"aufile,{said}")

    def falls_silent(self) -> None:
        """Nobody speaks there; without it, what was said last is said anew at the beginning of each call."""
        self.command("ausrc", f"aufile,{self._silence}")

    def listen_anew(self) -> None:
        newest = self._newest()
        self._from = (newest, 0 if newest is None else len(read_wav(newest)))

    def transmitted(self) -> Samples:
        """What has come to it since `listen_anew`, of all calls."""
        marked, at = self._from
        heard = [
            read_wav(file)[at if file == marked else 0 :]
            for file in self.heard()
            if marked is None or file == marked or file.stat().st_mtime > marked.stat().st_mtime
        ]
        return np.concatenate(heard) if heard else np.zeros(0)

    def keyed(self) -> bool:
        """Whether its transmitter is on: something loud has come in the last `VOX_S`."""
        newest = self._newest()
        if newest is None or time.time() - newest.stat().st_mtime > VOX_S:
            return False
        return bool(np.sqrt((read_wav(newest)[-int(VOX_S * RATE) :] ** 2).mean()) > AUDIBLE)

    def in_call(self) -> bool:
        """Whether sound comes to it now, silence too."""
        newest = self._newest()
        return newest is not None and time.time() - newest.stat().st_mtime < VOX_S

    def kill(self) -> None:
        self.program.kill()

    def _newest(self) -> Path | None:
        files = self.heard()
        return files[-1] if files else None
