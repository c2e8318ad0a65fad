"""The table of rights: the lines of all rooms and of the web's own routes, joined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import cases.rights
import cdr.rights
import citizen.rights
import field.rights
import hotline.rights
import identity.approvals.rights
import identity.rights
import ivr.rights
import radio_bridge.rights
import runtime_settings.rights
import sensing.rights
import warning.rights
from core.rights import AccessRight
from gateway.web import rights as web
from gateway.web.gate import operation

ROOMS: Final[Mapping[str, Sequence[AccessRight]]] = {
    "identity": (*identity.rights.RIGHTS, *identity.approvals.rights.RIGHTS),
    "hotline": hotline.rights.RIGHTS,
    "cases": cases.rights.RIGHTS,
    "citizen": citizen.rights.RIGHTS,
    "cdr": cdr.rights.RIGHTS,
    "ivr": ivr.rights.RIGHTS,
    "field": field.rights.RIGHTS,
    "radio_bridge": radio_bridge.rights.RIGHTS,
    "runtime_settings": runtime_settings.rights.RIGHTS,
    "sensing": sensing.rights.RIGHTS,
    "warning": warning.rights.RIGHTS,
    "web": web.RIGHTS,
}
TABLE: Final = tuple(line for lines in ROOMS.values() for line in lines)


def operations_of_tokens(table: Iterable[AccessRight]) -> frozenset[str]:
    """`METHOD /path` of what an API token may be limited to; the figures too, for a collector of them."""
    lines = (line for line in table if line.by_token and (line.proof == "session" or line is web.FIGURES))
    return frozenset(" ".join(operation(text).key) for line in lines for text in line.operations)
