"""`songhua dispatch send|recall|reassign|talk`: what a dispatcher does with a case's units, from a shell.

Written to the database as the service writes it; a running service tells the units.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer

from cases.dispatch.service import DispatchService
from cases.dispatch.whereabouts import CaseLookup
from cases.events import DispatchQueued, DispatchRecalled, DispatchShared, DispatchView
from cases.ports import CasesPorts
from cases.room import build as build_cases
from core.actor import Actor
from core.ids import uuid7
from core.storage import Storage
from field.delivery.service import view
from gateway.commands.common import ConfigOption, JsonOption, load, out, print_json
from gateway.commands.dispatch_words import WORDS
from gateway.commands.field_common import CommandContext, Nobody, in_words, opened, operator
from gateway.commands.spoken import Language, SpokenLanguage
from gateway.settings import Settings
from gateway.wiring.cases import RecordedCalls
from identity.service import IdentityService

T = TypeVar("T")

TOLD = (DispatchQueued, DispatchRecalled, DispatchShared)
"""What the role `radio` has to hear of these acts."""

Case = Annotated[str, typer.Argument(metavar="CASE", help="Its number or short code. 案件号或短码。")]
Who = Annotated[str, typer.Argument(metavar="UNIT", help="Its name, an alias or an address. 单元名或别名。")]
Sent = Annotated[UUID, typer.Argument(metavar="DISPATCH", help="See songhua dispatch show. 派遣编号。")]
Why = Annotated[str, typer.Option("--reason", help="Why; the crew reads it. 原因。")]


def send(
    case: Case,
    unit: Who,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Dispatch a case to one more unit. 派给一个单元。"""
    settings = load(config)

    async def work(field: CommandContext, desk: DispatchService) -> DispatchView:
        found = await CaseLookup(field.storage).known(case)
        case_id = found.case_id if found is not None else UUID(case)
        unit_id = (await field.register.find(unit)).unit_id
        return await desk.send(case_id, op_id=uuid7(), unit_id=unit_id, actor=operator())

    _tell("act_sent", _do(settings, work, language), language, as_json=as_json)


def recall(
    dispatch: Sent,
    reason: Why,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a job back, over each bearer by which it was told. 撤回。"""
    settings = load(config)

    async def work(_field: CommandContext, desk: DispatchService) -> DispatchView:
        return await desk.recall(dispatch, op_id=uuid7(), reason=reason, actor=operator())

    _tell("act_recalled", _do(settings, work, language), language, as_json=as_json)


def reassign(
    dispatch: Sent,
    unit: Who,
    reason: Why,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Recall now; else when the other has accepted. 立即撤回原单元。")
    ] = False,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a job to another unit; the first unit keeps it until the other accepts. 改派。"""
    settings = load(config)

    async def work(field: CommandContext, desk: DispatchService) -> DispatchView:
        unit_id = (await field.register.find(unit)).unit_id
        return await desk.reassign(
            dispatch, op_id=uuid7(), unit_id=unit_id, reason=reason, at_once=at_once, actor=operator()
        )

    _tell("act_reassigned", _do(settings, work, language), language, as_json=as_json)


def talk(
    dispatch: Sent,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have the crew connected with the citizen; a running service rings. 为外勤人员接通市民。"""
    settings = load(config)

    async def work() -> Any:
        async with opened(settings) as field:
            return view(await field.crew_phone.talk(operator(), dispatch, uuid7()))

    asked = in_words(work, language)
    if as_json:
        print_json(asked.model_dump(mode="json"))
        return
    out.print(_said("act_talk", language, address=asked.address), markup=False, highlight=False)


def _do(
    settings: Settings,
    work: Callable[[CommandContext, DispatchService], Awaitable[T]],
    language: SpokenLanguage,
) -> T:
    async def do() -> T:
        async with opened(settings, told=TOLD) as field:
            return await work(field, _desk(settings, field.storage))

    return in_words(do, language)


def _desk(settings: Settings, storage: Storage) -> DispatchService:
    views = IdentityService(storage, settings.identity).audit
    ports = CasesPorts(storage, Nobody(), RecordedCalls(storage), operator_of_request, views, audit=views)
    return build_cases(settings.cases, ports).dispatches


def operator_of_request() -> Actor:
    """No request comes to a command."""
    return operator()


def _tell(word: str, done: DispatchView, language: SpokenLanguage, *, as_json: bool) -> None:
    if as_json:
        print_json(done.model_dump(mode="json"))
        return
    said = _said(word, language, unit=done.unit_id, dispatch=done.dispatch_id)
    out.print(said, markup=False, highlight=False, soft_wrap=True)


def _said(word: str, language: SpokenLanguage, **values: Any) -> str:
    return WORDS[word].in_language(language).format(**values)
