"""`songhua tg playback` and `songhua tg transmissions`: what was said in a talkgroup, asked of the running
service, which writes down who hears it.

Exit codes: 0 done, 1 it was refused or the service is away, 2 wrong use, 3 the settings are wrong.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import typer
from rich.table import Table

from gateway.commands.asking import RunningService, Url, User, refusing, signed_in
from gateway.commands.common import ConfigOption, JsonOption, load, out, print_json
from gateway.commands.spoken import Language, SpokenLanguage, refuse, said, tell

Which = Annotated[str, typer.Argument(metavar="GROUP", help="network:id, for example app:daoli. 通话组名。")]
Minutes = Annotated[
    float, typer.Option(min=0.05, max=240, help="How many minutes back from now. 从现在往回多少分钟。")
]
MoreMinutes = Annotated[
    float, typer.Option(min=0.05, max=10_080, help="How many minutes back from now. 从现在往回多少分钟。")
]
Drop = Annotated[
    bool, typer.Option("--drop-silence", help="Only while somebody talked. 去掉无人讲话的时间。")
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="The WAV file to write. 写入的 WAV 文件。")
]


def playback(
    group: Which,
    minutes: Minutes = 10.0,
    output: Output = None,
    drop_silence: Drop = False,
    user: User = "",
    url: Url = "",
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """The last minutes of a talkgroup: who talked, and with --output their sound. Audited.

    通话组最近几分钟：谁讲了话；加 --output 写出声音。访问会记入审计。
    """
    service = signed_in(config, user, url)
    found = _talks(service, group, minutes, drop=drop_silence)
    if output is not None:
        query = {
            "seconds": _seconds(found), "until": found["until"], "silence": found["silence"],
        }  # fmt: skip
        _write(service, f"/api/talkgroups/{quote(group)}/playback?{urlencode(query)}", output, language)
    _show(found, language, config, as_json=as_json)
    if output is not None and not as_json:
        tell("recalled", language, found, as_json=False, file=output, seconds=f"{found['seconds']:.0f}")


def transmissions(
    group: Which,
    minutes: MoreMinutes = 60.0,
    user: User = "",
    url: Url = "",
    language: Language = SpokenLanguage.EN,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who talked in a talkgroup in the last minutes, and how much of it is recorded. Audited.

    通话组最近谁讲了话、录下了多少。访问会记入审计。
    """
    service = signed_in(config, user, url)
    _show(_talks(service, group, minutes, drop=False), language, config, as_json=as_json)


def add_to(app: typer.Typer) -> None:
    """Its commands stand beside those of talkgroups."""
    app.command()(playback)
    app.command("recall", hidden=True)(playback)
    app.command()(transmissions)
    app.command("talks", hidden=True)(transmissions)


def _talks(service: RunningService, group: str, minutes: float, *, drop: bool) -> dict[str, Any]:
    query = urlencode({"seconds": minutes * 60, "silence": "drop" if drop else "keep"})
    with refusing():
        found: dict[str, Any] = service.ask(
            "GET", f"/api/talkgroups/{quote(group)}/playback/transmissions?{query}", None
        )
    return found


def _write(service: RunningService, path: str, output: Path, language: str) -> None:
    try:
        with refusing():
            service.fetch(path, output)
    except OSError as error:
        refuse(said("no_file", language, file=output, why=error.strerror or type(error).__name__))


def _seconds(found: dict[str, Any]) -> float:
    began, ended = (datetime.fromisoformat(found[key]) for key in ("since", "until"))
    return (ended - began).total_seconds()


def _show(found: dict[str, Any], language: str, config: ConfigOption, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    heads = ("talker", "since", "lasted", "at", "recorded", "ended_by")
    table = Table(*(said(head, language) for head in heads))
    zone = load(config).hotline.callbacks.zone
    for talk in found["talks"]:
        table.add_row(*_cells(talk, language, zone))
    out.print(table)
    lost = sum(gap["talked_s"] for gap in found["gaps"])
    if lost > 0:
        out.print(said("not_recorded", language, seconds=f"{lost:.1f}"), markup=False, highlight=False)


def _cells(talk: dict[str, Any], language: str, zone: Any) -> tuple[str, ...]:
    began = datetime.fromisoformat(talk["began_at"])
    ended = None if talk["ended_at"] is None else datetime.fromisoformat(talk["ended_at"])
    words = [talk["name"], talk["party"], said("emergency", language) if talk["emergency"] else ""]
    talker = " ".join(dict.fromkeys(word for word in words if word))
    lasted = said("on_air", language) if ended is None else f"{(ended - began).total_seconds():.1f} s"
    cause = talk["cause"] if talk["cause"] or ended is None else "–"
    at = "–" if talk["from_s"] is None else f"{talk['from_s']:.1f} s"
    return talker, f"{began.astimezone(zone):%H:%M:%S}", lasted, at, f"{talk['recorded_s']:.1f} s", cause
