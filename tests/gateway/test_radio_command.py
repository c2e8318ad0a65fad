"""`songhua radio decode`: fields with units, or what is wrong at which bit, in both languages."""

from __future__ import annotations

import ast
import dataclasses
import json
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import radio_bridge.codecs
from gateway.cli import build
from gateway.commands.radio_words import FIELDS, NAMES, WRONG
from radio_bridge.codecs import fields
from radio_bridge.codecs.bits import Undecodable, of_hex
from radio_bridge.codecs.kinds import FrameFormat, read
from tests.radio_bridge.codecs import vectors


def run(*words: str, said: str | None = None) -> tuple[int, str, str]:
    found = CliRunner(env={"COLUMNS": "200"}).invoke(
        build(["radio"]), ["radio", "decode", *words], input=said
    )
    return found.exit_code, found.stdout, found.stderr


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", vectors.BY_KIND)
def test_every_captured_frame_is_shown(kind: str, language: str) -> None:
    for digits in vectors.BY_KIND[kind]:
        code, shown, _ = run(kind, digits, "--language", language)
        assert code == 0, shown
        assert len(shown.splitlines()) > 4


def test_fields_have_units() -> None:
    _, shown, _ = run("lip", vectors.LIP[2])
    rows = [[cell.strip() for cell in line.split("│")[1:4]] for line in shown.splitlines()]
    assert ["latitude", "37.991956", "°"] in rows
    assert "EMERGENCY" in shown
    _, shown, _ = run("lip", vectors.LIP[2], "--language", "zh")
    assert "纬度" in shown
    assert "37.991956" in shown


def test_json_has_the_same() -> None:
    _, shown, _ = run("lrrp", vectors.LRRP[0], "--json")
    body = json.loads(shown)
    assert (body["kind"], body["wrong"]) == ("lrrp", None)
    assert body["frame"]["place"]["lat"] == pytest.approx(12.345345, abs=1e-6)
    assert body["frame"]["place"]["measured_at"] == "2003-06-30T07:30:00+00:00"
    assert body["frame"]["request_id"] == "2468ace0"


def test_a_burst_is_opened() -> None:
    _, shown, _ = run("dmrd", vectors.DMRD[0], "--json")
    body = json.loads(shown)
    assert body["frame"]["data_type"] == "csbk"
    assert (body["within"]["source"], body["within"]["target"]) == (2_308_155, 2_301)


def test_a_burst_that_cannot_be_read_is_said_beside_its_frame() -> None:
    digits = vectors.DMRD[0][:40] + "5a" * 33 + vectors.DMRD[0][106:]
    code, shown, _ = run("dmrd", digits, "--json")
    assert code == 1
    body = json.loads(shown)
    assert body["frame"]["source"] == 2_308_155
    assert body["wrong"]["bit"] >= 160
    code, shown, _ = run("dmrd", digits, "--language", "zh")
    assert code == 1
    assert "突发内容不能解读" in shown


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "not LIP: bit 8: type of message 2 is reserved"),
        ("zh", "不能按 LIP 解读：第 8 位：消息类型 2 为保留值"),
    ],
)
def test_what_is_wrong_is_said_with_its_bit(language: str, words: str) -> None:
    code, shown, told = run("lip", "0A80", "--language", language)
    assert (code, shown) == (1, "")
    assert words in told


def test_what_is_wrong_as_json() -> None:
    code, shown, _ = run("tms", "0002E500", "--json")
    assert code == 1
    assert json.loads(shown) == {"kind": "tms", "wrong": {"bit": 20, "why": "kind of message 5 is not known"}}


@pytest.mark.parametrize(
    "words", [("lip", "xyz"), ("lip", ""), ("pager", "0A"), ("lip", "0A" * 5000), ("lip",)]
)
def test_wrong_use(words: tuple[str, ...]) -> None:
    code, shown, _ = run(*words)
    assert (code, shown) == (2, "")


def test_spaces_do_not_matter_and_it_can_be_read_from_a_pipe() -> None:
    assert run("ars", "00 07 F0 20", "02 31 31 00 00")[:2] == run("ars", vectors.ARS[0])[:2]
    assert run("ars", "-", said="0007F020 0231310000\n")[:2] == run("ars", vectors.ARS[0])[:2]


def test_controls_in_a_text_do_not_reach_the_terminal() -> None:
    _, shown, _ = run("tms", "000DE00101954461" + "001B005B000A00")
    assert "\x1b" not in shown


def test_every_sentence_of_the_codecs_has_its_chinese() -> None:
    templates = set(_templates())
    assert len(templates) > 30
    assert templates == set(WRONG)
    for english, chinese in WRONG.items():
        assert _placeholders(english) == _placeholders(chinese.in_language("zh")), english


def test_what_is_wrong_names_fields_in_chinese() -> None:
    named: set[str] = set()
    for kind, frames in vectors.BY_KIND.items():
        for digits in frames:
            data, bits = of_hex(digits)
            for length in range(0, bits, 1 if kind in {"lip", "sds"} else 8):
                named |= _named_when_cut(FrameFormat(kind), data, length)
    assert {one for one in named if not one.isascii() or "-" not in one} <= set(NAMES)


def test_every_field_has_its_words() -> None:
    names = set(_field_names())
    assert len(names) > 60
    assert names <= set(FIELDS)


def _named_when_cut(kind: FrameFormat, data: bytes, bits: int) -> set[str]:
    try:
        read(kind, data[: (bits + 7) // 8], bits)
    except Undecodable as error:
        return {str(error.values["name"])} if "name" in error.values else set()
    return set()


def _placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def _templates() -> Iterator[str]:
    """The sentences in the code of the codecs."""
    folder = Path(radio_bridge.codecs.__file__).parent
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            last = node.args[-1]
            if called in {"Undecodable", "wrong"} and isinstance(last, ast.Constant):
                yield str(last.value)


def _field_names() -> Iterator[str]:
    """Of everything that a codec gives."""
    folder = Path(radio_bridge.codecs.__file__).parent
    for file in folder.rglob("*.py"):
        name = ".".join(("radio_bridge", "codecs", *file.relative_to(folder).with_suffix("").parts))
        if name.rsplit(".", 1)[-1] in {
            "__init__",
            "fields",
            "kinds",
            "sds_parts",
            "burst",
            "datagram",
            "packet",
            "bits",
        }:
            continue
        module: Any = __import__(name, fromlist=["_"])
        for found in vars(module).values():
            if isinstance(found, type) and dataclasses.is_dataclass(found) and found.__module__ == name:
                yield from (one.name for one in dataclasses.fields(found))
                yield from (one for one in fields.MEANT if isinstance(getattr(found, one, None), property))
