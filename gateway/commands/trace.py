"""`songhua trace`: one call or case through ledger, events, audit trail and logs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.commands.acting import audit_trail, operator
from gateway.commands.common import ConfigOption, JsonOption, err, load, open_storage, out, print_json, run
from gateway.logs.reading import LogSource
from gateway.trace.collecting import Trace
from gateway.trace.collecting import trace as collect


def trace(
    wanted: Annotated[
        str, typer.Argument(metavar="ID", help="Call id, Linkedid, uniqueid, recording; case id or number.")
    ],
    log: Annotated[
        list[Path] | None,
        typer.Option(
            "--log",
            help="A file of the log (JSON lines, .gz too), else the journal. More than once.",
            dir_okay=False,
        ),
    ] = None,
    reveal: Annotated[bool, typer.Option(help="With numbers, names and words.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Follow a call or case through everything, in order of time; masked, audited. 跟踪来电或案件。

    Through the ledger, its events, the audit trail and the logs of all roles.
    """
    settings = load(config)

    async def look() -> Trace:
        async with open_storage(settings) as storage:
            found = await collect(storage, wanted, LogSource(log or ()), reveal=reveal)
            action = "reveal-call" if reveal else "trace-call"
            trail = audit_trail(storage, settings)
            for about in (
                *(f"call:{one}" for one in found.ids.calls),
                *(f"case:{one}" for one in found.ids.cases),
            ):
                await trail.record(operator(), action, about)
            return found

    found = run(look())
    for missing in found.not_read:
        err.print(f"not read: {missing}", highlight=False, soft_wrap=True)
    if as_json:
        print_json(_document(found))
        return
    for entry in found.entries:
        told = " ".join(
            f"{key}={_word(value)}" for key, value in entry.detail.items() if value not in ("", None, [])
        )
        at = entry.at.astimezone().isoformat(" ", "milliseconds")
        out.print(f"{at} {entry.source:6} {entry.what} {told}", highlight=False, soft_wrap=True)


def _document(found: Trace) -> dict[str, Any]:
    return {
        "calls": [str(one) for one in found.ids.calls],
        "cases": [str(one) for one in found.ids.cases],
        "masked": found.masked,
        "not_read": list(found.not_read),
        "entries": [entry.shown() for entry in found.entries],
    }


def _word(value: Any) -> str:
    """On one line, whatever it is."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return "".join(letter if letter.isprintable() else "�" for letter in text)
