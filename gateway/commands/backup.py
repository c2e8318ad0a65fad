"""`songhua backup` and `songhua restore`: the whole installation in one encrypted archive, and back; also to
and from a repository of restic.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from gateway.commands import backup_restic
from gateway.commands.backup_shown import KeyOption, Progress, described, findings, say
from gateway.commands.common import (
    FAILED,
    MISUSED,
    ConfigOption,
    JsonOption,
    config_file,
    err,
    fail,
    load,
    print_json,
    run,
)

_MAKE: Final = "make"


class _MakeUnlessNamed(TyperGroup):
    """`songhua backup DIR` makes one; the other acts are named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = [_MAKE, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_MakeUnlessNamed,
    help="Backups: songhua backup DIR makes one, also while calls run; verify, list, send, fetch.",
)
app.command("send")(backup_restic.send)
app.command("fetch")(backup_restic.fetch)
app.command("init-restic")(backup_restic.init)


@app.command(_MAKE, hidden=True)
def make(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Where to; else [backup] folder.", file_okay=False)
    ] = None,
    with_keys: Annotated[
        Path | None,
        typer.Option(help="Also write keys and secrets, into this archive of their own.", dir_okay=False),
    ] = None,
    send: Annotated[
        bool, typer.Option("--send", help="Then send it to [backup.restic], where that is set.")
    ] = False,
    key_file: KeyOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write an encrypted backup of database, recordings, other files, settings and heads; read it back.

    Each is whole by itself. With [backup] folder as DIR, only the newest [backup] keep stay.
    """
    from gateway.backup import keys, making  # noqa: PLC0415

    settings = load(config)
    target = folder or settings.backup.folder
    if target is None:
        err.print("name a folder: songhua backup DIR, or set [backup] folder")
        raise typer.Exit(MISUSED)
    own = settings.backup.folder is not None and target.absolute() == settings.backup.folder.absolute()
    file = config_file(config)

    async def work() -> tuple[making.MadeBackup, making.MadeBackup | None]:
        key = keys.load(key_file or settings.backup.key_file)
        with Progress(as_json) as told:
            made = await making.make(
                settings, file, target, key, keep=settings.backup.keep if own else None, told=told
            )
            beside = await making.make_keys(settings, with_keys, key) if with_keys is not None else None
        return made, beside

    made, beside = run(work())
    told = described(made.file, made.manifest) | {"removed": [str(one) for one in made.removed]}
    if beside is not None:
        told["keys"] = str(beside.file)
    sends = send and settings.backup.restic is not None
    if as_json:
        if sends:
            sent = backup_restic.sent(settings, made.file, key_file, quiet=True)
            told["sent"] = backup_restic.sent_described(sent)
        print_json(told)
        return
    say(f"{made.file}: {len(made.manifest.members)} files, {made.manifest.bytes >> 20} MB, read back whole")
    for one in [*made.manifest.notes, *(beside.manifest.notes if beside else ())]:
        say(f"note: {one}")
    if beside is not None:
        say(f"{beside.file}: keys and secrets; keep it apart from the backups")
    for gone in made.removed:
        say(f"removed {gone}")
    if sends:
        backup_restic.say_sent(backup_restic.sent(settings, made.file, key_file, quiet=False))


@app.command("init-key")
def init_key(
    file: Annotated[Path | None, typer.Argument(help="Where to; else [backup] key_file.")] = None,
    config: ConfigOption = None,
) -> None:
    """Make the key that encrypts backups. Copy it to a safe place: without it no backup can be read."""
    from gateway.backup import keys  # noqa: PLC0415

    target = file or load(config).backup.key_file
    if target is None:
        err.print("name a file, or set [backup] key_file")
        raise typer.Exit(MISUSED)

    async def work() -> None:
        keys.init(target)

    run(work())
    say(f"{target}: copy it to a safe place now; without it no backup can be read")


@app.command()
def verify(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A backup, or an archive of keys.")],
    in_restic: Annotated[
        bool, typer.Option("--restic", help="FILE is a name in the repository of [backup.restic], or latest.")
    ] = False,
    key_file: KeyOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read an archive to its end: every byte, and every file against the manifest. Exit code 1 if damaged."""
    from gateway.backup import keys, restoring  # noqa: PLC0415
    from gateway.backup.restic import fetching  # noqa: PLC0415

    settings = load(config)

    async def work() -> tuple[str, Any]:
        with Progress(as_json) as told:
            if in_restic:
                return fetching.verify(backup_restic.program_of(settings), file, told)
            key = keys.load(key_file or settings.backup.key_file)
            return file, restoring.read_whole(Path(file), key, told)

    name, manifest = run(work())
    if as_json:
        print_json({"ok": True, **described(name, manifest)})
        return
    say(f"{name}: whole, {len(manifest.members)} files, begun {manifest.begun:%Y-%m-%d %H:%M:%S} UTC")
    for one in manifest.notes:
        say(f"note: {one}")


