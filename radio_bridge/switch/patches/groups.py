"""Talkgroups patched to each other: who may, one patch a talkgroup, and its end.

That a patch is there is what the switch says: each of two conferences has the leg that brings the other one's
sound. So it is known after a restart of this process, too.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.actor import Actor, OutOfScope
from core.errors import Invalid, SonghuaError
from core.log import logger
from core.metrics import counter
from core.operations import OperationMemory
from core.tasks import Tasks
from field.contract.talkgroup import Talkgroup
from field.events import TalkgroupChanged
from radio_bridge.switch.patches.errors import GroupPatched, MayNotPatch, NotPatched
from radio_bridge.switch.patches.events import PatchChanged
from radio_bridge.switch.patches.ports import Outcome, PatchPorts
from radio_bridge.switch.patches.rules import is_patched, may_be_joined, may_patch

_log = logger("radio_bridge")
_patches = counter(
    "radio_bridge_group_patches", "Patches of two talkgroups begun and ended, by what came of it",
    ["what", "outcome"],
)  # fmt: skip

JOINED_S: Final = 3.0
LOOKED_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class GroupPatch:
    """`group` is the first of the two by name."""

    group: str
    other: str


class GroupPatches:
    name = "group-patches"

    def __init__(self, ports: PatchPorts) -> None:
        self._ports = ports
        self._conferences = ports.conferences
        self._operations = OperationMemory[bool]()
        self._beginning: set[str] = set()
        self._shown: dict[str, str] = {}
        self._by: dict[str, str] = {}
        """Who has begun the patch that a talkgroup has, or is to have, as far as this process knows."""
        self._tasks = Tasks("group-patches")
        ports.bus.subscribe(TalkgroupChanged, self._group_changed, name="patches.talkgroups")

    async def start(self) -> None:
        self._tasks.forever("show", self._run)

    async def stop(self) -> None:
        await self._tasks.stop()

    async def begin(self, actor: Actor, group: str, other: str, op_id: UUID) -> Outcome:
        """Who talks in one is heard in the other from now on. The same `op_id` again is the same act.

        Raises `MayNotPatch`, `ClassGuard`, `GroupPatched`, `UnknownTalkgroup`, `Invalid`, `Conflict`,
        `Unavailable`: then they are not patched.
        """
        if group == other:
            raise Invalid("a talkgroup is not patched to itself", remedy="name two talkgroups")
        both = frozenset({group, other})
        again = self._operations.again(op_id, both, True)
        try:
            if again and self._conferences.patched(group) == other:
                return "done"
            await self._check(actor, group, other)
            for one in both:
                if one in self._beginning or is_patched(self._conferences.legs(one)):
                    raise GroupPatched(f"{one} has a patch", remedy="end the patch that it has")
            outcome = await self._join(actor, group, other)
        except SonghuaError:
            self._operations.forget(op_id)
            _patches.labels("begin", "refused").inc()
            raise
        _patches.labels("begin", outcome).inc()
        return outcome

    async def end(self, actor: Actor, group: str, op_id: UUID) -> Outcome:
        """Nobody is heard in the other talkgroup any more, from this moment on.

        Raises `NotPatched`, `MayNotPatch`, `Unavailable` when the switch still has the (silent) legs.
        """
        again = self._operations.again(op_id, group, True)
        other = self._conferences.patched(group)
        if other is None:
            if again:
                return "done"
            self._operations.forget(op_id)
            raise NotPatched(remedy="see GET /api/patches")
        await self._may_end(actor, group, other)
        try:
            await self._conferences.part(group)
        finally:
            # For the floors it has ended, whatever the switch says.
            self._show()
            await self._ports.audit.record(actor, "patch.end", f"talkgroup:{group} talkgroup:{other}")
        _patches.labels("end", "done").inc()
        return "done"

    def has(self, group: str, op_id: UUID) -> bool:
        """Whether its patch is one of these, or was, and this operation has ended it."""
        return self._conferences.patched(group) is not None or self._operations.answer(op_id) is not None

    def patches(self) -> Sequence[GroupPatch]:
        found = ((group, self._conferences.patched(group)) for group in sorted(self._conferences.groups()))
        return [GroupPatch(group, other) for group, other in found if other is not None and group < other]

    def find(self, group: str) -> GroupPatch | None:
        return next((one for one in self.patches() if group in {one.group, one.other}), None)

    # --- inside ---------------------------------------------------------------------------------------

    async def _check(self, actor: Actor, group: str, other: str) -> None:
        one, two = await self._known(group), await self._known(other)
        may_patch(actor, one)
        may_patch(actor, two)
        may_be_joined(one, two)

    async def _known(self, group: str) -> Talkgroup:
        return (await self._ports.talkgroups.find(group)).group

    async def _join(self, actor: Actor, group: str, other: str) -> Outcome:
        both = {group, other}
        self._beginning |= both
        try:
            await self._ports.audit.record(actor, "patch.begin", f"talkgroup:{group} talkgroup:{other}")
            self._by |= dict.fromkeys(both, actor.id)
            try:
                await self._conferences.join(group, other)
            except SonghuaError:
                for one in both:
                    self._by.pop(one, None)
                raise
            until = time.monotonic() + JOINED_S
            while self._conferences.patched(group) != other:
                if time.monotonic() > until:
                    return "uncertain"
                await asyncio.sleep(0.02)
        finally:
            self._beginning -= both
        self._show()
        return "done"

    async def _may_end(self, actor: Actor, group: str, other: str) -> None:
        """Whoever may patch one of the two."""
        try:
            may_patch(actor, await self._known(group))
        except (MayNotPatch, OutOfScope):
            may_patch(actor, await self._known(other))

    async def _group_changed(self, event: TalkgroupChanged) -> None:
        """With its talkgroup a patch is over."""
        if event.removed and self._conferences.patched(event.tg_id) is not None:
            await self._conferences.part(event.tg_id)

    async def _run(self) -> None:
        while True:
            self._show()
            await asyncio.sleep(LOOKED_S)

    def _show(self) -> None:
        """Tell desks what has changed, of both talkgroups."""
        now: dict[str, str] = {}
        for patch in self.patches():
            now |= {patch.group: patch.other, patch.other: patch.group}
        for group in self._shown.keys() | now.keys():
            other = now.get(group, "")
            if self._shown.get(group, "") != other:
                self._ports.bus.publish(PatchChanged(talkgroup=group, other=other))
                self._tell(group, other)
        self._shown = now

    def _tell(self, group: str, other: str) -> None:
        """By a tone. One that a former run has begun was told by it."""
        if not other:
            self._ports.notices.tell(group, "unpatched", self._by.pop(group, "patch"))
        elif group in self._by:
            self._ports.notices.tell(group, "patched", self._by[group])
