"""What a desk begins with of field units: the units, and for dispatchers places, alarms and unread texts."""

from __future__ import annotations

from typing import Any

from core.actor import Actor, Role
from core.rights import STAFF
from field.centre.room import FieldRoom
from field.emergency.centre.http import view as alarm_view
from field.texts.centre.http import view as text_view
from field.units.notifier import as_event
from field.units.places.view import place_view


async def desk_state(room: FieldRoom, viewer: Actor) -> dict[str, Any]:
    """JSON-ready. Where crews are is personal: `places` are for dispatchers and supervisors, as are alarms
    that are not cleared and texts of units that nobody has read. Raises `StorageAway`.
    """
    if not viewer.has(*STAFF):
        return {}
    known = await room.register.known()
    state: dict[str, Any] = {
        "units": [
            as_event(one.unit, one.unit.status, one.bearers, one.groups).model_dump(
                mode="json", exclude={"id", "at"}
            )
            for one in known
        ]
    }
    if not viewer.has(Role.DISPATCHER, Role.SUPERVISOR):
        return state
    alarms = await room.emergencies.listed(viewer)
    texts = await room.texts.listed(viewer, unread=True)
    return {
        **state,
        "places": [
            place_view(one.unit.unit_id, one.placed).model_dump(mode="json")
            for one in known
            if one.placed is not None
        ],
        "emergencies": [alarm_view(alarm).model_dump(mode="json") for alarm in alarms],
        "unread_texts": [text_view(text).model_dump(mode="json") for text in texts],
    }
