"""AMI bytes to messages and actions to bytes: pure, for any bytes and any split, within stated limits.

A frame ends at a blank line (CRLF, lone LF, or a mix). A frame that holds two messages or half of
one is cut again at each line that begins `AmiEvent:` or `AmiResponse:`; this is counted, never fatal.

Asterisk does not escape what it prints, so a caller's text with line ends in it would be read as an event.
With `EventProof`, an event is taken only if it shows what no caller knows (decision 0177); others are
counted.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from gateway.ami.errors import ActionTooLarge, UnsafeValue
from gateway.ami.message import AmiEvent, AmiPacket, AmiResponse, Banner

BANNER = b"Asterisk Call Manager"
NAMES_LIMIT = 2048
"""Event names remembered; Asterisk has about 200, and a flood of invented ones must not grow memory."""


@dataclass(frozen=True, slots=True)
class DecoderLimits:
    """What one message may be; a larger one is skipped and counted. Bytes, bytes, lines."""

    message: int = 1 << 20
    line: int = 32 << 10
    headers: int = 16 << 10


@dataclass(frozen=True, slots=True)
class EventProof:
    """Lines that a genuine event holds at its beginning: the switch's secret name in `SystemName`, or, being
    a row of an answer, an `ActionID` of ours. Each begins with a line end. Empty: everything is taken.

    `dialplan`: what a UserEvent shows as well, at the end that the dialplan writes: its text before that
    may hold a caller's words.
    """

    system: bytes = b""
    action: bytes = b""
    dialplan: bytes = b""

    def __bool__(self) -> bool:
        return bool(self.system)


@dataclass(slots=True)
class DecoderCounts:
    """What the decoder saw since it was made."""

    received: int = 0
    events: int = 0
    responses: int = 0
    ignored: int = 0
    resynchronised: int = 0
    malformed: int = 0
    oversize: int = 0
    unproved: int = 0


HEAD: Final = 320
"""Bytes of an event in which its proof stands: Privilege, Timestamp, SystemName, or ActionID."""


class AmiDecoder:
    """Incremental decoder of one connection: `feed` bytes as they come, get the messages that are complete.

    Events named in `unwanted` are dropped by name, before anything else of them is looked at; their
    frames are still checked for a second message inside.
    """

    __slots__ = (
        "_awaits_banner",
        "_held_cr",
        "_limits",
        "_names",
        "_plain",
        "_proof",
        "_skipping",
        "_tail",
        "_unwanted",
        "counts",
    )

    def __init__(
        self,
        *,
        unwanted: Collection[str] = (),
        limits: DecoderLimits | None = None,
        counts: DecoderCounts | None = None,
        proof: EventProof | None = None,
    ) -> None:
        self._proof = proof or EventProof()
        self._limits = limits or DecoderLimits()
        self.counts = counts or DecoderCounts()
        self._unwanted = frozenset(unwanted)
        self._names: dict[bytes, str] = {}
        # A frame up to this size cannot break the limit on a line or on headers (a line has at least
        # one byte and its LF), so it needs no counting.
        self._plain = min(self._limits.message, self._limits.line, 2 * self._limits.headers - 1)
        self._tail = bytearray()
        self._held_cr = False
        self._skipping = False
        self._awaits_banner = True

    def feed(self, data: bytes) -> list[AmiPacket]:
        """The messages completed by `data`, in order. Never raises for what the bytes are."""
        self.counts.received += len(data)
        complete = self._complete(self._unify_line_ends(data))
        out: list[AmiPacket] = []
        if self._awaits_banner:
            complete = self._take_banner(complete, out)
        if complete is None:
            return out
        frames = complete.split(b"\n\n")
        self._keep(frames.pop())
        self._decode(frames, out)
        return out

    def _unify_line_ends(self, data: bytes) -> bytes:
        if self._held_cr:
            data = b"\r" + data
        self._held_cr = data.endswith(b"\r")
        if self._held_cr:
            data = data[:-1]
        return data.replace(b"\r\n", b"\n")

    def _complete(self, data: bytes) -> bytes | None:
        """What is buffered together with `data`, if a frame (or the banner) ends in it; else None."""
        tail = self._tail
        if not tail and not self._skipping:
            if b"\n\n" in data or self._awaits_banner:
                return data
            self._keep(data)
            return None
        seam = max(len(tail) - 1, 0)
        tail += data
        end = tail.find(b"\n\n", seam)
        if end < 0 and not self._awaits_banner:
            self._bound_tail()
            return None
        if self._skipping:
            self._skipping = False
            self.counts.oversize += 1
            complete = bytes(tail[end + 2 :])
        else:
            complete = bytes(tail)
        self._tail = bytearray()
        return complete

    def _keep(self, rest: bytes) -> None:
        self._tail = bytearray(rest)
        self._bound_tail()

    def _bound_tail(self) -> None:
        # One more byte than the limit: it may be the first LF of the blank line.
        if self._skipping or len(self._tail) > self._limits.message + 1:
            self._skipping = True
            del self._tail[:-1]

    def _take_banner(self, data: bytes | None, out: list[AmiPacket]) -> bytes | None:
        """Take the first line, which has no blank line after it."""
        while data is not None:
            line, newline, rest = data.partition(b"\n")
            if not newline:
                # One byte over the limit is enough to know, when the line ends, that it was too long.
                self._tail = bytearray(data[: self._limits.line + 1])
                return None
            if len(line) > self._limits.line:
                self.counts.oversize += 1
            elif line.startswith(BANNER):
                self._awaits_banner = False
                out.append(Banner(line.decode("utf-8", "replace"), line))
                return rest
            elif line.startswith((b"Event:", b"Response:")):
                self._awaits_banner = False
                return data
            elif line:
                self.counts.malformed += 1
            data = rest
        return None

    def _decode(self, frames: list[bytes], out: list[AmiPacket]) -> None:
        names = self._names
        plain = self._plain
        system = self._proof.system
        ignored = 0
        before = len(out)
        for frame in frames:
            if (
                len(frame) > plain
                or not frame.startswith(b"Event: ")
                or b"\nEvent:" in frame
                or b"\nResponse:" in frame
            ):
                self._decode_checked(frame, out)
                continue
            end = frame.find(b"\n", 7)
            key = frame[7:end] if end > 0 else frame[7:]
            name = names.get(key)
            if name is None:
                name = self._learn(key)
            if not name:
                ignored += 1
            elif (system and frame.find(system, end, HEAD) < 0 and not self._ours(frame)) or (
                name == "UserEvent" and not frame.endswith(self._proof.dialplan)
            ):
                self.counts.unproved += 1
            else:
                out.append(AmiEvent(name, frame))
        self.counts.ignored += ignored
        self.counts.events += len(out) - before

    def _learn(self, key: bytes) -> str:
        """The event's name, or the empty string for one that nobody wants."""
        name = key.decode("utf-8", "replace").strip()
        if name in self._unwanted:
            name = ""
        if len(self._names) < NAMES_LIMIT:
            self._names[key] = name
        return name

    def _decode_checked(self, frame: bytes, out: list[AmiPacket]) -> None:
        """The careful way, for responses and for everything that is large or not in order."""
        limits = self._limits
        if len(frame) > limits.message:
            self.counts.oversize += 1
            return
        messages = self._cut(frame.split(b"\n"))
        trusted = not self._proof or self._all_proved(messages)
        for index, lines in enumerate(messages):
            if index:
                self.counts.resynchronised += 1
            if len(lines) > limits.headers or max(map(len, lines)) > limits.line:
                self.counts.oversize += 1
                continue
            kind, _, word = lines[0].partition(b":")
            raw = b"\n".join(lines)
            if kind == b"Response":
                self.counts.responses += 1
                self.counts.events -= 1  # the caller counts every message added as an event
                out.append(AmiResponse(word.decode("utf-8", "replace").strip(), raw))
            elif not (name := self._learn(word)):
                self.counts.ignored += 1
            elif not trusted:
                self.counts.unproved += 1
            else:
                out.append(AmiEvent(name, raw))

    def _all_proved(self, messages: list[list[bytes]]) -> bool:
        """Of an event in which another one without proof begins, the beginning is a caller's, too."""
        events = [lines for lines in messages if lines[0].startswith(b"Event:")]
        return all(
            self._proved(lines[0][6:].strip().decode("utf-8", "replace"), b"\n".join(lines))
            for lines in events
        )

    def _proved(self, name: str, raw: bytes) -> bool:
        if raw.find(self._proof.system, 0, HEAD) < 0:
            return self._ours(raw)
        return name != "UserEvent" or raw.endswith(self._proof.dialplan)

    def _ours(self, raw: bytes) -> bool:
        return raw.find(self._proof.action, 0, HEAD) > 0

    def _cut(self, lines: list[bytes]) -> list[list[bytes]]:
        """The messages inside one frame; lines before the first beginning are counted and dropped."""
        messages: list[list[bytes]] = []
        stray = False
        for index, line in enumerate(lines):
            if line.startswith((b"Event:", b"Response:")) and not _belongs_to_originate(
                messages, lines, index
            ):
                messages.append([line])
            elif messages:
                messages[-1].append(line)
            elif line:
                stray = True
        if stray:
            self.counts.malformed += 1
        return messages


