"""`songhua status`: the whole system on one screen, also while parts of it are down.

Exit codes: 0 all is well, 1 something is degraded or could not be asked, 2 calls are not taken; 3 the
settings are wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import typer
from rich.table import Table

from gateway.commands.common import ConfigOption, JsonOption, load, out, print_json, run
from gateway.examination.status import SystemStatus, look_at
from gateway.secret_sources import without_unreadable

_MARKS: Final = {"up": "●", "degraded": "▲", "down": "■", "unknown": "?"}


def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show whether all is well: roles, switch, database, disks, calls. 运行状况一览。"""
    with without_unreadable() as unread:
        settings = load(config)
    seen = run(look_at(settings, unread))
    if as_json:
        print_json(seen.document())
    else:
        _show(seen)
    raise typer.Exit(seen.exit_code)


def _show(seen: SystemStatus) -> None:
    table = Table.grid(padding=(0, 2))
    for name, part in seen.parts.items():
        mark = f"{_MARKS[part['state']]} {part['state']}"
        table.add_row(mark, name, _details(part))
    out.print(table)
    for alarm in seen.alarms:
        out.print(f"! {alarm}", markup=False, highlight=False, soft_wrap=True)
    for missing in seen.not_asked:
        out.print(f"not asked: {missing}", markup=False, highlight=False, soft_wrap=True)


def _details(part: Mapping[str, Any]) -> str:
    told = {
        key: value for key, value in part.items() if key not in {"state", "why"} and value not in (None, "")
    }
    words = [f"{key.replace('_', ' ')} {_word(value)}" for key, value in told.items()]
    return ", ".join([*words, *([part["why"]] if part.get("why") else [])])


def _word(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{key} {one}" for key, one in value.items() if one) or "none"
    return str(value)
