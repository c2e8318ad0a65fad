"""Settings over HTTP: what they are, what a change would do, change, undo."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from core.actor import Actor
from core.bounds import Count
from core.csv_table import whole_body
from core.errors import problem_of
from core.rights import AccessRight
from core.routes import RoomRouter
from core.translation import Sayable
from runtime_settings import rights
from runtime_settings.errors import SettingInvalid
from runtime_settings.model import MOST_COMMENT, PastVersion, SettingVersion
from runtime_settings.ports import CurrentUser
from runtime_settings.service import RuntimeSettings, SettingState, SettingTrial
from runtime_settings.views import (
    EffectNote,
    SettingChangeView,
    SettingHistory,
    SettingLine,
    SettingList,
    SettingTrialView,
    SettingValue,
    SettingVersionView,
    SettingView,
    TableImportView,
)

Comment = Annotated[str, Field(max_length=MOST_COMMENT)]


class TrySetting(BaseModel):
    """`value`, or the version `restores` whose value is tried; neither: the version before the newest."""

    value: Any = None
    restores: Count | None = None


class ChangeSetting(BaseModel):
    """`expected`: the version that is thought to hold; with another one nothing changes."""

    op_id: UUID
    value: Any
    expected: Count
    comment: Comment = ""


class UndoSetting(BaseModel):
    """`to`: the version to go back to; left out, the one before the newest."""

    op_id: UUID
    to: Count | None = None
    expected: Count
    comment: Comment = ""


def router(settings: RuntimeSettings, current_user: CurrentUser) -> APIRouter:
    routes = RoomRouter(prefix="/settings", tags=["settings"])
    _reading(routes, settings, current_user)
    _changing(routes, settings, current_user)
    _importing(routes, settings, current_user)
    return routes


def _reading(routes: APIRouter, settings: RuntimeSettings, current_user: CurrentUser) -> None:
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806  # a type, made for these routes

    @routes.get("")
    async def all_settings(user: User) -> SettingList:
        rights.SEE.check(user)
        return SettingList(settings=[line(one, user) for one in await settings.states()])

    @routes.get("/{name}")
    async def one_setting(user: User, name: str) -> SettingView:
        rights.SEE.check(user)
        state = await settings.state(name)
        return SettingView(
            **line(state, user).model_dump(), value=state.version.value, value_schema=state.setting.schema()
        )

    @routes.get("/{name}/versions")
    async def versions(user: User, name: str) -> SettingHistory:
        rights.SEE.check(user)
        return history_view(await settings.history(name))

    @routes.get("/{name}/versions/{number}")
    async def version(user: User, name: str, number: Count) -> SettingValue:
        rights.SEE.check(user)
        found = await settings.version(name, number)
        return SettingValue(name=name, number=number, value=found.value)


def _changing(routes: APIRouter, settings: RuntimeSettings, current_user: CurrentUser) -> None:
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806

    @routes.post("/{name}/check", response_model=SettingTrialView)
    async def check(user: User, name: str, body: TrySetting) -> Any:
        may_change(user, name)
        if "value" in body.model_fields_set:
            return await _or_problems(lambda: _tried(settings, name, body.value))
        return await _or_problems(lambda: _undo_tried(settings, name, body.restores))

    @routes.post("/{name}/versions", response_model=SettingChangeView)
    async def change(user: User, name: str, body: ChangeSetting) -> Any:
        may_change(user, name)

        async def work() -> SettingChangeView:
            version = await settings.change(
                user, name, body.value, op_id=body.op_id, expected=body.expected, comment=body.comment
            )
            return changed(settings, version)

        return await _or_problems(work)

    @routes.post("/{name}/undo", response_model=SettingChangeView)
    async def undo(user: User, name: str, body: UndoSetting) -> Any:
        may_change(user, name)

        async def work() -> SettingChangeView:
            version = await settings.undo(
                user, name, op_id=body.op_id, to=body.to, expected=body.expected, comment=body.comment
            )
            return changed(settings, version)

        return await _or_problems(work)


def _importing(routes: APIRouter, settings: RuntimeSettings, current_user: CurrentUser) -> None:
    User = Annotated[Actor, Depends(current_user)]  # noqa: N806

    @routes.post("/{name}/import")
    async def import_table(
        user: User,
        name: str,
        request: Request,
        op_id: UUID | None = None,
        comment: Annotated[str, Query(max_length=MOST_COMMENT)] = "",
    ) -> TableImportView:
        """The body is the file itself. Without `op_id` nothing is changed."""
        may_change(user, name)
        data = await whole_body(request.stream())
        told, trial, made = await settings.import_table(user, name, data, op_id=op_id, comment=comment)
        number = await settings.number(name)
        return TableImportView(
            report=told,
            trial=None if trial is None else trial_view(number, trial),
            number=None if made is None else made.number,
        )


def may_change(user: Actor, name: str) -> None:
    """Raises `Forbidden`."""
    _line_of(name).check(user)


def _line_of(name: str) -> AccessRight:
    if name in rights.OF_TWO_PERSONS:
        return rights.CHANGE_RETENTION
    return rights.CHANGE if name in rights.OF_SUPERVISORS else rights.CHANGE_ALL


async def _or_problems(work: Callable[[], Awaitable[BaseModel]]) -> Any:
    """The answer, or the problem document with every problem of the value."""
    try:
        return await work()
    except SettingInvalid as error:
        problems = [_in_both(one).model_dump() for one in error.problems]
        document = {**problem_of(error).model_dump(), "problems": problems}
        return JSONResponse(document, status_code=error.status, media_type="application/problem+json")


async def _tried(settings: RuntimeSettings, name: str, value: Any) -> SettingTrialView:
    number = await settings.number(name)
    return trial_view(number, await settings.trial(name, value))


async def _undo_tried(settings: RuntimeSettings, name: str, to: int | None) -> SettingTrialView:
    number = await settings.number(name)
    earlier, trial = await settings.undo_trial(name, to)
    return trial_view(number, trial, restores=earlier.number)


def line(state: SettingState, user: Actor | None = None) -> SettingLine:
    """One row of the list; `user` is who sees it."""
    name, version = state.setting.name, state.version
    return SettingLine(
        name=name,
        section=state.setting.section,
        number=version.number,
        by=version.by,
        at=version.at,
        comment=version.comment,
        fault=state.fault,
        file_differs=state.file_differs,
        changeable=user is None or _line_of(name).allows(user),
    )


def history_view(versions: list[PastVersion]) -> SettingHistory:
    """Each version with what it changed; the newest first."""
    rows = [
        SettingVersionView(
            number=version.number,
            by=version.by,
            at=version.at,
            comment=version.comment,
            restores=version.restores,
            changes=list(version.changes),
        )
        for version in versions
    ]
    return SettingHistory(active=versions[0].number, versions=rows)


def trial_view(number: int, trial: SettingTrial, restores: int | None = None) -> SettingTrialView:
    """`number` is the version that holds now."""
    effect = trial.effect
    return SettingTrialView(
        number=number,
        changes=list(trial.differences),
        takes=effect.takes,
        touches=dict(effect.touches),
        at_least=effect.at_least,
        undoable=effect.undoable,
        notes=[_in_both(one) for one in effect.notes],
        restores=restores,
    )


def _in_both(text: Sayable) -> EffectNote:
    return EffectNote(zh=text.in_language("zh"), en=text.in_language("en"))


def changed(settings: RuntimeSettings, version: SettingVersion) -> SettingChangeView:
    return SettingChangeView(
        number=version.number,
        at=version.at,
        by=version.by,
        fault=settings.faults.get(version.name, ""),
        restores=version.restores,
    )
