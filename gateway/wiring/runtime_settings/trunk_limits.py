"""Limits of calls out: how many at once and a minute, of a user, in all and on a trunk; when; where to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from core.models import Strict
from core.translation import gettext_lazy as _
from gateway.asterisk.changed import HEAD, LIMITS, RELOAD_DIALPLAN, limits_text
from gateway.asterisk.included import IncludedFile
from gateway.asterisk.outside import Destination
from gateway.asterisk.safe_text import EndpointName, Hours
from gateway.asterisk.settings import AsteriskSettings
from gateway.asterisk.trunks import AMinute, AtOnce
from gateway.settings import Settings
from gateway.wiring.runtime_settings.form import read, stored
from runtime_settings.errors import SettingInvalid
from runtime_settings.model import EffectTime, SettingEffect

if TYPE_CHECKING:
    from hotline.service import Hotline


class TrunkLimitForm(Strict):
    name: EndpointName
    calls_at_once: AtOnce
    calls_per_minute: AMinute


class OutgoingLimitForm(Strict):
    """0: no limit. Emergency calls are neither counted nor asked. Numbers that may never be dialled are part
    of the dialplan: asterisk.outside.limits.never in the settings file.
    """

    allowed: Annotated[tuple[Destination, ...], Field(max_length=5)]
    hours: Hours
    outside_hours: Annotated[tuple[Destination, ...], Field(max_length=5)]
    user_at_once: AtOnce
    user_per_minute: AMinute
    total_at_once: AtOnce
    total_per_minute: AMinute
    trunks: tuple[TrunkLimitForm, ...]


class TrunkLimitsSetting:
    """Fills `runtime_settings.ports.RuntimeSetting`. `hotline` is None for a command."""

    name = "trunk-limits"
    section = "[asterisk.outside.limits], [[asterisk.trunks]]"

    def __init__(self, settings: Settings, hotline: Hotline | None = None) -> None:
        assert settings.asterisk is not None, "checked by the role"
        self._switch: AsteriskSettings = settings.asterisk
        self._hotline = hotline
        self._file = IncludedFile(
            self._switch.changed_file("limits"),
            self._switch.directories.run / "asterisk.ctl",
            reload=RELOAD_DIALPLAN,
            empty=HEAD,
        )

    def schema(self) -> dict[str, Any]:
        return OutgoingLimitForm.model_json_schema()

    def imported(self) -> Any:
        limits = self._switch.outside.limits
        trunks = tuple(
            TrunkLimitForm(
                name=one.name, calls_at_once=one.calls_at_once, calls_per_minute=one.calls_per_minute
            )
            for one in self._switch.trunks
        )
        return stored(OutgoingLimitForm(**{name: getattr(limits, name) for name in LIMITS}, trunks=trunks))

    def checked(self, value: Any) -> Any:
        form = read(OutgoingLimitForm, value)
        ours = [trunk.name for trunk in self._switch.trunks]
        names = [one.name for one in form.trunks]
        problems = [
            _("trunks.{name}: is not in [[asterisk.trunks]]", name=name) for name in names if name not in ours
        ]
        problems += [
            _("trunks.{name}: stands twice", name=name)
            for name in sorted({one for one in names if names.count(one) > 1})
        ]
        if problems:
            raise SettingInvalid(problems)
        lacking = [one for one in self.imported()["trunks"] if one["name"] not in names]
        return stored(form) | {"trunks": [*stored(form)["trunks"], *lacking]}

    async def effect(self, before: Any, after: Any) -> SettingEffect:
        del before
        form = read(OutgoingLimitForm, after)
        notes = []
        if not form.user_per_minute or not form.total_at_once:
            notes.append(_("Without a limit a stolen password costs without end."))
        if self._hotline is None:
            return SettingEffect(EffectTime.NEXT_CALL, notes=notes)
        running = sum(call.direction == "outbound" for call in self._hotline.board.calls())
        if form.total_at_once and running > form.total_at_once:
            notes.append(_("Calls that run go on, though they are more than may begin from now on."))
        return SettingEffect(EffectTime.NEXT_CALL, {"calls": running}, notes=notes)

    async def apply(self, value: Any) -> None:
        form = read(OutgoingLimitForm, value)
        limits = self._switch.outside.limits.model_copy(update={name: getattr(form, name) for name in LIMITS})
        trunks = {one.name: (one.calls_at_once, one.calls_per_minute) for one in form.trunks}
        await self._file.put_text(limits_text(self._switch, limits, trunks))