def _belongs_to_originate(messages: list[list[bytes]], lines: list[bytes], index: int) -> bool:
    """OriginateResponse is the one event that has a `AmiResponse:` header of its own, followed by
    `Channel:`.
    """
    if not messages or not messages[-1][0].startswith(b"Event: OriginateResponse"):
        return False
    if not lines[index].startswith(b"Response:") or any(
        line.startswith(b"Response:") for line in messages[-1]
    ):
        return False
    following = lines[index + 1] if index + 1 < len(lines) else b""
    return not following.startswith((b"ActionID:", b"Message:"))


MAX_LINES = 128
"""Lines of one action, `Action:` and `ActionID:` included (AST_MAX_MANHEADERS in Asterisk's manager.h)."""
MAX_LINE = 1024
"""Bytes of one line with its CRLF (`inbuf` in Asterisk's manager.c)."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_FORBIDDEN = re.compile("[\r\n\0]")


def encode(action: str, headers: Iterable[tuple[str, str]] = (), *, action_id: str) -> bytes:
    """One action as bytes. Raises `UnsafeValue` or `ActionTooLarge`, and then nothing may be sent.

    A bare LF ends a line for Asterisk, so CR, LF and NUL are each refused, in names and in values.
    """
    lines = [_line("Action", action), _line("ActionID", action_id)]
    lines.extend(_line(name, value) for name, value in headers)
    if len(lines) > MAX_LINES:
        raise ActionTooLarge(f"{len(lines)} lines, at most {MAX_LINES}", remedy="send fewer headers")
    return b"".join(lines) + b"\r\n"


def _line(name: str, value: str) -> bytes:
    if not _NAME.fullmatch(name):
        raise UnsafeValue("a header name has characters that are not allowed")
    if _FORBIDDEN.search(value):
        raise UnsafeValue(f"the value of {name} has a line end or a NUL")
    try:
        line = f"{name}: {value}\r\n".encode()
    except UnicodeEncodeError:
        raise UnsafeValue(f"the value of {name} is not valid text") from None
    if len(line) > MAX_LINE:
        raise ActionTooLarge(
            f"{name} makes a line of {len(line)} bytes, at most {MAX_LINE}", remedy="shorten it"
        )
    return line
