"""How ffmpeg is run on a file from strangers: apart, niced, bounded, and told of nothing but that file.

No environment, no protocol but files and pipes, and only demuxers of sound files: a playlist or a list of
files would make it read others. It writes to a pipe, and no byte to any file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

DEMUXERS: Final = (
    "aac,ac3,eac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dsf,dts,flac,flv,g722,gsm,"
    "matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,mpeg,mpegts,mpc,mpc8,ogg,oma,rm,sox,tta,voc,w64,wav,wv,xwma"
)
ENVIRONMENT: Final[Mapping[str, str]] = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


def argv(program: str, file: Path, *wanted: str, cpu_s: int, memory_kb: int) -> list[str]:
    """The first sound of the file, s16 samples to stdout in the form that `wanted` says.

    It leads a shell: start it in a session of its own and end the group. stderr must be no file.
    """
    limits = f"ulimit -t {cpu_s}; ulimit -v {memory_kb}; ulimit -f 0; ulimit -c 0"
    return [
        "/bin/sh", "-c", f'{limits}; exec nice -n 10 "$@"', "sh",
        program, "-nostdin", "-hide_banner", "-loglevel", "error",
        "-protocol_whitelist", "file,pipe", "-format_whitelist", DEMUXERS,
        "-threads", "1", "-i", f"file:{file}",
        "-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1",
        *wanted, "-threads", "1", "-c:a", "pcm_s16le", "pipe:1",
    ]  # fmt: skip
