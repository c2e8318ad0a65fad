"""A setting for tests: a dictionary of whole numbers, and what was applied."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.actor import Actor
from core.errors import Unavailable
from core.storage import StorageAway, Transaction
from runtime_settings.errors import SettingInvalid
from runtime_settings.model import EffectTime, SettingEffect


@dataclass
class PlainSetting:
    """`away`: what it is applied to does not answer."""

    name: str = "opening-hours"
    section: str = "[plain]"
    of_file: dict[str, int] = field(default_factory=lambda: {"ring": 20})
    applied: list[Any] = field(default_factory=list)
    away: bool = False
    undoable: bool = True
    checked_in: set[str] = field(default_factory=set)
    """Names of the threads."""

    def schema(self) -> dict[str, Any]:
        return {"type": "object"}

    def imported(self) -> Any:
        return dict(self.of_file)

    def checked(self, value: Any) -> Any:
        self.checked_in.add(threading.current_thread().name)
        if not isinstance(value, dict) or not all(isinstance(one, int) for one in value.values()):
            raise SettingInvalid(["ring: must be a whole number"])
        return value

    async def effect(self, before: Any, after: Any) -> SettingEffect:
        touches = {"calls": abs(after["ring"] - before["ring"])}
        return SettingEffect(EffectTime.NEXT_CALL, touches, undoable=self.undoable)

    async def apply(self, value: Any) -> None:
        if self.away:
            raise Unavailable("the switch does not answer")
        self.applied.append(value)


@dataclass
class NotedChanges:
    """An audit trail for tests."""

    rows: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    away: bool = False

    async def record_in(
        self, transaction: Transaction, actor: Actor, action: str, subject: str, detail: Mapping[str, Any]
    ) -> None:
        del transaction
        if self.away:
            raise StorageAway("no row can be written")
        self.rows.append((f"{actor.id} {action}", subject, detail))
