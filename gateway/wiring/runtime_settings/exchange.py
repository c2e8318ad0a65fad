"""Which departments receive their work by mail or webhook instead of at the desk."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from cases.exchange.model import (
    NEEDS_MAIL,
    NEEDS_SYSTEM,
    NEEDS_URL,
    ORDERS,
    FormReceivers,
    ReceiptWay,
    twice,
)
from cases.room import CasesRoom
from core.translation import by_text
from core.translation import gettext_lazy as _
from gateway.settings import Settings
from gateway.wiring.runtime_settings.form import read, stored
from runtime_settings.errors import SettingInvalid
from runtime_settings.model import EffectTime, SettingEffect

WRONG = by_text([NEEDS_MAIL, NEEDS_SYSTEM, NEEDS_URL])


class ExchangeSetting:
    """Fills `runtime_settings.ports.RuntimeSetting`. `room` is None for a command."""

    name = "exchange"
    section = "–"

    def __init__(
        self, settings: Settings, departments: Collection[str], room: CasesRoom | None = None
    ) -> None:
        self._settings = settings
        self._departments = frozenset((*departments, ORDERS))
        self._room = room

    def schema(self) -> dict[str, Any]:
        """A receiver is one of the departments that there are."""
        schema: dict[str, Any] = FormReceivers.model_json_schema()
        schema["$defs"]["FormReceiver"]["properties"]["department_id"]["enum"] = sorted(self._departments)
        return schema

    def imported(self) -> Any:
        return stored(FormReceivers())

    def checked(self, value: Any) -> Any:
        form = read(FormReceivers, value, WRONG)
        problems = [_("receivers.{name}: stands twice", name=name) for name in twice(form.receivers)]
        for one in form.receivers:
            if one.department_id == ORDERS and one.way is ReceiptWay.MAIL:
                problems.append(
                    _("receivers.{name}: gets its forms by webhook alone", name=one.department_id)
                )
            if one.department_id not in self._departments:
                problems.append(_("receivers.{name}: there is no such department", name=one.department_id))
            if one.way is ReceiptWay.MAIL and self._settings.mail is None:
                problems.append(
                    _("receivers.{name}: set [mail] in the settings file first", name=one.department_id)
                )
            if one.way is ReceiptWay.WEBHOOK and self._settings.webhooks is None:
                problems.append(
                    _("receivers.{name}: set [webhooks] in the settings file first", name=one.department_id)
                )
        if problems:
            raise SettingInvalid(problems)
        return stored(form)

    async def effect(self, before: Any, after: Any) -> SettingEffect:
        old = read(FormReceivers, before).by_department()
        new = read(FormReceivers, after).by_department()
        changed = [one for one in old.keys() | new.keys() if old.get(one) != new.get(one)]
        notes = [_("Work that a department was given before is not sent again.")]
        if old.keys() - new.keys():
            notes.append(_("What still waits for a department that works at the desk now is not sent."))
        return SettingEffect(EffectTime.NOW, {"departments": len(changed)}, notes=notes)

    async def apply(self, value: Any) -> None:
        if self._room is not None:
            await self._room.exchange.use(read(FormReceivers, value))
