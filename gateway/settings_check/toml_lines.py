"""Finds the line of each key of a TOML text that `tomllib` has accepted; it tells none. Pure."""

from __future__ import annotations

import contextlib
import re
import tomllib
from typing import Final

from gateway.settings_check.model import KeyPath

_KEY: Final = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_STRING: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|' r"'''.*?'{3,5}|" r'"(?:[^"\\\n]|\\.)*"|' r"'[^'\n]*'", re.DOTALL
)
_BARE: Final = re.compile(r"[^,\]}#\n]+")
_SPACE: Final = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)+")
_BLANK: Final = re.compile(r"[ \t]*")


def lines_of(text: str) -> dict[KeyPath, int]:
    """The line, from 1, of every key, section and list entry. Of a text that is no TOML: what was found until
    then.
    """
    scan = _Scan(text.replace("\r\n", "\n"))
    with contextlib.suppress(_Stopped, RecursionError):
        scan.document()
    return scan.lines


class _Stopped(Exception):
    """The text is no TOML here."""


class _Scan:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._counted, self._line = 0, 1
        self._entries: dict[KeyPath, int] = {}
        self.lines: dict[KeyPath, int] = {}

    def document(self) -> None:
        section: KeyPath = ()
        while self._skip():
            if self._text.startswith("[[", self._at):
                section = self._list_header()
            elif self._text[self._at] == "[":
                self._at += 1
                section = self._resolved(self._key())
                self._expect("]")
                self._keep(section)
            else:
                self._pair(section)

    def _list_header(self) -> KeyPath:
        self._at += 2
        name = self._resolved(self._key())
        self._expect("]]")
        number = self._entries.get(name, -1) + 1
        self._entries[name] = number
        self._keep((*name, number))
        return (*name, number)

    def _resolved(self, key: KeyPath) -> KeyPath:
        """`[a.b]` below `[[a]]` belongs to its last entry; the name of a list itself stays as it is."""
        found: KeyPath = ()
        for part in key:
            if found in self._entries:
                found = (*found, self._entries[found])
            found = (*found, part)
        if found in self._entries and not self._text.startswith("]]", self._at):
            found = (*found, self._entries[found])
        return found

    def _pair(self, above: KeyPath) -> None:
        path = (*above, *self._key())
        self._keep(path)
        self._expect("=")
        self._value(path)

    def _key(self) -> KeyPath:
        parts: list[str] = []
        while True:
            self._match(_BLANK)
            word = self._match(_KEY)
            if not word:
                raise _Stopped
            parts.append(_unquoted(word))
            self._match(_BLANK)
            if not self._text.startswith(".", self._at):
                return tuple(parts)
            self._at += 1

    def _value(self, path: KeyPath) -> None:
        self._match(_BLANK)
        sign = self._text[self._at : self._at + 1]
        if sign in {'"', "'"}:
            if not self._match(_STRING):
                raise _Stopped
        elif sign == "[":
            self._list(path)
        elif sign == "{":
            self._table(path)
        elif not self._match(_BARE):
            raise _Stopped

    def _list(self, path: KeyPath) -> None:
        self._at += 1
        number = 0
        while self._skip() and self._text[self._at] != "]":
            self._keep((*path, number))
            self._value((*path, number))
            number += 1
            if self._skip() and self._text[self._at] == ",":
                self._at += 1
        self._expect("]")

    def _table(self, path: KeyPath) -> None:
        self._at += 1
        while self._skip() and self._text[self._at] != "}":
            self._pair(path)
            if self._skip() and self._text[self._at] == ",":
                self._at += 1
        self._expect("}")

    def _skip(self) -> bool:
        """Over spaces, lines and comments; whether something follows."""
        self._match(_SPACE)
        return self._at < len(self._text)

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return found.group()

    def _expect(self, sign: str) -> None:
        self._match(_BLANK)
        if not self._text.startswith(sign, self._at):
            raise _Stopped
        self._at += len(sign)

    def _keep(self, path: KeyPath) -> None:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], self._line)


def _unquoted(word: str) -> str:
    if word[0] not in "\"'":
        return word
    return str(next(iter(tomllib.loads(f"{word} = 0"))))
