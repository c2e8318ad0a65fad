"""What a file may be at most, and how a file is refused as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from core.errors import Invalid
from sensing.patches.model import RawFeature

MOST_FEATURES: Final = 1_000_000
MOST_PROPERTIES: Final = 200


class PatchesUnreadable(Invalid):
    kind = "patches-unreadable"
    title = "The file with change patches cannot be read"


@dataclass(frozen=True, slots=True)
class OpenedPatches:
    """`crs` is a pyproj CRS; `features` are read as they are asked for and raise `PatchesUnreadable` where
    the file breaks off.
    """

    form: str
    crs: Any
    features: Iterable[RawFeature]
