"""Converts a sound file to telephone sound: 8 kHz mono s16 WAV at the common loudness.

ffmpeg reads untrusted bytes, so it runs as a separate process (`core.sound.ffmpeg`), one at a time, with
limits on time, memory and output.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import shutil
import signal
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.log import logger
from core.sound import ffmpeg
from ivr.upload import level
from ivr.upload.errors import ConverterBusy, ConverterMissing, UploadRefused

MOST_BYTES: Final = 20 << 20
MOST_SECONDS: Final = 50
"""The gateway waits 60 s for a prompt to end."""
LEAST_SECONDS: Final = 0.2
DEADLINE_S: Final = 30.0
DRAIN_S: Final = 5.0
CPU_S: Final = 20
MEMORY_KB: Final = 1 << 20
MOST_WAITING: Final = 8
CHUNK: Final = 1 << 16
MOST_TOLD: Final = 300

REMEDY: Final = "upload a sound file: wav, mp3, m4a, ogg, flac, amr …"
_log = logger("ivr")


@dataclass(frozen=True, slots=True)
class Converted:
    """`wav` is the whole file; loudness before and after."""

    wav: bytes
    seconds: float
    before: level.Loudness
    after: level.Loudness

    @property
    def facts(self) -> dict[str, float | str]:
        """Length in seconds and levels in dB, before and after, for who uploaded it."""
        return {
            "seconds": round(self.seconds, 2),
            "rms_db": self.after.rms_db,
            "peak_db": self.after.peak_db,
            "rms_db_before": self.before.rms_db,
            "peak_db_before": self.before.peak_db,
        }


class Converter:
    """`program` is ffmpeg's name or path. At most one runs; `MOST_WAITING` wait for it."""

    def __init__(self, program: str = "ffmpeg") -> None:
        self._program = program
        self._one = asyncio.Semaphore(1)
        self._waiting = 0

    async def convert(self, sound: bytes) -> Converted:
        """Raises `UploadRefused`, `ConverterMissing`, `ConverterBusy`, and nothing else for any bytes."""
        if len(sound) > MOST_BYTES:
            raise UploadRefused(f"over {MOST_BYTES >> 20} MB", remedy="upload a shorter or a compressed file")
        program = shutil.which(self._program)
        if program is None:
            raise ConverterMissing(
                "ffmpeg is not installed",
                remedy="install it (scripts/setup, or apt-get install ffmpeg) on the machine of the centre",
            )
        if self._waiting >= MOST_WAITING:
            raise ConverterBusy(remedy="try again in a minute")
        self._waiting += 1
        try:
            async with self._one:
                pcm = await _decode(program, sound)
            return await asyncio.to_thread(_finish, pcm)
        finally:
            self._waiting -= 1


async def _decode(program: str, sound: bytes) -> bytes:
    """Raw 8 kHz mono s16le, the speech band only."""
    with tempfile.TemporaryDirectory(prefix="songhua-sound-") as folder:
        file = Path(folder) / "sound"
        await asyncio.to_thread(file.write_bytes, sound)
        process = await asyncio.create_subprocess_exec(
            *_argv(program, file),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=folder,
            env=ffmpeg.ENVIRONMENT,
            start_new_session=True,  # so that its children end with it
        )
        try:
            async with asyncio.timeout(DEADLINE_S):
                pcm, told = await asyncio.gather(
                    _read(process.stdout, (MOST_SECONDS + 2) * level.RATE * 2), _read(process.stderr, CHUNK)
                )
                status = await process.wait()
        except TimeoutError:
            raise UploadRefused("reading it takes too long", remedy=REMEDY) from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                # Its pipes close when they are read to their end, and not before.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(DRAIN_S):
                        await asyncio.gather(_read(process.stdout, 0), _read(process.stderr, 0))
                await process.wait()
    if status != 0:
        # What ffmpeg tells may quote the file's own words: it is not passed on.
        _log.info("a sound was refused by ffmpeg", status=status, told=len(told))
        raise UploadRefused("it is not a readable sound file", remedy=REMEDY)
    return pcm


def _argv(program: str, file: Path) -> list[str]:
    return ffmpeg.argv(
        program, file,
        "-af", f"highpass=f=150,aresample={level.RATE}", "-ac", "1", "-ar", str(level.RATE),
        "-t", str(MOST_SECONDS + 1), "-f", "s16le",
        cpu_s=CPU_S, memory_kb=MEMORY_KB,
    )  # fmt: skip


async def _read(stream: asyncio.StreamReader | None, most: int) -> bytes:
    """At most so many bytes; the rest is read and thrown away."""
    assert stream is not None
    found = bytearray()
    while chunk := await stream.read(CHUNK):
        found += chunk[: most - len(found)]
    return bytes(found)


def _finish(raw: bytes) -> Converted:
    found = level.samples(raw)
    seconds = len(found) / level.RATE
    if seconds > MOST_SECONDS:
        raise UploadRefused(f"longer than {MOST_SECONDS} s", remedy="cut it into several prompts")
    before = level.measure(found)
    if seconds < LEAST_SECONDS or before.rms_db < level.SILENCE_DB:
        raise UploadRefused("nothing is heard in it", remedy="record it louder, or choose the right track")
    loud = level.level(found)
    return Converted(_wav(level.pcm(loud)), seconds, before, level.measure(loud))


def _wav(pcm: bytes) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(level.RATE)
        file.writeframes(pcm)
    return out.getvalue()