@app.command("list")
def list_backups(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Else [backup] folder.", file_okay=False)
    ] = None,
    in_restic: Annotated[
        bool, typer.Option("--restic", help="Those in the repository of [backup.restic]; it is asked.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the backups of a folder, newest first, and how old the last one is. Needs no key: each was read
    back when it was made, and `verify` reads it again.
    """
    from gateway.backup.listing import listed  # noqa: PLC0415

    if in_restic:
        backup_restic.list_there(load(config), as_json=as_json)
        return
    place = folder or load(config).backup.folder
    if place is None:
        err.print("name a folder, or set [backup] folder")
        raise typer.Exit(MISUSED)
    try:
        found = listed(place)
    except OSError as error:
        fail(f"{place}: {error.strerror}", "name the folder of the backups")
    now = datetime.now(UTC)
    if as_json:
        rows = [
            {
                "file": str(one.file), "begun": one.begun.isoformat(), "age_s": one.age_s(now),
                "bytes": one.bytes, "version": one.version, "schema": one.schema, "database": one.database,
            }
            for one in found
        ]  # fmt: skip
        print_json({"backups": rows, "last_age_s": found[0].age_s(now) if found else None})
        return
    for one in found:
        say(f"{one.begun:%Y-%m-%d %H:%M} UTC  {one.bytes >> 20:>8} MB  {one.database}  {one.file.name}")
    say(f"the last one is {found[0].age_s(now) / 3_600:.1f} h old" if found else "there is none")


def restore(
    file: Annotated[Path, typer.Argument(help="The backup.", dir_okay=False)],
    into: Annotated[
        Path,
        typer.Option(
            help="The settings file that says where the pieces belong; the archive's is written there if "
            "there is none.",
            dir_okay=False,
        ),
    ],
    keys: Annotated[
        Path | None, typer.Option(help="The archive of the keys (--with-keys).", dir_okay=False)
    ] = None,
    key_file: KeyOption = None,
    go_on: Annotated[bool, typer.Option(help="After an interrupted restore of the same archive.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Restore a backup on an empty machine. Nothing is overwritten; ends with a verified ledger.

    Stop the service before. Exit code 1: refused, or the ledger is not whole.
    """
    from gateway.backup import keys as key_files  # noqa: PLC0415
    from gateway.backup.restoring import Restored, RestoreOrder  # noqa: PLC0415
    from gateway.backup.restoring import restore as restored_by  # noqa: PLC0415

    key_place = key_file or (load(into).backup.key_file if into.is_file() else None)

    async def work() -> Restored:
        key = key_files.load(key_place)
        with Progress(as_json) as told:
            return await restored_by(RestoreOrder(file, into, key, keys, go_on), told)

    done = run(work())
    report = done.ledger
    if as_json:
        verified = None if report is None else report.ok
        found = [] if report is None else [f"{one.what}: {one.where}" for one in report.findings]
        told = {"files": done.files, "ledger_ok": verified, "findings": found, "notes": done.notes}
        print_json(described(file, done.manifest) | told)
    else:
        say(f"{done.files} files and the database of {done.manifest.begun:%Y-%m-%d %H:%M:%S} UTC")
        for note in done.notes:
            say(f"note: {note}")
        if report is not None:
            say(f"ledger: {report.entries} entries, {report.records} records, {report.heads} signed heads")
            findings([f"{one.what}: {one.where} {one.detail}" for one in report.findings])
        say("who was erased since that day is there again: erase again (docs/erasure.md)")
    if report is not None and not report.ok:
        raise typer.Exit(FAILED)
