"""`songhua patch`: talkgroups put through to telephone calls or to each other, asked of the running service.

Exit codes: 0 done, 1 it was refused or the service is away, 2 wrong use, 3 the settings are wrong.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

import typer
from rich.table import Table

from core.ids import uuid7
from gateway.commands.asking import Url, User, refusing, signed_in
from gateway.commands.common import ConfigOption, JsonOption, out, print_json
from gateway.commands.spoken import Language, SpokenLanguage, said, tell

HELP = "Talkgroups patched to calls or to each other: see, begin, end. 通话组的并接：查看、开始、结束。"

app = typer.Typer(help=HELP, no_args_is_help=True)

Which = Annotated[str, typer.Argument(metavar="GROUP", help="network:id, for example svx:4011. 通话组名。")]
Key = Annotated[
    UUID | None,
    typer.Option("--op", help="Of an earlier try: not done twice. 上次操作的标识。"),
]


@app.callback()
def patch() -> None:
    """Talkgroups patched to calls or to each other: see, begin, end. 通话组的并接：查看、开始、结束。"""


@app.command("list")
def list_patches(
    user: User = "",
    url: Url = "",
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List current patches. 列出当前并接。"""
    found = _ask(config, user, url, "GET", "/api/patches", None)
    if as_json:
        print_json(found)
        return
    table = Table(*(said(head, language) for head in ("group", "patched_to", "floor")))
    for row in found["patches"]:
        talks = said("patch_talks" if row["talking"] else "patch_listens", language)
        joined = said("patch_joined", language)
        table.add_row(
            row["talkgroup"], row["other"] or row["call_id"] or "–", joined if row["other"] else talks
        )
    out.print(table)


@app.command()
def begin(
    group: Which,
    to: Annotated[
        str,
        typer.Argument(
            metavar="CALL|GROUP", help="A call's id, or another talkgroup. 通话标识，或另一通话组。"
        ),
    ],
    voice: Annotated[
        bool, typer.Option(help="The telephone talks by voice, not by its keys alone. 电话声控发话。")
    ] = False,
    op: Key = None,
    user: User = "",
    url: Url = "",
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Patch a live call of an agent to a talkgroup, or two talkgroups with each other.

    把通话并接到通话组，或并接两个通话组。
    """
    which = "other" if ":" in to else "call_id"
    if which == "call_id" and not _is_id(to):
        raise typer.BadParameter("a call's id, or network:id of a talkgroup", param_hint="CALL|GROUP")
    body = {"op_id": str(op or uuid7()), "talkgroup": group, which: to, "keying": "voice" if voice else "key"}
    done = _ask(config, user, url, "POST", "/api/patches", body)
    word = "joined" if which == "other" else "patch"
    tell(f"{word}_{done['outcome']}", language, done, as_json=as_json, group=group, other=to)


@app.command()
def end(
    group: Which,
    op: Key = None,
    user: User = "",
    url: Url = "",
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """End it at once; agent and citizen speak with each other again. 立即结束并接；坐席与市民恢复通话。"""
    path = f"/api/patches/{quote(group)}/end"
    done = _ask(config, user, url, "POST", path, {"op_id": str(op or uuid7())})
    tell(f"unpatch_{done['outcome']}", language, done, as_json=as_json, group=group)


def _is_id(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


def _ask(
    config: ConfigOption, user: str, url: str, method: str, path: str, body: dict[str, Any] | None
) -> dict[str, Any]:
    service = signed_in(config, user, url)
    with refusing():
        found: dict[str, Any] = service.ask(method, path, body)
    return found
