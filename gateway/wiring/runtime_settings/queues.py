"""The queues: how the switch rings agents and announces, where callers go on, and which skills are needed.

A queue's name is part of the dialplan: to add or remove one, change [[asterisk.queues]] in the settings file,
then run songhua asterisk render, reload the dialplan and restart the gateway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field, ValidationError

from core.models import Strict
from core.translation import Sayable
from core.translation import gettext_lazy as _
from gateway.asterisk.changed import HEAD, RELOAD_DIALPLAN, RELOAD_QUEUES, overflow_text, queue_text
from gateway.asterisk.included import IncludedFile
from gateway.asterisk.safe_text import Prompt, Word
from gateway.asterisk.settings import AsteriskSettings, QueueSettings
from gateway.settings import Settings
from gateway.wiring.runtime_settings.form import read, stored
from hotline.routing.skills import SkillRequirement, penalty
from runtime_settings.errors import SettingInvalid
from runtime_settings.model import EffectTime, SettingEffect

if TYPE_CHECKING:
    from hotline.service import Hotline

PROMPT_KINDS: Final = ("wav", "sln", "ulaw", "alaw", "gsm", "g722")


class QueueForm(Strict):
    """One queue, as [[asterisk.queues]] and [hotline] needs have it."""

    name: Word
    strategy: Literal["ringall", "leastrecent", "fewestcalls", "random", "rrmemory", "linear"]
    ring_seconds: Annotated[int, Field(ge=5, le=120)]
    retry_seconds: Annotated[int, Field(ge=1, le=30)]
    reassure: Prompt
    reassure_seconds: Annotated[int, Field(ge=10, le=600)]
    overflow_to: Word | None
    overflow_after_s: Annotated[int, Field(ge=0, le=3600)]
    capacity: Annotated[int, Field(ge=0, le=10_000)]
    weight: Annotated[int, Field(ge=0, le=100)]
    needs: Annotated[tuple[SkillRequirement, ...], Field(max_length=20)] = ()


class QueueForms(Strict):
    queues: tuple[QueueForm, ...]


class QueuesSetting:
    """Fills `runtime_settings.ports.RuntimeSetting`. `hotline` is None for a command."""

    name = "queues"
    section = "[[asterisk.queues]], [hotline] needs"

    def __init__(self, settings: Settings, hotline: Hotline | None = None) -> None:
        assert settings.asterisk is not None, "checked by the role"
        self._switch: AsteriskSettings = settings.asterisk
        self._settings = settings
        self._hotline = hotline
        console = self._switch.directories.run / "asterisk.ctl"
        self._queues = {
            queue.name: IncludedFile(
                self._switch.changed_file(f"queue-{queue.name}"), console, reload=RELOAD_QUEUES, empty=HEAD
            )
            for queue in self._switch.queues
        }
        self._overflow = IncludedFile(
            self._switch.changed_file("overflow"), console, reload=RELOAD_DIALPLAN, empty=HEAD
        )

    def schema(self) -> dict[str, Any]:
        """A caller goes on to one of the other queues that there are."""
        schema: dict[str, Any] = QueueForms.model_json_schema()
        names = [queue.name for queue in self._switch.queues]
        schema["$defs"]["QueueForm"]["properties"]["overflow_to"]["anyOf"] = [
            {"type": "string", "enum": names},
            {"type": "null"},
        ]
        return schema

    def imported(self) -> Any:
        return stored(QueueForms(queues=tuple(map(self._form, self._switch.queues))))

    def checked(self, value: Any) -> Any:
        forms = read(QueueForms, value).queues
        known = {queue.name: queue for queue in self._switch.queues}
        problems = [
            _(
                "queues.{name}: is not in [[asterisk.queues]] of the settings file: add it there first",
                name=form.name,
            )
            for form in forms
            if form.name not in known
        ]
        names = [form.name for form in forms]
        doubled = sorted({name for name in names if names.count(name) > 1})
        problems += [_("queues.{name}: stands twice", name=name) for name in doubled]
        if problems:
            raise SettingInvalid(problems)
        missing = [self._form(queue) for name, queue in known.items() if name not in names]
        whole = (*forms, *missing)
        self._consistent(whole)
        return stored(QueueForms(queues=whole))

    async def effect(self, before: Any, after: Any) -> SettingEffect:
        old = {form.name: form for form in read(QueueForms, before).queues}
        changed = [form for form in read(QueueForms, after).queues if old.get(form.name) != form]
        notes = []
        if any(form.needs and form.needs != _needs(old.get(form.name)) for form in changed):
            notes.append(_("Agents without the skills are taken out of the queue; their calls go on."))
        if self._hotline is None:
            return SettingEffect(EffectTime.NOW, {}, notes=notes)
        hotline = self._hotline
        waiting = sum(
            len(queue.waiting)
            for form in changed
            if (queue := hotline.queues.by_name.get(form.name)) is not None
        )
        agents = {
            page.id
            for page in hotline.registry.ledger.agents.values()
            for form in changed
            if page.signed_in and self._touches(page.skills, old.get(form.name), form)
        }
        empty = [
            form.name
            for form in changed
            if form.needs != _needs(old.get(form.name)) and not self._served(form)
        ]  # fmt: skip
        if empty:
            notes.append(
                _("Nobody who is signed in has the skills for {queues}: callers wait there.", queues=empty)
            )
        return SettingEffect(EffectTime.NOW, {"calls": waiting, "agents": len(agents)}, notes=notes)

    async def apply(self, value: Any) -> None:
        forms = [form for form in read(QueueForms, value).queues if form.name in self._names()]
        queues = [self._queue(form) for form in forms]
        if self._hotline is not None:
            plan = dict.fromkeys(self._settings.hotline.queues, ()) | {
                form.name: form.needs for form in forms if form.name in self._settings.hotline.queues
            }
            self._hotline.registry.change_plan(plan)
        for queue in queues:
            await self._queues[queue.name].put_text(queue_text(self._switch, queue))
        await self._overflow.put_text(overflow_text(self._switch, queues))

    def _names(self) -> set[str]:
        return {queue.name for queue in self._switch.queues}

    def _form(self, queue: QueueSettings) -> QueueForm:
        plain = {name: getattr(queue, name) for name in QueueForm.model_fields if name != "needs"}
        return QueueForm.model_construct(**plain, needs=self._settings.hotline.needs.get(queue.name, ()))

    def _queue(self, form: QueueForm) -> QueueSettings:
        rendered = next(queue for queue in self._switch.queues if queue.name == form.name)
        return rendered.model_copy(update={name: value for name, value in form if name != "needs"})

    def _consistent(self, forms: Sequence[QueueForm]) -> None:
        problems: list[str | Sayable] = []
        names = self._names()
        for form in forms:
            try:
                QueueSettings.model_validate(form.model_dump(exclude={"needs"}))
            except ValidationError as error:
                problems += [str(one["msg"]).removeprefix("Value error, ") for one in error.errors()]
            if form.overflow_to is not None and form.overflow_to not in names:
                problems.append(_("queues.{name}.overflow_to: must be one of the queues", name=form.name))
            if not self._has_prompt(form.reassure):
                problems.append(
                    _(
                        "queues.{name}.reassure: there is no prompt {prompt}",
                        name=form.name,
                        prompt=form.reassure,
                    )
                )
            if form.needs and form.name not in self._settings.hotline.queues:
                problems.append(_("queues.{name}.needs: is not among hotline.queues", name=form.name))
        if problems:
            raise SettingInvalid(problems)

    def _has_prompt(self, prompt: str) -> bool:
        """True also where the switch's prompts are on another machine."""
        folder = self._switch.directories.prompts / self._switch.languages[0]
        return not folder.is_dir() or any((folder / f"{prompt}.{kind}").is_file() for kind in PROMPT_KINDS)

    @staticmethod
    def _touches(skills: Mapping[str, int], before: QueueForm | None, after: QueueForm) -> bool:
        now = penalty(skills, after.needs)
        was = None if before is None else penalty(skills, before.needs)
        if now != was:
            return True
        same = before is not None and before.model_copy(update={"needs": after.needs}) == after
        return now is not None and not same

    def _served(self, form: QueueForm) -> bool:
        assert self._hotline is not None, "asked with a hotline"
        pages = self._hotline.registry.ledger.agents.values()
        return any(page.signed_in and penalty(page.skills, form.needs) is not None for page in pages)


def _needs(form: QueueForm | None) -> tuple[SkillRequirement, ...]:
    """None: the queue is in the settings file since after the version that holds."""
    return () if form is None else form.needs
