"""Every kind of frame that an operator may ask about, by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from radio_bridge.codecs import ars, dmrd, lip, lrrp, sds, tms, usrp
from radio_bridge.codecs.bits import Undecodable
from radio_bridge.codecs.dmr import contents


class Kind(StrEnum):
    """The formats that are read here."""

    LIP = "lip"
    SDS = "sds"
    ARS = "ars"
    LRRP = "lrrp"
    TMS = "tms"
    DMRD = "dmrd"
    USRP = "usrp"


@dataclass(frozen=True, slots=True)
class Read:
    """What a frame says; `within` is what its burst carries, and `wrong` what cannot be read of that."""

    frame: Any
    within: Any = None
    wrong: Undecodable | None = None


_DECODERS: Final[dict[Kind, Callable[[bytes], Any]]] = {
    Kind.ARS: ars.decode,
    Kind.LRRP: lrrp.decode,
    Kind.TMS: tms.decode,
    Kind.USRP: usrp.decode,
}


def read(kind: Kind, data: bytes, bits: int) -> Read:
    """`bits` of the data count. Raises `Undecodable`."""
    match kind:
        case Kind.LIP:
            return Read(lip.decode(data, bits))
        case Kind.SDS:
            return Read(sds.decode(data, bits))
        case Kind.DMRD:
            return _dmrd(data)
    return Read(_DECODERS[kind](data))


def _dmrd(data: bytes) -> Read:
    frame = dmrd.decode(data)
    try:
        return Read(frame, contents.of_frame(frame))
    except Undecodable as error:
        wrong = Undecodable(contents.BURST_BIT + error.bit, error.template, **error.values)
        return Read(frame, wrong=wrong)
