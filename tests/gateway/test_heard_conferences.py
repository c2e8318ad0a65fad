"""What was recorded of a case's conference is heard by who sees the case, by whatever way he asks."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

import pytest

from cdr.errors import MayNotMonitor, NoRecordedTalkgroup
from cdr.playback.access import may_hear
from core.actor import Actor, Role
from core.errors import Forbidden, NotFound
from gateway.wiring.cdr import TalkgroupsOf
from hotline.conferences.model import ledger_name

SEES = Actor("sees", "sees", frozenset({Role.SUPERVISOR}))
OTHER = Actor("other", "other", frozenset({Role.SUPERVISOR}))
HELD, UNKNOWN = UUID(int=1), UUID(int=2)


class Conferences:
    """Stands in for `IncidentConferences`."""

    async def show(self, actor: Actor, conference_id: UUID) -> None:
        if conference_id != HELD:
            raise NotFound
        if actor != SEES:
            raise Forbidden


async def test_a_recording_is_heard_by_who_sees_the_case() -> None:
    def no_floor() -> Any:
        raise AssertionError("a conference has no floor")

    access = TalkgroupsOf(no_floor, lambda: cast("Any", Conferences()))
    await may_hear(access, SEES, ledger_name(HELD))
    with pytest.raises(MayNotMonitor):
        await may_hear(access, OTHER, ledger_name(HELD))
    with pytest.raises(NoRecordedTalkgroup):
        await may_hear(access, SEES, ledger_name(UNKNOWN))
