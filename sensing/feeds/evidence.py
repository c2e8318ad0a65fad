"""The pictures of an event: fetched from allowed networks or read from base64, decoded apart, and kept as
they came.
"""

from __future__ import annotations

import asyncio
import binascii
import hashlib
from base64 import b64decode
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from core.listening import Addresses
from sensing.asking.target import target_of
from sensing.errors import CameraFault, NoPicture
from sensing.feeds.model import MOST_PICTURE_BYTES
from sensing.feeds.store import PictureEvidence
from sensing.snapshots.decoder import decoded_as
from sensing.snapshots.http_camera import snapshot

PICTURE_S: Final = 10.0
"""For bringing a picture, and again for decoding it."""
KEPT: Final = "kept"
_FORMS: Final = ((b"\xff\xd8\xff", "mjpeg"), (b"\x89PNG\r\n\x1a\n", "png_pipe"))


class FeedPictures:
    """`at_once` pictures of each source have their turn, and so many of all are decoded at a time: a source
    whose pictures hang holds up no other.
    """

    def __init__(self, program: str = "ffmpeg", *, at_once: int = 2) -> None:
        self._program = program
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(at_once))
        self._decoding = asyncio.Semaphore(at_once)

    async def gathered(
        self, source: str, pictures: Sequence[str], networks: Addresses
    ) -> tuple[list[bytes], list[PictureEvidence]]:
        """Those that may be kept, and what became of each."""
        found = await asyncio.gather(*(self._one(source, one, networks) for one in pictures))
        return [data for data, evidence in found if evidence.fate == KEPT], [
            evidence for _, evidence in found
        ]

    async def _one(self, source: str, picture: str, networks: Addresses) -> tuple[bytes, PictureEvidence]:
        data = b""
        async with self._turns[source]:
            try:
                async with asyncio.timeout(PICTURE_S):
                    data = await _brought(picture, networks)
                async with self._decoding, asyncio.timeout(PICTURE_S):
                    await decoded_as(_form(data), data, self._program)
                fate = KEPT
            except NoPicture as error:
                fate = error.fault.value
            except TimeoutError:
                fate = CameraFault.SLOW.value
        return data, PictureEvidence(hashlib.sha256(data).hexdigest() if data else "", len(data), fate)


async def _brought(picture: str, networks: Addresses) -> bytes:
    """Raises `NoPicture`."""
    if picture.partition(":")[0].lower() in {"http", "https"}:
        data = await snapshot(await target_of(picture, networks), None)
    else:
        data = _inline(picture)
    if len(data) > MOST_PICTURE_BYTES:
        raise NoPicture(CameraFault.TOO_LARGE)
    return data


def _inline(text: str) -> bytes:
    given = text.partition(",")[2] if text[:5].lower() == "data:" else text
    try:
        return b64decode("".join(given.split()), validate=True)
    except (binascii.Error, ValueError):
        raise NoPicture(CameraFault.BROKEN) from None


def _form(data: bytes) -> str:
    for begins, form in _FORMS:
        if data.startswith(begins):
            return form
    raise NoPicture(CameraFault.BROKEN)
