"""Who may patch what to what. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from core.actor import Actor
from core.scopes import Scope
from field.contract.talkgroup import Talkgroup, TalkgroupParty, right
from radio_bridge.floor.model import LINE, PATCH
from radio_bridge.switch.conference.model import DESK, ConferenceLeg
from radio_bridge.switch.patches.errors import ClassGuard, MayNotPatch

INTERNAL: Final = "internal"


def may_patch(actor: Actor, group: Talkgroup) -> None:
    """Raises `MayNotPatch`, `OutOfScope`."""
    actor.require_within(Scope.TALKGROUP, group.tg_id)
    if not right(group, "patch", TalkgroupParty(roles=actor.roles)).may:
        raise MayNotPatch(remedy="see the talkgroup's right: patch")


def may_have_a_line(group: Talkgroup) -> None:
    """A line on a group that is not `internal` needs a right of its own. Raises `ClassGuard`."""
    if group.tg_class != INTERNAL and not right(group, "patch", TalkgroupParty(phone=True)).may:
        raise ClassGuard(
            f"the talkgroup is {group.tg_class}", remedy="an admin may add `phone` to its right: patch"
        )


def may_be_joined(one: Talkgroup, two: Talkgroup) -> None:
    """Groups of two classes: both need the other one's in their right. Raises `ClassGuard`."""
    if one.tg_class == two.tg_class:
        return
    for group, other in ((one, two), (two, one)):
        if not right(group, "patch", TalkgroupParty(tg_class=other.tg_class)).may:
            raise ClassGuard(
                f"{group.tg_id} is {group.tg_class}, {other.tg_id} is {other.tg_class}",
                remedy=f"an admin may add `class:{other.tg_class}` to the right `patch` of {group.tg_id}",
            )


def is_patched(legs: Iterable[ConferenceLeg]) -> bool:
    """Whether a telephone, its agent or another talkgroup is in the conference."""
    return any(leg.party.startswith((LINE, DESK, PATCH)) for leg in legs)
