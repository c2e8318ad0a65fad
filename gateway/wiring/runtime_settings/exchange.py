"""Which departments receive their work by mail or webhook instead of at the desk."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cases.exchange.model import (
    NEEDS_MAIL,
    NEEDS_SYSTEM,
    NEEDS_URL,
    ORDERS,
    FormReceiver,
    FormReceivers,
    ReceiptWay,
    twice,
)
from core.translation import Sayable, by_text
from core.translation import gettext_lazy as _
from gateway.settings import Settings
from gateway.wiring.runtime_settings.form import read, stored
from runtime_settings.errors import SettingInvalid
from runtime_settings.model import EffectTime, SettingEffect

if TYPE_CHECKING:
    from cases.room import CasesRoom

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
        # What was stored may be wrong by a rule that is younger: it is what has to be mended.
        old = _readable(before)[0].by_department()
        new = read(FormReceivers, after).by_department()
        changed = [one for one in old.keys() | new.keys() if old.get(one) != new.get(one)]
        notes = [_("Work that a department was given before is not sent again.")]
        if old.keys() - new.keys():
            notes.append(_("What still waits for a department that works at the desk now is not sent."))
        return SettingEffect(EffectTime.NOW, {"departments": len(changed)}, notes=notes)

    async def apply(self, value: Any) -> None:
        """A receiver that cannot be reached holds up no other one. Raises `SettingInvalid` that names it."""
        receivers, problems = _readable(value)
        if self._room is not None:
            await self._room.exchange.use(receivers)
        if problems:
            raise SettingInvalid(problems)


def _readable(value: Any) -> tuple[FormReceivers, Sequence[Sayable]]:
    """All receivers that can be read, and what is wrong with the others. One whose address is none stays as
    it is: its forms end with that error, and do not go to the desk instead. Raises `SettingInvalid` for what
    is no list of receivers.
    """
    try:
        return read(FormReceivers, value, WRONG), ()
    except SettingInvalid as error:
        listed = value.get("receivers") if isinstance(value, Mapping) else None
        if not isinstance(listed, Sequence) or isinstance(listed, str):
            raise
        known = [receiver for one in listed if (receiver := _receiver(one)) is not None]
        return FormReceivers.model_construct(receivers=tuple(known)), error.problems


def _receiver(value: Any) -> FormReceiver | None:
    """With its address, whatever that is; None for what names no receiver."""
    if not isinstance(value, Mapping):
        return None
    try:
        named = FormReceiver.model_validate({**value, "way": ReceiptWay.DESK.value})
        return named.model_copy(update={"way": ReceiptWay(value.get("way", ReceiptWay.DESK.value))})
    except ValueError:
        return None
