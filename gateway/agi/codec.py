"""AGI bytes to environment and answers, and commands to bytes: pure, for any bytes and any split.

Caller text stands in a command only as a quoted argument, and no value can end the line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.agi.errors import UnsafeArgument

COMMAND_LIMIT = 2048
"""Bytes of one command with its LF; Asterisk's buffer is 2,048 in 18 and larger since."""
ARGUMENTS_LIMIT = 120


@dataclass(frozen=True, slots=True)
class AgiLimits:
    """Bytes of one line, lines of the environment, bytes of one answer over all its lines."""

    line: int = 8192
    environment: int = 128
    answer: int = 64 << 10


@dataclass(frozen=True, slots=True)
class Environment:
    """The block that opens a dialogue: `agi_uniqueid`, `agi_callerid` … with the `agi_` taken off."""

    values: Mapping[str, str] = field(repr=False)  # holds the caller's number and name

    def get(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def channel(self) -> str:
        """The caller's channel, for example `PJSIP/trunk-0000002a`."""
        return self.get("channel")

    @property
    def uniqueid(self) -> str:
        """The channel's Uniqueid."""
        return self.get("uniqueid")

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments given in the dialplan, `AGI(agi://host/script,one,two)`."""
        found: list[str] = []
        while (value := self.values.get(f"arg_{len(found) + 1}")) is not None:
            found.append(value)
        return tuple(found)

    @property
    def script(self) -> str:
        """The path of the request, `flow` for `agi://host/flow`."""
        return self.get("network_script")


@dataclass(frozen=True, slots=True)
class AgiReply:
    """`200 result=1 (value) endpos=8000`; `code` 200, 510, 511 or 520.

    `result` is what follows `result=` (digits for most commands), `value` what stands in brackets.
    """

    code: int
    result: str = ""
    value: str = field(default="", repr=False)
    endpos: int | None = None


@dataclass(frozen=True, slots=True)
class HangupLine:
    """The `HANGUP` line."""


Item = Environment | AgiReply | HangupLine


class Broken(Exception):
    """The peer broke the protocol so that the dialogue cannot go on: too much, or a name given twice."""


_ANSWER = re.compile(rb"(\d{3})([ -])(.*)", re.DOTALL)
_RESULT = re.compile(rb"result=(-?[0-9A-Za-z*#]*)(?: \((.*)\))?(?: endpos=(\d+))?\s*", re.DOTALL)
_OPEN_VALUE = re.compile(rb"result=-?[0-9A-Za-z*#]* \(")
_CLOSED = re.compile(rb"\)(?: endpos=\d+)?\s*")


class AgiDecoder:
    """Incremental decoder of one connection. `malformed` counts lines that were dropped."""

    __slots__ = ("_answer", "_buffer", "_environment", "_limits", "_lines", "malformed")

    def __init__(self, limits: AgiLimits | None = None) -> None:
        self._limits = limits or AgiLimits()
        self._buffer = bytearray()
        self._environment: dict[str, str] | None = {}
        self._lines = 0
        self._answer: bytes | None = None  # an answer whose further lines are still to come
        self.malformed = 0

    def feed(self, data: bytes) -> list[Item]:
        """The items completed by `data`, in order. Raises `Broken`, and nothing else."""
        scanned = len(self._buffer)
        self._buffer += data
        items: list[Item] = []
        start = 0
        while (end := self._buffer.find(b"\n", max(start, scanned))) >= 0:
            if end - start > self._limits.line:
                raise Broken
            line = bytes(self._buffer[start:end])
            start = end + 1
            item = self._take(line.removesuffix(b"\r"))
            if item is not None:
                items.append(item)
        del self._buffer[:start]
        if len(self._buffer) > self._limits.line:
            raise Broken
        return items

    @property
    def open(self) -> bool:
        """An answer was begun and is not complete."""
        return self._answer is not None

    def _take(self, line: bytes) -> Item | None:
        if self._environment is not None:
            return self._take_environment(self._environment, line)
        if self._answer is not None:
            return self._continue(self._answer, line)
        if line == b"HANGUP":
            return HangupLine()
        return self._begin(line)

    def _take_environment(self, values: dict[str, str], line: bytes) -> Item | None:
        self._lines += 1
        if self._lines > self._limits.environment:
            raise Broken
        if not line:
            self._environment = None
            return Environment(values)
        name, colon, value = line.partition(b":")
        if not colon or not name.startswith(b"agi_"):
            self.malformed += 1
            return None
        key = name[4:].decode("utf-8", "replace")
        if key in values:  # a line end in the caller's name could add lines of its own
            raise Broken
        values[key] = value.removeprefix(b" ").decode("utf-8", "replace")
        return None

    def _begin(self, line: bytes) -> Item | None:
        found = _ANSWER.fullmatch(line)
        if found is None:
            self.malformed += 1
            return None
        code, dash, rest = int(found[1]), found[2], found[3]
        if code == 100:  # "Trying": the answer itself follows
            return None
        if code == 520 and dash == b"-":
            self._answer = line
            return None
        if code == 200 and _OPEN_VALUE.match(rest) and not _ends_value(rest):
            self._answer = line
            return None
        return self._finish(code, rest)

    def _continue(self, begun: bytes, line: bytes) -> Item | None:
        """A 520 goes on until its own end line; a value with line ends in it, until its bracket closes."""
        if len(begun) + len(line) > self._limits.answer:
            raise Broken
        if begun.startswith(b"520"):
            if not line.startswith(b"520 "):
                self._answer = begun + b"\n" + line
                return None
            self._answer = None
            return AgiReply(520)
        whole = begun + b"\n" + line
        if not _ends_value(line):
            self._answer = whole
            return None
        self._answer = None
        return self._finish(200, whole[4:])

    def _finish(self, code: int, rest: bytes) -> Item | None:
        if code != 200:
            return AgiReply(code)
        found = _RESULT.match(rest)
        if found is None:
            self.malformed += 1
            return None
        return AgiReply(
            200,
            found[1].decode("ascii"),
            (found[2] or b"").decode("utf-8", "replace"),
            int(found[3]) if found[3] and len(found[3]) < 16 else None,
        )


def _ends_value(line: bytes) -> bool:
    close = line.rfind(b")")
    return close >= 0 and _CLOSED.fullmatch(line, close) is not None


_WORD = re.compile(r"[A-Z]+")
_FORBIDDEN = re.compile("[\r\n\0]")


def encode(words: tuple[str, ...], arguments: tuple[str, ...] = ()) -> bytes:
    """One command line. `words` are the command itself; each of `arguments` is quoted.

    Raises `UnsafeArgument`, and then nothing may be sent.
    """
    if not words or not all(_WORD.fullmatch(word) for word in words):
        raise UnsafeArgument("a command is made of capital letters")
    if len(arguments) > ARGUMENTS_LIMIT:
        raise UnsafeArgument("too many arguments")
    text = " ".join((*words, *(_quote(argument) for argument in arguments)))
    try:
        line = text.encode() + b"\n"
    except UnicodeEncodeError:
        raise UnsafeArgument("an argument is not valid text") from None
    if len(line) > COMMAND_LIMIT:
        raise UnsafeArgument(f"the command has {len(line)} bytes, at most {COMMAND_LIMIT}")
    return line


def _quote(argument: str) -> str:
    if _FORBIDDEN.search(argument):
        raise UnsafeArgument("an argument has a line end or a NUL")
    return '"' + argument.replace("\\", "\\\\").replace('"', '\\"') + '"'
