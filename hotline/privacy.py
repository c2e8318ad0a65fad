"""Who may see what of a call: its personal parts are for those on it and for supervisors; a confidential
call is hidden from everybody else.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from core.actor import Actor, Role
from core.events import Privacy, mask
from core.scopes import Scope
from hotline.events import CallView

EVERYTHING: Final = frozenset(Privacy)
WITHOUT_PERSONAL: Final = frozenset({Privacy.PUBLIC, Privacy.INTERNAL})


def sight(viewer: Actor, on_call: Collection[str]) -> frozenset[Privacy]:
    """The privacy classes that the viewer may see of a call's fields."""
    if viewer.has(Role.SUPERVISOR) or viewer.id in on_call:
        return EVERYTHING
    return WITHOUT_PERSONAL


def may_see(viewer: Actor, call: CallView) -> bool:
    """Calls of a queue outside of the viewer's scopes, and confidential ones, are hidden as a whole from who
    is not on them.
    """
    if viewer.id not in call.agent_ids and not viewer.within(Scope.QUEUE, call.queue):
        return False
    return not call.confidential or sight(viewer, call.agent_ids) is EVERYTHING


def sees_anothers_number(viewer: Actor, call: CallView) -> bool:
    """Whether he sees the number of a call that he is not on."""
    return viewer.id not in call.agent_ids and sight(viewer, call.agent_ids) is EVERYTHING


def shown(call: CallView, viewer: Actor) -> dict[str, Any]:
    """The call as JSON-ready dict, masked for this viewer."""
    return mask(call, sight(viewer, call.agent_ids))
