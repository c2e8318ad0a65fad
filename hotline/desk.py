"""What a desk begins with of the hotline: calls, agents, queues, the board, an offered callback."""

from __future__ import annotations

from typing import Any

from core.actor import Actor, Role
from core.rights import STAFF
from hotline.service import Hotline


def desk_state(hotline: Hotline, viewer: Actor) -> dict[str, Any]:
    """As `Board.desk_snapshot`, with `board`, `drain`, `callback_offer` (None: nothing is offered) and, for
    who follows field units, `alarm_calls`; JSON-ready. Empty for who is not staff of the centre.
    """
    if not viewer.has(*STAFF):
        return {}
    offer = hotline.callbacks.offer_of(viewer.id)
    return {
        **hotline.board.desk_snapshot(viewer),
        "board": hotline.figures.view(viewer).model_dump(mode="json"),
        "drain": hotline.drain.view().model_dump(mode="json"),
        "callback_offer": None if offer is None else offer.model_dump(mode="json"),
        **_alarm_calls(hotline, viewer),
    }


def _alarm_calls(hotline: Hotline, viewer: Actor) -> dict[str, Any]:
    if not viewer.has(Role.DISPATCHER, Role.SUPERVISOR):
        return {}
    return {"alarm_calls": [call.model_dump(mode="json") for call in hotline.automated.alarms.live()]}
