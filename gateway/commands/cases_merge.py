"""`songhua cases merge|unmerge|split|link|unlink`: asked of the running service, in the name of a person.

Exit codes: 0 done, 1 it was refused or the service is away, 2 wrong use, 3 the settings are wrong.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

import typer

from core.ids import uuid7
from gateway.commands.asking import RunningService, Url, User, refusing, signed_in
from gateway.commands.cases_merge_words import WORDS
from gateway.commands.common import ConfigOption, JsonOption, fail, out, print_json
from gateway.commands.spoken import Language, SpokenLanguage

Case = Annotated[str, typer.Argument(metavar="CASE", help="Its number or short code. 案件号或短码。")]
Other = Annotated[str, typer.Argument(metavar="OTHER", help="The other case. 另一案件。")]
Why = Annotated[str, typer.Option("--reason", help="Why. 原因。")]
Key = Annotated[UUID | None, typer.Option("--op", help="Of an earlier try: not done twice. 上次操作的标识。")]


class RelationWord(StrEnum):
    """The relations that people make."""

    CAUSE = "cause"
    SAME_PLACE = "same_place"
    FOLLOWS = "follows"


def merge(
    case: Case,
    into: Annotated[str, typer.Argument(metavar="INTO", help="The case that goes on. 主案件。")],
    reason: Why,
    op: Key = None,
    user: User = "",
    url: Url = "",
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Another open case goes on for this one. 并单。"""
    with refusing():
        service = signed_in(config, user, url)
        one, other = _found(service, case), _found(service, into)
        body = {"into": other["case_id"], "into_version": other["version"]}
        done = _act(service, one, "merge", reason, op, body)
    _say("merged", done, language, as_json=as_json, number=one["number"], other=other["number"])


def unmerge(
    case: Case,
    reason: Why,
    op: Key = None,
    user: User = "",
    url: Url = "",
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """A merged case is again what it was. 撤销并单。"""
    with refusing():
        service = signed_in(config, user, url)
        one = _found(service, case)
        done = _act(service, one, "unmerge", reason, op, {})
    _say("unmerged", done, language, as_json=as_json, number=one["number"])


def split(
    case: Case,
    reason: Why,
    category: Annotated[str, typer.Option(help="scheme@version/code of the new case. 新案件的类别。")],
    description: Annotated[str, typer.Option(help="What is wrong. 情况描述。")] = "",
    address: Annotated[
        str, typer.Option(help="Its address; that of the first case without one. 地址。")
    ] = "",
    call: Annotated[
        list[UUID] | None, typer.Option(help="A call of the case that is about it. 相关来电。")
    ] = None,
    report: Annotated[
        list[UUID] | None, typer.Option(help="A report of the case that is about it. 相关上报。")
    ] = None,
    op: Key = None,
    user: User = "",
    url: Url = "",
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """File a case of its own for another problem of this one. 拆分案件。"""
    filled = {"category": category, "description": description, "address": address}
    body = {
        "fields": {name: value for name, value in filled.items() if value},
        "call_ids": [str(one) for one in call or ()],
        "report_ids": [str(one) for one in report or ()],
    }
    with refusing():
        service = signed_in(config, user, url)
        one = _found(service, case)
        done = _act(service, one, "split", reason, op, body)
    _say("split", done, language, as_json=as_json, number=one["number"], other=done["number"])


def link(
    case: Case,
    other: Other,
    reason: Why,
    kind: Annotated[
        RelationWord,
        typer.Option(help="`cause`: CASE brought OTHER about; `follows`: CASE is left over from it. 关系。"),
    ] = RelationWord.SAME_PLACE,
    op: Key = None,
    user: User = "",
    url: Url = "",
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Relate two cases. 关联案件。"""
    with refusing():
        service = signed_in(config, user, url)
        one, second = _found(service, case), _found(service, other)
        body = {"other_id": second["case_id"], "kind": kind.value}
        done = _act(service, one, "relations", reason, op, body)
    _say("linked", done, language, as_json=as_json, number=one["number"], other=second["number"])


def unlink(
    case: Case,
    other: Other,
    reason: Why,
    op: Key = None,
    user: User = "",
    url: Url = "",
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Undo the newest relation of two cases. 解除关联。"""
    with refusing():
        service = signed_in(config, user, url)
        one, second = _found(service, case), _found(service, other)
        both = [it for it in one["relations"] if it["other"]["case_id"] == second["case_id"]]
        if not both:
            fail(f"{one['number']} and {second['number']} are not related", "songhua cases show CASE")
        done = _act(service, one, f"relations/{both[-1]['relation_id']}/undo", reason, op, {})
    _say("unlinked", done, language, as_json=as_json, number=one["number"], other=second["number"])


def _found(service: RunningService, name: str) -> dict[str, Any]:
    """The case with this number or short code, as this person sees it."""
    answer = service.ask("GET", f"/api/cases?q={quote(name)}&limit=20", None)
    named = (one for one in answer["cases"] if name in {one["number"], one["spoken_code"]})
    found: dict[str, Any] | None = next(named, None)
    if found is None:
        fail(f"no case is called {name}", "songhua cases search finds it by its words")
    return found


def _act(
    service: RunningService,
    case: dict[str, Any],
    act: str,
    reason: str,
    op: UUID | None,
    body: dict[str, Any],
) -> dict[str, Any]:
    whole = {"op_id": str(op or uuid7()), "version": case["version"], "reason": reason, **body}
    done: dict[str, Any] = service.ask("POST", f"/api/cases/{case['case_id']}/{act}", whole)
    return done


def _say(word: str, done: dict[str, Any], language: SpokenLanguage, *, as_json: bool, **facts: str) -> None:
    if as_json:
        print_json(done)
        return
    out.print(
        WORDS[word].in_language(language).format(**facts), markup=False, highlight=False, soft_wrap=True
    )
