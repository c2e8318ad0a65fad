"""Files that need a decoder, through ffmpeg: niced, without network, with limits on time and memory.

As where prompts are uploaded: no protocol but files and pipes, and only demuxers of sound files, since a
playlist would make it read other files.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, cast

from speech.model import SAMPLE_RATE
from speech.recorded.errors import SoundRefused

REMEDY: Final = "give a sound file: wav, alaw, mp3, m4a, ogg, flac, amr …"
CPU_S: Final = 900
MEMORY_KB: Final = 2 << 20
DEMUXERS: Final = (
    "aac,ac3,eac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dsf,dts,flac,flv,g722,gsm,"
    "matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,mpeg,mpegts,mpc,mpc8,ogg,oma,rm,sox,tta,voc,w64,wav,wv,xwma"
)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file as a WAV at 8 kHz, its channels kept. Raises `SoundRefused`, also at the end."""
    program = shutil.which("ffmpeg")
    if program is None:
        raise SoundRefused(
            f"{path.name} is no plain WAV file, and ffmpeg is not installed",
            remedy="install ffmpeg (apt-get install ffmpeg), or give a WAV file",
        )
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(  # noqa: S603  # a fixed line, and the file as one word of it
            _argv(program, path.resolve()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=told,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
        out = cast("BinaryIO", process.stdout)
        try:
            yield out
            if out.read(1):  # nobody wanted the rest
                return
            if _status(process) != 0:
                raise SoundRefused(f"{path.name} is no sound that can be read", remedy=REMEDY)
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
    limits = f"ulimit -t {CPU_S}; ulimit -v {MEMORY_KB}; ulimit -c 0"
    return [
        "/bin/sh", "-c", f'{limits}; exec nice -n 10 "$@"', "sh",
        program, "-nostdin", "-hide_banner", "-loglevel", "error",
        "-protocol_whitelist", "file,pipe", "-format_whitelist", DEMUXERS,
        "-threads", "1", "-i", f"file:{file}",
        "-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-bitexact",
        "-ar", str(SAMPLE_RATE), "-threads", "1", "-c:a", "pcm_s16le", "-f", "wav", "pipe:1",
    ]  # fmt: skip
