"""Files that need a decoder, through ffmpeg (`core.sound.ffmpeg`), with limits on time and memory."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, cast

from core.sound import ffmpeg
from speech.model import SAMPLE_RATE
from speech.recorded.errors import SoundRefused

REMEDY: Final = "give a sound file: wav, alaw, mp3, m4a, ogg, flac, amr …"
CPU_S: Final = 900
MEMORY_KB: Final = 2 << 20


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file as a WAV at 8 kHz, its channels kept. Raises `SoundRefused`, also at the end."""
    program = shutil.which("ffmpeg")
    if program is None:
        raise SoundRefused(
            f"{path.name} is not a plain WAV file, and ffmpeg is not installed",
            remedy="install ffmpeg (apt-get install ffmpeg), or give a WAV file",
        )
    process = subprocess.Popen(  # noqa: S603  # a fixed line, and the file as one word of it
        _argv(program, path.resolve()),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=ffmpeg.ENVIRONMENT,
        start_new_session=True,
    )
    out = cast("BinaryIO", process.stdout)
    try:
        yield out
        if out.read(1):  # nobody wanted the rest
            return
        if _status(process) != 0:
            raise SoundRefused(f"{path.name} is not a readable sound file", remedy=REMEDY)
    finally:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        out.close()
        process.wait()


def _status(process: subprocess.Popen[bytes]) -> int | None:
    """How it ended; None if it does not, though it has closed its output."""
    try:
        return process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        return None


def _argv(program: str, file: Path) -> list[str]:
    return ffmpeg.argv(
        program, file,
        "-bitexact", "-ar", str(SAMPLE_RATE), "-f", "wav",
        cpu_s=CPU_S, memory_kb=MEMORY_KB,
    )  # fmt: skip
