"""Commands that a page gives, and whether the command line takes them: nothing is run."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import click
import typer

from gateway.cli import build

_BLOCK = re.compile(r"^```(?:sh|console)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(?<!`)`(songhua [^`]+)`")


def commands_of(page: Path) -> list[str]:
    """Lines of blocks and inline code that begin with `songhua`, in their order, without comments."""
    text = page.read_text(encoding="utf-8")
    found = [(match.start(), match.group(1)) for match in _INLINE.finditer(_BLOCK.sub(_blank, text))]
    for block in _BLOCK.finditer(text):
        lines = (line.split("  #")[0].strip() for line in block.group(1).splitlines())
        found += [(block.start(), line) for line in lines if line.startswith("songhua ")]
    return [command for _, command in sorted(found, key=lambda one: one[0])]


def misused(command: str) -> str:
    """Why the command line would not take it; empty when it would. Words in `<…>` are anything."""
    words = shlex.split(command)[1:]
    try:
        _parse(_of(words[0]), words)
    except click.exceptions.Exit:
        return ""
    except (click.ClickException, KeyError) as error:
        return f"{command}: {getattr(error, 'message', error)}"
    return ""


@cache
def _of(name: str) -> Any:
    return typer.main.get_command(build([name]))


def _parse(command: Any, words: list[str]) -> None:
    """As click does it, without the act: each group, then the last command with its options and arguments."""
    context = command.make_context("songhua", list(words), resilient_parsing=False)
    while isinstance(command, click.Group):
        left = (
            [*context.protected_args, *context.args] if hasattr(context, "protected_args") else context.args
        )
        name, inner, rest = command.resolve_command(context, list(left))
        assert inner is not None
        context = inner.make_context(name, rest, parent=context)
        command = inner


def _blank(block: re.Match[str]) -> str:
    return " " * len(block.group(0))
