"""Health of a reflector's talkgroups: the fault and its remedy in one sentence."""

from __future__ import annotations

from typing import Final

from radio_bridge.drivers.svxreflector.effects import SvxReflectorDownReason

IGNORED: Final = (
    "the reflector does not let us talk: see whether the callsign is in ALLOW of this talkgroup, or blocked"
    " by SQL_TIMEOUT"
)
_WHY: Final = {
    SvxReflectorDownReason.STARTING: "not connected yet",
    SvxReflectorDownReason.UNREACHABLE: "the reflector cannot be reached: is it running, are host and port"
    " right",
    SvxReflectorDownReason.CLOSED: "the reflector ended the connection",
    SvxReflectorDownReason.NO_ANSWER: "it does not answer as a reflector: are host and port right",
    SvxReflectorDownReason.DENIED: "the reflector denies access: compare password and [USERS], and see that"
    " nobody else has the"
    " callsign",
    SvxReflectorDownReason.VERSION: "the reflector speaks an older protocol than 2.0",
    SvxReflectorDownReason.NO_CODEC: "the reflector's codec is not spoken here: set its CODECS to OPUS or"
    " S16 (OPUS needs"
    " libopus)",
    SvxReflectorDownReason.UDP_BLOCKED: "no answer over UDP: a firewall lets TCP through and UDP not",
    SvxReflectorDownReason.UDP_LOST: "UDP is no longer answered",
    SvxReflectorDownReason.HALF_OPEN: "the reflector says nothing any more",
    SvxReflectorDownReason.MALFORMED: "what it says is not the reflector's protocol",
    SvxReflectorDownReason.STALLED: "the reflector takes nothing any more",
    SvxReflectorDownReason.STOPPED: "stopped",
}


def down_why(reason: SvxReflectorDownReason, detail: str) -> str:
    """`detail` is what the reflector said."""
    return f'{_WHY[reason]} ("{detail}")' if detail else _WHY[reason]
