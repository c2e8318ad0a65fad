"""What the timeline of an emergency's case says of each thing that happened: pure."""

from __future__ import annotations

from typing import Final

from field.events import EmergencyChanged

CATEGORY: Final = "songhua@1/E9001"
"""In `cases/catalogue/tables/songhua-1.yaml`: no standard has a class for it."""
ACT: Final = "emergency-"
LOCATED: Final = f"{ACT}located"
ASKED: Final = {
    "dispatcher": "值班调度员 dispatchers",
    "next_dispatcher": "下一位调度员 the next dispatcher",
    "supervisor": "班长（电话）the supervisor, by telephone",
}
MOST_CHARACTERS: Final = 2_000


def description_of(event: EmergencyChanged) -> str:
    """Whose emergency it is, and of which kind, in both languages: who reads it may be from elsewhere."""
    name = event.unit_name or event.unit_id
    who = name if name == event.unit_id else f"{name}（{event.unit_id}）"
    kind = _kind(event)
    return f"外勤单元{who}紧急呼救：{kind[0]}。Emergency of unit {name}: {kind[1]}."


def entry_of(event: EmergencyChanged) -> str:
    """The words beside this entry of the timeline; the entry's act says what happened."""
    match event.what:
        case "raised":
            return " ".join(_kind(event))
        case "repeated":
            return f"×{event.repeats}"
        case "located":
            return _place(event)
        case "escalated":
            return ASKED.get(event.asked, event.asked)
        case "acknowledged":
            return event.acknowledged_by
        case "cleared":
            false = "误报 false alarm: " if event.false_alarm else ""
            return f"{event.cleared_by}: {false}{event.note}"[:MOST_CHARACTERS]


def _kind(event: EmergencyChanged) -> tuple[str, str]:
    if event.kind == "call":
        return f"紧急通话，通话组 {event.talkgroup}", f"emergency call on {event.talkgroup}"
    if event.talkgroup:
        return f"报警按钮，通话组 {event.talkgroup}", f"alarm button, listens to {event.talkgroup}"
    return "报警按钮", "alarm button"


def _place(event: EmergencyChanged) -> str:
    place = event.position
    if place is None:
        return ""
    measured = f" {event.position_at:%Y-%m-%dT%H:%M:%SZ}" if event.position_at is not None else ""
    return f"{place.lon:.6f},{place.lat:.6f} ±{place.accuracy_m:.0f} m{measured}"
