"""What a setting is to this room. `gateway/wiring/runtime_settings/` supplies one for each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, runtime_checkable

from core.actor import Actor
from core.csv_table import CsvTable, LineReport
from runtime_settings.model import SettingEffect

CurrentUser = Callable[..., Actor | Awaitable[Actor]]
"""A FastAPI dependency that gives the signed-in person or raises `Unauthenticated`."""


class RuntimeSetting(Protocol):
    """One setting. Its value is JSON of the form that `schema` describes."""

    @property
    def name(self) -> str:
        """Its name in the API and in the table: `opening-hours`."""
        ...

    @property
    def section(self) -> str:
        """Where the settings file has it."""
        ...

    def schema(self) -> dict[str, Any]:
        """The JSON schema of a value."""
        ...

    def imported(self) -> Any:
        """The value that the settings file gives. Raises `SettingInvalid`, `OSError`."""
        ...

    def checked(self, value: Any) -> Any:
        """The value as it is stored. Raises `SettingInvalid`."""
        ...

    async def effect(self, before: Any, after: Any) -> SettingEffect:
        """What the change would do; nothing is changed. May raise `StorageAway`."""
        ...

    async def apply(self, value: Any) -> None:
        """Make it hold here; the same value again does nothing. Raises `SonghuaError`, `OSError`: then it is
        tried again.
        """
        ...


@runtime_checkable
class TableSetting(Protocol):
    """A setting to which a file of rows can be added."""

    def table(self, data: bytes) -> CsvTable:
        """Raises `TableUnreadable`."""
        ...

    def merged(self, table: CsvTable, value: Any) -> tuple[list[LineReport], Any]:
        """What each line does, and the value with all lines that are not refused."""
        ...
