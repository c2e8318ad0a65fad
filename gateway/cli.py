"""The command `songhua`: one file for each subject in `gateway.commands`, imported when it is used."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, Final

import typer

COMMANDS: Final = {
    "serve": "gateway.commands.serve:serve",
    "config": "gateway.commands.config:app",
    "db": "gateway.commands.db:app",
    "user": "gateway.commands.user:app",
    "asterisk": "gateway.commands.asterisk:app",
    "broker": "gateway.commands.broker:app",
    "mqtt": "gateway.commands.broker:app",
    "ivr": "gateway.commands.ivr:app",
    "cdr": "gateway.commands.ledger:cdr",
    "audit": "gateway.commands.ledger:audit",
    "report": "gateway.commands.report:app",
    "board": "gateway.commands.board:board",
    "callbacks": "gateway.commands.callbacks:app",
    "nuisance": "gateway.commands.nuisance:app",
    "gazetteer": "gateway.commands.gazetteer:app",
    "cases": "gateway.commands.cases:app",
    "knowledge": "gateway.commands.knowledge:app",
    "speech": "gateway.commands.speech:app",
    "draft": "gateway.commands.draft:draft",
    "transcribe": "gateway.commands.transcribe:transcribe",
    "unit": "gateway.commands.unit:app",
    "dispatch": "gateway.commands.dispatch:app",
    "emergency": "gateway.commands.emergency:app",
    "tg": "gateway.commands.tg:app",
    "patch": "gateway.commands.patch:app",
    "radio": "gateway.commands.radio:app",
}


def build(names: Sequence[str]) -> typer.Typer:
    """The command with these subjects."""
    app = typer.Typer(
        name="songhua",
        help="The communications core of a city's hotline and field units.",
        no_args_is_help=True,
        pretty_exceptions_show_locals=False,
    )
    app.callback()(_songhua)
    for name in names:
        module, _, attribute = COMMANDS[name].partition(":")
        found: Any = getattr(importlib.import_module(module), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
    return app


def _songhua() -> None:
    """The communications core of a city's hotline and field units."""


def wanted(words: Sequence[str]) -> Sequence[str]:
    """The subject that is called, if there is one: nothing of the others is imported then."""
    first = next((word for word in words if not word.startswith("-")), None)
    completing = any(name.endswith("_COMPLETE") and "SONGHUA" in name for name in os.environ)
    return [first] if first in COMMANDS and not completing else list(COMMANDS)


def main() -> None:
    build(wanted(sys.argv[1:]))()


if __name__ == "__main__":
    main()
