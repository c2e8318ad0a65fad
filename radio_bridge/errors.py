"""What can be wrong with a unit or with what it sent."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, NotFound


class UnknownUnit(NotFound):
    kind: ClassVar[str] = "unknown-unit"
    title: ClassVar[str] = "There is no such unit"


class UnitExists(Conflict):
    kind: ClassVar[str] = "unit-exists"
    title: ClassVar[str] = "A unit of this name exists"


class Malformed(ValueError):
    """A payload or topic that is not what the contract says; counted and dropped, never logged verbatim."""
