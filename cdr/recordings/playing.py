"""A recording as the answer to a request: whole, or the part that a player asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from fastapi import Response
from fastapi.responses import StreamingResponse

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


class Playable(Protocol):
    """A WAV file: `head`, then `size` bytes of sound."""

    @property
    def head(self) -> bytes:
        """The WAV header."""
        ...

    @property
    def size(self) -> int:
        """Bytes of sound after the header."""
        ...

    def play(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from `start` to `end`, counted from the header's first byte."""
        ...


def playing(sound: Playable, wanted: str) -> Response:
    """`wanted` is the `Range` header; one range is honoured, anything else is answered with the whole."""
    size = len(sound.head) + sound.size
    common = {"Accept-Ranges": "bytes", "Cache-Control": "no-store"}
    part = _RANGE.fullmatch(wanted.strip())
    if part is None or not (part[1] or part[2]):
        return StreamingResponse(
            sound.play(), media_type="audio/wav", headers={**common, "Content-Length": str(size)}
        )
    if part[1]:
        start, end = int(part[1]), min(int(part[2] or size), size - 1) + 1
    else:
        start, end = max(0, size - int(part[2])), size
    if start >= end:
        return Response(status_code=416, headers={**common, "Content-Range": f"bytes */{size}"})
    told = {"Content-Range": f"bytes {start}-{end - 1}/{size}", "Content-Length": str(end - start)}
    return StreamingResponse(
        sound.play(start, end), status_code=206, media_type="audio/wav", headers={**common, **told}
    )
