"""The conditions under which a case is closed (GB/T 30428.8, 结案条件): pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cases.errors import ClosingConditionMissing, NoSuchClosingCondition


@dataclass(frozen=True, slots=True)
class ClosingCondition:
    """`classes` are codes, majors or kinds; without any it is for every class. `version` is the table's."""

    condition_id: str
    condition_zh: str
    condition_en: str
    version: str
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClosingTable:
    """A city's conditions. One without classes is always there: every case can be closed."""

    version: str
    conditions: Sequence[ClosingCondition]

    def of(self, category: str) -> list[ClosingCondition]:
        """Those of a class `scheme@version/code`, then those for every class."""
        code = category.partition("/")[2]
        own = [one for one in self.conditions if any(code.startswith(name) for name in one.classes)]
        return own + [one for one in self.conditions if not one.classes]

    def require(self, category: str, condition_id: str) -> ClosingCondition:
        """Raises `ClosingConditionMissing`, `NoSuchClosingCondition`; both name what may be chosen."""
        offered = self.of(category)
        named = ", ".join(one.condition_id for one in offered)
        if not condition_id:
            raise ClosingConditionMissing(
                "closing names the condition that was met", remedy=f"choose one of: {named}", conditions=named
            )
        for one in offered:
            if one.condition_id == condition_id:
                return one
        raise NoSuchClosingCondition(remedy=f"choose one of: {named}", conditions=named)
