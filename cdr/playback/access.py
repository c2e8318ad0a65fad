"""Who may play what was recorded of a talkgroup, or of a case's conference, which stands under its own name:
dispatchers and supervisors with the right `monitor`, or who sees the case.
"""

from __future__ import annotations

from cdr import rights
from cdr.errors import MayNotMonitor, NoRecordedTalkgroup
from cdr.ports import TalkgroupAccess
from core.actor import Actor
from core.scopes import Scope


async def may_hear(access: TalkgroupAccess, actor: Actor, group: str) -> None:
    """Raises `Forbidden`, `NoRecordedTalkgroup`, `MayNotMonitor`."""
    rights.RECALL.check(actor)
    actor.require_within(Scope.TALKGROUP, group)
    may = await access.may_monitor(group, actor)
    if may is None:
        raise NoRecordedTalkgroup(remedy="see GET /api/talkgroups")
    if not may:
        raise MayNotMonitor(remedy="see the talkgroup's rights: monitor")
