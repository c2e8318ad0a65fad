"""An ear in a page: what its WebRTC legs play, measured in the page by WebAudio and read through DevTools."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.console.page import Page
from tests.peers.audio import RATE, write_wav

AUDIBLE = 0.02
"""Amplitude of a tone, of 1: coder noise and echoes of suppression lie far below."""
STEP_S = 0.02
HEARD_WITHIN_S = 30.0
"""How long one waits for a sound that must come: a busy machine sets up the way of the voice late."""
SHORTEST = 3
"""Looks in a row: a click holds a little of every tone, and is over sooner."""

_LISTEN = """(() => {
  const tones = TONES, heard = (window.__heard = []), Right = RTCPeerConnection;
  const amplitude = (wave, rate, hz) => {
    let re = 0, im = 0;
    for (let i = 0; i < wave.length; i++) {
      const turn = (2 * Math.PI * hz * i) / rate;
      re += wave[i] * Math.cos(turn);
      im += wave[i] * Math.sin(turn);
    }
    return (2 * Math.hypot(re, im)) / wave.length;
  };
  const listen = (track) => {
    const context = new AudioContext(), ear = context.createAnalyser(), wave = new Float32Array(1024);
    ear.fftSize = 1024;
    context.createMediaStreamSource(new MediaStream([track])).connect(ear);
    setInterval(() => {
      ear.getFloatTimeDomainData(wave);
      heard.push([Date.now() / 1000, ...tones.map((hz) => amplitude(wave, context.sampleRate, hz))]);
      if (heard.length > 20000) heard.splice(0, 10000);
    }, 20);
  };
  window.RTCPeerConnection = class extends Right {
    constructor(...given) {
      super(...given);
      (window.__legs ??= []).push(this);
      this.addEventListener("track", ({ track }) => listen(track));
    }
  };
})()"""


def voice(path: Path, hz: float) -> Path:
    """A WAV file for a browser's microphone: a tone in short pulses, which noise suppression leaves alone."""
    times = np.arange(RATE) / RATE
    pulses = (times % 0.25) < 0.18
    return write_wav(path, 0.5 * np.sin(2 * np.pi * hz * times) * pulses)


@dataclass(frozen=True, slots=True)
class Ear:
    """Opened before the page is."""

    page: Page
    tones: tuple[float, ...]

    async def open(self) -> None:
        source = _LISTEN.replace("TONES", str(list(self.tones)))
        await self.page.command("Page.addScriptToEvaluateOnNewDocument", source=source)

    async def heard(self, hz: float, since: float, until: float) -> list[float]:
        """The moments, by `time.time()`, at which this tone was heard."""
        rows = await self.page.run("window.__heard")
        column = 1 + self.tones.index(hz)
        inside = [row for row in rows if since <= row[0] <= until]
        # A page that measured nothing has proved nothing.
        assert len(inside) > 0.3 * (until - since) / STEP_S, f"{len(inside)} looks in {until - since:.1f} s"
        return [at for run in _runs(inside, column) if len(run) >= SHORTEST for at in run]

    async def looks(self, hz: float, since: float) -> int:
        """How often it was heard since then, of 50 looks a second at each leg. For a page with several legs,
        whose looks come in turn.
        """
        rows = await self.page.run("window.__heard")
        column = 1 + self.tones.index(hz)
        return sum(row[0] >= since and row[column] > AUDIBLE for row in rows)

    async def until(
        self, hz: float, seconds: float = HEARD_WITHIN_S, *, since: float | None = None, looks: int = 1
    ) -> float:
        """Wait until this tone is heard at so many looks, from now on or `since` then; when that was."""
        began = time.time() if since is None else since
        column = 1 + self.tones.index(hz)
        loud = f"window.__heard.filter((row) => row[0] >= {began} && row[{column}] > {AUDIBLE})"
        look = f"({loud}[{looks - 1}] ?? [])[0]"
        return float(await self.page.until(look, f"{hz} Hz to be heard", seconds=seconds))


def _runs(rows: list[list[float]], column: int) -> list[list[float]]:
    """The moments at which the tone is heard, those that follow each other together."""
    loud = itertools.groupby(rows, key=lambda row: row[column] > AUDIBLE)
    return [[row[0] for row in run] for is_loud, run in loud if is_loud]
