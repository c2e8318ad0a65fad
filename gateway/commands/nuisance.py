"""`songhua nuisance`: numbers of malicious callers, listed and lifted in the database while calls go on.

A number that is listed is treated so from the next call on, whether or not the service runs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, NoReturn, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from core.clock import SystemClock
from core.errors import SonghuaError
from core.ids import uuid7
from core.translation import Translatable
from gateway.commands.acting import operator
from gateway.commands.common import (
    FAILED,
    MISUSED,
    ConfigOption,
    JsonOption,
    err,
    load,
    masked,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.commands.nuisance_words import PROBLEMS, STATES, WORDS
from gateway.settings import Settings
from hotline.nuisance.errors import AlreadyListed, NoSuchListing
from hotline.nuisance.model import Listing
from hotline.nuisance.service import MOST_LISTED, Nuisance
from identity.service import IdentityService

T = TypeVar("T")


class OutputLanguage(StrEnum):
    ZH = "zh"
    EN = "en"


Language = Annotated[OutputLanguage, typer.Option("--language", help="zh or en. 输出的语言。")]
Reason = Annotated[str, typer.Option("--reason", "-m", help="Why; colleagues read it. 原因，同事可见。")]
HELP = "Numbers of malicious callers: asked to be polite, served last. 骚扰号码：提醒文明用语，最后接听。"

app = typer.Typer(help=HELP, no_args_is_help=True)


@app.callback()
def nuisance() -> None:
    """Numbers of malicious callers: asked to be polite, served last. 骚扰号码：提醒文明用语，最后接听。"""


@app.command("list")
def list_numbers(
    ended: Annotated[bool, typer.Option("--ended", help="Also those that are over. 包括已失效的。")] = False,
    reveal: Annotated[bool, typer.Option(help="Show the numbers in full. 显示完整号码。")] = False,
    limit: Annotated[int, typer.Option(min=1, max=MOST_LISTED, help="At most so many. 最多条数。")] = 1_000,
    language: Language = OutputLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List numbers, newest first; masked unless --reveal is given. 列出名单。"""
    settings = load(config)

    async def look(held: Nuisance) -> list[dict[str, Any]]:
        found = await held.listed(operator(), ended=ended, limit=limit)
        if reveal:
            await held.revealed(operator())
        return [_shown(held, one, reveal=reveal) for one in found]

    rows = _with(settings, look, language)
    fixed = [number if reveal else masked(number) for number in settings.ivr.nuisance_numbers]
    if as_json:
        print_json({"numbers": rows, "by_settings": fixed})
        return
    out.print(_table(rows, fixed, settings.hotline.callbacks.zone, language))


@app.command()
def add(
    number: Annotated[str, typer.Argument(help="As a telephone shows it. 来电显示的号码。")],
    reason: Reason,
    until: Annotated[
        str, typer.Option(help="2026-12-31 or 2026-12-31T18:00, in the centre's time zone. 截止时间。")
    ] = "",
    days: Annotated[int, typer.Option(min=0, max=366, help="Instead of --until. 天数，代替 --until。")] = 0,
    language: Language = OutputLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List a number, from the next call on until it ends. 列入名单，下一次来电起生效。"""
    settings = load(config)
    end = _end(until, days, settings.hotline.callbacks.zone, language)

    async def work(held: Nuisance) -> dict[str, Any]:
        return _shown(
            held, await held.add(operator(), uuid7(), number, reason=reason, until=end), reveal=True
        )

    _tell("added", _with(settings, work, language), settings, language, as_json)


@app.command()
def lift(
    which: Annotated[
        str, typer.Argument(metavar="NUMBER|LISTING", help="A number, or the id in the list. 号码或编号。")
    ],
    reason: Reason,
    language: Language = OutputLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a number off the list, from the next call on. 移出名单，下一次来电起生效。"""
    settings = load(config)

    async def work(held: Nuisance) -> dict[str, Any]:
        listing = await _find(held, which)
        return _shown(held, await held.lift(operator(), listing, uuid7(), reason=reason), reveal=True)

    _tell("lifted", _with(settings, work, language), settings, language, as_json)


def _with(settings: Settings, work: Callable[[Nuisance], Awaitable[T]], language: OutputLanguage) -> T:
    """Do the work; an error of ours ends the command with exit code 1, in this language."""

    async def do() -> T:
        async with open_storage(settings) as storage:
            people = IdentityService(storage, settings.identity)
            held = Nuisance(
                settings.hotline.nuisance, storage, SystemClock(), audit=people.audit,
                area_code=settings.hotline.callbacks.area_code, by_settings=settings.ivr.nuisance_numbers,
            )  # fmt: skip
            try:
                return await work(held)
            except SonghuaError as error:
                _refused(error, language)

    return run(do())


def _refused(error: SonghuaError, language: OutputLanguage) -> NoReturn:
    said = PROBLEMS.get(error.kind)
    if said is None:
        raise error
    err.print(f"songhua: {said.in_language(language)}", highlight=False, soft_wrap=True)
    raise typer.Exit(FAILED)


async def _find(held: Nuisance, which: str) -> UUID:
    """Raises `NoSuchListing`, or `AlreadyListed` for a number that only the settings can take off."""
    try:
        return UUID(which)
    except ValueError:
        pass
    if held.is_fixed(which):
        raise AlreadyListed
    found = await held.find(operator(), which)
    if found is None:
        raise NoSuchListing
    return found.listing_id


def _end(until: str, days: int, zone: ZoneInfo, language: OutputLanguage) -> datetime:
    """Exactly one of the two; a day ends with it."""
    if bool(until) == bool(days):
        _misused(WORDS["until"], language)
    if days:
        return datetime.now(UTC) + timedelta(days=days)
    try:
        moment = datetime.fromisoformat(until)
    except ValueError:
        _misused(WORDS["until"], language)
    whole_day = timedelta(days=1) if len(until) <= len("2026-12-31") else timedelta()
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)) + whole_day


def _misused(said: Translatable, language: OutputLanguage) -> NoReturn:
    err.print(f"songhua: {said.in_language(language)}", markup=False, soft_wrap=True)
    raise typer.Exit(MISUSED)


def _shown(held: Nuisance, listing: Listing, *, reveal: bool) -> dict[str, Any]:
    row = held.view(listing).model_dump(mode="json")
    if not reveal:
        row["number"] = masked(row["number"])
    return row


def _tell(
    word: str, row: dict[str, Any], settings: Settings, language: OutputLanguage, as_json: bool
) -> None:
    if as_json:
        print_json(row)
        return
    until = _moment(row["until"], settings.hotline.callbacks.zone)
    said = WORDS[word].in_language(language).format(number=row["number"], until=until, id=row["listing_id"])
    out.print(said, markup=False, highlight=False, soft_wrap=True)


def _table(rows: list[dict[str, Any]], fixed: list[str], zone: ZoneInfo, language: OutputLanguage) -> Table:
    heads = ("number", "state", "end", "reason", "by", "id")
    table = Table(*(WORDS[head].in_language(language) for head in heads))
    for row in rows:
        state = STATES[row["state"]].in_language(language)
        reason = row["lift_reason"] or row["reason"]
        by = row["lifted_by"] or row["added_by"]
        cells = (row["number"] or "–", state, _moment(row["until"], zone), reason, by, row["listing_id"])
        table.add_row(*cells)
    for number in fixed:
        table.add_row(number, STATES["settings"].in_language(language), "–", "", "", "")
    return table


def _moment(text: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%d %H:%M")
