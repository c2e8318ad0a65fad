"""How long recordings, transcripts and personal data are kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import Field

from cdr.retention.model import RetentionRule, TalkgroupRule
from cdr.retention.service import Retention, RetentionReport
from cdr.retention.talkgroups import TalkgroupRetention
from core.models import Strict
from core.storage import Storage
from core.translation import gettext_lazy as _
from gateway.settings import Settings
from gateway.wiring.runtime_settings.form import read, stored
from runtime_settings.errors import SettingInvalid
from runtime_settings.model import EffectTime, SettingEffect

if TYPE_CHECKING:
    from cdr.room import CdrRoom

COUNTING_S: Final = 5.0
"""Where counting takes longer, the change counts as one that erases more."""
SHORTEST_DAYS: Final = 1


class RetentionForm(Strict):
    """Without a rule it is kept for ever."""

    calls: Annotated[tuple[RetentionRule, ...], Field(max_length=200)]
    talkgroups: Annotated[tuple[TalkgroupRule, ...], Field(max_length=200)]


class RetentionSetting:
    """Fills `runtime_settings.ports.RuntimeSetting`. `room` is None for a command."""

    name = "retention"
    section = "[[cdr.retention]], [[cdr.talkgroup_retention]]"

    def __init__(self, settings: Settings, storage: Storage, room: CdrRoom | None = None) -> None:
        self._settings = settings.cdr
        self._storage = storage
        self._room = room

    def schema(self) -> dict[str, Any]:
        return RetentionForm.model_json_schema()

    def imported(self) -> Any:
        return stored(
            RetentionForm(
                calls=tuple(self._settings.retention), talkgroups=tuple(self._settings.talkgroup_retention)
            )
        )

    def checked(self, value: Any) -> Any:
        form = read(RetentionForm, value)
        known = (*self._settings.retention, *self._settings.talkgroup_retention)
        short = [
            place
            for place, rules in (("calls", form.calls), ("talkgroups", form.talkgroups))
            if any(rule.days < SHORTEST_DAYS and rule not in known for rule in rules)
        ]
        if short:
            raise SettingInvalid(
                [_("{place}: less than a day only by the settings file", place=place) for place in short]
            )
        return stored(form)

    async def effect(self, before: Any, after: Any) -> SettingEffect:
        old, new = read(RetentionForm, before), read(RetentionForm, after)
        was, all_was = await self._due(old)
        will, all_will = await self._due(new)
        touches = {f"erased_{kind}": count for kind, count in sorted(will.items()) if count}
        counted = all_was and all_will
        more = not counted or any(count > was.get(kind, 0) for kind, count in will.items())
        notes = []
        if more:
            notes.append(_("The next daily run erases more than before; what is erased never comes back."))
            notes.append(_("A second person has to approve it."))
        return SettingEffect(
            EffectTime.NEXT_RUN, touches, at_least=not counted, undoable=not more, notes=notes
        )

    async def apply(self, value: Any) -> None:
        form = read(RetentionForm, value)
        if self._room is not None:
            self._room.change_retention(form.calls, form.talkgroups)

    async def _due(self, form: RetentionForm) -> tuple[dict[str, int], bool]:
        """What the next run would erase by kind, and whether all of it was counted."""
        found: dict[str, int] = {}

        def seen(report: RetentionReport) -> None:
            found.update(report.due)

        try:
            async with asyncio.timeout(COUNTING_S):
                report = await Retention(self._storage, None, form.calls).run_once(
                    dry_run=True, progress=seen
                )
                found.update(report.due)
                groups = TalkgroupRetention(self._storage, None, form.talkgroups, None)
                pieces = await groups.run_once(dry_run=True)
        except TimeoutError:
            return found, False
        return {**found, "talkgroup_recordings": pieces.old}, True
