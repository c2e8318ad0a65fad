"""`songhua dispatch`: how jobs went to their units over each bearer, what nobody has answered, and what is
done about it. Works on the database; to look, the service need not run.

Exit codes: 0 done, 1 it failed, 2 wrong use, 3 the settings are wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from cases.dispatch import store as dispatches
from cases.dispatch.whereabouts import CaseLookup
from field.delivery.centre.http import DispatchDeliveryView, chain_view
from field.delivery.errors import UnknownDelivery
from gateway.commands.common import ConfigOption, JsonOption, load, out, print_json
from gateway.commands.dispatch_acts import reassign, recall, send, talk
from gateway.commands.dispatch_statuses import app as statuses
from gateway.commands.dispatch_words import WORDS
from gateway.commands.field_common import CommandContext, operator, with_field
from gateway.commands.spoken import Language, SpokenLanguage

app = typer.Typer(help="Dispatches: how jobs reach their units. 派遣：任务如何送达。", no_args_is_help=True)

TIMES = ("queued_at", "sent_at", "delivered_at", "displayed_at", "answered_at")


app.add_typer(statuses, name="statuses")
for _act in (send, recall, reassign, talk):
    app.command()(_act)


@app.callback()
def dispatch() -> None:
    """Dispatches: how jobs reach their units. 派遣：任务如何送达。"""


@app.command()
def show(
    name: Annotated[
        str, typer.Argument(metavar="CASE|DISPATCH", help="A case's number or short code, or an id. 案件号。")
    ],
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a case's deliveries: unit, bearer and the time of each step. 各承载的进展。"""
    settings = load(config)

    async def look(field: CommandContext) -> list[DispatchDeliveryView]:
        found: list[DispatchDeliveryView] = []
        for dispatch_id in await _named(field, name):
            try:
                found.append(chain_view(await field.deliveries.of(operator(), dispatch_id)))
            except UnknownDelivery:
                if str(dispatch_id) == name.lower():
                    raise
        return found

    _print(with_field(settings, look, language), language, settings.hotline.callbacks.zone, as_json=as_json)


@app.command()
def overdue(
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="So many at most. 最多。")] = 100,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List dispatches without an answer, and declined ones. 逾期或被拒绝的派遣。"""
    settings = load(config)

    async def look(field: CommandContext) -> list[DispatchDeliveryView]:
        found = await field.deliveries.overdue(operator(), limit=limit)
        return [chain_view(one) for one in found]

    rows = with_field(settings, look, language)
    if as_json:
        print_json({"dispatches": [row.model_dump(mode="json") for row in rows]})
        return
    if not rows:
        out.print(_said("nothing_overdue", language))
        return
    zone = settings.hotline.callbacks.zone
    table = Table(*(_said(head, language) for head in ("dispatch", "unit", "state", "why", "since")))
    for row in rows:
        cells = (
            str(row.dispatch_id), row.unit_id, _state(row, language), _said(row.overdue or "", language),
            _moment(row.overdue_at, zone),
        )  # fmt: skip
        table.add_row(*cells)
    out.print(table)


async def _named(field: CommandContext, name: str) -> Sequence[UUID]:
    """The dispatches of a case, or the one of this id. Raises `NoSuchCase`."""
    case = await CaseLookup(field.storage).known(name)
    if case is None:
        return [UUID(name)]
    async with field.storage.read() as connection:
        sent = (await dispatches.of_cases(connection, [case.case_id]))[case.case_id]
    return [one.dispatch_id for one in sent]


def _print(
    rows: Sequence[DispatchDeliveryView], language: SpokenLanguage, zone: ZoneInfo, *, as_json: bool
) -> None:
    if as_json:
        print_json({"dispatches": [row.model_dump(mode="json") for row in rows]})
        return
    if not rows:
        out.print(_said("nothing_told", language))
    for row in rows:
        title = f"{row.unit_id}: {_state(row, language)} ({row.dispatch_id})"
        heads = ("what", "bearer", "address", "stage", *TIMES, "why")
        table = Table(*(_said(head, language) for head in heads), title=title, title_justify="left")
        for one in row.deliveries:
            cells = (
                _said(one.purpose, language), _said(one.bearer, language), one.address,
                _said(one.stage, language), *(_moment(getattr(one, name), zone) for name in TIMES),
                _said(one.why, language),
            )  # fmt: skip
            table.add_row(*cells)
        out.print(table)


def _state(row: DispatchDeliveryView, language: SpokenLanguage) -> str:
    state = _said(row.state, language)
    return f"{state}, {_said('urgent', language)}" if row.urgent else state


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    return "–" if at is None else f"{at.astimezone(zone):%m-%d %H:%M:%S}"


def _said(word: str, language: SpokenLanguage) -> str:
    """In this language; what a network said by itself as it is."""
    known = WORDS.get(word)
    return word if known is None else known.in_language(language)
