"""Command lines of the PEI (V.250), and user data after them: bytes to commands, pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

CR, LF, END, ESCAPE, BACKSPACE = 0x0D, 0x0A, 0x1A, 0x1B, 0x08
MOST = 4096
"""A longer line is cut: a radio's memory ends somewhere."""


@dataclass(frozen=True, slots=True)
class Command:
    """`AT+CTXD=1,1` is `+CTXD`, `set`, `("1", "1")`; `ATD9001` is `D`, `do`, `("9001",)`."""

    name: str
    kind: Literal["do", "set", "read", "test"]
    arguments: tuple[str, ...] = ()
    data: str | None = None
    """The second line of +CMGS."""

    def number(self, at: int, default: int | None = None) -> int:
        """Raises `ValueError` for an argument that is no number, `IndexError` for one that is missing."""
        text = self.arguments[at] if at < len(self.arguments) else ""
        if text == "":
            if default is None:
                raise IndexError(at)
            return default
        if not text.isascii() or not text.isdigit():
            raise ValueError(text)
        return int(text)


def parse(line: str) -> Command | None:
    """None for a line that is no command."""
    line = line.strip()
    if line[:2].upper() != "AT":
        return None
    rest = line[2:].strip()
    if not rest:
        return Command("", "do")
    if rest[0] != "+":
        letters = rest[:2].upper() if rest[0] == "&" else rest[0].upper()
        return Command(letters, "do", (rest[len(letters) :].strip(),))
    for mark, kind in (("=?", "test"), ("?", "read")):
        if rest.endswith(mark):
            return Command(rest[: -len(mark)].upper(), "test" if kind == "test" else "read")
    name, equals, arguments = rest.partition("=")
    if not equals:
        return Command(name.upper(), "do")
    return Command(name.upper(), "set", tuple(one.strip() for one in arguments.split(",")))


@dataclass(slots=True)
class LineReader:
    """Bytes in any pieces to lines; after `expect_data` the next one is user data, to Ctrl-Z or ESC."""

    _line: bytearray = field(default_factory=bytearray)
    _data: bool = False

    def feed(self, byte: int) -> tuple[Literal["line", "data", "escape"], str] | None:
        if self._data:
            if byte in {END, ESCAPE}:
                self._data = False
                text = self._taken()
                return ("data", text) if byte == END else ("escape", text)
            if byte not in {CR, LF} and len(self._line) < MOST:
                self._line.append(byte)
            return None
        if byte == BACKSPACE:
            del self._line[-1:]
        elif byte == CR:
            text = self._taken()
            return ("line", text) if text.strip() else None
        elif byte == END:
            return "data", self._taken()
        elif byte != LF and len(self._line) < MOST:
            self._line.append(byte)
        return None

    def expect_data(self) -> None:
        self._line.clear()
        self._data = True

    def forget(self) -> None:
        self._line.clear()
        self._data = False

    def _taken(self) -> str:
        text = self._line.decode("latin-1")
        self._line.clear()
        return text
