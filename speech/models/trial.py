"""Tries a model in its own worker process: loading, recognition, time and memory."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sin
from pathlib import Path
from struct import pack

from speech.engines.port import certain
from speech.errors import ModelUnfit
from speech.model import BYTES_PER_SECOND, SAMPLE_RATE
from speech.models.record import Trial
from speech.recorded.errors import RecogniserFailed
from speech.recorded.recogniser import recogniser
from speech.workers.process import Spawn, WorkerCommand


@dataclass(frozen=True, slots=True)
class Sample:
    """One sentence, s16le at 8 kHz; `said` are its words, None where it is no speech."""

    pcm: bytes
    language: str
    said: str | None = None


def tone(language: str) -> Sample:
    """Two seconds that rise and fall: for a language of which there is no sentence at hand."""
    count = 2 * SAMPLE_RATE
    samples = (
        int(9000 * sin(pi * at / count) * sin(2 * pi * (300 + 200 * sin(at / 900)) * at / SAMPLE_RATE))
        for at in range(count)
    )
    return Sample(pack(f"<{count}h", *samples), language)


async def try_out(
    engine: str, folder: Path, sample: Sample, *, start_within: float = 120.0, spawn: Spawn | None = None
) -> Trial:
    """Raises `ModelUnfit` when it does not load, or ends over the sample."""
    command = WorkerCommand(engine=engine, model=folder, partials=False, start_within=start_within)
    try:
        async with recogniser(command, spawn=spawn) as ready:
            loaded = ready.usage()
            await ready.understand(
                sample.pcm, certain(sample.language)
            )  # what the first one costs, no other does
            before = ready.usage()
            heard = await ready.understand(sample.pcm, certain(sample.language))
            after = ready.usage()
    except RecogniserFailed as failed:
        raise ModelUnfit(f"it cannot be loaded: {failed.detail}", remedy="give a complete model") from failed
    if not heard.whole:
        raise ModelUnfit(
            "the recogniser ended over the first sentence", remedy="give a model that its engine can read"
        )
    seconds = len(sample.pcm) / BYTES_PER_SECOND
    return Trial(
        load_s=round(ready.load_s, 2),
        memory_mb=round(loaded.peak / 1e6, 1),
        peak_mb=round(after.peak / 1e6, 1),
        speed=round(seconds / max(after.cpu - before.cpu, 0.01), 1),
        said=sample.said,
        heard=heard.final.text if heard.final else "",
    )
