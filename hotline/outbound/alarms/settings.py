"""Whom an emergency rings that nobody answers; part of the one settings file, section `hotline.alarms`."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from core.models import Strict
from hotline.outbound.settings import AutomatedCallSettings

MOST_PEOPLE: Final = 20

Pause = Annotated[float, Field(ge=1, le=3_600)]
Number = Annotated[str, Field(pattern=r"^\+?[0-9]{2,20}$")]


class OnCallPerson(Strict):
    user: str = Field(min_length=2, max_length=63, description="the user who acknowledges by pressing 1")
    phone: Number | None = Field(
        default=None, description="a number outside; without it the telephone of this user's desk"
    )


class AlarmSettings(AutomatedCallSettings):
    """An emergency that reaches the supervisor rings his telephone."""

    people: tuple[OnCallPerson, ...] = Field(
        default=(),
        max_length=MOST_PEOPLE,
        description="who is called, in this order; without any: each supervisor with a telephone",
    )
    pauses_s: tuple[Pause, ...] = Field(
        default=(30.0, 60.0, 120.0, 300.0),
        max_length=20,
        description="pauses after everybody was called the 1st, 2nd … time; after the last round it ends",
    )

    @property
    def rounds(self) -> int:
        """As many as there are pauses, and the last one."""
        return len(self.pauses_s) + 1

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        users = [one.user for one in self.people]
        doubled = sorted({user for user in users if users.count(user) > 1})
        if doubled:
            raise ValueError(f"people: named twice: {', '.join(doubled)}")
        return self
