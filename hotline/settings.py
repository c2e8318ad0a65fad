"""How the hotline behaves; part of the one settings file, section `hotline`."""

from __future__ import annotations

from typing import Self

from pydantic import ConfigDict, Field, model_validator

from hotline.agents.reasons import OWN, USUAL, ReasonCode
from hotline.agents.rules import AgentRules
from hotline.control.settings import ControlSettings
from hotline.handovers.settings import USUAL as HANDOVERS
from hotline.handovers.settings import HandoverPreset
from hotline.nuisance.settings import NuisanceSettings
from hotline.outbound.purposes import OutboundSettings
from hotline.routing.model import PriorityRules
from hotline.routing.skills import SkillRequirement


class HotlineSettings(OutboundSettings):
    model_config = ConfigDict(frozen=True, extra="forbid")

    system_name: str = Field(
        default="songhua", min_length=1, description="Asterisk's `systemname`: it is part of every call's id"
    )
    queues: tuple[str, ...] = Field(
        default=("hotline",), min_length=1, description="queues that a signed-in agent joins"
    )
    needs: dict[str, tuple[SkillRequirement, ...]] = Field(
        default={}, description="skills that a queue of `queues` needs; a queue that is not named needs none"
    )
    control: ControlSettings = ControlSettings()
    nuisance: NuisanceSettings = NuisanceSettings()
    handovers: tuple[HandoverPreset, ...] = Field(
        default=HANDOVERS, description="services that a call is handed over to in one press"
    )
    technology: str = Field(default="PJSIP", description="what stands before an endpoint in a channel's name")
    wrap_up_s: float = Field(
        default=60.0, gt=0, description="after-call work longer than this is shown as overdue"
    )
    wrap_up_extend_s: float = Field(
        default=180.0, gt=0, description="longest single extension of the after-call work"
    )
    wrap_up_most_s: float = Field(
        default=900.0, gt=0, description="after-call work is not extended beyond this in all"
    )
    missed_to_pause: int = Field(
        default=3, ge=0, description="ring attempts missed in a row that pause an agent; 0 never does"
    )
    page_lost_pause_s: float = Field(
        default=60.0, ge=0, description="an agent whose desk page is lost for so long is paused; 0 never"
    )
    reasons: tuple[ReasonCode, ...] = Field(default=USUAL, description="reason codes of busy, rest, study")
    reason_required: bool = Field(default=False, description="an agent who pauses must say why")
    forced_is_binding: bool = Field(
        default=False, description="an agent cannot leave a state that a supervisor has forced"
    )
    compare_s: float = Field(
        default=3.0, ge=1, le=60, description="how often the switch's queues are compared with the ledger"
    )
    usual_handling_s: float = Field(
        default=180.0, gt=0, description="talk and wrap-up of a call, until enough calls were measured"
    )
    priorities: PriorityRules = PriorityRules()
    history_deadline_s: float = Field(default=3.0, gt=0, description="longest look-up of a caller's history")
    max_calls: int = Field(default=5_000, ge=10, description="calls kept in memory; the oldest give way")
    ended_kept: int = Field(default=20_000, ge=100, description="ended calls and channels remembered by id")
    max_taps: int = Field(default=900, ge=0, description="taps at once; 0 turns transcription off")
    tap_deadline_s: float = Field(default=5.0, gt=0, description="longest time to announce and place one tap")
    flush_s: float = Field(
        default=0.02, gt=0, le=1, description="changes of one call within this time become one event"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        unknown = sorted(set(self.needs) - set(self.queues))
        if unknown:
            raise ValueError(f"needs: not among `queues`: {', '.join(unknown)}")
        codes = [one.code for one in self.reasons]
        doubled = sorted({code for code in codes if codes.count(code) > 1})
        if doubled:
            raise ValueError(f"reasons: codes must differ: {', '.join(doubled)}")
        services = [one.service for one in self.handovers]
        if len(set(services)) != len(services):
            raise ValueError("handovers: services must differ")
        own = sorted({one.code for one in OWN} & set(codes))
        if own:
            raise ValueError(f"reasons: these codes are the ledger's own: {', '.join(own)}")
        return self

    @property
    def agent_rules(self) -> AgentRules:
        """What supervisors may change; without the bounds that a desk keeps, which no file had to."""
        return AgentRules.model_construct(**{name: getattr(self, name) for name in AgentRules.model_fields})

    @property
    def plan(self) -> dict[str, tuple[SkillRequirement, ...]]:
        """What each queue needs, by name; the first one is the default queue."""
        return {queue: self.needs.get(queue, ()) for queue in self.queues}
