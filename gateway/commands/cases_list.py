"""`songhua cases list|search|show`: cases, read from the database. Works while the service is down.

What is confidential is neither found nor shown: the desk has it, for those who handle it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from cases.catalogue import load_catalogues
from cases.dispatch.whereabouts import CaseLookup
from cases.errors import NoSuchCase
from cases.events import CaseSource, CaseState, CaseView, DeadlineState
from cases.gazetteer import load_gazetteer
from cases.life.model import Case
from cases.life.record import CaseRecord
from cases.privacy import shown
from cases.search.model import CaseAudience, CaseFilter, CaseOrder, cursor_of
from cases.search.service import CaseSearch
from cases.views import CaseViews
from core.actor import Actor
from core.storage import Storage
from gateway.commands.common import ConfigOption, JsonOption, load, open_storage, out, print_json, run
from gateway.settings import Settings

T = TypeVar("T")

NOBODY = Actor(id="", name="")
"""Sees what everybody at the centre may see."""
MOST = 200
_DAY = ["%Y-%m-%d"]
_Limit = Annotated[int, typer.Option(min=1, max=MOST, help="So many at most.")]
_Order = Annotated[CaseOrder, typer.Option(help="The order.")]


def list_cases(
    state: Annotated[list[CaseState] | None, typer.Option(help="In one of these states.")] = None,
    category: Annotated[list[str] | None, typer.Option(help="Of these classes: code or reference.")] = None,
    district: Annotated[list[str] | None, typer.Option(help="In these districts: six digits.")] = None,
    urgency: Annotated[list[str] | None, typer.Option(help="normal, urgent or danger.")] = None,
    source: Annotated[list[CaseSource] | None, typer.Option(help="How it came.")] = None,
    unit: Annotated[list[str] | None, typer.Option(help="Ever given to one of these units.")] = None,
    deadline: Annotated[
        list[DeadlineState] | None, typer.Option(help="Whose clock is in one of these states.")
    ] = None,
    department: Annotated[
        list[str] | None, typer.Option(help="For which one of these departments answers or assists: ids.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(formats=_DAY, help="Filed on this day or later.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=_DAY, help="Filed before this day.")] = None,
    order: _Order = CaseOrder.NEWEST,
    cursor: Annotated[str, typer.Option(help="Where the page begins, as the page before said.")] = "",
    limit: _Limit = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List cases, page by page. Days are UTC."""
    first, last = (None if day is None else day.replace(tzinfo=UTC) for day in (since, until))
    wanted = CaseFilter(
        states=tuple(state or ()), categories=tuple(category or ()), districts=tuple(district or ()),
        urgencies=tuple(urgency or ()), sources=tuple(source or ()), units=tuple(unit or ()),
        deadlines=tuple(deadline or ()), departments=tuple(department or ()), since=first, until=last,
    )  # fmt: skip
    _page(load(config), wanted, order, cursor, limit, as_json=as_json)


def search(
    text: Annotated[str, typer.Argument(help="Words in Chinese or English, or digits of a number.")],
    order: _Order = CaseOrder.NEWEST,
    cursor: Annotated[str, typer.Option(help="Where the page begins, as the page before said.")] = "",
    limit: _Limit = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find cases by words of number, class, place and description."""
    _page(load(config), CaseFilter(text=text), order, cursor, limit, as_json=as_json)


def show(
    name: Annotated[str, typer.Argument(metavar="CASE", help="A number, a short code or an id.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a case with its dispatches."""

    async def read(storage: Storage) -> CaseView:
        case = await CaseLookup(storage).known(name)
        if case is None:
            raise NoSuchCase("no case has this id", remedy="songhua cases search finds it by its words")
        return (await _views(storage, [case]))[0]

    found = shown(NOBODY, run(_with_storage(load(config), read)))
    if as_json:
        print_json(found)
        return
    table = Table(show_header=False)
    for field, value in found.items():
        if value not in (None, "", []):
            table.add_row(field, str(value))
    out.print(table)


def _page(
    settings: Settings, wanted: CaseFilter, order: CaseOrder, cursor: str, limit: int, *, as_json: bool
) -> None:
    after = cursor_of(cursor, order) if cursor else None
    audience = CaseAudience(confidential=False)

    async def read(storage: Storage) -> tuple[list[CaseView], str | None]:
        views = CaseViews(load_catalogues(), load_gazetteer())
        async with storage.read() as connection:
            page = await CaseSearch(views).page(
                connection, wanted, audience, order=order, after=after, limit=limit
            )
        following = None if page.following is None else page.following.text()
        return await _views(storage, page.cases), following

    found, following = run(_with_storage(settings, read))
    rows = [shown(NOBODY, case) for case in found]
    if as_json:
        print_json({"cases": rows, "next": following})
        return
    table = Table("number", "filed", "state", "class", "place", "urgency", "due", "department")
    for row in rows:
        place = row["address"] or row["crossing"] or row["district_name"] or ""
        about = (row["filed_at"][:16], row["progress"], row["category_name"])
        deadline, department = row["deadline"], row["responsible"]
        due = f"{deadline['due_at'][:16]} {deadline['state']}" if deadline else ""
        host = department["host"]["id"] if department else ""
        cells = (row["number"], *about, place, row["urgency"], due, host)
        table.add_row(*(str(cell or "") for cell in cells))
    out.print(table)
    if following:
        out.print(f"next page: --cursor {following}")


async def _views(storage: Storage, found: Sequence[Case]) -> list[CaseView]:
    views = CaseViews(load_catalogues(), load_gazetteer())
    async with storage.read() as connection:
        return await CaseRecord(views, CaseSearch(views), storage.clock).views(connection, found)


async def _with_storage(settings: Settings, read: Callable[[Storage], Awaitable[T]]) -> T:
    async with open_storage(settings) as storage:
        return await read(storage)
