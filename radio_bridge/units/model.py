"""A field unit, and the form of its name."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from core.errors import Invalid

UID_PATTERN = r"^[a-z][a-z0-9]{0,9}:[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$"
_UID = re.compile(UID_PATTERN.strip("^$"))
FREE = "free"


def is_uid(value: str) -> bool:
    """`{network}:{id}`, for example `app:17`: never a `/`, `+`, `#`, space or control character."""
    return _UID.fullmatch(value) is not None


def check_uid(value: str) -> str:
    if not is_uid(value):
        raise Invalid(
            "a unit's name is network:id, for example app:17", remedy="letters, digits, '_', '.', '-'"
        )
    return value


@dataclass(frozen=True, slots=True)
class Unit:
    """`unit_id` is the name on the air; `network` its first part. `last_heard` is the centre's clock."""

    unit_id: str
    name: str
    crew: tuple[str, ...] = ()
    online: bool = False
    last_heard: datetime | None = None
    status: str = FREE

    @property
    def network(self) -> str:
        return self.unit_id.partition(":")[0]

    def heard(self, at: datetime, *, online: bool | None = None) -> Unit:
        return replace(self, last_heard=at, online=self.online if online is None else online)
