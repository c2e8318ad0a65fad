"""Who may hear and talk on which talkgroup, answered from memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from core.actor import Role
from field.contract.mobile.whereabouts import MOST_GROUPS
from field.contract.talkgroup import Talkgroup, TalkgroupParty, TgClass, right
from radio_bridge.floor.model import LINE, NOTICE, PERSON, PHONE, FloorRules
from radio_bridge.floor.ports import FloorRight, Register
from radio_bridge.floor.settings import FloorSettings

DESK_NAME: Final = "dispatch"
"""How units read whoever talks from a desk."""
LINE_NAME: Final = "phone"
"""How units read whoever talks from a telephone: his number is not for the air."""
OUR_NETWORK: Final = "app"
"""The network whose floors are ours; all others own theirs (decision 0100)."""


class RegisterMembership:
    """Implements `Membership`."""

    def __init__(self, register: Register, settings: FloorSettings) -> None:
        self._register = register
        self._ours = settings.rules()
        self._theirs = replace(self._ours, owned_by_network=True)

    def on_change(self, changed: Callable[[], None]) -> None:
        self._register.on_change(changed)

    # --- for the floor ------------------------------------------------------------------------------

    def groups(self) -> Mapping[str, FloorRules]:
        return {
            group.tg_id: self._ours if group.network == OUR_NETWORK else self._theirs
            for group in self._register.groups.values()
        }

    def right(self, group: str, party: str) -> FloorRight | None:
        known = self._register.groups.get(group)
        if known is None:
            return None
        if party == NOTICE or party.startswith((PERSON, LINE)):
            return _of_the_centre(party, known)
        unit = self._register.units.get(party)
        if unit is None:
            return None
        who = unit.party_of(group)
        talk = right(known, "talk", who)
        if talk.may:
            return FloorRight(talk.priority, name=unit.name)
        hear = right(known, "monitor", who)
        return FloorRight(known.priority, talks=False, name=unit.name) if hear.may else None

    def name_of(self, address: str) -> str:
        unit = self._register.unit_at(address)
        return "" if unit is None else unit.name

    # --- for desks ----------------------------------------------------------------------------------

    def knows(self, group: str) -> bool:
        return group in self._register.groups

    async def look_again(self) -> None:
        """A talkgroup that is not known may have been made this moment."""
        await self._register.read_again()

    def priority_of(self, group: str, roles: Collection[Role]) -> int | None:
        """Of somebody with these roles who wants to talk; None when he may not."""
        found = right(self._register.groups.get(group), "talk", TalkgroupParty(roles=frozenset(roles)))
        return found.priority if found.may else None

    def may_monitor(self, group: str, roles: Collection[Role]) -> bool | None:
        """Whether somebody with these roles may listen; None when there is no such talkgroup."""
        known = self._register.groups.get(group)
        return None if known is None else right(known, "monitor", TalkgroupParty(roles=frozenset(roles))).may

    def class_of(self, group: str) -> TgClass | None:
        """None when there is no such talkgroup."""
        known = self._register.groups.get(group)
        return None if known is None else known.tg_class

    # --- for the broker's rights --------------------------------------------------------------------

    def units(self) -> Collection[str]:
        """Those that are not revoked."""
        return self._register.units.keys()

    def hears(self, unit_id: str) -> Sequence[str]:
        """The talkgroups whose floor it may follow: those that it was put on first, and at most as many as a
        unit is told to have.
        """
        unit = self._register.units.get(unit_id)
        if unit is None:
            return ()
        may = [
            group.tg_id
            for group in self._register.groups.values()
            if right(group, "monitor", unit.party_of(group.tg_id)).may
        ]
        return tuple(sorted(may, key=lambda tg_id: (tg_id not in unit.groups, tg_id))[:MOST_GROUPS])

    def devices_of(self, unit_id: str) -> Sequence[str]:
        """The unit's location apps, which its account at the broker has as well."""
        unit = self._register.units.get(unit_id)
        return () if unit is None else unit.devices


def _of_the_centre(party: str, group: Talkgroup) -> FloorRight:
    """That he may talk was decided where he asked, or by who has put the telephone through."""
    if party.startswith(LINE):
        return FloorRight(PHONE, name=LINE_NAME)
    return FloorRight(0 if party == NOTICE else group.priority, name=DESK_NAME)
