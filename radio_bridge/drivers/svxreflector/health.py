"""What is wrong with a reflector's talkgroups, in sentences that say what to do."""

from __future__ import annotations

from typing import Final

from radio_bridge.drivers.svxreflector.effects import Down

IGNORED: Final = (
    "the reflector does not let us talk: see whether the callsign is in ALLOW of this talkgroup, or blocked"
    " by SQL_TIMEOUT"
)
_WHY: Final = {
    Down.STARTING: "not connected yet",
    Down.UNREACHABLE: "the reflector cannot be reached: is it running, are host and port right",
    Down.CLOSED: "the reflector ended the connection",
    Down.NO_ANSWER: "it does not answer as a reflector: are host and port right",
    Down.DENIED: "the reflector denies access: compare password and [USERS], and see that nobody else has the"
    " callsign",
    Down.VERSION: "the reflector speaks an older protocol than 2.0",
    Down.NO_CODEC: "the reflector's codec is not spoken here: set its CODECS to OPUS or S16 (OPUS needs"
    " libopus)",
    Down.UDP_BLOCKED: "no answer over UDP: a firewall lets TCP through and UDP not",
    Down.UDP_LOST: "UDP is no longer answered",
    Down.HALF_OPEN: "the reflector says nothing any more",
    Down.MALFORMED: "what it says is not the reflector's protocol",
    Down.STALLED: "the reflector takes nothing any more",
    Down.STOPPED: "stopped",
}


def down_why(reason: Down, detail: str) -> str:
    """`detail` is what the reflector said."""
    return f'{_WHY[reason]} ("{detail}")' if detail else _WHY[reason]
