"""Every sentence that the code marks has its translation, and a catalogue holds no other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from core.translation import (
    DOMAIN,
    LOCALE,
    BadCatalogue,
    Bilingual,
    PoFile,
    Verbatim,
    catalogue,
    entries,
    pgettext_lazy,
)
from core.translation import gettext_lazy as _

ROOT = Path(__file__).resolve().parents[2]
ROOMS = sorted(file.parent for file in ROOT.glob("*/__init__.py") if file.parent.name != "tests")
LANGUAGES = sorted(folder.name for folder in LOCALE.iterdir())

Sentence = tuple[str, str]
"""Context and English form."""


def marked() -> dict[Sentence, set[str]]:
    """The sentences in the code, with the names of the values that they are given."""
    found: dict[Sentence, set[str]] = {}
    for room in ROOMS:
        for file in room.rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            if "core.translation import" in text or file.name == "translation.py":
                for sentence, values in _marked_in(ast.parse(text), file):
                    found.setdefault(sentence, set()).update(values)
    return found


def _marked_in(tree: ast.Module, file: Path) -> Iterator[tuple[Sentence, set[str]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            wanted = {"_": 1, "pgettext_lazy": 2}.get(node.func.id, 0)
            if wanted:
                yield (
                    _sentence(node.args, wanted, f"{file}:{node.lineno}"),
                    {one.arg for one in node.keywords if one.arg},
                )


def _sentence(arguments: list[ast.expr], wanted: int, where: str) -> Sentence:
    words = [one.value for one in arguments if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    assert len(words) == len(arguments) == wanted, f"{where}: a sentence is a literal"
    return (words[0], words[1]) if wanted == len(("context", "text")) else ("", words[0])


def braces(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_has_a_translation_and_none_is_left_over(language: str) -> None:
    known = entries(catalogue(language).read_text(encoding="utf-8"), language)
    code = set(marked())
    assert sorted(code - {one for one, said in known.items() if said}) == []
    assert sorted(set(known) - code) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_is_given_all_that_it_needs(language: str) -> None:
    known = entries(catalogue(language).read_text(encoding="utf-8"), language)
    for sentence, values in marked().items():
        assert braces(known[sentence]) <= braces(sentence[1]) | values, sentence


def test_a_sentence_is_told_in_the_readers_language() -> None:
    asked = _("The trunk {name} does not answer OPTIONS: calls out pass it over.", name="t1")
    assert asked.in_language("en-GB") == "The trunk t1 does not answer OPTIONS: calls out pass it over."
    assert asked.in_language("zh") == "中继 t1 不应答 OPTIONS：外呼会跳过它。"
    assert asked.in_language("zh-CN") == asked.in_language("fr") == asked.in_language("zh")


def test_several_words_are_joined_as_the_language_does() -> None:
    asked = _("{kind} lacks: {lacking}.", kind="read", lacking=["call", "agent"])
    assert asked.in_language("en") == "read lacks: call, agent."
    assert asked.in_language("zh") == "缺少 read 权限：call、agent。"


def test_a_context_tells_apart_what_english_does_not() -> None:
    assert pgettext_lazy("dispatch", "sent").in_language("zh") == "已送出"
    assert pgettext_lazy("dispatch, a time", "sent").in_language("zh") == "送出"


def test_a_sentence_without_values_keeps_its_braces() -> None:
    assert _("given to {unit} ({dispatch})").in_language("zh") == "已派给 {unit}（{dispatch}）"


def test_what_no_catalogue_has_is_told_in_english() -> None:
    assert _("nobody has said this yet").in_language("zh") == "nobody has said this yet"


def test_data_and_commands_need_no_catalogue() -> None:
    assert Bilingual("甲", "a").in_language("zh") == "甲"
    assert Bilingual("甲", "a").in_language("en") == "a"
    assert Verbatim("chmod o= /x").in_language("zh") == "chmod o= /x"


def test_a_catalogue_is_read_as_gettext_writes_it(tmp_path: Path) -> None:
    text = (
        'msgid ""\nmsgstr "Language: zh\\n"\n\n'
        '#: somewhere.py:1\nmsgid "one "\n"and two"\nmsgstr "一"\n"和二\\n"\n\n'
        '#, fuzzy\nmsgid "old"\nmsgstr "旧"\n\n'
        'msgctxt "door"\nmsgid "open"\nmsgstr "开"\n'
    )
    assert entries(text) == {("", "one and two"): "一和二\n", ("door", "open"): "开"}
    file = tmp_path / f"{DOMAIN}.po"
    file.write_text(text, encoding="utf-8")
    with file.open(encoding="utf-8") as stream:
        read = PoFile(stream)  # type: ignore[arg-type]  # as core.translation does
    assert read.gettext("one and two") == "一和二\n"
    assert read.pgettext("door", "open") == "开"
    assert read.gettext("old") == "old"


@pytest.mark.parametrize(
    "line", ['msgid "open', "msgid open", 'wrong "x"', 'msgid "a"\nmsgstr "b"\n\nmsgid "a"']
)
def test_a_broken_catalogue_names_its_line(line: str) -> None:
    with pytest.raises(BadCatalogue, match=r"zh\.po"):
        entries(line, "zh.po")
