"""Rules of agents' states that supervisors change while the service runs."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from core.models import Strict
from hotline.agents.reasons import OWN, ReasonCode

Seconds = Annotated[float, Field(gt=0, le=86_400)]


class AgentRules(Strict):
    """`wrap_up_s`: after-call work longer than this is overdue; it is extended by `wrap_up_extend_s` at a
    time and never beyond `wrap_up_most_s`. `missed_to_pause` ring attempts missed in a row pause an agent,
    and a desk page that is lost for `page_lost_pause_s`; 0: never.
    """

    wrap_up_s: Seconds
    wrap_up_extend_s: Seconds
    wrap_up_most_s: Seconds
    missed_to_pause: Annotated[int, Field(ge=0, le=100)]
    page_lost_pause_s: Annotated[float, Field(ge=0, le=86_400)]
    reason_required: bool
    forced_is_binding: bool
    reasons: Annotated[tuple[ReasonCode, ...], Field(max_length=100)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.wrap_up_s <= self.wrap_up_most_s:
            raise ValueError("wrap_up_most_s must not be shorter than wrap_up_s")
        codes = [one.code for one in self.reasons]
        doubled = sorted({code for code in codes if codes.count(code) > 1})
        if doubled:
            raise ValueError(f"reasons: codes must differ: {', '.join(doubled)}")
        own = sorted({one.code for one in OWN} & set(codes))
        if own:
            raise ValueError(f"reasons: these codes are the ledger's own: {', '.join(own)}")
        return self
