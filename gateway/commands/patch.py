"""`songhua patch`: talkgroups put through to telephone calls, asked of the running service.

Exit codes: 0 done, 1 it was refused or the service is away, 2 wrong use, 3 the settings are wrong.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

import typer
from rich.table import Table

from core.errors import Unavailable
from core.ids import uuid7
from gateway.commands.board import signed_in
from gateway.commands.common import ConfigOption, JsonOption, fail, out, print_json
from gateway.commands.field_common import Language, Spoken, said, tell

HELP = "Talkgroups patched to telephone calls: see, begin, end. 通话组与电话的并接：查看、开始、结束。"

app = typer.Typer(help=HELP, no_args_is_help=True)

Which = Annotated[str, typer.Argument(metavar="GROUP", help="network:id, for example svx:4011. 通话组名。")]
User = Annotated[
    str,
    typer.Option(
        help="Who asks; the password by SONGHUA_PASSWORD or asked for. 用户。", envvar="SONGHUA_USER"
    ),
]
Url = Annotated[str, typer.Option(help="Where the service is; from the settings by default. 服务地址。")]
Key = Annotated[
    UUID | None,
    typer.Option("--op", help="Of an earlier try: not done twice. 上次操作的标识。"),
]


@app.callback()
def patch() -> None:
    """Talkgroups patched to telephone calls: see, begin, end. 通话组与电话的并接：查看、开始、结束。"""


@app.command("list")
def list_patches(
    user: User = "",
    url: Url = "",
    language: Language = Spoken.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every patch that there is now. 列出当前并接。"""
    found = _ask(config, user, url, "GET", "/api/patches", None)
    if as_json:
        print_json(found)
        return
    table = Table(*(said(head, language) for head in ("group", "call", "floor")))
    for row in found["patches"]:
        talks = said("patch_talks" if row["talking"] else "patch_listens", language)
        table.add_row(row["talkgroup"], row["call_id"] or "–", talks)
    out.print(table)


@app.command()
def begin(
    group: Which,
    call: Annotated[UUID, typer.Argument(metavar="CALL", help="The call's id. 通话标识。")],
    op: Key = None,
    user: User = "",
    url: Url = "",
    language: Language = Spoken.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a call, in which an agent speaks with somebody, through to a talkgroup. 把通话并接到通话组。"""
    body = {"op_id": str(op or uuid7()), "talkgroup": group, "call_id": str(call)}
    done = _ask(config, user, url, "POST", "/api/patches", body)
    tell(f"patch_{done['outcome']}", language, done, as_json=as_json, group=group)


@app.command()
def end(
    group: Which,
    op: Key = None,
    user: User = "",
    url: Url = "",
    language: Language = Spoken.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """End it at once: agent and citizen speak with each other again. 立即结束并接，坐席与市民恢复通话。"""
    path = f"/api/patches/{quote(group)}/end"
    done = _ask(config, user, url, "POST", path, {"op_id": str(op or uuid7())})
    tell(f"unpatch_{done['outcome']}", language, done, as_json=as_json, group=group)


def _ask(
    config: ConfigOption, user: str, url: str, method: str, path: str, body: dict[str, Any] | None
) -> dict[str, Any]:
    service = signed_in(config, user, url)
    try:
        found: dict[str, Any] = service.ask(method, path, body)
    except Unavailable as error:
        fail(error.detail, error.remedy)
    return found
