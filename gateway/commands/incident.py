"""`songhua incident`: mass incidents, asked of the running service.

Exit codes: 0 done, 1 it was refused or the service is away, 2 wrong use, 3 the settings are wrong.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from core.ids import uuid7
from gateway.commands.asking import Url, User, refusing, signed_in
from gateway.commands.common import ConfigOption, JsonOption, out, print_json
from gateway.commands.incident_words import WORDS
from gateway.commands.spoken import Language, SpokenLanguage

HELP = "Mass incidents: announce, attach calls, end. 突发事件：播放提示、归入来电、结束。"

app = typer.Typer(help=HELP, no_args_is_help=True)

Which = Annotated[UUID, typer.Argument(metavar="INCIDENT", help="Its id. 事件标识。")]
Prompt = Annotated[
    str, typer.Option(help="Prompt for waiting callers; empty: none. 对排队来电播放的提示音名。")
]
Key = Annotated[UUID | None, typer.Option("--op", help="Of an earlier try: not done twice. 上次操作的标识。")]


@app.callback()
def incident() -> None:
    """Mass incidents: announce, attach calls, end. 突发事件：播放提示、归入来电、结束。"""


@app.command("list")
def list_incidents(
    ended: Annotated[bool, typer.Option(help="With those that were ended. 包括已结束的。")] = False,
    user: User = "",
    url: Url = "",
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List open incidents. 列出进行中的突发事件。"""
    found = _ask(config, user, url, "GET", "", None)["incidents"]
    rows = [one for one in found if ended or one["ended_at"] is None]
    if as_json:
        print_json({"incidents": rows})
        return
    heads = ("incident", "case", "title", "prompt", "calls", "since", "until")
    table = Table(*(WORDS[head].in_language(language) for head in heads))
    for one in rows:
        table.add_row(
            one["incident_id"],
            one["number"],
            one["title"],
            one["prompt"] or "–",
            str(len(one["call_ids"])),
            one["started_at"][:16],
            (one["ended_at"] or "–")[:16],
        )
    out.print(table)


@app.command()
def start(
    title: Annotated[str, typer.Argument(help="What people call it. 事件名称。")],
    case: Annotated[
        UUID | None, typer.Option(help="An open case to be the parent. 作为主案件的案件。")
    ] = None,
    draft: Annotated[UUID | None, typer.Option(help="A draft to begin with. 由此登记单发起。")] = None,
    category: Annotated[str, typer.Option(help="scheme@version/code of a new case. 新案件的类别。")] = "",
    district: Annotated[str, typer.Option(help="Its district's code. 城区代码。")] = "",
    address: Annotated[str, typer.Option(help="Its address. 地址。")] = "",
    description: Annotated[str, typer.Option(help="What is wrong. 情况描述。")] = "",
    words: Annotated[str, typer.Option(help="What agents are told. 告知坐席的内容。")] = "",
    prompt: Prompt = "wait-long",
    op: Key = None,
    user: User = "",
    url: Url = "",
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open the parent case and play the announcement. 建立主案件并播放提示。"""
    filled = {"category": category, "district": district, "address": address, "description": description}
    fields = {name: value for name, value in filled.items() if value}
    if (case is not None) + (draft is not None) > 1 or (case is not None and fields):
        raise typer.BadParameter("either a case, or a draft, or the fields of a new case")
    body = {
        "op_id": str(op or uuid7()),
        "title": title,
        "words": words,
        "prompt": prompt,
        "fields": fields,
        "case_id": None if case is None else str(case),
        "draft_id": None if draft is None else str(draft),
    }
    done = _ask(config, user, url, "POST", "", body)
    _told("started", done, language, as_json=as_json)


@app.command()
def announce(
    which: Which,
    prompt: Prompt = "wait-long",
    op: Key = None,
    user: User = "",
    url: Url = "",
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Play a prompt to everybody who waits. 对所有排队来电播放提示。"""
    body = {"op_id": str(op or uuid7()), "prompt": prompt}
    done = _ask(config, user, url, "POST", f"/{which}/announce", body)
    _told("announced", done, language, as_json=as_json)


@app.command()
def end(
    which: Which,
    op: Key = None,
    user: User = "",
    url: Url = "",
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Nobody hears it or is offered it any more. 结束事件。"""
    done = _ask(config, user, url, "POST", f"/{which}/end", {"op_id": str(op or uuid7())})
    _told("over", done, language, as_json=as_json)


@app.command()
def attach(
    which: Which,
    call: Annotated[UUID, typer.Argument(help="The call's id. 通话标识。")],
    draft: Annotated[UUID | None, typer.Option(help="Its draft. 该通话的登记单。")] = None,
    undo: Annotated[bool, typer.Option(help="Take it out again. 撤销归入。")] = False,
    op: Key = None,
    user: User = "",
    url: Url = "",
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """A call belongs to the incident. 把来电归入事件。"""
    body: dict[str, Any] = {"op_id": str(op or uuid7()), "call_id": str(call)}
    if not undo:
        body["draft_id"] = None if draft is None else str(draft)
    done = _ask(config, user, url, "POST", f"/{which}/{'detach' if undo else 'attach'}", body)
    word = "detached" if undo else "attached"
    _say(word, done, language, as_json=as_json, title=done["title"], number=done["number"])


def _told(word: str, done: dict[str, Any], language: SpokenLanguage, *, as_json: bool) -> None:
    incident, callers = done["incident"], done["callers"]
    spoken = "unplayed" if callers is None and word != "over" else word
    facts = {"title": incident["title"], "number": incident["number"], "callers": callers}
    _say(spoken, done, language, as_json=as_json, **facts, incident=incident["incident_id"])


def _say(word: str, done: dict[str, Any], language: SpokenLanguage, *, as_json: bool, **facts: Any) -> None:
    if as_json:
        print_json(done)
        return
    out.print(
        WORDS[word].in_language(language).format(**facts), markup=False, highlight=False, soft_wrap=True
    )


def _ask(
    config: ConfigOption, user: str, url: str, method: str, path: str, body: dict[str, Any] | None
) -> dict[str, Any]:
    with refusing():
        answer: dict[str, Any] = signed_in(config, user, url).ask(method, f"/api/incidents{path}", body)
    return answer
