"""Streams recordings to speech nodes for backfill, like live taps, as fast as the node takes them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence

from cdr.backfill.ports import BackfillJob
from core.ids import uuid7
from core.sound.audiosocket import FrameKind, encode
from gateway.mqtt.speech import SpeechCentreLink
from gateway.wiring.hotline import HINTS_MAX, LANGUAGES
from speech.events import BackfillSound, Language, TapAnnounced, TapRetired

CONNECT_WITHIN_S = 5.0
STALLS_FOR_S = 120.0
"""A node that takes nothing for so long is busy with people who speak: the rest is tried again later."""
PIECE_BYTES = 3_200


class BackfillSpeech:
    """Fills `cdr.backfill.ports.BackfillSpeechPort`."""

    def __init__(self, side: SpeechCentreLink, hints: Callable[[Language], Sequence[str]]) -> None:
        self._side = side
        self._hints = hints

    def has_room(self) -> bool:
        return self._side.late_node() is not None

    async def transcribe(self, work: BackfillJob, sound: Iterator[bytes]) -> bool:
        node = self._side.late_node()
        if node is None:
            return False
        tap = self._announcement(work)
        async with asyncio.timeout(CONNECT_WITHIN_S):
            await self._side.announce(node.name, tap)
            reader, writer = await asyncio.open_connection(node.host, node.port)
        try:
            return await self._send(tap, sound, reader, writer)
        except ConnectionError:
            return False  # the node has closed it: people who speak need the place
        finally:
            writer.transport.abort()
            with contextlib.suppress(Exception):
                await self._side.retire(node.name, TapRetired(tap_id=tap.tap_id))

    async def _send(
        self,
        tap: TapAnnounced,
        sound: Iterator[bytes],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        closed = asyncio.ensure_future(reader.read(64))
        try:
            writer.write(encode(FrameKind.UUID, tap.tap_id.bytes))
            while (piece := await asyncio.to_thread(next, sound, None)) is not None:
                if closed.done():
                    return False
                for at in range(0, len(piece), PIECE_BYTES):
                    writer.write(encode(FrameKind.SLIN, piece[at : at + PIECE_BYTES]))
                async with asyncio.timeout(STALLS_FOR_S):
                    await writer.drain()
            writer.write(encode(FrameKind.HANGUP))
            assert tap.late is not None
            async with asyncio.timeout(STALLS_FOR_S + tap.late.seconds):
                return await closed == b""
        finally:
            closed.cancel()

    def _announcement(self, work: BackfillJob) -> TapAnnounced:
        words = {name: list(self._hints(name))[:HINTS_MAX] for name in LANGUAGES}
        likely = next((name for name in LANGUAGES if name == work.likely), None)
        return TapAnnounced.model_validate(
            {
                "tap_id": uuid7(),
                "call_id": work.call_id,
                "leg_id": work.leg_id,
                "speaker": work.speaker,
                "language": "auto",
                "likely": likely,
                "hints": words[likely or LANGUAGES[0]],
                "hints_by_language": words,
                "late": BackfillSound(gap_id=work.gap_id, started_at=work.began, seconds=work.seconds),
            }
        )
