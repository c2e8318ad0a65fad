"""`songhua dispatch statuses`: the table that makes steps of jobs of what networks say; checked, versioned.

Works on the database; what is activated counts from the next word on. Exit codes: 0 done, 1 it failed
(of `check`: something is wrong with the table), 2 wrong use, 3 the settings are wrong.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.table import Table

from core.ids import uuid7
from field.statuses.centre.http import Statuses, VersionView, statuses_view, version_view
from field.statuses.model import StatusRule, StatusTableProblem, read_rules
from gateway.commands.common import ConfigOption, JsonOption, load, out, print_json
from gateway.commands.dispatch_words import WORDS
from gateway.commands.field_common import CommandContext, operator, with_field
from gateway.commands.spoken import Language, SpokenLanguage, refuse

app = typer.Typer(
    help="What crews' statuses, texts and keys mean. 状态、短信、按键的含义。", no_args_is_help=True
)

MOST_BYTES = 200_000
TableFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="YAML or JSON: network, kind, code, step. 规则文件。")
]
Comment = Annotated[str, typer.Option("--comment", help="Why. 说明。")]


@app.callback()
def statuses() -> None:
    """What crews' statuses, texts and keys mean. 状态、短信、按键的含义。"""


@app.command()
def show(
    number: Annotated[
        int | None, typer.Option("--version", min=0, help="Another version than the active one. 其他版本。")
    ] = None,
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the active rules, or a version's; --json output can be uploaded. 显示规则。"""
    settings = load(config)

    async def look(field: CommandContext) -> tuple[int, VersionView]:
        now = await field.statuses.now(operator())
        version = now.version if number is None else await field.statuses.version(operator(), number)
        return now.version.number, version_view(version)

    in_force, found = with_field(settings, look, language)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    out.print(_said("version_in_force", language, number=in_force), highlight=False)
    table = Table(*(_said(head, language) for head in ("network", "kind", "code", "step")))
    for rule in found.rules:
        table.add_row(rule.network, rule.kind, rule.code, _said(rule.step, language))
    out.print(table)


@app.command()
def versions(
    language: Language = SpokenLanguage.EN, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """All versions, the newest first. 所有版本。"""
    settings = load(config)

    async def look(field: CommandContext) -> Statuses:
        return statuses_view(await field.statuses.now(operator()))

    found = with_field(settings, look, language)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    out.print(_said("version_in_force", language, number=found.in_force), highlight=False)
    table = Table(*(_said(head, language) for head in ("number", "made_by", "comment")))
    for one in found.versions:
        table.add_row(str(one.number), one.made_by, one.comment)
    out.print(table)


@app.command("check")
def check_file(file: TableFile, language: Language = SpokenLanguage.EN, as_json: JsonOption = False) -> None:
    """Check a table without storing it. 检查规则文件。"""
    rules, problems = _read(file, language)
    if as_json:
        rows = [{"line": p.line, "code": p.code, "zh": p.zh, "en": p.en} for p in problems]
        print_json({"rules": len(rules), "problems": rows})
        raise typer.Exit(1 if problems else 0)
    _refuse(problems, language)
    out.print(_said("table_good", language, count=len(rules)), highlight=False)


@app.command()
def upload(
    file: TableFile,
    comment: Comment = "",
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Store a table as a new version without activating it. 保存为新版本。"""
    settings = load(config)
    rules, problems = _read(file, language)
    _refuse(problems, language)

    async def work(field: CommandContext) -> VersionView:
        return version_view(await field.statuses.make(operator(), uuid7(), rules, comment))

    made = with_field(settings, work, language)
    if as_json:
        print_json(made.model_dump(mode="json"))
        return
    out.print(_said("version_made", language, number=made.number), highlight=False)


@app.command()
def activate(
    number: Annotated[int, typer.Argument(min=0, help="0 is the built-in table. 0 为内置表。")],
    comment: Comment = "",
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have a version count from the next word on; an older one takes a change back. 使版本生效。"""
    settings = load(config)

    async def work(field: CommandContext) -> Statuses:
        expected = (await field.statuses.now(operator())).version.number
        done = await field.statuses.activate(operator(), uuid7(), number, expected=expected, comment=comment)
        return statuses_view(done)

    done = with_field(settings, work, language)
    if as_json:
        print_json(done.model_dump(mode="json"))
        return
    out.print(_said("version_in_force", language, number=done.in_force), highlight=False)


def _read(file: Path, language: SpokenLanguage) -> tuple[tuple[StatusRule, ...], list[StatusTableProblem]]:
    try:
        given: Any = yaml.safe_load(file.read_bytes()[:MOST_BYTES].decode())
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        refuse(_said("no_table", language, file=file, why=type(error).__name__))
    return read_rules(given if not isinstance(given, dict) else given.get("rules"))


def _refuse(problems: list[StatusTableProblem], language: SpokenLanguage) -> None:
    for one in problems:
        why = one.zh if language is SpokenLanguage.ZH else one.en
        out.print(_said("rule_wrong", language, line=one.line, why=why), markup=False, highlight=False)
    if problems:
        raise typer.Exit(1)


def _said(word: str, language: SpokenLanguage, **values: Any) -> str:
    return WORDS[word].in_language(language).format(**values)
