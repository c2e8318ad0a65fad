"""Who may play a talkgroup's recordings: dispatchers and supervisors with its right `monitor`."""

from __future__ import annotations

from cdr import rights
from cdr.errors import MayNotMonitor, NoRecordedTalkgroup
from cdr.ports import TalkgroupAccess
from core.actor import Actor
from core.scopes import Scope


def may_hear(access: TalkgroupAccess, actor: Actor, group: str) -> None:
    """Raises `Forbidden`, `NoRecordedTalkgroup`, `MayNotMonitor`."""
    rights.RECALL.check(actor)
    actor.require_within(Scope.TALKGROUP, group)
    may = access.may_monitor(group, actor)
    if may is None:
        raise NoRecordedTalkgroup(remedy="see GET /api/talkgroups")
    if not may:
        raise MayNotMonitor(remedy="see the talkgroup's rights: monitor")
