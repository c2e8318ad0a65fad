"""A radio whose receiver is fed by a program of its own, `microphone`: what holds up the bench does not make
what is said there late.
"""

from __future__ import annotations

import numpy as np

from tests.bench.companion import Companion
from tests.peers.audio import Samples
from tests.peers.svxlink import BLOCK, SvxLinkPeer


class SteadyRadio(SvxLinkPeer):
    """`said` stays empty: the moments of its sound are the program's."""

    _microphone: Companion | None = None

    def start(self) -> None:
        self._microphone = Companion(
            "tests.bench.radio.microphone", str(self._antenna_in), log=self.folder / "microphone.log"
        )
        super().start()

    def close(self) -> None:
        super().close()
        if self._microphone is not None:
            self._microphone.close()

    def say_sound(self, samples: Samples) -> None:
        assert self._microphone is not None, "this node was not started"
        sound = self.folder / "said.s16"
        sound.write_bytes(
            (np.asarray(samples[: len(samples) // BLOCK * BLOCK]) * 32767).astype("<i2").tobytes()
        )
        self._microphone.ask(say=str(sound))

    def late_s(self) -> float:
        """By how much a block came late at most since `say_sound`, or since this was asked."""
        assert self._microphone is not None, "this node was not started"
        return float(self._microphone.ask(late=True)["late_s"])

    def _feed(self) -> None:
        """The program does it."""
