"""What an import of a map is refused for. A refusal means: nothing was changed."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Invalid, NotFound


class BrokenMap(Invalid):
    kind: ClassVar[str] = "broken-map"
    title: ClassVar[str] = "The file is no map that the desk can draw"


class NoSuchMap(NotFound):
    kind: ClassVar[str] = "no-such-map"
    title: ClassVar[str] = "There is no map of this name"
