"""H.265 as H.264, which every browser shows: by ffmpeg, small, apart, from a pipe alone, with limits."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from core.sound.ffmpeg import ENVIRONMENT
from sensing.errors import CameraFault, NoPicture

CPU_S: Final = 900
MEMORY_KB: Final = 1 << 20
MOST_PICTURE: Final = 4 * 1024 * 1024
WIDTH: Final = 960
"""Pixels; a smaller picture stays as it is."""
START: Final = b"\0\0\1"
_DELIMITER: Final = 9


def argv(program: str, codec: str) -> list[str]:
    """It leads a shell: start it in a session of its own and end the group."""
    limits = f"ulimit -t {CPU_S}; ulimit -v {MEMORY_KB}; ulimit -f 0; ulimit -c 0"
    return [
        "/bin/sh", "-c", f'{limits}; exec nice -n 10 "$@"', "sh",
        program, "-nostdin", "-hide_banner", "-loglevel", "error",
        "-protocol_whitelist", "pipe", "-format_whitelist", codec, "-threads", "1",
        "-flags", "low_delay", "-probesize", "32", "-analyzeduration", "0",
        "-f", codec, "-i", "pipe:0", "-map", "0:v:0", "-an", "-sn", "-dn",
        "-vf", f"scale='min({WIDTH},iw)':-2", "-fps_mode", "passthrough", "-threads", "1",
        "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-profile:v", "baseline",
        "-pix_fmt", "yuv420p", "-g", "25", "-maxrate", "1500k", "-bufsize", "1500k",
        "-x264-params", "aud=1", "-flush_packets", "1", "-f", "h264", "pipe:1",
    ]  # fmt: skip


class Transcoding:
    """`put` pictures in; `pictures` are what comes out."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._finished = False

    async def put(self, units: Sequence[bytes]) -> None:
        """Waits while ffmpeg is busy. Raises `NoPicture` when it has ended."""
        stream = self._process.stdin
        assert stream is not None
        try:
            stream.write(b"".join(b"\0" + START + one for one in units))
            await stream.drain()
        except OSError:
            raise NoPicture(CameraFault.BROKEN, "its picture cannot be decoded") from None

    def finish(self) -> None:
        """Nothing more is put in: what is in comes out, and that is the end."""
        self._finished = True
        if self._process.stdin is not None:
            self._process.stdin.close()

    async def pictures(self) -> AsyncIterator[list[bytes]]:
        """The NAL units of each picture, to the end after `finish`. Raises `NoPicture` where it ends before,
        and for a picture without end.
        """
        stream = self._process.stdout
        assert stream is not None
        rest = b""
        units: list[bytes] = []
        while chunk := await stream.read(1 << 16):
            *whole, rest = (rest + chunk).split(START)
            for one in (part.rstrip(b"\0") for part in whole):
                if one and one[0] & 0x1F == _DELIMITER and units:
                    yield units
                    units = []
                if one and one[0] & 0x1F != _DELIMITER:
                    units.append(one)
            if len(rest) + sum(map(len, units)) > MOST_PICTURE:
                raise NoPicture(CameraFault.TOO_LARGE)
        if not self._finished:
            raise NoPicture(CameraFault.BROKEN, "its picture cannot be decoded")
        if rest or units:
            yield [*units, rest] if rest else units


@asynccontextmanager
async def transcoding(codec: str, program: str = "ffmpeg") -> AsyncIterator[Transcoding]:
    """It runs until the end of the block. Raises `NoPicture` without ffmpeg."""
    found = shutil.which(program)
    if found is None:
        raise NoPicture(CameraFault.NO_DECODER)
    process = await asyncio.create_subprocess_exec(
        *argv(found, codec),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd="/",
        env=ENVIRONMENT,
        start_new_session=True,
    )
    try:
        yield Transcoding(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        # Shielded: whoever is cancelled once more still leaves no process behind.
        await asyncio.shield(process.wait())
        transport = getattr(process, "_transport", None)
        if transport is not None:
            transport.close()
