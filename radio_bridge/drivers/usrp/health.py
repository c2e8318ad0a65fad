"""Health of a gateway: the fault and its remedy in one sentence."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class UsrpDownReason(StrEnum):
    """Why there is no link."""

    STARTING = "starting"
    UNREACHABLE = "unreachable"
    SILENT = "silent"
    NO_SOCKET = "no-socket"
    STOPPED = "stopped"


WHY: Final = {
    UsrpDownReason.STARTING: "not connected yet",
    UsrpDownReason.UNREACHABLE: "nobody listens at the other side: is it running, are host and port right",
    UsrpDownReason.SILENT: "nothing came for longer than silent_s: is it running, and does it send to our"
    " listen_port",
    UsrpDownReason.NO_SOCKET: "listen_port cannot be opened, or host is not known: is another program"
    " listening there",
    UsrpDownReason.STOPPED: "stopped",
}
ADPCM: Final = "its sound is ADPCM, which is not read: set the other side to PCM or µ-law"
