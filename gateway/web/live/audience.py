"""The table that decides who sees which event on the desk, and which of its fields.

An event whose type is not listed reaches nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from core.actor import Actor, Role
from core.events import Event, Privacy
from core.rights import STAFF

Scope = Literal["staff", "seat", "call", "case", "dispatch", "command", "attack", "task"]

SCOPES: dict[str, Scope] = {
    "identity.sign_in_attack": "attack",
    "identity.rights_alarm": "attack",
    "hotline.call_ringing": "seat",
    "hotline.caller_context": "call",
    "hotline.call_changed": "staff",
    "hotline.call_ended": "staff",
    "hotline.agent_changed": "staff",
    "hotline.agent_state_set": "seat",
    "hotline.queue_changed": "staff",
    "hotline.tap_shed": "call",
    "hotline.leg_unheard": "call",
    "hotline.callback_offered": "seat",
    "hotline.callback_offer_over": "seat",
    "hotline.callback_rings": "seat",
    "hotline.callback_failed": "seat",
    "hotline.callback_changed": "staff",
    "hotline.board_changed": "staff",
    "hotline.drain_changed": "staff",
    "hotline.answer_asked": "seat",
    "hotline.phone_claimed": "seat",
    "hotline.help_changed": "call",
    "hotline.conference_changed": "staff",
    "hotline.handover_settled": "staff",
    "hotline.outside_call_refused": "staff",
    "hotline.emergency_call": "staff",
    "hotline.alarm_call_changed": "command",
    "hotline.alarm_calls_exhausted": "command",
    "speech.transcript_segment": "call",
    "speech.transcript_gap": "call",
    "speech.tap_shed": "call",
    "cdr.recording_paused": "call",
    "ivr.caller_marked": "staff",
    "cases.draft_changed": "call",
    "cases.reports_waiting": "staff",
    "cases.report_offered": "seat",
    "cases.report_offer_over": "seat",
    "cases.draft_editors_changed": "call",
    "cases.incident_changed": "staff",
    "cases.operating_mode_changed": "staff",
    "cases.filed_while_editing": "seat",
    "cases.articles_suggested": "call",
    "cases.article_used": "call",
    "cases.case_filed": "case",
    "cases.case_changed": "case",
    "cases.deadline_warned": "case",
    "cases.deadline_passed": "case",
    "cases.dispatch_changed": "case",
    "cases.assignment_changed": "case",
    "cases.verification_changed": "task",
    "field.unit_changed": "staff",
    "radio_bridge.floor_changed": "command",
    "radio_bridge.floor_answered": "seat",
    "radio_bridge.patch_changed": "staff",
    "field.units_moved": "command",
    "field.unit_pretended": "command",
    "radio_bridge.network_changed": "command",
    "field.talkgroup_changed": "staff",
    "field.delivery_changed": "staff",
    "field.dispatch_overdue": "dispatch",
    "field.text_changed": "dispatch",
    "field.emergency_changed": "dispatch",
}

ALL = frozenset(Privacy)
WITHOUT_PERSONAL = frozenset({Privacy.PUBLIC, Privacy.INTERNAL})


@dataclass(frozen=True, slots=True)
class Audience:
    """Decides from the people on a call; `on_call` gives the user ids of a call's agents."""

    on_call: Callable[[UUID], frozenset[str]]
    is_confidential: Callable[[UUID], bool]

    def sight(self, viewer: Actor, event: Event) -> frozenset[Privacy] | None:
        """The privacy classes that the viewer may see of the event; None when it is not for him."""
        scope = SCOPES.get(event.TYPE)
        if scope is None:
            return None
        if not viewer.has(*STAFF):
            return _sight_of_department(viewer, event)
        call_id: UUID | None = getattr(event, "call_id", None)
        if scope == "task":
            return WITHOUT_PERSONAL  # its words stand with its draft or its case
        if scope == "seat":
            return ALL if viewer.id == getattr(event, "agent_id", None) else None
        if viewer.has(Role.SUPERVISOR) or (call_id is not None and viewer.id in self.on_call(call_id)):
            return ALL
        return self._sight_from_aside(viewer, event, scope, call_id)

    def works_on(self, viewer: Actor, event: Event) -> bool:
        """Whether the event is about the viewer himself, or about a call that he is on."""
        call_id: UUID | None = getattr(event, "call_id", None)
        agent = getattr(event, "agent", None)
        himself = viewer.id == getattr(agent, "agent_id", None)
        return himself or (call_id is not None and viewer.id in self.on_call(call_id))

    def _sight_from_aside(
        self, viewer: Actor, event: Event, scope: Scope, call_id: UUID | None
    ) -> frozenset[Privacy] | None:
        """What somebody sees who is neither on the call nor a supervisor."""
        if scope == "call":
            return None
        if scope == "attack":
            is_asked = viewer.has(Role.ADMIN) or viewer.id == getattr(event, "asked", None)
            return ALL if is_asked else None
        if scope == "command":
            return ALL if viewer.has(Role.DISPATCHER) else None
        if scope == "dispatch":
            return ALL if viewer.has(Role.DISPATCHER) else WITHOUT_PERSONAL
        if scope == "case":
            # As the cases' own routes: all of it, but for a confidential one that others handle.
            secret = getattr(event, "confidential", False) and not viewer.has(Role.ACCEPTOR, Role.DISPATCHER)
            return WITHOUT_PERSONAL if secret else ALL
        hidden = call_id is not None and self.is_confidential(call_id)
        return None if hidden else WITHOUT_PERSONAL


def _sight_of_department(viewer: Actor, event: Event) -> frozenset[Privacy] | None:
    """Who works for a department follows its assignments, and nothing else."""
    if not viewer.has(Role.DEPARTMENT) or event.TYPE != "cases.assignment_changed":
        return None
    department = getattr(getattr(event, "assignment", None), "department", None)
    if getattr(department, "id", None) not in viewer.scopes.departments:
        return None
    return WITHOUT_PERSONAL if getattr(event, "confidential", True) else ALL
