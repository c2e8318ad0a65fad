"""The table of rights: the lines of all rooms and of the web's own routes, joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import cases.rights
import cdr.rights
import hotline.rights
import identity.rights
import ivr.rights
import radio_bridge.rights
from core.rights import Right
from gateway.web import rights as web

ROOMS: Final[Mapping[str, Sequence[Right]]] = {
    "identity": identity.rights.RIGHTS,
    "hotline": hotline.rights.RIGHTS,
    "cases": cases.rights.RIGHTS,
    "cdr": cdr.rights.RIGHTS,
    "ivr": ivr.rights.RIGHTS,
    "radio_bridge": radio_bridge.rights.RIGHTS,
    "web": web.RIGHTS,
}
TABLE: Final = tuple(line for lines in ROOMS.values() for line in lines)
