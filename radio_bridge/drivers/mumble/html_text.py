"""Texts of Mumble are HTML: ours are escaped, theirs become plain words. Any text is accepted."""

from __future__ import annotations

import html
from html.parser import HTMLParser
from typing import Final

MOST_CHARACTERS: Final = 280
"""Of a text of ours."""
READ_MOST: Final = 5_000
"""Of one that came, before its marks are taken away: Mumble's own limit unless it is told otherwise."""
_BREAKS: Final = frozenset({"br", "p", "div", "li", "tr"})
_HIDDEN: Final = frozenset({"style", "script"})


def marked(words: str) -> str:
    """As it is sent."""
    return html.escape(words, quote=False).replace("\n", "<br/>")


def plain(text: str) -> str:
    """What a person would read of it."""
    reader = _HtmlReader()
    reader.feed(text[:READ_MOST])
    reader.close()
    lines = ("".join(reader.found)).splitlines()
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


class _HtmlReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._hidden += tag in _HIDDEN
        if tag in _BREAKS:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _HIDDEN and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.found.append(data)
