"""The command `songhua`: one file for each subject in `gateway.commands`, imported when it is used."""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from core.private import keep_private

FAILED: Final = 1
TRACEBACK: Final = "SONGHUA_TRACEBACK"
"""Environment variable that has the whole traceback of an unforeseen error printed."""
OLD_WORDS: Final = {"lang": "language"}
"""Options by earlier names; help shows the new ones."""

COMMANDS: Final = {
    "init": "gateway.commands.init:init",
    "serve": "gateway.commands.serve:serve",
    "status": "gateway.commands.status:status",
    "doctor": "gateway.commands.doctor:doctor",
    "trace": "gateway.commands.trace:trace",
    "support-bundle": "gateway.commands.support_bundle:support_bundle",
    "drain": "gateway.commands.drain:drain",
    "config": "gateway.commands.config:app",
    "db": "gateway.commands.db:app",
    "backup": "gateway.commands.backup:app",
    "restore": "gateway.commands.backup:restore",
    "upgrade": "gateway.commands.upgrade:upgrade",
    "user": "gateway.commands.user:app",
    "token": "gateway.commands.token:app",
    "asterisk": "gateway.commands.asterisk:app",
    "broker": "gateway.commands.broker:app",
    "mqtt": "gateway.commands.broker:app",
    "ivr": "gateway.commands.ivr:app",
    "cdr": "gateway.commands.ledger:cdr",
    "audit": "gateway.commands.audit:app",
    "approvals": "gateway.commands.approvals:app",
    "settings": "gateway.commands.settings:app",
    "sbom": "gateway.commands.sbom:sbom",
    "ports": "gateway.commands.ports:ports",
    "report": "gateway.commands.report:app",
    "quality": "gateway.commands.quality:app",
    "board": "gateway.commands.board:board",
    "callbacks": "gateway.commands.callbacks:app",
    "nuisance": "gateway.commands.nuisance:app",
    "tls": "gateway.commands.tls:app",
    "sip": "gateway.commands.sip:app",
    "gazetteer": "gateway.commands.gazetteer:app",
    "map": "gateway.commands.maps:app",
    "grid": "gateway.commands.grid:app",
    "parts": "gateway.commands.parts:app",
    "plans": "gateway.commands.plans:app",
    "cameras": "gateway.commands.cameras:app",
    "feeds": "gateway.commands.feeds:app",
    "patches": "gateway.commands.patches:app",
    "warning": "gateway.commands.warnings:app",
    "conference": "gateway.commands.conference:app",
    "cases": "gateway.commands.cases:app",
    "exchange": "gateway.commands.exchange:app",
    "citizen": "gateway.commands.citizen:app",
    "knowledge": "gateway.commands.knowledge:app",
    "speech": "gateway.commands.speech:app",
    "draft": "gateway.commands.draft:draft",
    "transcribe": "gateway.commands.transcribe:transcribe",
    "unit": "gateway.commands.unit:app",
    "phone": "gateway.commands.switch_tables:phone",
    "queue": "gateway.commands.switch_tables:queue",
    "trunk": "gateway.commands.switch_tables:trunk",
    "dispatch": "gateway.commands.dispatch:app",
    "inspectors": "gateway.commands.inspectors:app",
    "emergency": "gateway.commands.emergency:app",
    "tg": "gateway.commands.tg:app",
    "patch": "gateway.commands.patch:app",
    "incident": "gateway.commands.incident:app",
    "mode": "gateway.commands.mode:app",
    "radio": "gateway.commands.radio:app",
    "channels": "gateway.commands.channels:app",
}

