"""`songhua radio`: decodes a captured frame of a radio network.

Exit codes: 0 it was read, 1 it is no such frame, 2 wrong use.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from gateway.commands.common import FAILED, JsonOption, out, print_json
from gateway.commands.radio_words import FIELDS, WORDS, why
from gateway.commands.spoken import Language, SpokenLanguage, refuse
from radio_bridge.codecs import fields
from radio_bridge.codecs.bits import Undecodable, of_hex
from radio_bridge.codecs.kinds import DecodedFrame, FrameFormat, read

HELP = "Frames of radio networks. 无线电网络的数据帧。"
MOST_DIGITS: Final = 8192

app = typer.Typer(help=HELP, no_args_is_help=True)

_KIND_HELP = (
    "lip, sds: TETRA; ars, lrrp, tms: MOTOTRBO; dmrd: Homebrew/MMDVM; usrp: AllStar, DVSwitch. 帧的种类。"
)


@app.callback()
def radio() -> None:
    """Frames of radio networks. 无线电网络的数据帧。"""


@app.command()
def decode(
    kind: Annotated[FrameFormat, typer.Argument(metavar="KIND", help=_KIND_HELP)],
    digits: Annotated[
        list[str],
        typer.Argument(
            metavar="HEX", help="The frame; spaces do not matter; - reads it. 十六进制数字，- 为读入。"
        ),
    ],
    language: Language = SpokenLanguage.EN,
    as_json: JsonOption = False,
) -> None:
    """Decode a captured frame: fields with units, or the error and its bit. 解读一帧。

    Exit codes: 0 it was read, 1 it is no such frame, 2 wrong use.
    """
    data, bits = _given(digits, language)
    try:
        found = read(kind, data, bits)
    except Undecodable as error:
        _refuse(kind, error, language, as_json=as_json)
    if as_json:
        print_json(_body(kind, bits, found, language))
    else:
        _show(found, language)
    if found.wrong is not None:
        raise typer.Exit(FAILED)


def _given(digits: list[str], language: str) -> tuple[bytes, int]:
    text = sys.stdin.read(2 * MOST_DIGITS) if digits == ["-"] else "".join(digits)
    clean = "".join(text.split())
    if len(clean) > MOST_DIGITS:
        refuse(_said("too_long", language, most=MOST_DIGITS), 2)
    try:
        return of_hex(clean)
    except ValueError:
        refuse(_said("no_hex", language), 2)


def _refuse(kind: FrameFormat, error: Undecodable, language: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"kind": kind.value, "wrong": _wrong(error, language)})
        raise typer.Exit(FAILED)
    refuse(_said("wrong", language, kind=kind.value.upper(), bit=error.bit, why=why(error, language)))


def _body(kind: FrameFormat, bits: int, found: DecodedFrame, language: str) -> dict[str, Any]:
    return {
        "kind": kind.value,
        "bits": bits,
        "frame": fields.tree(found.frame),
        "within": None if found.within is None else fields.tree(found.within),
        "wrong": None if found.wrong is None else _wrong(found.wrong, language),
    }


def _wrong(error: Undecodable, language: str) -> dict[str, Any]:
    return {"bit": error.bit, "why": why(error, language)}


def _show(found: DecodedFrame, language: str) -> None:
    table = Table(*(_said(head, language) for head in ("field", "value", "unit")))
    for one in fields.fields(found.frame):
        table.add_row(*_cells(one, language))
    if found.within is not None:
        for one in fields.fields(found.within):
            table.add_row(*_cells(one, language, _said("within", language)))
    out.print(table)
    if found.wrong is not None:
        said = _said("wrong_within", language, bit=found.wrong.bit, why=why(found.wrong, language))
        out.print(said, markup=False, highlight=False, soft_wrap=True)


def _cells(field: fields.FrameField, language: str, *outer: str) -> tuple[str, str, str]:
    names = [*outer, *(_named(name, language) for name in field.path)]
    value = field.value
    if isinstance(value, bool):
        shown = _said("yes" if value else "no", language)
    elif isinstance(value, float):
        shown = f"{value:.6f}".rstrip("0").rstrip(".")
    else:
        shown = "".join(sign if sign.isprintable() else "?" for sign in str(value))
    return " · ".join(names), shown, field.unit


def _named(name: str, language: str) -> str:
    plain, _, place = name.partition("[")
    word = FIELDS[plain].in_language(language)
    return f"{word} {place.rstrip(']')}" if place else word


def _said(word: str, language: str, **values: Any) -> str:
    return WORDS[word].in_language(language).format(**values)
