"""After-call work, missed calls and reason codes of agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.settings import Settings
from gateway.wiring.runtime_settings.form import read, stored
from hotline.agents.rules import AgentRules
from hotline.events import AgentState
from runtime_settings.model import EffectTime, SettingEffect

if TYPE_CHECKING:
    from hotline.service import Hotline


class AgentWorkSetting:
    """Fills `runtime_settings.ports.RuntimeSetting`. `hotline` is None for a command."""

    name = "agent-work"
    section = "[hotline]"

    def __init__(self, settings: Settings, hotline: Hotline | None = None) -> None:
        self._settings = settings.hotline
        self._hotline = hotline

    def schema(self) -> dict[str, Any]:
        return AgentRules.model_json_schema()

    def imported(self) -> Any:
        return stored(self._settings.agent_rules)

    def checked(self, value: Any) -> Any:
        return stored(read(AgentRules, value))

    async def effect(self, before: Any, after: Any) -> SettingEffect:
        if self._hotline is None:
            return SettingEffect(EffectTime.NOW)
        old, new = read(AgentRules, before), read(AgentRules, after)
        pages = [page for page in self._hotline.registry.ledger.agents.values() if page.signed_in]
        gone = {one.code for one in old.reasons} - {one.code for one in new.reasons}
        touches = {
            "agents": len(pages),
            "in_wrap_up": sum(page.shown is AgentState.WRAP_UP for page in pages),
        }
        if gone:
            touches["with_a_removed_reason"] = sum(page.reason in gone for page in pages)
        return SettingEffect(EffectTime.NOW, touches)

    async def apply(self, value: Any) -> None:
        if self._hotline is not None:
            self._hotline.registry.change_rules(read(AgentRules, value))