LISTED: Final = {
    "init": "Install: ask, make what is missing, start everything, place a test call. 安装。",
    "serve": "Run the service until SIGTERM or Ctrl-C.",
    "status": "Show whether all is well: roles, switch, database, disks, calls. 运行状况一览。",
    "doctor": "Examine the whole system; what could not be checked is said. 系统体检。",
    "trace": "Follow a call or case through everything, in order of time; masked, audited. 跟踪来电或案件。",
    "support-bundle": "Write an archive for helpers: versions, settings, state, log. Nobody's data. 支持包。",
    "drain": "Keep new calls from agents until no call is left; then a stop loses nothing. 停机前排空通话。",
    "config": "Settings: init, check, show, diff, example.",
    "db": "The database: upgrade, downgrade, status, copy.",
    "backup": "Backups: songhua backup DIR makes one, also while calls run; verify, list, send, fetch.",
    "restore": "Restore a backup on an empty machine. Nothing is overwritten; ends with a verified ledger.",
    "upgrade": "Upgrade to PACKAGE: backup, drain, install, migrate, start, check; back if it fails. "
    "升级，失败则退回。",
    "user": "People: add, list, switch off, new password.",
    "token": "API tokens: how programs act for a person. API 令牌：程序代人操作。",
    "asterisk": "Asterisk: render its configuration, examine it.",
    "broker": "The MQTT broker: render its configuration.",
    "mqtt": "The MQTT broker: render its configuration.",
    "ivr": "What callers hear: check, draw and change flows and prompts.",
    "cdr": "The ledger: show, check, export, keep and erase the records of calls.",
    "audit": "The signed chain: make its keys, verify it. Who did and saw what: list it.",
    "approvals": "Acts that need a second person: list, approve, object. 需要第二人批准的操作。",
    "settings": "Settings that are changed at the desk: list, show, change, undo. 在坐席台上更改的设置。",
    "sbom": "The software bill of materials (CycloneDX 1.6, JSON): packages, console, models, Asterisk.",
    "ports": "List listening ports of these settings and their clients; --nft prints firewall rules.",
    "report": "Figures of calls, derived from the ledger. docs/metrics.md defines each.",
    "quality": "Quality of calls: scoring forms, scores, calibrations. docs/quality-of-calls.md",
    "board": "The live board: waiting callers, connect rate, agents and callbacks. Ctrl-C ends it.",
    "callbacks": "Callbacks that are still open.",
    "nuisance": "Numbers of malicious callers: asked to be polite, served last. "
    "骚扰号码：提醒文明用语，最后接听。",
    "tls": "Certificates: a local authority, renewal, status. 证书：本地颁发机构、续期、状态。",
    "sip": "Addresses shut out of SIP for guessing passwords. 因猜测话机密码而被挡在 SIP 之外的地址。",
    "gazetteer": "Places: import the operator's own.",
    "map": "The desk's map: tiles and outlines of districts.",
    "grid": "Cells and beats: build, import, check. 单元网格与责任网格。",
    "parts": "The part register: import, find. 部件库。",
    "plans": "Emergency plans: check, import, start on a case. 应急预案：检查、导入、启动。",
    "cameras": "Cameras: import, list, find those that see a place. 摄像头。",
    "feeds": "Feeds of other systems: list, show, post a signed test. 外部事件。",
    "patches": "Change patches of remote sensing: import, list, show. 变化图斑。",
    "warning": "Warnings: CAP messages, recipients, sirens, paging, what became of them. 预警。",
    "conference": "Incident conferences: list, show. 现场会商。",
    "cases": "Cases: find and read them, how often agents file what was drafted, and training from it.",
    "exchange": "Forms to departments without a desk: deliveries, secrets. 与无坐席台部门的表单交换。",
    "citizen": "Messages to citizens, opt-outs, follow-ups. 告知市民的短信、退订、回访。",
    "knowledge": "Articles that agents may tell: write, approve, find.",
    "speech": "Speech recognition: models, and measuring recognisers (docs/speech.md).",
    "draft": "Print a call's draft (category, district, address, urgency, intent …) with its evidence.",
    "transcribe": "Print what was said in FILE. Two channels are two speakers, the citizen first.",
    "unit": "A field unit's terminal: take jobs and report on them.",
    "phone": "Telephones of agents: list, import. 坐席话机。",
    "queue": "Queues of the switch: list, import. 队列。",
    "trunk": "Trunks to carriers: list, import. 中继。",
    "dispatch": "Dispatches: how jobs reach their units. 派遣：任务如何送达。",
    "inspectors": "Inspectors: shifts and verification tasks. 监督员。",
    "emergency": "Emergencies of field units: alarms and emergency calls. 外勤单元的呼救。",
    "tg": "Talkgroups: who may listen, talk and patch, and who is on them. "
    "通话组：谁可听、讲、并接，谁在组内。",
    "patch": "Talkgroups patched to calls or to each other: see, begin, end. "
    "通话组的并接：查看、开始、结束。",
    "incident": "Mass incidents: announce, attach calls, end. 突发事件：播放提示、归入来电、结束。",
    "mode": "The operating mode: show, ask for another, confirm. 运行模式：查看、申请、确认。",
    "radio": "Frames of radio networks. 无线电网络的数据帧。",
    "channels": "Channels of citizens: which are on, and whether they work. 市民渠道。",
}
"""What `songhua --help` says of each. The subjects say it themselves, and a test compares: to ask all of them
would import the whole program for a list.
"""


