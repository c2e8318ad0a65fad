"""`songhua cases conditions`: the standard conditions under which a case of a class is filed and closed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from cases.catalogue import load_catalogues
from cases.closing.loading import load_closing
from core.errors import SonghuaError
from gateway.commands.cases_class import class_of
from gateway.commands.common import ConfigOption, JsonOption, fail, load, out, print_json


def conditions(
    category: Annotated[str, typer.Argument(metavar="CLASS", help="E0110, or scheme@version/code.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show under which conditions a case of a class is filed, each with its time limit, and closed."""
    settings = load(config)
    try:
        known, table = class_of(category), load_closing(settings.cases.own_closing)
    except SonghuaError as error:
        fail(error.detail, error.remedy)
    filing = load_catalogues(settings.cases.own_limits).of(known).limits_of(known.code)
    closing = table.of(known.ref)
    if as_json:
        rows = [{"zh": one.condition_zh, "en": one.condition_en, "limit": one.text} for one in filing]
        print_json(
            {
                "class": known.ref,
                "filing": rows,
                "closing": {"version": table.version, "conditions": [asdict(one) for one in closing]},
            }
        )
        return
    shown = Table("to", "id", "condition", "条件", "limit", box=None)
    for row in filing:
        shown.add_row("file", "", row.condition_en, row.condition_zh, row.text)
    for one in closing:
        shown.add_row("close", one.condition_id, one.condition_en, one.condition_zh, "")
    out.print(shown)
