"""Messages to citizens (templates, hours, limits, words) and whom follow-ups ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from citizen.followup.model import FollowUpRules
from citizen.messages.model import OPEN, MessageRules
from gateway.wiring.runtime_settings.form import read, stored
from runtime_settings.model import EffectTime, SettingEffect

if TYPE_CHECKING:
    from citizen.room import CitizenRoom


class CitizenMessagesSetting:
    """Fills `runtime_settings.ports.RuntimeSetting`. `room` is None for a command."""

    name = "citizen-messages"
    section = "–"

    def __init__(self, room: CitizenRoom | None = None) -> None:
        self._room = room

    def schema(self) -> dict[str, Any]:
        return MessageRules.model_json_schema()

    def imported(self) -> Any:
        """The settings file says nothing of it: the first version is what ships."""
        return stored(MessageRules())

    def checked(self, value: Any) -> Any:
        return stored(read(MessageRules, value))

    async def effect(self, before: Any, after: Any) -> SettingEffect:  # noqa: ARG002  # whatever changes
        if self._room is None:
            return SettingEffect(EffectTime.NOW)
        states = (await self._room.messages.counts()).states
        waiting = sum(states.get(state.value, 0) for state in OPEN)
        return SettingEffect(EffectTime.NOW, {"waiting_messages": waiting})

    async def apply(self, value: Any) -> None:
        if self._room is not None:
            self._room.messages.rules = read(MessageRules, value)


class FollowUpSetting:
    """The same for follow-ups."""

    name = "follow-up"
    section = "–"

    def __init__(self, room: CitizenRoom | None = None) -> None:
        self._room = room

    def schema(self) -> dict[str, Any]:
        return FollowUpRules.model_json_schema()

    def imported(self) -> Any:
        return stored(FollowUpRules())

    def checked(self, value: Any) -> Any:
        return stored(read(FollowUpRules, value))

    async def effect(self, before: Any, after: Any) -> SettingEffect:  # noqa: ARG002  # whatever changes
        if self._room is None:
            return SettingEffect(EffectTime.NOW)
        return SettingEffect(EffectTime.NOW, {"open_follow_ups": await self._room.follow_ups.open_count()})

    async def apply(self, value: Any) -> None:
        if self._room is not None:
            self._room.follow_ups.rules = read(FollowUpRules, value)
