"""Pictures that cameras bring by HTTP after they were told to take one (GB/T 28181-2022, SnapShotConfig).

Each question has an address of its own that nobody guesses; only while the question is open, and only once,
is a picture taken there.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from core.metrics import counter
from sensing.errors import CameraFault, CamerasBusy, NoPicture

MOST_OPEN: Final = 64
MOST_BYTES: Final = 12 * 1024 * 1024
BEGIN, END = b"\xff\xd8\xff", b"\xff\xd9"
_uploads = counter(
    "sensing_gb28181_uploads", "Pictures that devices brought by what became of them", ["fate"]
)


@dataclass(eq=False, slots=True)
class PictureUpload:
    """`session` is its id, and the last part of its address."""

    session: str
    picture: asyncio.Future[bytes] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class PictureUploads:
    """Those that are open, by their session."""

    def __init__(self) -> None:
        self._open: dict[str, PictureUpload] = {}

    @contextmanager
    def opened(self) -> Iterator[PictureUpload]:
        """Until the end of the block. Raises `CamerasBusy`."""
        if len(self._open) >= MOST_OPEN:
            raise CamerasBusy(remedy="try again in a moment")
        one = PictureUpload(secrets.token_hex(16))
        self._open[one.session] = one
        try:
            yield one
        finally:
            del self._open[one.session]
            one.picture.cancel()

    def awaits(self, session: str) -> bool:
        """Whether a picture is taken there now."""
        one = self._open.get(session)
        return one is not None and not one.picture.done()

    def brought(self, session: str, body: bytes) -> bool:
        """Whether it was awaited and is a JPEG; it is looked at further by who keeps it."""
        picture = jpeg_of(body)
        one = self._open.get(session)
        if one is None or one.picture.done() or not picture:
            _uploads.labels("unasked" if picture else "no-picture").inc()
            return False
        one.picture.set_result(picture)
        _uploads.labels("taken").inc()
        return True

    def finished(self, session: str) -> None:
        """The device says that it has brought all: what is not here does not come any more."""
        one = self._open.get(session)
        if one is not None and not one.picture.done():
            one.picture.set_exception(NoPicture(CameraFault.BROKEN, "it brought no picture that it told of"))
            # Whoever waits reads it; nobody may wait any more.
            one.picture.exception()


def jpeg_of(body: bytes) -> bytes:
    """The picture in a body, which is the picture itself or a form with it; empty where there is none."""
    begin = body.find(BEGIN, 0, 4096)
    if begin < 0 or len(body) > MOST_BYTES:
        return b""
    end = body.rfind(END)
    return body[begin : end + 2] if end > begin else b""
