"""To whom a call is handed over, and how."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

Mode = Literal["blind", "consult"]


class HandoverPreset(BaseModel):
    """`blind`: the citizen is sent there at once. `consult`: he is held while the agent tells them the
    place, and then completes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,23}$")]
    number: Annotated[str, Field(pattern=r"^\+?[0-9]{2,20}$")]
    zh: Annotated[str, Field(min_length=1, max_length=40)]
    en: Annotated[str, Field(min_length=1, max_length=40)]
    mode: Mode = "consult"


USUAL: Final = (
    HandoverPreset(service="police", number="110", zh="公安", en="Police"),
    HandoverPreset(service="fire", number="119", zh="消防", en="Fire brigade"),
    HandoverPreset(service="medical", number="120", zh="急救", en="Ambulance"),
    HandoverPreset(service="traffic", number="122", zh="交通事故", en="Traffic accidents"),
)
