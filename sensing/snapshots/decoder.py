"""Makes a JPEG of a keyframe or of a picture. ffmpeg reads a stranger's bytes: apart, from a pipe alone, with
limits on time, memory, files and output.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from typing import Final

from core.sound.ffmpeg import ENVIRONMENT
from sensing.errors import CameraFault, NoPicture
from sensing.snapshots.rtsp_camera import CodedPicture

CPU_S: Final = 5
MEMORY_KB: Final = 1 << 20
MOST_BYTES: Final = 12 * 1024 * 1024
CHUNK: Final = 1 << 16


def argv(program: str, codec: str) -> list[str]:
    """It leads a shell: start it in a session of its own and end the group."""
    limits = f"ulimit -t {CPU_S}; ulimit -v {MEMORY_KB}; ulimit -f 0; ulimit -c 0"
    return [
        "/bin/sh", "-c", f'{limits}; exec "$@"', "sh",
        program, "-nostdin", "-hide_banner", "-loglevel", "error",
        "-protocol_whitelist", "pipe", "-format_whitelist", codec, "-threads", "1",
        "-probesize", "32", "-analyzeduration", "0", "-f", codec, "-i", "pipe:0",
        "-map", "0:v:0", "-an", "-sn", "-dn", "-frames:v", "1", "-threads", "1",
        "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p", "-f", "mjpeg", "pipe:1",
    ]  # fmt: skip


async def decoded(picture: CodedPicture, program: str = "ffmpeg") -> bytes:
    """The JPEG of a keyframe. Raises as `decoded_as`."""
    return await decoded_as(picture.codec, picture.data, program)


async def decoded_as(form: str, data: bytes, program: str = "ffmpeg") -> bytes:
    """The JPEG of what ffmpeg calls this form: `h264`, `hevc`, `mjpeg`, `png_pipe`. Raises `NoPicture`; when
    the caller's time ends, so does the process.
    """
    found = shutil.which(program)
    if found is None:
        raise NoPicture(CameraFault.NO_DECODER)
    process = await asyncio.create_subprocess_exec(
        *argv(found, form),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd="/",
        env=ENVIRONMENT,
        start_new_session=True,  # so that its children end with it
    )
    try:
        _, jpeg = await asyncio.gather(_feed(process.stdin, data), _read(process.stdout))
        status = await process.wait()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        _close(process)
    if status != 0 or not jpeg:
        raise NoPicture(CameraFault.BROKEN, "its picture cannot be decoded")
    return jpeg


def _close(process: asyncio.subprocess.Process) -> None:
    """Its pipes, also when they were not read to their end."""
    transport = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()


async def _feed(stream: asyncio.StreamWriter | None, data: bytes) -> None:
    assert stream is not None
    with contextlib.suppress(OSError):  # it has its picture and goes, or it could not read it
        stream.write(data)
        await stream.drain()
        stream.close()
        await stream.wait_closed()


async def _read(stream: asyncio.StreamReader | None) -> bytes:
    """Raises `NoPicture` beyond `MOST_BYTES`."""
    assert stream is not None
    found = bytearray()
    while chunk := await stream.read(CHUNK):
        found += chunk
        if len(found) > MOST_BYTES:
            raise NoPicture(CameraFault.TOO_LARGE)
    return bytes(found)
