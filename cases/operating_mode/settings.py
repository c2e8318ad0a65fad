"""What each mode changes, as data."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.actor import Role
from core.models import Strict

_Level = Annotated[int, Field(ge=0, le=20)]


class ModePriorities(Strict):
    """Levels that take the place of those of `[hotline.priorities]` while the mode holds; without a value
    these stay.
    """

    danger: _Level | None = None
    danger_near: _Level | None = None
    repeat: _Level | None = None
    abandoned: _Level | None = None

    def changes(self) -> dict[str, int]:
        """The levels that it sets, by their names."""
        found: dict[str, int] = self.model_dump(exclude_none=True)
        return found


class ModeRules(Strict):
    """What holds besides the ordinary settings while the mode does."""

    greeting: str = Field(
        default="", pattern=r"^([a-z0-9][a-z0-9-]{0,62})?$",
        description="a prompt that every caller hears once before he waits, in each language; empty: none",
    )  # fmt: skip
    priorities: ModePriorities = ModePriorities()
    roles: dict[Role, tuple[Role, ...]] = Field(
        default={}, description="roles that people of a role have besides; API tokens get none"
    )


class OperatingModeSettings(Strict):
    """The modes above peace, and how soon a second person confirms what one has done alone."""

    emergency: ModeRules = ModeRules(
        greeting="wait-long", priorities=ModePriorities(danger=19, danger_near=12, repeat=0, abandoned=0)
    )
    wartime: ModeRules = ModeRules(
        greeting="wait-long",
        priorities=ModePriorities(danger=19, danger_near=12, repeat=0, abandoned=0),
        roles={Role.SUPERVISOR: (Role.DISPATCHER,)},
    )
    confirm_within_min: float = Field(
        default=30.0,
        gt=0,
        description="after so long without a second person, a mode is shown as unconfirmed",
    )
