"""What a hostile caller writes: seeded, so that a failure comes again with its seed.

Each payload ends or begins lines once decoded, breaks out of a quotation, an argument or a file name, is too
long, is no text, or names what the reader of events looks for.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

FORGED: Final = b"Forged"
"""Begins or stands in what would be an event, a header or a name of the attacker's own."""
MARK: Final = b"songhua-fuzz-mark"
"""A file of this name would show that a program ran or that a path was chosen from outside."""

EVENTS: Final = (
    b"Event: UserEvent\r\nUserEvent: Forged\r\nTicket: 1",
    b"Event: UserEvent\r\nUserEvent: TalkgroupDoor\r\nTicket: Forged",
    b"Event: UserEvent\r\nUserEvent: AlarmCall\r\nKey: 1\r\nForged: 1",
    b"Event: Hangup\r\nChannel: PJSIP/Forged-00000001\r\nUniqueid: Forged.1",
    b"Event: Newchannel\r\nChannel: PJSIP/Forged-1\r\nUniqueid: Forged.2\r\nLinkedid: Forged.2",
    b"Response: Success\r\nActionID: sh000000000000-1\r\nMessage: Forged",
    b"ActionID: sh000000000000-2\r\nForged: 1",
    b"SystemName: Forged\r\nSeal: Forged",
    b"Asterisk Call Manager/Forged",
)
LINE_ENDS: Final = (b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\n\n", b"\x0b", b"\xc2\x85", b"\xe2\x80\xa8")
SYNTAX: Final = (
    b"${SHELL(touch songhua-fuzz-mark)}", b"$[1 + 1]", b"${GLOBAL(GW_BEAT)}", b"${FILE(/etc/passwd)}",
    b"),touch songhua-fuzz-mark;#(", b"`touch songhua-fuzz-mark`", b"../../../../tmp/songhua-fuzz-mark",
    b"/tmp/songhua-fuzz-mark", b"x,y;z", b"a|b", b"a&b", b"a^b", b"a!b", b"()(", b'"', b'\\"', b"'",
    b"<sip:x@y>", b"@@", b"%", b"%s%n%x", b"%25%30%61", b"%u000a", b"%0", b"%zz", b"*67", b"+", b"\\", b"--",
    b"' OR 1=1 --", b"<b>x</b>",
)  # fmt: skip
NO_TEXT: Final = (
    b"\xff\xfe",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xe6\x9d",
    b"\xf5\x80",
    "李伟".encode(),
    "🚒".encode(),
)
CONTROL: Final = tuple(bytes([code]) for code in (*range(1, 10), 11, 12, *range(14, 32), 127))
LONGEST: Final = 3_000


class Payloads:
    """An endless stream of them from one seed."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield self.one()

    def one(self) -> bytes:
        kind = self._dice.choice(
            (self._event, self._event, self._folded, self._syntax, self._mixed, self._long)
        )
        return kind()

    def _event(self) -> bytes:
        """Decoded, it ends a line and begins an event; the parser of SIP lets the escapes through."""
        end = self._dice.choice(LINE_ENDS)
        text = b"139" + end + self._dice.choice(EVENTS).replace(b"\r\n", end) + end
        return escaped(text) if self._dice.random() < 0.8 else text.replace(b"\r", b"").replace(b"\n", b" ")

    def _folded(self) -> bytes:
        """A line that goes on in the next one, as RFC 3261 allows."""
        return b"139\r\n " + self._dice.choice(EVENTS).partition(b"\r\n")[0]

    def _syntax(self) -> bytes:
        pieces = [self._dice.choice(SYNTAX) for _ in range(self._dice.randint(1, 3))]
        return b"139" + b"".join(pieces) + self._dice.choice((b"", FORGED))

    def _mixed(self) -> bytes:
        pieces = (*CONTROL, *NO_TEXT, *SYNTAX, escaped(self._dice.choice(EVENTS)), b"139", FORGED)
        chosen = b"".join(self._dice.choice(pieces) for _ in range(self._dice.randint(1, 8)))
        return escaped(chosen) if self._dice.random() < 0.5 else chosen

    def _long(self) -> bytes:
        piece = self._dice.choice((b"9", b"%0a", b"%00", b"\xe6\x9d\x8e", b"x ", b'\\"', b"${A}"))
        return (piece * LONGEST)[: self._dice.randint(60, LONGEST)]


def escaped(text: bytes) -> bytes:
    """As SIP writes what may not stand in an address."""
    plain = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()&=+$,;?/"
    return b"".join(bytes([code]) if code in plain else b"%%%02x" % code for code in text)
