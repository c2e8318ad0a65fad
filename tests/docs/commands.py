"""Commands that a page gives, and whether the command line takes them: nothing is run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import typer

from gateway.cli import build

_BLOCK = re.compile(r"^```(?:sh|console)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(?<!`)`(songhua [^`]+)`")


def block_commands(page: Path) -> list[str]:
    """Lines of blocks that begin with `songhua`, without comments."""
    return [command for _, command in _in_blocks(page.read_text(encoding="utf-8"))]


def commands_of(page: Path) -> list[str]:
    """Those of blocks and of inline code, in their order."""
    text = page.read_text(encoding="utf-8")
    inline = [(match.start(), match.group(1)) for match in _INLINE.finditer(_BLOCK.sub(_blank, text))]
    return [command for _, command in sorted([*inline, *_in_blocks(text)], key=lambda one: one[0])]


def misused(command: str) -> str:
    """Why the command line would not take it; empty when it would."""
    words = shlex.split(command)[1:]
    try:
        _parse(_of(words[0]), words)
    except KeyError:
        return f"{command}: there is no such subject"
    except typer.Exit:
        return ""
    except Exception as error:
        # Typer's own Click raises them, by classes of its own.
        if not type(error).__module__.startswith("typer"):
            raise
        return f"{command}: {getattr(error, 'message', error)}"
    return ""


@cache
def _of(name: str) -> Any:
    return typer.main.get_command(build([name]))


def _parse(command: Any, words: list[str]) -> None:
    """As it does it itself, without the act: each group, then the last command with what is given to it."""
    context = command.make_context("songhua", list(words))
    while hasattr(command, "resolve_command"):
        name, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        context = command.make_context(name, rest, parent=context)


def _in_blocks(text: str) -> Iterator[tuple[int, str]]:
    for block in _BLOCK.finditer(text):
        for line in block.group(1).splitlines():
            command = re.split(r"\s+#", line)[0].strip()
            if command.startswith("songhua "):
                yield block.start(), command


def _blank(block: re.Match[str]) -> str:
    return " " * len(block.group(0))
