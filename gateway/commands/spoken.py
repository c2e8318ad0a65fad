"""Output of the field commands in the requested language, and their refusals."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, NoReturn

import typer

from gateway.commands.common import FAILED, MISUSED, err, out, print_json
from gateway.commands.field_words import WORDS


class SpokenLanguage(StrEnum):
    ZH = "zh"
    EN = "en"


Language = Annotated[SpokenLanguage, typer.Option("--language", help="zh or en. 输出的语言。")]


def refuse(what: str, code: int = FAILED) -> NoReturn:
    err.print(f"songhua: {what}", highlight=False, soft_wrap=True)
    raise typer.Exit(code)


def misused(word: str, language: str, **values: Any) -> NoReturn:
    """Print the sentence and end with the exit code for wrong use."""
    refuse(said(word, language, **values), MISUSED)


def said(word: str, language: str, **values: Any) -> str:
    """The sentence of this name in `zh` or `en`, filled in."""
    return WORDS[word].in_language(language).format(**values)


def tell(word: str, language: str, body: Any, *, as_json: bool, **values: Any) -> None:
    """One line for a person, or the whole thing for a program."""
    if as_json:
        print_json(body)
        return
    out.print(said(word, language, **values), markup=False, highlight=False, soft_wrap=True)
