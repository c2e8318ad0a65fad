"""Sound in Opus by the libopus of the system, which takes and gives 8 kHz itself (decision 0101)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from core.malformed import Malformed
from radio_bridge.drivers.sound import FRAME_SAMPLES, RATE, Frames, checked

OPUS_MOST_SAMPLES: Final = 960
"""120 ms at 8 kHz, the longest packet that Opus has."""
OPUS_MOST_BYTES: Final = 1_500
OPUS_BIT_RATE: Final = 20_000
"""As SvxLink sends it."""


class OpusSpeaker:
    """Implements `Speaker`; `opus` is what `libopus` gives."""

    def __init__(self, opus: Any) -> None:
        self._encoder = opus.Encoder(RATE, 1, "voip")
        self._encoder.bitrate = OPUS_BIT_RATE

    def frame(self, pcm: bytes) -> bytes:
        packet: bytes = self._encoder.encode(checked(pcm), FRAME_SAMPLES)
        return packet


class OpusListener:
    """Implements `Listener`."""

    def __init__(self, opus: Any) -> None:
        self._decoder = opus.Decoder(RATE, 1)
        self._failure: type[Exception] = opus.OpusError
        self._frames = Frames()

    def feed(self, data: bytes) -> Iterator[bytes]:
        if len(data) > OPUS_MOST_BYTES:
            raise Malformed(f"{len(data)} bytes of Opus in one datagram")
        try:
            pcm: bytes = self._decoder.decode(data, OPUS_MOST_SAMPLES)
        except self._failure as error:
            raise Malformed("no Opus packet") from error
        yield from self._frames.add(pcm)

    def rest(self) -> Iterator[bytes]:
        yield from self._frames.rest()


def libopus() -> Any:
    """The binding, or None where libopus is missing."""
    try:
        import opuslib_next  # noqa: PLC0415  # it fails where libopus is missing, with a bare `Exception`
    except Exception:  # noqa: BLE001
        return None
    return opuslib_next
