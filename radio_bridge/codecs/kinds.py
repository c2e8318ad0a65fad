"""Every kind of frame that an operator may ask about, by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from radio_bridge.codecs import ars, dmrd, lip, lrrp, sds, tms, usrp
from radio_bridge.codecs.bits import Undecodable
from radio_bridge.codecs.dmr import contents


class FrameFormat(StrEnum):
    """The formats that are read here."""

    LIP = "lip"
    SDS = "sds"
    ARS = "ars"
    LRRP = "lrrp"
    TMS = "tms"
    DMRD = "dmrd"
    USRP = "usrp"


@dataclass(frozen=True, slots=True)
class DecodedFrame:
    """What a frame says; `within` is what its burst carries, and `wrong` what cannot be read of that."""

    frame: Any
    within: Any = None
    wrong: Undecodable | None = None


_DECODERS: Final[dict[FrameFormat, Callable[[bytes], Any]]] = {
    FrameFormat.ARS: ars.decode,
    FrameFormat.LRRP: lrrp.decode,
    FrameFormat.TMS: tms.decode,
    FrameFormat.USRP: usrp.decode,
}


def read(kind: FrameFormat, data: bytes, bits: int) -> DecodedFrame:
    """`bits` of the data count. Raises `Undecodable`."""
    match kind:
        case FrameFormat.LIP:
            return DecodedFrame(lip.decode(data, bits))
        case FrameFormat.SDS:
            return DecodedFrame(sds.decode(data, bits))
        case FrameFormat.DMRD:
            return _dmrd(data)
    return DecodedFrame(_DECODERS[kind](data))


def _dmrd(data: bytes) -> DecodedFrame:
    frame = dmrd.decode(data)
    try:
        return DecodedFrame(frame, contents.of_frame(frame))
    except Undecodable as error:
        wrong = Undecodable(contents.BURST_BIT + error.bit, error.template, **error.values)
        return DecodedFrame(frame, wrong=wrong)
