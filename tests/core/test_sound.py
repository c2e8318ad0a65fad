"""A-law by the standard's table, and ffmpeg held as tightly as it is said."""

from __future__ import annotations

import subprocess
from pathlib import Path

from core.sound import ffmpeg
from core.sound.alaw import LEVELS, linear


def test_a_law_is_read_as_the_standard_says() -> None:
    """ITU-T G.711, table 1: the smallest and the largest values."""
    pcm = linear(bytes([0xD5, 0x55, 0xAA, 0x2A]))
    read = [int.from_bytes(pcm[at : at + 2], "little", signed=True) for at in range(0, 8, 2)]
    assert read == [8, -8, 32256, -32256]
    assert len(set(LEVELS)) == 256


def test_lists_of_files_are_not_among_the_demuxers() -> None:
    assert not {"concat", "hls", "dash", "sdp", "rtsp", "lavfi", "image2", "tedcaptions"} & set(
        ffmpeg.DEMUXERS.split(",")
    )


def test_what_runs_is_bounded_and_can_write_no_file(tmp_path: Path) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text(
        '#!/bin/sh\nulimit -t; ulimit -v; ulimit -c; ulimit -f; nice; echo "$@"\necho x > kept\n'
    )
    program.chmod(0o755)
    argv = ffmpeg.argv(str(program), tmp_path / "-a $(b)", "-f", "wav", cpu_s=20, memory_kb=1 << 20)
    done = subprocess.run(
        argv, capture_output=True, text=True, cwd=tmp_path, env=dict(ffmpeg.ENVIRONMENT), check=False
    )
    cpu, memory, core, file, nice, told = done.stdout.splitlines()
    assert (cpu, memory, core, file) == ("20", str(1 << 20), "0", "0")
    assert int(nice) >= 10
    assert "-protocol_whitelist file,pipe" in told
    assert f"-i file:{tmp_path}/-a $(b) " in told
    assert told.endswith("-f wav -threads 1 -c:a pcm_s16le pipe:1")
    kept = tmp_path / "kept"
    assert not kept.exists() or kept.read_bytes() == b""