def build(names: Sequence[str]) -> typer.Typer:
    """The command with these subjects."""
    app = typer.Typer(
        name="songhua",
        help="The communications core of a city's hotline and field units.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        # The list is plain: to draw it takes longer than everything else that it needs.
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "token_normalize_func": _current},
    )
    app.callback(invoke_without_command=True)(_songhua)
    for name in names:
        module, _, attribute = COMMANDS[name].partition(":")
        found: Any = getattr(importlib.import_module(module), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
    return app


def _songhua(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The version as JSON for programs.")] = False,
) -> None:
    """The communications core of a city's hotline and field units."""
    if version:
        from importlib import metadata  # noqa: PLC0415  # no other command needs it

        found = metadata.version("songhua")
        typer.echo(json.dumps({"name": "songhua", "version": found}) if as_json else f"songhua {found}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def _current(word: str) -> str:
    return OLD_WORDS.get(word, word)


def wanted(words: Sequence[str]) -> Sequence[str]:
    """The subject that is called or whose words are completed, if there is one: no other is imported."""
    first = next((word for word in _completed() or words if not word.startswith("-")), None)
    return [first] if first in COMMANDS else []


def _completed() -> Sequence[str]:
    """The words so far, where the shell asks how they may go on (bash, or one of the others)."""
    asked = any(name.endswith("_COMPLETE") and "SONGHUA" in name for name in os.environ)
    line = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS") or ""
    return line.split()[1:] if asked else []


def _only_listed() -> None:
    """Stands for a subject that is not called."""


def main() -> None:
    keep_private()
    names = wanted(sys.argv[1:])
    app = build(names)
    for name, says in LISTED.items():
        if name not in names:
            app.command(name, help=says)(_only_listed)
    try:
        app()
    except Exception as error:
        # Imported here: most commands end well.
        from gateway.commands.failures import explained  # noqa: PLC0415

        known = explained(error)
        # A service that ends by a bug leaves the whole of it in its log: nobody can run it again to see.
        if os.environ.get(TRACEBACK) or (known is None and names == ["serve"]):
            raise
        cause, remedy, code = (known.cause, known.remedy, known.code) if known else _unforeseen(error)
        typer.echo(f"songhua: {cause}", err=True)
        if remedy:
            typer.echo(f"remedy: {remedy}", err=True)
        sys.exit(code)


def _unforeseen(error: Exception) -> tuple[str, str, int]:
    """Cause, remedy and exit code of a bug. Its text is left out: it may hold what a caller said."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"unforeseen: {type(error).__name__} in {Path(place.filename).name}:{place.lineno}",
        f"report it; {TRACEBACK}=1 before the command prints where it comes from",
        FAILED,
    )


if __name__ == "__main__":
    main()
